"""Types of a translated program, and what depends on them: overloaded names, numbers, equality.

A function without a signature gets one type for the whole program (its uses decide it); only where they disagree is it
generalised. Where an operation's meaning in the logic differs from its meaning at a type (Double, a type with an
instance of the program's own), it is replaced by a function that the logic knows by name alone, or refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import (
    Ap,
    Con,
    Meta,
    Mismatch,
    Rigid,
    Type,
    arrow,
    is_function,
    prune,
    spine,
    unify,
    variables_of,
)
from seqplay.haskell.syntax import LitKind
from seqplay.proof.inference.classes import Classes
from seqplay.proof.inference.conversion import read, write
from seqplay.proof.inference.schemes import BUILTIN, CONSTRUCTORS, Scheme, schemes
from seqplay.proof.language import core
from seqplay.proof.language.library import DOUBLE, OVERLOADED
from seqplay.proof.language.refusal import Refusal, Refused
from seqplay.proof.language.substitution import Substitution, substitute
from seqplay.proof.translation.types import read_type

Later = Callable[[], core.Expr]
_NUMERIC = {"Num", "Integral", "Fractional", "Floating"}


@dataclass
class Wanted:
    """A class that a type must belong to: the function in which it came up, the name that asks for it."""

    name: str
    type: Type
    where: str
    what: str
    waived: bool = False
    """The operation was replaced by one that needs no class."""


class Inference:
    """Infers the types of one program."""

    def __init__(
        self,
        functions: Sequence[core.Function],
        data: Sequence[core.DataType],
        library: Mapping[str, Scheme],
        hints: Mapping[str, tuple[int, hs.Type]],
        classes: Classes,
    ) -> None:
        self.functions = functions
        self.classes = classes
        self.hints = hints
        self.schemes = {**library, **schemes(BUILTIN)}
        self.schemes |= {core.LIBRARY + name: Scheme(read_type(text).type) for name, (text, _) in OVERLOADED.items()}
        self.constructors = schemes(CONSTRUCTORS)
        for each in data:
            whole = hs.TyCon(each.name, tuple(hs.TyVar(param) for param in each.params))
            for name, fields in each.constructors:
                kind: hs.Type = whole
                for part in reversed(fields):
                    kind = hs.TyCon("->", (part, kind))
                self.constructors[name] = Scheme(kind)
        self.fixed: dict[str, Type] = {}
        self.wanted: list[Wanted] = []
        self.calls: dict[str, set[str]] = {}
        self.where = ""
        for function in functions:
            if function.signature is not None:
                self.schemes[function.name] = Scheme(function.signature.type, function.signature.constraints)
            else:
                self.fixed[function.name] = Meta()

    # ------------------------------------------------------------ the whole

    def run(self) -> tuple[core.Function, ...]:
        """Return the functions with their signatures and with overloaded names resolved; raises ``Refused``."""
        try:
            later = [self._function(function) for function in self.functions]
        except Mismatch as mismatch:
            raise Refused(Refusal.TYPE, f"in {self.where}: {mismatch}") from None
        self._default()
        made = [rebuild() for rebuild in later]
        for wanted in self.wanted:
            if not wanted.waived:
                self.classes.check(wanted.name, wanted.type, wanted.what)
        needs = self._needs()
        return tuple(self._signed(function, needs) for function in made)

    def _default(self) -> None:
        """Settle the numbers whose type nothing decides, as GHC does: Integer."""
        for wanted in self.wanted:
            kind = prune(wanted.type)
            if isinstance(kind, Meta) and wanted.name in _NUMERIC:
                kind.link = Con("Integer")

    def _needs(self) -> dict[str, set[tuple[str, Meta | Rigid]]]:
        """Return the classes that each function needs of its type variables, through its callees too."""
        needs: dict[str, set[tuple[str, Meta | Rigid]]] = {function.name: set() for function in self.functions}
        for wanted in self.wanted:
            for variable in [] if wanted.waived else variables_of(wanted.type):
                needs[wanted.where].add((wanted.name, variable))
        changed = True
        while changed:
            changed = False
            for name, called in self.calls.items():
                for other in called:
                    extra = needs.get(other, set()) - needs[name] if other in self.fixed else set()
                    changed = changed or bool(extra)
                    needs[name] |= extra
        return needs

    def _signed(self, function: core.Function, needs: Mapping[str, set[tuple[str, Meta | Rigid]]]) -> core.Function:
        if function.signature is not None:
            return function
        kind = self.fixed[function.name]
        names: dict[int, str] = {}
        rigid: dict[Rigid, str] = {}
        letters = (letter + str(number or "") for number in range(99) for letter in "abcdefgh")
        for variable in variables_of(kind):
            if isinstance(variable, Rigid):
                rigid[variable] = next(letters)
            elif isinstance(variable, Meta):
                names[id(variable)] = next(letters)
        shown = {id(v): n for v, n in rigid.items()} | names
        constraints = sorted(
            {
                (cls, rigid[variable] if isinstance(variable, Rigid) else names.get(id(variable), ""))
                for cls, variable in needs[function.name]
                if isinstance(variable, Meta) or variable in rigid
            }
        )
        made = tuple(hs.Constraint(cls, hs.TyVar(name)) for cls, name in constraints if name and shown)
        return replace(function, signature=hs.Signature((function.name,), made, write(kind, names, rigid)))

    # ------------------------------------------------------------ functions

    def _function(self, function: core.Function) -> Callable[[], core.Function]:
        self.where = function.name
        self.calls[function.name] = set()
        if function.signature is not None:
            kind = read(function.signature.type, lambda name: Rigid(name, function.name))
        else:
            kind = self.fixed[function.name]
        if function.name in self.hints:
            self._hint(kind, *self.hints[function.name])
        later = []
        for equation in function.equations:
            env: dict[str, Type] = {}
            result = Meta()
            whole: Type = result
            for pattern in reversed(equation.patterns):
                whole = arrow(self._pattern(pattern, env), whole)
            unify(kind, whole)
            later.append((equation.patterns, self._rhs(equation.rhs, env, result)))
        return lambda: replace(function, equations=tuple(core.Equation(patterns, rhs()) for patterns, rhs in later))

    def _hint(self, kind: Type, skipped: int, hint: hs.Type) -> None:
        fresh: dict[str, Type] = {}
        whole = read(hint, lambda name: fresh.setdefault(name, Meta()))
        for _ in range(skipped):
            whole = arrow(Meta(), whole)
        unify(kind, whole)

    def _pattern(self, pattern: core.Pattern, env: dict[str, Type]) -> Type:
        match pattern:
            case core.PVar(name):
                env[name] = Meta()
                return env[name]
            case core.PAs(name, inner):
                env[name] = self._pattern(inner, env)
                return env[name]
            case core.PCon(name, arguments):
                result = Meta()
                whole: Type = result
                for argument in reversed([self._pattern(each, env) for each in arguments]):
                    whole = arrow(argument, whole)
                unify(self._constructor(name), whole)
                return result
            case _:
                return Meta()

    def _rhs(self, rhs: core.Rhs, outer: Mapping[str, Type], result: Type) -> Callable[[], core.Rhs]:
        env = dict(outer)
        bindings: list[tuple[str, Type, Later]] = []
        for binding in rhs.bindings:
            kind, value = self.expr(binding.value, env)
            env[binding.name] = kind
            bindings.append((binding.name, kind, value))
        branches = [self._branch(branch, env, result) for branch in rhs.branches]

        def rebuild() -> core.Rhs:
            made = core.Rhs(tuple(branch() for branch in branches))
            for name, kind, value in reversed(bindings):
                if is_function(kind):
                    made = Substitution({name: value()}).rhs(made)
                else:
                    made = core.Rhs(made.branches, (core.Binding(name, value()), *made.bindings))
            return made

        return rebuild

    def _branch(self, branch: core.Branch, outer: Mapping[str, Type], result: Type) -> Callable[[], core.Branch]:
        env = dict(outer)
        guards: list[Callable[[], core.Guard]] = []
        for guard in branch.guards:
            match guard:
                case core.Test(condition):
                    kind, value = self.expr(condition, env)
                    unify(kind, Con("Bool"))
                    guards.append(lambda value=value: core.Test(value()))  # type: ignore[misc]
                case core.Match(pattern, matched):
                    kind, value = self.expr(matched, env)
                    unify(kind, self._pattern(pattern, env))
                    guards.append(lambda value=value, pattern=pattern: core.Match(pattern, value()))  # type: ignore[misc]
        kind, body = self.expr(branch.body, env)
        unify(kind, result)
        return lambda: core.Branch(tuple(guard() for guard in guards), body())

    # ------------------------------------------------------------ expressions

    def expr(self, item: core.Expr, env: Mapping[str, Type]) -> tuple[Type, Later]:
        """Return the type of an expression, and how to rebuild it once all types are known."""
        match item:
            case core.Var(name):
                return self._variable(name, env)
            case core.Con(name):
                return self._constructor(name), lambda: item
            case core.Lit(kind, _):
                return self._literal(item, kind)
            case core.App(function, arguments):
                return self._application(function, arguments, env)
            case core.Let(name, value, body):
                return self._let(name, value, body, env)
            case core.If(condition, then, other):
                parts = [self.expr(each, env) for each in (condition, then, other)]
                unify(parts[0][0], Con("Bool"))
                unify(parts[1][0], parts[2][0])
                return parts[1][0], lambda: core.If(*(part[1]() for part in parts))
            case core.Case(scrutinee, alternatives):
                return self._case(scrutinee, alternatives, env)
            case core.Ann(value, type_):
                annotated, later = self.expr(value, env)
                self._hint(annotated, 0, type_)
                return annotated, later
            case _:
                raise TypeError(item)

    def _literal(self, item: core.Lit, kind: LitKind) -> tuple[Type, Later]:
        if kind is LitKind.CHAR:
            return Con("Char"), lambda: item
        if kind is LitKind.FLOAT:
            return Con("Double"), lambda: item
        number = Meta()
        wanted = Wanted("Num", number, self.where, "a number")
        self.wanted.append(wanted)

        def rebuild() -> core.Expr:
            if prune(number) != Con("Double"):
                return item
            wanted.waived = True
            if item.text.startswith("-"):
                return core.App(core.lib("doubleNegate"), (core.Lit(LitKind.FLOAT, item.text[1:] + ".0"),))
            return core.Lit(LitKind.FLOAT, item.text + ".0")

        return number, rebuild

    def _application(
        self, function: core.Expr, arguments: tuple[core.Expr, ...], env: Mapping[str, Type]
    ) -> tuple[Type, Later]:
        kind, head = self.expr(function, env)
        later: list[Later] = []
        for argument in arguments:
            part, value = self.expr(argument, env)
            result = Meta()
            unify(kind, arrow(part, result))
            kind = result
            later.append(value)
        return kind, lambda: core.apply(head(), *(value() for value in later))

    def _let(self, name: str, value: core.Expr, body: core.Expr, env: Mapping[str, Type]) -> tuple[Type, Later]:
        kind, made = self.expr(value, env)
        result, inner = self.expr(body, {**env, name: kind})

        def rebuild() -> core.Expr:
            if is_function(kind):
                return substitute(inner(), {name: made()})
            return core.Let(name, made(), inner())

        return result, rebuild

    def _case(
        self, scrutinee: core.Expr, alternatives: Sequence[core.Alternative], env: Mapping[str, Type]
    ) -> tuple[Type, Later]:
        kind, value = self.expr(scrutinee, env)
        result = Meta()
        later = []
        for alternative in alternatives:
            inner = dict(env)
            unify(kind, self._pattern(alternative.pattern, inner))
            later.append((alternative.pattern, self._rhs(alternative.rhs, inner, result)))
        return result, lambda: core.Case(value(), tuple(core.Alternative(pattern, rhs()) for pattern, rhs in later))

    # ------------------------------------------------------------ names

    def _constructor(self, name: str) -> Type:
        if name.startswith("(,"):
            parts = [Meta() for _ in range(len(name) - 1)]
            whole: Type = Con(name)
            for part in parts:
                whole = Ap(whole, part)
            for part in reversed(parts):
                whole = arrow(part, whole)
            return whole
        if name not in self.constructors:
            raise Refused(Refusal.DATA, f"the constructor {name} belongs to no plain data type")
        return read(self.constructors[name].type, _fresh())

    def _variable(self, name: str, env: Mapping[str, Type]) -> tuple[Type, Later]:
        if name in env:
            return env[name], lambda: core.Var(name)
        self.calls[self.where].add(name)
        if name in self.fixed:
            return self.fixed[name], lambda: core.Var(name)
        if name not in self.schemes:
            raise Refused(Refusal.UNMODELLED, f"the reflected Prelude has no {name.removeprefix(core.LIBRARY)}")
        scheme, fresh = self.schemes[name], _fresh()
        kind = read(scheme.type, fresh)
        asked = [Wanted(each.name, read(each.type, fresh), self.where, name) for each in scheme.constraints]
        self.wanted += asked
        bare = name.removeprefix(core.LIBRARY)
        if bare in OVERLOADED and name.startswith(core.LIBRARY):
            return kind, lambda: core.lib(self._chosen(bare, fresh))
        return kind, lambda: self._settled(name, asked)

    def _settled(self, name: str, asked: Sequence[Wanted]) -> core.Expr:
        """Return a name, or what stands for it at Double."""
        at_double = [wanted for wanted in asked if prune(wanted.type) == Con("Double")]
        if at_double and name in DOUBLE:
            for wanted in at_double:
                wanted.waived = True
            return core.lib(DOUBLE[name])
        return core.Var(name)

    def _chosen(self, name: str, fresh: Callable[[str], Type]) -> str:
        """Return the library's function for an overloaded name, by the head of the type that decides it."""
        _, table = OVERLOADED[name]
        heads = [spine(fresh(variable))[0] for variable in ("a", "f")]
        shown = [
            head.name if isinstance(head, Con) else "Integer" if name.startswith("from") else "?" for head in heads
        ]
        for key in (shown[1], shown[0], " ".join(shown)):
            if key in table:
                return table[key]
        raise Refused(Refusal.UNMODELLED_AT_TYPE, f"{name} at {' and '.join(shown)}")


def _fresh() -> Callable[[str], Type]:
    """Return what gives each variable of a scheme its own unknown type."""
    made: dict[str, Type] = {}
    return lambda name: made.setdefault(name, Meta())
