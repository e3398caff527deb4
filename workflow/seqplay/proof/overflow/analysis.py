"""P and Q followed over abstract values, until nothing new arrives anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax import LitKind
from seqplay.proof.language import core
from seqplay.proof.language.substitution import Substitution
from seqplay.proof.language.terms import rhs_terms, subterms
from seqplay.proof.overflow import arithmetic, library
from seqplay.proof.overflow.scope import Delayed, Scope, assume
from seqplay.proof.overflow.shapes import Shapes
from seqplay.proof.overflow.values import (
    ATOM,
    BOOLEAN,
    HELD,
    LEAST,
    MOST,
    NEVER,
    Abstract,
    Closure,
    Data,
    Functions,
    Kind,
    Never,
    Unproved,
    join,
    number,
    shape,
    widened,
)
from seqplay.proof.theorem.problem import Problem
from seqplay.proof.theorem.reflected import reflected

WORK = 400_000
"""Expressions that are looked at, after which the analysis is given up."""
ROUNDS = 60
"""Times that the programs are followed."""
PATIENT = 3
"""How often a bound may grow before it is widened."""
_LAWFUL = frozenset({"Eq", "Ord", "Show"})


class Exclusion(NamedTuple):
    """Whether overflow is excluded, and where it is not, why."""

    excluded: bool
    why: str = ""


def excludes_overflow(problem: Problem) -> Exclusion:
    """Return whether a theorem that holds of mathematical integers holds of the machine's too."""
    try:
        _Analysis(problem).run()
    except Unproved as unproved:
        return Exclusion(False, str(unproved))
    except RecursionError:
        return Exclusion(False, "the programs are nested too deep")
    return Exclusion(True)


@dataclass
class _Entry:
    """A function at arguments of one shape."""

    arguments: tuple[Abstract, ...]
    answer: Abstract = NEVER
    round: int = -1
    grown: int = 0


class _Analysis:
    def __init__(self, problem: Problem) -> None:
        unknown = {each.name for each in problem.constraints} - _LAWFUL
        if unknown:
            raise Unproved(f"the class {min(unknown)} is not modelled")
        self.problem = problem
        self.shapes = Shapes(problem.data)
        self.functions = {**reflected().functions, **{each.name: each for each in problem.functions}}
        self.entries: dict[tuple[object, ...], _Entry] = {}
        self.made: dict[Delayed, Abstract] = {}
        """What delayed expressions are in this round."""
        self.round = 0
        self.changed = False
        self.work = WORK
        self.marks = _marks(problem)

    def run(self) -> None:
        """Follow both programs until nothing changes; raises ``Unproved``."""
        scope: Scope = {name: self.shapes.argument(kind) for name, kind in self.problem.variables}
        self.changed = True
        while self.changed:
            self.changed = False
            self.round += 1
            self.made.clear()
            if self.round > ROUNDS:
                raise Unproved("the bounds do not settle")
            for side in (self.problem.left, self.problem.right):
                answer = self.value(side, scope)
                if not self.changed:
                    _finished(answer)

    # ------------------------------------------------------------ expressions

    def value(self, expr: core.Expr, scope: Scope) -> Abstract:
        """Return what is known of an expression's value."""
        self.work -= 1
        if self.work < 0:
            raise Unproved("the programs are too large")
        match expr:
            case core.Var(name):
                return self._variable(name, scope)
            case core.Lit(LitKind.INTEGER, text):
                return number(Kind.LITERAL, int(text, 0), int(text, 0))
            case core.Lit():
                return ATOM
            case core.Con(name):
                return self._constructed(name, ())
            case core.App(core.Var(name), arguments) if name in core.BUILTIN and name not in scope:
                return self._operator(name, arguments, scope)
            case core.App(core.Con(name), arguments):
                return self._constructed(name, tuple(self.value(each, scope) for each in arguments))
            case core.App(function, arguments):
                return self.apply(self.value(function, scope), [self.value(each, scope) for each in arguments])
            case core.If(condition, then, other):
                self.value(condition, scope)
                return self._either(condition, then, other, scope)
            case core.Let(name, value, body):
                return self.value(body, {**scope, name: Delayed(value, scope)})
            case core.Case(scrutinee, alternatives):
                return self._case(scrutinee, alternatives, scope)
            case core.Ann(value, kind):
                return self.shapes.as_type(self.value(value, scope), kind)
        raise Unproved(f"an expression that is not modelled: {type(expr).__name__}")

    def _variable(self, name: str, scope: Scope) -> Abstract:
        held = scope.get(name)
        if isinstance(held, Delayed):
            if held not in self.made:
                self.made[held] = self.value(held.expr, held.scope)
            return self.made[held]
        if held is not None:
            return held
        if name in self.functions and self.functions[name].arity == 0 and name not in library.NATIVE:
            return self.call(name, ())
        return Functions((Closure(name),))

    def _constructed(self, name: str, values: tuple[Abstract, ...]) -> Abstract:
        arity = self.shapes.arity(name)
        if arity is None:
            raise Unproved(f"the constructor {name} is not modelled")
        return self.shapes.built(name, values) if len(values) == arity else Functions((Closure(name, values),))

    def _operator(self, name: str, operands: Sequence[core.Expr], scope: Scope) -> Abstract:
        if name not in ("&&", "||"):
            return arithmetic.operator(name, [self.value(each, scope) for each in operands])
        left, right = operands
        self.value(left, scope)
        further = assume(left, name == "&&", scope, self.value)
        if further is not None:
            self.value(right, further)
        return BOOLEAN

    def _either(self, condition: core.Expr, then: core.Expr, other: core.Expr, scope: Scope) -> Abstract:
        found: Abstract = NEVER
        for holds, branch in ((True, then), (False, other)):
            inside = assume(condition, holds, scope, self.value)
            if inside is not None:
                found = join(found, self.value(branch, inside))
        return found

    def _case(self, scrutinee: core.Expr, alternatives: Sequence[core.Alternative], scope: Scope) -> Abstract:
        held = self.value(scrutinee, scope)
        found: Abstract = NEVER
        after: Scope | None = scope
        for alternative in alternatives:
            pattern, rhs, before = alternative.pattern, alternative.rhs, after
            if before is None:
                break
            if isinstance(pattern, core.PVar) and isinstance(scrutinee, core.Var) and scrutinee.name in scope:
                # One value under two names: what is said of it under one counts under the other.
                rhs = Substitution({pattern.name: scrutinee}).rhs(rhs)
                pattern = core.PWild()
                held = self.value(scrutinee, before)
            inside: Scope | None = before
            if isinstance(pattern, core.PCon) and pattern.name in ("True", "False"):
                inside = assume(scrutinee, pattern.name == "True", before, self.value)
            bound = self._bound(pattern, held)
            if inside is None or bound is None:
                continue
            answer, rest = self._rhs(rhs, {**inside, **bound})
            found = join(found, answer)
            if isinstance(pattern, core.PWild):
                after = rest
            elif isinstance(pattern, core.PVar) and rest is None:
                break
        return found

    # ------------------------------------------------------------ equations

    def _rhs(self, rhs: core.Rhs, scope: Scope) -> tuple[Abstract, Scope | None]:
        """Return what the branches answer, and what is known where none of them is taken: nothing if one always is."""
        inner = dict(scope)
        for binding in rhs.bindings:
            inner[binding.name] = Delayed(binding.value, dict(inner))
        found: Abstract = NEVER
        left: Scope | None = inner
        for branch in rhs.branches:
            if left is None:
                break
            inside, left = self._guarded(branch.guards, left)
            if inside is not None:
                found = join(found, self.value(branch.body, inside))
        if left is not None:
            hidden = {each.name for each in rhs.bindings}
            left = {name: held if name in hidden else left[name] for name, held in scope.items()}
        return found, left

    def _guarded(self, guards: Sequence[core.Guard], scope: Scope) -> tuple[Scope | None, Scope | None]:
        """Return what is known where all guards hold, and where one does not."""
        inside: Scope | None = scope
        failed: Scope | None = None
        for guard in guards:
            if inside is None:
                break
            if isinstance(guard, core.Test):
                self.value(guard.condition, inside)
                fails = assume(guard.condition, False, inside, self.value)
                inside = assume(guard.condition, True, inside, self.value)
                failed = (fails if len(guards) == 1 else scope) if fails is not None else failed
            else:
                bound = self._bound(guard.pattern, self.value(guard.value, inside))
                inside = None if bound is None else {**inside, **bound}
                failed = scope
        return inside, failed

    def _bound(self, pattern: core.Pattern, value: Abstract) -> dict[str, Abstract] | None:
        """Return what a pattern's variables stand for; none where no value matches."""
        return core.bound(pattern, value, lambda each, held: self.shapes.opened(each.name, held))

    # ------------------------------------------------------------ functions

    def apply(self, function: Abstract, arguments: Sequence[Abstract]) -> Abstract:
        """Return what a function may answer."""
        if isinstance(function, Never) or not arguments:
            return function
        if not isinstance(function, Functions):
            raise Unproved("an application of what is no function")
        found: Abstract = NEVER
        for closure in function.closures:
            found = join(found, self._applied(closure, arguments))
        return found

    def _applied(self, closure: Closure, arguments: Sequence[Abstract]) -> Abstract:
        if closure.type is not None:
            return self._argument(closure.type, arguments)
        arity = self._arity(closure.name)
        held = (*closure.held, *arguments[: arity - len(closure.held)])
        if len(held) < arity:
            return Functions((Closure(closure.name, held),))
        rest = arguments[arity - len(closure.held) :]
        if self.shapes.arity(closure.name) is not None:
            return self.shapes.built(closure.name, held)
        return self.apply(self.call(closure.name, held), rest)

    def _argument(self, kind: hs.Type, arguments: Sequence[Abstract]) -> Abstract:
        """Return what a function that is an argument of the theorem may answer.

        In mathematics it may be taken for one that looks at the remainder of each number alone, as the machine's does.
        """
        for each in arguments:
            if _holds_function(each):
                raise Unproved("an argument is a function of functions")
            assert isinstance(kind, hs.TyCon)
            kind = kind.args[1]
        return self.shapes.any_of(kind)

    def _arity(self, name: str) -> int:
        made = self.shapes.arity(name)
        if made is not None:
            return made
        if name in ("Prelude.div", "Prelude.mod"):
            return 2
        if name not in self.functions:
            raise Unproved(f"the function {name} is not modelled")
        return self.functions[name].arity

    def call(self, name: str, arguments: tuple[Abstract, ...]) -> Abstract:
        """Return what a function may answer to all its arguments."""
        if name in library.NATIVE:
            return library.NATIVE[name](arguments)
        if library.is_opaque(name):
            return library.opaque(name, reflected().schemes[name], arguments, self.shapes, self.apply)
        return library.measured(name, arguments, self._followed(name, arguments))

    def _followed(self, name: str, arguments: tuple[Abstract, ...]) -> Abstract:
        key = (name, *(shape(each) for each in arguments))
        entry = self.entries.get(key)
        if entry is None:
            entry = self.entries[key] = _Entry(arguments)
            self.changed = True
        else:
            entry.arguments = tuple(
                self._grown(entry, old, new) for old, new in zip(entry.arguments, arguments, strict=True)
            )
        if entry.round != self.round:
            entry.round = self.round
            entry.answer = self._grown(entry, entry.answer, self._equations(self.functions[name], entry.arguments))
        return entry.answer

    def _grown(self, entry: _Entry, old: Abstract, new: Abstract) -> Abstract:
        joined = join(old, new)
        if joined == old:
            return old
        self.changed = True
        entry.grown += 1
        return widened(old, new, self.marks) if entry.grown > PATIENT else joined

    def _equations(self, function: core.Function, arguments: tuple[Abstract, ...]) -> Abstract:
        kinds, last = _types(function)
        held = [self.shapes.as_type(each, kind) for each, kind in zip(arguments, kinds, strict=False)]
        held += arguments[len(held) :]
        found: Abstract = NEVER
        for equation in function.equations:
            scope: dict[str, Abstract | Delayed] | None = {}
            for pattern, argument in zip(equation.patterns, held, strict=True):
                bound = self._bound(pattern, argument)
                if bound is None:
                    scope = None
                    break
                assert scope is not None
                scope.update(bound)
            if scope is None:
                continue
            answer, rest = self._rhs(equation.rhs, scope)
            found = join(found, answer)
            if all(isinstance(each, core.PVar | core.PWild) for each in equation.patterns):
                if rest is None:
                    break
                held = [_refined(pattern, each, rest) for pattern, each in zip(equation.patterns, held, strict=True)]
        return self.shapes.as_type(found, last) if last is not None else found


def _refined(pattern: core.Pattern, value: Abstract, rest: Scope) -> Abstract:
    found = rest.get(pattern.name) if isinstance(pattern, core.PVar) else None
    return found if isinstance(found, Abstract) else value


def _types(function: core.Function) -> tuple[list[hs.Type], hs.Type | None]:
    """Return the types of a function's arguments and of its answer, as far as its signature tells."""
    if function.signature is None:
        return [], None
    kinds: list[hs.Type] = []
    kind = function.signature.type
    for _ in range(function.arity):
        if not (isinstance(kind, hs.TyCon) and kind.name == "->"):
            return kinds, None
        kinds.append(kind.args[0])
        kind = kind.args[1]
    return kinds, kind


def _finished(answer: Abstract) -> None:
    if isinstance(answer, Never):
        raise Unproved("no result is seen")
    if _holds_function(answer):
        raise Unproved("the result holds a function")


def _holds_function(value: Abstract) -> bool:
    match value:
        case Functions():
            return True
        case Data(_, parts):
            return any(_holds_function(part) for part in parts)
    return False


def _marks(problem: Problem) -> list[int]:
    """Return where growing bounds stop: the numbers of the programs and their neighbours, the ends of Int."""
    found = {LEAST, -1, 0, 1, HELD, HELD + 1, MOST}
    for function in problem.functions:
        for equation in function.equations:
            for term in rhs_terms(equation.rhs):
                for each in subterms(term):
                    if isinstance(each, core.Lit) and each.kind is LitKind.INTEGER:
                        found |= {int(each.text, 0) + step for step in (-1, 0, 1)}
    return sorted(found)


__all__ = ["Exclusion", "excludes_overflow"]
