"""The definitions that a search works in, and which of them call each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seqplay.proof.language.core import LIBRARY, DataType, Function, calls
from seqplay.proof.language.graph import cycles
from seqplay.proof.language.library import OPAQUE
from seqplay.proof.tactics.goal import World

_SIBLINGS: tuple[tuple[tuple[str, int], ...], ...] = (
    (("False", 0), ("True", 0)),
    (("[]", 0), (":", 2)),
    (("Nothing", 0), ("Just", 1)),
    (("Left", 1), ("Right", 1)),
    (("LT", 0), ("EQ", 0), ("GT", 0)),
    (("()", 0),),
    (("(,)", 2),),
    (("(,,)", 3),),
    (("(,,,)", 4),),
)


_DIVISIONS = frozenset({"Prelude.div", "Prelude.mod"})
"""No name of a proof: what uses them stays as it is."""


def make_world(functions: Iterable[Function], types: Iterable[DataType]) -> World:
    """Return a world of these functions (those of the library that are used among them) and data types."""
    by_name = {function.name: function for function in functions}
    data = {each.name: each for each in types}
    siblings: dict[str, tuple[tuple[str, int], ...]] = {name: group for group in _SIBLINGS for name, _ in group}
    for each in data.values():
        group = tuple((name, len(fields)) for name, fields in each.constructors)
        siblings.update((name, group) for name, _ in group)
    opaque = {LIBRARY + name for name in OPAQUE}
    evaluated = {name: function for name, function in by_name.items() if name not in opaque}
    unfolding = {name: function for name, function in evaluated.items() if not calls(function) & _DIVISIONS}
    return World(by_name, evaluated, unfolding, data, recursion_groups(unfolding), siblings)


def recursion_groups(functions: Mapping[str, Function]) -> dict[str, frozenset[str]]:
    """Return for each recursive function those that it is mutually recursive with, itself included."""
    groups = cycles({name: sorted(calls(function)) for name, function in functions.items()})
    return {name: frozenset(group) for name, group in groups.items()}
