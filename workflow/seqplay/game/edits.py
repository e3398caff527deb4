"""Kinds of edits: what leads from P to Q, so coarse that the hundredth edit of a kind can be told from the first.

A kind names what went and what came: words of the language, operators, the library's functions and constructors, each
once; of literals only the sort. The values of literals, the names that a program binds itself, and the order count only
where nothing else has changed; type signatures, imports and parentheses never do. So a kind depends neither on where an
edit was made, nor on what anything is called, nor on who made it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from seqplay.haskell.analysis.source import Source, parse
from seqplay.haskell.parsing import cst
from seqplay.haskell.syntax.scope import declared_names, free_names

LITERALS, NAMES, ORDER = "literals", "names", "order"
"""Kinds after which the same words stand: with other literals, other own names, or in another order."""
_LITERALS = frozenset({"integer", "float", "char", "string"})
_UNCOUNTED = cst.EXTRAS | {"header", "imports", "module", "(", ")"}
_BINDINGS = frozenset({"declarations", "local_binds"})


class _Words(NamedTuple):
    """The words of a program: those that name a kind of edit, literals, and names that it binds itself."""

    words: Counter[str]
    literals: Counter[str]
    own: Counter[str]


def edit_kind(p: str, q: str) -> str:
    """Return the kind of edit that leads from P to Q: ``map → <- [ ] |``, ``literals``, ``names`` or ``order``."""
    before, after = _words(p), _words(q)
    went, came = sorted(before.words - after.words), sorted(after.words - before.words)
    if went or came:
        return f"{' '.join(went)} → {' '.join(came)}".strip()
    if before.literals != after.literals:
        return LITERALS
    return ORDER if before.own == after.own else NAMES


@lru_cache(maxsize=4096)
def _words(code: str) -> _Words:
    source = parse(code)
    library = {name.rpartition(".")[2] or name for name in _library(source)}
    own = {name for declared in source.types for name in (declared.name, *declared.members)}
    found = _Words(Counter(), Counter(), Counter())
    for leaf in _leaves(cst.parse_tree(source.code)):
        text = cst.text(leaf)
        if leaf.type in _LITERALS:
            found.words[leaf.type] += 1
            found.literals[text] += 1
        elif text in own or (leaf.type == "variable" and text not in library):
            found.own[text] += 1
        else:
            found.words[text] += 1
    return found


def _library(source: Source) -> frozenset[str]:
    """Return the names that a program uses and does not bind."""
    return free_names(source.program) - frozenset(declared_names(source.program.decls))


def _leaves(root: cst.TSNode) -> Iterator[cst.TSNode]:
    """Yield the tokens that count."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type in _UNCOUNTED or (node.type == "signature" and node.parent and node.parent.type in _BINDINGS):
            continue
        if node.child_count == 0 or node.type in _LITERALS:
            yield node
        else:
            stack += reversed(node.children)
