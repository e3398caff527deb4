"""Evaluation of terms with variables: what Liquid Haskell's logical evaluation can unfold, and where it cannot go on.

A call unfolds where its patterns and guards are decided. Where they are not, the machine notes what would decide
them: a variable, a condition, a term. A function's name inside its own unfolded equations is marked
(``Recursive``): what is stuck there is left to an induction hypothesis, not to another case split.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from seqplay.proof.language import core
from seqplay.proof.language.substitution import Substitution, substitute
from seqplay.proof.language.terms import outer_subterms, spine
from seqplay.proof.tactics.arithmetic import COMPARISONS, Bounds
from seqplay.proof.tactics.marks import Recursive, strip

TRUE, FALSE = core.Con("True"), core.Con("False")
FUEL = 400
"""Calls that one evaluation may unfold."""
WORK = 500_000
"""Nodes of all terms that it may look at: a few dozen unfoldings can double a term each time."""


class OutOfFuel(Exception):
    """The evaluation did not end within its steps."""


class Obstacle(StrEnum):
    """What a stuck evaluation waits for."""

    VARIABLE = "variable"
    CONDITION = "condition"
    TERM = "term"


@dataclass(frozen=True)
class Stuck:
    """What would have to be known for the evaluation to go on."""

    obstacle: Obstacle
    expr: core.Expr
    """The variable, condition or term, without marks."""
    wanted: str
    """The constructor that a pattern asks for."""
    recursive: bool
    """Met below a marked call, which is a hypothesis's matter, or below a stuck one, which must go on first."""


@dataclass(frozen=True)
class Facts:
    """What the case splits above have decided; nothing here has marks, so that facts compare with stripped terms."""

    conditions: tuple[tuple[core.Expr, bool], ...] = ()
    """Conditions, and whether they hold."""
    terms: tuple[tuple[core.Expr, core.Expr], ...] = ()
    """Terms, and the constructor with variables that each is equal to."""

    def with_condition(self, condition: core.Expr, holds: bool) -> Facts:
        """Return the facts and one more."""
        return Facts((*self.conditions, (strip(condition), holds)), self.terms)

    def with_term(self, term: core.Expr, value: core.Expr) -> Facts:
        """Return the facts and one more."""
        return Facts(self.conditions, (*self.terms, (strip(term), value)))

    def substituted(self, values: Mapping[str, core.Expr]) -> Facts:
        """Return the facts with a variable replaced."""
        return Facts(
            tuple((substitute(c, values), holds) for c, holds in self.conditions),
            tuple((substitute(t, values), substitute(v, values)) for t, v in self.terms),
        )


@dataclass
class Machine:
    """Evaluates terms under facts, and notes on the way what a proof can be made of.

    A machine serves the terms of one place in a case analysis: its facts never change, so that a term has one value,
    and ``stuck``, ``calls`` and ``recursions`` grow in the order in which things are met for the first time. A term
    that is evaluated again is remembered and notes nothing.
    """

    functions: Mapping[str, core.Function]
    """What may be unfolded; other names stay as they are."""
    groups: Mapping[str, frozenset[str]]
    """For each recursive function those that it is mutually recursive with, itself included."""
    facts: Facts = Facts()
    roots: frozenset[str] = frozenset()
    """Functions that are marked in the equations of their whole group; others are in their own alone."""
    opaque: bool = False
    """Leave every call alone that would end in an undecided conditional, as the term that it is."""
    stuck: list[Stuck] = field(default_factory=list)
    calls: list[core.Expr] = field(default_factory=list)
    """Calls of recursive functions that were met unmarked: what is proved is about these."""
    recursions: list[core.Expr] = field(default_factory=list)
    """Marked calls that stay: what an induction hypothesis may be about."""
    _fuel: int = FUEL
    _work: int = WORK
    _inside: int = 0
    """How many marked or stuck calls surround what is evaluated now."""
    _known: dict[core.Expr, bool] = field(default_factory=dict)
    """The facts' conditions, and the parts of conjunctions and disjunctions that follow from them."""
    _bounds: Bounds = field(default_factory=Bounds)
    """What the facts' comparisons say of numbers."""
    _memory: dict[core.Expr, core.Expr] = field(default_factory=dict)
    """What terms came to. Marks count: a marked call is another term than the same call without."""

    def __post_init__(self) -> None:
        for condition, holds in self.facts.conditions:
            self._learn(condition, holds)

    def _learn(self, condition: core.Expr, holds: bool) -> None:
        self._known[condition] = holds
        match condition:
            case core.App(core.Var("&&"), parts) if holds:
                for part in parts:
                    self._learn(part, True)
            case core.App(core.Var("||"), parts) if not holds:
                for part in parts:
                    self._learn(part, False)
            case core.App(core.Var("not"), (part,)):
                self._learn(part, not holds)
            case core.App(core.Var(operator), (left, right)) if operator in COMPARISONS:
                self._bounds.learn(operator, left, right, holds)

    def normal(self, expr: core.Expr) -> core.Expr:
        """Return the term evaluated as far as it goes, below constructors and stuck calls too.

        Raises ``OutOfFuel``.
        """
        head = self.head(expr)
        match head:
            case core.App(function, arguments):
                # What a stuck call's arguments wait for decides nothing before the call itself goes on.
                blocked = isinstance(function, core.Var) and function.name in self.functions
                self._inside += blocked
                parts = [self.normal(a) for a in arguments]
                self._inside -= blocked
                return core.apply(function, *parts)
            case core.If(condition, then, other):
                return core.If(self.normal(condition), then, other)
            case core.Case(scrutinee, alternatives):
                return core.Case(self.normal(scrutinee), alternatives)
        return head

    def head(self, expr: core.Expr) -> core.Expr:
        """Return the term evaluated until its outermost constructor, or what is stuck, is known.

        Raises ``OutOfFuel``.
        """
        self._work -= sum(1 for _ in islice(outer_subterms(expr), self._work + 1))
        if self._work < 0:
            raise OutOfFuel("the terms are too large")
        held = self._memory.get(expr)
        if held is None:
            held = self._memory[expr] = self._head(expr)
        return held

    def _head(self, expr: core.Expr) -> core.Expr:
        match expr:
            case core.Var(name) if name in self.functions and self.functions[name].arity == 0:
                return self._call(expr, (), expr)
            case core.App(core.Var(name), arguments) if name in core.BUILTIN:
                return self._builtin(name, arguments)
            case core.App(core.Var(name) as function, arguments) if name in self.functions:
                return self._call(function, arguments, expr)
            case core.App(function, arguments) if not isinstance(function, core.Var | core.Con):
                head = self.head(function)
                return self.head(core.apply(head, *arguments)) if head != function else expr
            case core.If(condition, then, other):
                decided = self.condition(condition, recursive=False)
                return expr if decided is None else self.head(then if decided else other)
            case core.Case(scrutinee, _):
                return self._case(scrutinee, expr)
            case core.Let(name, value, body):
                return self.head(substitute(body, {name: value}))
            case core.Ann(value, _):
                return self.head(value)
        return self._known_term(expr)

    def _known_term(self, expr: core.Expr) -> core.Expr:
        if self.facts.terms:
            plain = strip(expr)
            for term, value in self.facts.terms:
                if term == plain:
                    return value
        return expr

    def condition(self, expr: core.Expr, recursive: bool) -> bool | None:
        """Return whether a condition holds, if that is decided; else it is noted as stuck."""
        value = self.head(expr)
        if value in (TRUE, FALSE):
            return value == TRUE
        # A fact is in the form that the condition had where it was split on. Under the facts since then the normal form
        # may have gone further, and the condition as it came is what the fact says.
        plain = strip(self.normal(value))
        held = self._known.get(plain)
        if held is None:
            held = self._known.get(strip(value))
        if held is None:
            self._note(Obstacle.CONDITION, _first_test(plain), "True", recursive)
        return held

    def _note(self, obstacle: Obstacle, expr: core.Expr, wanted: str, recursive: bool) -> None:
        item = Stuck(obstacle, expr, wanted, recursive or self._inside > 0)
        if item not in self.stuck:
            self.stuck.append(item)

    # ------------------------------------------------------------ calls

    def _call(self, function: core.Var, arguments: tuple[core.Expr, ...], whole: core.Expr) -> core.Expr:
        definition = self.functions[function.name]
        if len(arguments) < definition.arity:
            return whole
        self._fuel -= 1
        if self._fuel < 0:
            raise OutOfFuel(function.name)
        marked = isinstance(function, Recursive)
        if self.groups.get(function.name) and not marked:
            self.calls.append(whole)
        self._inside += marked
        try:
            body = self._unfold(definition, arguments[: definition.arity], marked)
            result = whole if body is None else self.head(core.apply(body, *arguments[definition.arity :]))
        finally:
            self._inside -= marked
        # An undecided conditional of a recursive function stays the call that it was: unfolded it would hide the call
        # from hypotheses and lemmas, and its recursive calls would be unfolded in turn.
        stays = body is None or (
            isinstance(result, core.If | core.Case) and (self.opaque or function.name in self.groups)
        )
        if stays and marked:
            self.recursions.append(whole)
        return self._known_term(whole) if stays else result

    def _unfold(self, definition: core.Function, arguments: tuple[core.Expr, ...], recursive: bool) -> core.Expr | None:
        """Return the body that fits, ``None`` where that is not decided or nothing fits."""
        group = self.groups.get(definition.name, frozenset())
        marks = {name: Recursive(name) for name in group if name == definition.name or name in self.roots}
        for equation in definition.equations:
            bound: dict[str, core.Expr] = {}
            fits: bool | None = True
            for pattern, argument in zip(equation.patterns, arguments, strict=True):
                fits = self._match(pattern, argument, bound, recursive)
                if not fits:
                    break
            if fits is None:  # the equations below are for arguments that do not fit here
                return None
            if fits:
                # Parameters come last: one of a function's name is that parameter.
                done, body = self._rhs(equation.rhs, {**marks, **bound}, recursive)
                if done:
                    return body
        return None

    def _match(
        self, pattern: core.Pattern, expr: core.Expr, bound: dict[str, core.Expr], recursive: bool
    ) -> bool | None:
        """Return whether a pattern matches, ``None`` where that is not decided."""
        match pattern:
            case core.PVar(name):
                bound[name] = expr
                return True
            case core.PWild():
                return True
            case core.PAs(name, inner):
                bound[name] = expr
                return self._match(inner, expr, bound, recursive)
            case core.PCon(name, patterns):
                head, fields = spine(self.head(expr))
                if not isinstance(head, core.Con):
                    return self._undecided(name, self.head(expr), recursive)
                if head.name != name or len(fields) != len(patterns):
                    return False
                for each, part in zip(patterns, fields, strict=True):
                    fits = self._match(each, part, bound, recursive)
                    if not fits:
                        return fits
                return True
        return None

    def _undecided(self, wanted: str, value: core.Expr, recursive: bool) -> bool | None:
        if wanted in ("True", "False"):
            held = self.condition(value, recursive)
            return None if held is None else held == (wanted == "True")
        plain = isinstance(value, core.Var)
        self._note(Obstacle.VARIABLE if plain else Obstacle.TERM, value if plain else strip(value), wanted, recursive)
        return None

    def _rhs(self, rhs: core.Rhs, values: dict[str, core.Expr], recursive: bool) -> tuple[bool, core.Expr | None]:
        """Return whether a branch is chosen or waits, with its body, ``None`` if it waits.

        ``False``: every guard fails, and matching goes on with the next equation.
        """
        for binding in rhs.bindings:
            values = {**values, binding.name: Substitution(values).expr(binding.value)}
        for branch in rhs.branches:
            held: bool | None = True
            scope = values
            for guard in branch.guards:
                if isinstance(guard, core.Test):
                    held = self.condition(substitute(guard.condition, scope), recursive)
                else:
                    scope = dict(scope)
                    held = self._match(guard.pattern, substitute(guard.value, scope), scope, recursive)
                if not held:
                    break
            if held is None:
                return True, None
            if held:
                return True, substitute(branch.body, scope)
        return False, None

    def _case(self, scrutinee: core.Expr, whole: core.Case) -> core.Expr:
        value = self.head(scrutinee)
        for alternative in whole.alternatives:
            bound: dict[str, core.Expr] = {}
            fits = self._match(alternative.pattern, value, bound, recursive=False)
            if fits is None:
                return core.Case(value, whole.alternatives)
            if fits:
                done, body = self._rhs(alternative.rhs, bound, recursive=False)
                if done:
                    return core.Case(value, whole.alternatives) if body is None else self.head(body)
        return whole

    # ------------------------------------------------------------ operators

    def _builtin(self, name: str, arguments: tuple[core.Expr, ...]) -> core.Expr:
        if name in ("&&", "||"):
            return self._connective(name, *arguments)
        parts = tuple(self.head(a) for a in arguments)
        plain = core.apply(core.Var(name), *parts)
        if name == "not":
            return FALSE if parts[0] == TRUE else TRUE if parts[0] == FALSE else plain
        if name in COMPARISONS:
            decided = self._compare(name, *(self.normal(p) for p in parts))
            return plain if decided is None else TRUE if decided else FALSE
        return plain

    def _connective(self, name: str, left: core.Expr, right: core.Expr) -> core.Expr:
        first = self.head(left)
        decided = True if first == TRUE else False if first == FALSE else self._known.get(strip(first))
        if decided is not None:
            return self.head(right) if decided == (name == "&&") else TRUE if decided else FALSE
        return core.apply(core.Var(name), first, right)

    def _compare(self, name: str, left: core.Expr, right: core.Expr) -> bool | None:
        left, right = strip(left), strip(right)
        known = self._known.get(core.apply(core.Var(name), left, right))
        if known is not None:
            return known
        if name in ("==", "/="):
            same = self._same(left, right)
            if same is not None:
                return same == (name == "==")
        return self._bounds.decide(name, left, right)

    def _same(self, left: core.Expr, right: core.Expr) -> bool | None:
        if left == right:
            return True
        (made, fields), (other, others) = spine(left), spine(right)
        if isinstance(made, core.Con) and isinstance(other, core.Con):
            if made != other:
                return False
            answers = [self._same(a, b) for a, b in zip(fields, others, strict=True)]
            return False if False in answers else None if None in answers else True
        return None


def _first_test(condition: core.Expr) -> core.Expr:
    """Return the leftmost test of a condition: what decides it, or the first part of it."""
    match condition:
        case core.App(core.Var("&&" | "||" | "not"), (first, *_)):
            return _first_test(first)
    return condition
