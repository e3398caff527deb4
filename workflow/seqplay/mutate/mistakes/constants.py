"""A constant, a count, a bound or a constructor slightly off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.haskell.analysis.unification import INT, INTEGER
from seqplay.haskell.syntax import (
    App,
    Clause,
    Con,
    Infix,
    ListLit,
    Lit,
    LitKind,
    Node,
    PLit,
    Range,
    Var,
)
from seqplay.mutate.subject import Rule, Subject, call, integer, op

_SIZED = {"take", "drop", "splitAt", "replicate"}


def constant(subject: Subject, node: Node) -> Iterator[Node]:
    """A constant off by one, another character, the other truth value."""
    match node:
        case Lit(LitKind.INTEGER, text) if text.isdigit():
            yield integer(int(text) + 1)
            if int(text) > 0:
                yield integer(int(text) - 1)
        case PLit(LitKind.INTEGER, text, negative) if text.isdigit():
            yield PLit(LitKind.INTEGER, str(int(text) + 1), negative)
        case Lit(LitKind.FLOAT, text) if text.replace(".", "").isdigit():
            yield Lit(LitKind.FLOAT, str(float(text) + 1))
        case Lit(LitKind.CHAR, text) | PLit(LitKind.CHAR, text, False) if len(text) == 3 and text[1].isalnum():
            other = chr(ord(text[1]) + 1) if text[1] not in "zZ9" else chr(ord(text[1]) - 1)
            yield replace(node, text=f"'{other}'")
        case Lit(LitKind.STRING, text) if "\\" not in text:
            yield Lit(LitKind.STRING, text[:-1] + '!"')
            if len(text) > 2:
                yield Lit(LitKind.STRING, text[:-2] + '"')
        case Con("True" | "False" as name):
            yield Con("False" if name == "True" else "True")
        case _:
            pass


def base_case(subject: Subject, node: Node) -> Iterator[Node]:
    """Another value in an equation whose pattern is a literal or an empty list."""
    if not isinstance(node, Clause) or not any(not p for p in _refutable(node)):
        return
    body = node.rhs.branches[0].body
    if len(node.rhs.branches) == 1 and subject.types.known(body, INT, INTEGER) and not isinstance(body, Lit):
        branch = replace(node.rhs.branches[0], body=op("+", body, integer(1)))
        yield replace(node, rhs=replace(node.rhs, branches=(branch,)))


def _refutable(clause: Clause) -> list[bool]:
    """For each literal or constant pattern of an equation: whether it has arguments."""
    return [bool(getattr(pat, "args", ())) for pat in clause.pats if isinstance(pat, PLit) or hasattr(pat, "args")]


def off_by_one(subject: Subject, node: Node) -> Iterator[Node]:
    """A count, an index or an end of a range off by one."""
    if isinstance(node, Range) and node.last is not None and subject.types.is_int(node.last):
        yield replace(node, last=op("-", node.last, integer(1)))
        if node.step is None:
            yield replace(node, first=op("+", node.first, integer(1)))
    for name in sorted(_SIZED):
        args = subject.call(node, name, 2)
        if args and not isinstance(args[0], Lit):
            yield call(name, op("+", args[0], integer(1)), args[1])
            yield call(name, op("-", args[0], integer(1)), args[1])
    if isinstance(node, Infix) and subject.operation(node, "!!"):
        yield replace(node, right=op("+", node.right, integer(1)))


def constructor(subject: Subject, node: Node) -> Iterator[Node]:
    """Another constant constructor of the same type; a list with an element less."""
    if isinstance(node, Con):
        for group in (("LT", "EQ", "GT"), *subject.constants):
            if node.name in group:
                yield from (Con(other) for other in group if other != node.name)
    if isinstance(node, Con | Var) and node.name in subject.twins:
        yield from (replace(node, name=other) for other in subject.twins[node.name])
    if isinstance(node, ListLit) and len(node.items) > 1:
        yield ListLit(node.items[:-1])
        yield ListLit((node.items[1], node.items[0], *node.items[2:]))


def wrapper(subject: Subject, node: Node) -> Iterator[Node]:
    """``Nothing`` for ``Just``."""
    if isinstance(node, App) and isinstance(node.function, Con) and node.function.name == "Just":
        yield Con("Nothing")


RULES: dict[str, Rule] = {
    "constant": constant,
    "base_case": base_case,
    "off_by_one": off_by_one,
    "constructor": constructor,
    "wrapper": wrapper,
}
