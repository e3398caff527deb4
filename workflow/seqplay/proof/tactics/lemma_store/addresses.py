"""Content addresses: what a definition is, whatever it and all that it uses are called.

A function's address is a hash of its equations with local names numbered and callees by their addresses; a
constructor's is that of its type, which is a hash of its constructors' fields, with its place there. So ``join`` over a
``List`` of one program is the ``glue`` over a ``Chain`` of another. Types of functions are left out: an equation is
typed anew wherever it is used. Names of the library stand for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from itertools import chain

from seqplay.files import content_id
from seqplay.haskell.syntax import TyCon, Type, descendants
from seqplay.proof.language.core import LIBRARY, DataType, calls
from seqplay.proof.language.graph import components
from seqplay.proof.language.numbering import numbered
from seqplay.proof.tactics.goal import World


@dataclass(frozen=True)
class Addresses:
    """The addresses of a world's own functions and constructors."""

    functions: Mapping[str, str]
    constructors: Mapping[str, str]

    @classmethod
    def of(cls, world: World) -> Addresses:
        """Return those of a world; ``functions`` has none of the library."""
        types = _addresses(
            {name: _used_types(each) for name, each in world.types.items()},
            lambda name, known: _data(world.types[name], known),
        )
        constructors = {
            made: f"{types[name]}.{at}"
            for name, each in world.types.items()
            for at, (made, _) in enumerate(each.constructors)
        }
        own = {name: each for name, each in world.functions.items() if not name.startswith(LIBRARY)}
        functions = _addresses(
            {name: sorted(calls(each)) for name, each in own.items()},
            lambda name, known: _shown(numbered(own[name]), {**known, **constructors}),
        )
        return cls(functions, constructors)


def _addresses(uses: Mapping[str, Iterable[str]], shown: Callable[[str, Mapping[str, str]], str]) -> dict[str, str]:
    """Return an address for each name, from what it is and the addresses of what it uses.

    The members of a cycle begin alike and are told apart in as many rounds as there are members, so that an address
    depends on nothing but what is reached from it.
    """
    found: dict[str, str] = {}
    for group in components(uses):
        here = dict.fromkeys(group, "")
        for _ in group:
            known = {**found, **here}
            here = {name: content_id(shown(name, known)) for name in group}
        found.update(here)
    return found


def _used_types(data: DataType) -> list[str]:
    parts = chain.from_iterable(descendants(each) for _, kinds in data.constructors for each in kinds)
    return sorted({each.name for each in parts if isinstance(each, TyCon)})


def _data(data: DataType, known: Mapping[str, str]) -> str:
    names = {**known, **{name: f"#{at}" for at, name in enumerate(data.params)}}
    kinds: tuple[tuple[Type, ...], ...] = tuple(each for _, each in data.constructors)
    return _shown(kinds, names)


def _shown(item: object, names: Mapping[str, str]) -> str:
    """Return a text for a piece of syntax, in which names that have an address are by that."""
    if isinstance(item, str):
        return f"<{names[item]}>" if item in names else repr(item)
    if isinstance(item, tuple):
        return f"({' '.join(_shown(each, names) for each in item)})"
    if is_dataclass(item) and not isinstance(item, type):
        parts = (getattr(item, each.name) for each in fields(item) if each.compare)
        return f"{type(item).__name__}({' '.join(_shown(each, names) for each in parts)})"
    return repr(item)
