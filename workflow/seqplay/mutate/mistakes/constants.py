"""A constant, a count, a bound or a constructor slightly off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import INT, INTEGER
from seqplay.mutate.subject import Rule, Subject, call, integer, op

_SIZED = {"take", "drop", "splitAt", "replicate"}


def constant(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A constant off by one, another character, the other truth value."""
    match node:
        case hs.Lit(hs.LitKind.INTEGER, text) if text.isdigit():
            yield integer(int(text) + 1)
            if int(text) > 0:
                yield integer(int(text) - 1)
        case hs.PLit(hs.LitKind.INTEGER, text, negative) if text.isdigit():
            yield hs.PLit(hs.LitKind.INTEGER, str(int(text) + 1), negative)
        case hs.Lit(hs.LitKind.FLOAT, text) if text.replace(".", "").isdigit():
            yield hs.Lit(hs.LitKind.FLOAT, str(float(text) + 1))
        case hs.Lit(hs.LitKind.CHAR, text) | hs.PLit(hs.LitKind.CHAR, text, False) if (
            len(text) == 3 and text[1].isalnum()
        ):
            other = chr(ord(text[1]) + 1) if text[1] not in "zZ9" else chr(ord(text[1]) - 1)
            yield replace(node, text=f"'{other}'")
        case hs.Lit(hs.LitKind.STRING, text) if "\\" not in text:
            yield hs.Lit(hs.LitKind.STRING, text[:-1] + '!"')
            if len(text) > 2:
                yield hs.Lit(hs.LitKind.STRING, text[:-2] + '"')
        case hs.Con("True" | "False" as name):
            yield hs.Con("False" if name == "True" else "True")
        case _:
            pass


def base_case(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """Another value in an equation whose pattern is a literal or an empty list."""
    if not isinstance(node, hs.Clause) or not any(not p for p in _refutable(node)):
        return
    body = node.rhs.branches[0].body
    if len(node.rhs.branches) == 1 and subject.types.known(body, INT, INTEGER) and not isinstance(body, hs.Lit):
        branch = replace(node.rhs.branches[0], body=op("+", body, integer(1)))
        yield replace(node, rhs=replace(node.rhs, branches=(branch,)))


def _refutable(clause: hs.Clause) -> list[bool]:
    """For each literal or constant pattern of an equation: whether it has arguments."""
    return [bool(getattr(pat, "args", ())) for pat in clause.pats if isinstance(pat, hs.PLit) or hasattr(pat, "args")]


def off_by_one(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A count, an index or an end of a range off by one."""
    if isinstance(node, hs.Range) and node.last is not None and subject.types.is_int(node.last):
        yield replace(node, last=op("-", node.last, integer(1)))
        if node.step is None:
            yield replace(node, first=op("+", node.first, integer(1)))
    for name in sorted(_SIZED):
        args = subject.call(node, name, 2)
        if args and not isinstance(args[0], hs.Lit):
            yield call(name, op("+", args[0], integer(1)), args[1])
            yield call(name, op("-", args[0], integer(1)), args[1])
    if isinstance(node, hs.Infix) and subject.operation(node, "!!"):
        yield replace(node, right=op("+", node.right, integer(1)))


def constructor(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """Another constant constructor of the same type; a list with an element less."""
    if isinstance(node, hs.Con):
        for group in (("LT", "EQ", "GT"), *subject.constants):
            if node.name in group:
                yield from (hs.Con(other) for other in group if other != node.name)
    if isinstance(node, hs.Con | hs.Var) and node.name in subject.twins:
        yield from (replace(node, name=other) for other in subject.twins[node.name])
    if isinstance(node, hs.ListLit) and len(node.items) > 1:
        yield hs.ListLit(node.items[:-1])
        yield hs.ListLit((node.items[1], node.items[0], *node.items[2:]))


def wrapper(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``Nothing`` for ``Just``."""
    if isinstance(node, hs.App) and isinstance(node.function, hs.Con) and node.function.name == "Just":
        yield hs.Con("Nothing")


RULES: dict[str, Rule] = {
    "constant": constant,
    "base_case": base_case,
    "off_by_one": off_by_one,
    "constructor": constructor,
    "wrapper": wrapper,
}
