"""Strongly connected components, dependencies first.

Written out rather than taken from networkx, which only torch brings here: the order within a group decides the ranks of
its functions in termination metrics, and so what a theorem's module says, and networkx promises none.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def components(edges: Mapping[K, Iterable[K]]) -> list[tuple[K, ...]]:
    """Return the groups of keys that reach each other, each after all that it depends on (Tarjan).

    Targets that are no keys are left out; order within a group and between independent groups follows the mapping.
    """
    index: dict[K, int] = {}
    low: dict[K, int] = {}
    stack: list[K] = []
    result: list[tuple[K, ...]] = []

    def visit(key: K) -> None:
        # ``low`` is the earliest key on the stack that is reached from here; where that is the key itself, all above it
        # on the stack is one group.
        index[key] = low[key] = len(index)
        stack.append(key)
        for target in edges[key]:
            if target not in edges:
                continue
            if target not in index:
                visit(target)
                low[key] = min(low[key], low[target])
            elif target in stack:
                low[key] = min(low[key], index[target])
        if low[key] == index[key]:
            at = stack.index(key)
            group = stack[at:]
            del stack[at:]
            result.append(tuple(sorted(group, key=order.__getitem__)))

    order = {key: at for at, key in enumerate(edges)}
    for key in edges:
        if key not in index:
            visit(key)
    return result


def cycles(edges: Mapping[K, Iterable[K]]) -> dict[K, tuple[K, ...]]:
    """Return for each key that reaches itself the keys that it reaches and that reach it, itself included."""
    return {key: group for group in components(edges) for key in group if len(group) > 1 or key in edges[key]}
