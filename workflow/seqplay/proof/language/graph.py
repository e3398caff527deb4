"""Strongly connected components, dependencies first."""

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
