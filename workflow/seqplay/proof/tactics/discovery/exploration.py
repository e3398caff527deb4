"""Conjectures from the bottom up: terms over the programs' own functions that have the same values on many inputs.

Claessen, Smallbone and Hughes, QuickSpec (TAP 2010): terms are made by size from representatives of the smaller ones,
one for each class of terms with the same values, and a term that falls into a class is conjectured to be equal to its
representative.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from seqplay.haskell.syntax import TyCon, Type, TyVar
from seqplay.proof.language import core
from seqplay.proof.language.core import Con, Expr, Lit, Var, apply
from seqplay.proof.language.interpreter import Interpreter, Undefined
from seqplay.proof.language.terms import integer
from seqplay.proof.language.values import Closure, Data, Sampler, Table, Value, constructors, instantiate
from seqplay.proof.tactics.discovery.work import Work
from seqplay.proof.tactics.goal import World

INPUTS = 26
"""Assignments on which terms are compared."""
LEAST = 24
"""On so many a term must have a value."""
VARIABLES = 3
"""Variables of a type."""
CALLS = 1_500
"""Calls that one evaluation may make: what takes longer has no value here."""
GROWTH = 0.5
"""How often values grow while there is room: terms that differ only on longer values would count as equal."""
_SIZES = (1, 2, 0, 3, 2, 1, 3, 4)


@dataclass(frozen=True)
class Symbol:
    """Something that terms are made of, at one instance of its type."""

    head: Expr
    arguments: tuple[Type, ...]
    result: Type


@dataclass(frozen=True)
class Explored:
    """A term with its values on the inputs, by number; none where it has no value."""

    expr: Expr
    type: Type
    values: tuple[int | None, ...]
    names: frozenset[str]
    constructors: int = 0
    """How many constructors it is made with."""


@dataclass
class Exploration:
    """Makes terms over symbols, by size."""

    world: World
    symbols: Sequence[Symbol]
    work: Work
    most: int
    """Terms that are made at most."""
    constructors: int = 1
    """Constructors in one term at most."""
    _values: list[Value] = field(default_factory=list)
    _numbers: dict[Value, int] = field(default_factory=dict)
    _answers: dict[tuple[Expr, tuple[int, ...]], int | None] = field(default_factory=dict)
    _by_size: dict[int, dict[Type, list[Explored]]] = field(default_factory=dict)
    _classes: dict[tuple[Type, tuple[int | None, ...]], Explored] = field(default_factory=dict)
    variables: dict[str, Type] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._interpreter = Interpreter(self.world.evaluated, CALLS)
        self._sampler = Sampler(self.world.types, growth=GROWTH)
        kinds = dict.fromkeys(k for s in self.symbols for k in (*s.arguments, s.result))
        for at, kind in enumerate(kinds):
            for number in range(1 if _is_function(kind) else VARIABLES):
                self._variable(f"{'f' if _is_function(kind) else 'v'}{at}{'abc'[number]}", kind)

    def _variable(self, name: str, kind: Type) -> None:
        try:
            drawn = [self._sampler.value(kind, _SIZES[i % len(_SIZES)]) for i in range(INPUTS)]
        except (LookupError, RecursionError):
            return
        self.variables[name] = kind
        self._keep(1, Explored(Var(name), kind, tuple(self._number(v) for v in drawn), frozenset({name})))

    def _number(self, value: Value) -> int:
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self._values)
            self._values.append(value)
        return number

    def _keep(self, size: int, term: Explored) -> None:
        self._classes.setdefault((term.type, term.values), term)
        self._by_size.setdefault(size, {}).setdefault(term.type, []).append(term)

    def run(self, largest: int) -> Iterator[list[tuple[Expr, Expr]]]:
        """Yield conjectures of each size of their larger side; raises ``OutOfWork``."""
        for size in range(1, largest + 1):
            found: list[tuple[Expr, Expr]] = []
            for symbol in self.symbols:
                for parts in self._parts(symbol.arguments, size - 1):
                    if self.most <= 0:
                        yield found
                        return
                    term = self._made(symbol, parts)
                    if term is None:
                        continue
                    self.most -= 1
                    held = self._classes.get((term.type, term.values))
                    if held is None:
                        self._keep(size, term)
                    elif held.expr != term.expr:
                        found.append((term.expr, held.expr))
            yield found

    def _parts(self, kinds: Sequence[Type], size: int) -> Iterator[tuple[Explored, ...]]:
        if not kinds:
            if size == 0:
                yield ()
            return
        for first in range(1, size - len(kinds) + 2):
            for term in self._by_size.get(first, {}).get(kinds[0], ()):
                for rest in self._parts(kinds[1:], size - first):
                    yield (term, *rest)

    def _made(self, symbol: Symbol, parts: tuple[Explored, ...]) -> Explored | None:
        made = isinstance(symbol.head, Con | Lit) + sum(p.constructors for p in parts)
        names = frozenset[str]().union(*(p.names for p in parts))
        # A closed term says nothing that evaluation does not.
        if made > self.constructors or (parts and not names):
            return None
        self.work.spend(3)
        values: list[int | None] = []
        for at in range(INPUTS):
            numbers = [p.values[at] for p in parts]
            held = [n for n in numbers if n is not None]
            values.append(self._answer(symbol, tuple(held)) if len(held) == len(numbers) else None)
        if sum(v is not None for v in values) < LEAST:
            return None
        expr = apply(symbol.head, *(p.expr for p in parts))
        return Explored(expr, symbol.result, tuple(values), names, made)

    def _answer(self, symbol: Symbol, numbers: tuple[int, ...]) -> int | None:
        key = (symbol.head, numbers)
        if key not in self._answers:
            self._answers[key] = self._evaluated(symbol.head, [self._values[n] for n in numbers])
        return self._answers[key]

    def _evaluated(self, head: Expr, arguments: list[Value]) -> int | None:
        names = [f"${i}" for i in range(len(arguments))]
        expr = apply(head, *(Var(n) for n in names))
        if isinstance(head, Var) and head.name == "@":
            expr = apply(Var(names[0]), *(Var(n) for n in names[1:]))
        try:
            value = self._interpreter.evaluate(expr, dict(zip(names, arguments, strict=True)))
        except Undefined:
            return None
        finally:
            self.work.spend(1 + self._interpreter.used // 4)
        return self._number(value) if is_plain(value) else None


def is_plain(value: Value) -> bool:
    """Whether a value can be compared: there is no function in it."""
    if isinstance(value, Closure | Table):
        return False
    return all(is_plain(each) for each in value.fields) if isinstance(value, Data) else True


def _is_function(kind: Type) -> bool:
    return isinstance(kind, TyCon) and kind.name == "->"


def symbols_of(world: World, names: Iterable[str], kinds: Iterable[Type]) -> list[Symbol]:
    """Return functions by name and the constructors of types, each at the instances of its type that ``kinds`` has."""
    universe = [k for k in dict.fromkeys(kinds) if not _is_function(k)]
    found: dict[Symbol, None] = {}
    for name in names:
        function = world.functions.get(name)
        if function is None or function.signature is None:
            continue
        arguments, result = _arrows(function.signature.type, function.arity)
        for actual in _instances((*arguments, result), universe):
            here = tuple(instantiate(a, actual) for a in arguments)
            found[Symbol(Var(name), here, instantiate(result, actual))] = None
    spoken = dict.fromkeys(k for s in found for k in (*s.arguments, s.result))
    for kind in spoken:
        for made, fields in constructors(kind, world.types) if isinstance(kind, TyCon) else ():
            if not _is_function(kind):
                found[Symbol(Con(made), fields, kind)] = None
        if isinstance(kind, TyCon) and kind.name in ("Int", "Integer"):
            found[Symbol(integer(0), (), kind)] = None
            found[Symbol(integer(1), (), kind)] = None
    return list(found)


def _arrows(kind: Type, arity: int) -> tuple[tuple[Type, ...], Type]:
    arguments: list[Type] = []
    while len(arguments) < arity and isinstance(kind, TyCon) and kind.name == "->":
        arguments.append(kind.args[0])
        kind = kind.args[-1] if len(kind.args) == 2 else TyCon("->", kind.args[1:])
    return tuple(arguments), kind


def _instances(kinds: Sequence[Type], universe: Sequence[Type]) -> Iterator[Mapping[str, Type]]:
    """Yield what type variables may stand for: themselves, or a type of the programs."""
    names = sorted(set().union(*(type_variables(k) for k in kinds)))
    if not names:
        yield {}
        return
    yield {name: TyVar(name) for name in names}
    closed = [k for k in universe if not type_variables(k)]
    if len(names) == 1:
        for kind in closed[:2]:
            yield {names[0]: kind}


def type_variables(kind: Type) -> set[str]:
    """Return the variables of a type."""
    match kind:
        case TyVar(name):
            return {name}
        case TyCon(_, args):
            return set[str]().union(*(type_variables(a) for a in args))
    return set()


def used_functions(world: World, exprs: Iterable[Expr]) -> list[str]:
    """Return the functions that terms reach, those that are nearest first."""
    found: dict[str, None] = {}
    todo = [name for expr in exprs for name in sorted(core.free(expr))]
    while todo:
        name = todo.pop(0)
        if name in world.unfolding and name not in found:
            found[name] = None
            todo.extend(sorted(core.calls(world.unfolding[name])))
    return list(found)
