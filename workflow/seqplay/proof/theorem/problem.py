"""The problem that a theorem is about, as data: the definitions of P and Q in one name space, their types, the goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.source import Source, parse
from seqplay.haskell.syntax.printing import type_text
from seqplay.proof.inference.classes import Classes
from seqplay.proof.inference.infer import Inference
from seqplay.proof.language import core
from seqplay.proof.language.printer import Printer
from seqplay.proof.language.refusal import Refusal, Refused
from seqplay.proof.theorem.merge import Merged, merge, normal_type, same_data
from seqplay.proof.theorem.reflected import reflected
from seqplay.proof.translation.translate import Translated, translate
from seqplay.proof.translation.types import read_type


class TypeClash(Exception):
    """P and Q have different types, or types of one name that differ: no theorem can be about both."""


@dataclass(frozen=True)
class Problem:
    """A theorem and the definitions that it is about."""

    p_entry: str
    q_entry: str
    functions: tuple[core.Function, ...]
    """P's and Q's, each with its signature."""
    data: tuple[core.DataType, ...]
    variables: tuple[tuple[str, hs.Type], ...]
    """The theorem's arguments."""
    constraints: tuple[hs.Constraint, ...]
    written: Mapping[str, str]
    """What P calls its types whose names Liquid Haskell has for others, by their names here."""
    constructors: Mapping[str, str]
    """What P calls its constructors that have other names here, by their names here."""
    aliases: Mapping[str, str]
    """Names by which a proof may call functions that P and Q share, besides the one that they have here."""
    metrics: Mapping[str, str | None]
    """Termination metrics that Liquid Haskell accepts, by function; those it finds itself are None or absent."""
    converts: bool = False
    """Whether the definitions' integers are written as conversions (``Toolchain.converts``)."""

    @property
    def printer(self) -> Printer:
        """The printer under which library names yield to P's and Q's."""
        return Printer(frozenset(function.name for function in self.functions))

    @property
    def definer(self) -> Printer:
        """The printer of definitions for Liquid Haskell."""
        return replace(self.printer, converts=self.converts)

    @property
    def left(self) -> core.Expr:
        """P applied to the theorem's arguments."""
        return core.apply(core.Var(self.p_entry), *(core.Var(name) for name, _ in self.variables))

    @property
    def right(self) -> core.Expr:
        """Q applied to the theorem's arguments."""
        return core.apply(core.Var(self.q_entry), *(core.Var(name) for name, _ in self.variables))

    def library(self, more: frozenset[str] = frozenset()) -> tuple[core.Function, ...]:
        """Return the functions of the reflected Prelude that the programs and ``more`` reach."""
        names = more.union(*(core.calls(function) for function in self.functions))
        return tuple(reflected().used(names))

    def with_metrics(self, metrics: Mapping[str, str | None]) -> Problem:
        """Return the problem under other metrics."""
        return replace(self, metrics=dict(metrics))


def known_program(source: Source, entry: str, type_: str | None = None, suffix: str = "") -> Translated:
    """Return a program with the types of all its functions; raises ``Refused``.

    ``type_`` is the entry's type as GHC gives it, for an entry without a signature.
    """
    if type_ is not None and not any(entry in (each.name,) for each in source.signatures):
        source = parse(f"{source.code}\n{_signature(entry, type_)}\n")
    library = reflected()
    program = translate(source, entry, library.arities, suffix)
    classes = Classes(program.data, program.types.instances)
    functions = Inference(program.functions, program.data, library.schemes, program.hints, classes).run()
    derived = [replace(each, classes=_derived(each.name, classes)) for each in program.data]
    return replace(program, functions=functions, data=tuple(derived))


def _signature(entry: str, type_: str) -> str:
    from seqplay.haskell.syntax.printing import prefix_name

    return f"{prefix_name(entry)} :: {type_}"


def _derived(name: str, classes: Classes) -> tuple[str, ...]:
    return tuple(cls for cls in ("Eq", "Ord") if (cls, name) in classes.used)


def pose(
    p: Source, q: Source, p_entry: str, q_entry: str, types: tuple[str | None, str | None] = (None, None)
) -> Problem:
    """Return the theorem that P and Q compute the same; raises ``Refused`` and ``TypeClash``.

    ``types`` are the entries' types as GHC gives them, needed for an entry without a signature.
    """
    left = known_program(p, p_entry, types[0])
    right = known_program(q, q_entry, types[1])
    if _clash(left, right):
        right = known_program(q, q_entry, types[1], suffix="Q")
    entry = left.function(left.entry)
    other = right.function(right.entry)
    assert entry.signature is not None
    assert other.signature is not None
    if normal_type(entry.signature) != normal_type(other.signature):
        shown = [type_text(each.signature.type) for each in (entry, other) if each.signature]
        raise TypeClash(f"P's entry is a {shown[0]}, Q's a {shown[1]}")
    data = _together(left, right)
    merged = merge(left, right)
    return Problem(
        p_entry=merged.p_entry,
        q_entry=merged.q_entry,
        functions=merged.functions,
        data=data,
        variables=_variables(entry, merged),
        constraints=entry.signature.constraints,
        written={left.types.name(name): name for name in left.types.declared if left.types.name(name) != name},
        constructors={new: old for old, new in left.types.shapes().renamed.items()},
        aliases={name: one for name, one in merged.aliases.items() if name not in reflected().arities.arities},
        metrics={},
    )


def _clash(left: Translated, right: Translated) -> bool:
    """Whether the programs declare different types or constructors under one name; raises ``TypeClash`` where the
    theorem itself speaks of such a type.
    """
    mine = {each.name: each for each in left.data}
    makers = {name: each.name for each in left.data for name, _ in each.constructors}
    clash = False
    for each in right.data:
        if each.name in mine and same_data(mine[each.name], each):
            continue
        clash = clash or each.name in mine or any(name in makers for name, _ in each.constructors)
        if each.name in mine and each.name in _reached(left):
            raise TypeClash(f"P and Q each declare a type {each.name}, and the two differ")
    return clash


def _reached(program: Translated) -> set[str]:
    """Return the own types that the entry's type reaches."""
    by_name = {each.name: each for each in program.data}
    signature = program.function(program.entry).signature
    queue: list[hs.Type] = [signature.type] if signature else []
    seen: set[str] = set()
    while queue:
        for each in hs.descendants(queue.pop()):
            if isinstance(each, hs.TyCon) and each.name in by_name and each.name not in seen:
                seen.add(each.name)
                queue += [field for _, fields in by_name[each.name].constructors for field in fields]
    return seen


def _together(left: Translated, right: Translated) -> tuple[core.DataType, ...]:
    data = {each.name: each for each in left.data}
    for each in right.data:
        known = data.get(each.name)
        classes = tuple(cls for cls in ("Eq", "Ord") if cls in each.classes or (known and cls in known.classes))
        data[each.name] = replace(known or each, classes=classes)
    # A type that derives needs its fields' types to derive: what one asks for, all that it holds have been asked for.
    return tuple(data.values())


def _variables(entry: core.Function, merged: Merged) -> tuple[tuple[str, hs.Type], ...]:
    assert entry.signature is not None
    taken = {function.name for function in merged.functions} | set(reflected().arities.arities)
    names: list[tuple[str, hs.Type]] = []
    type_ = entry.signature.type
    for at in range(entry.arity):
        if not (isinstance(type_, hs.TyCon) and type_.name == "->"):
            raise Refused(Refusal.TYPE, f"{entry.name} takes more arguments than its type says")
        argument, type_ = type_.args
        name = f"x{at + 1}"
        while name in taken:
            name += "'"
        names.append((name, argument))
    if isinstance(type_, hs.TyCon) and type_.name == "->":
        raise Refused(Refusal.TYPE, "the result is a function")
    return tuple(names)


__all__ = ["Problem", "TypeClash", "known_program", "pose", "read_type"]
