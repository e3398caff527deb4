"""From a rewritten tree back to a whole program text that keeps the rest of the text as it was.

The smallest changed piece is printed into its place; the result is read again and must give exactly the wanted tree,
otherwise the next larger piece is printed (equation, declaration). A text that never reads back is no candidate.
"""

from __future__ import annotations

from collections.abc import Iterator

from seqplay.haskell import syntax as hs
from seqplay.haskell.parsing.cst import parse_tree
from seqplay.haskell.parsing.reading import read_program
from seqplay.haskell.syntax.printing import OPEN, Printer

_TIGHT = (hs.App, hs.TypeApp, hs.Infix, hs.Neg, hs.LeftSection, hs.RightSection, hs.Record, hs.Typed)


def render(code: str, old: hs.Program, new: hs.Program, printer: Printer) -> str | None:
    """Return the text of ``new``, which differs from ``old`` (the tree of ``code``) in one declaration, or None."""
    changed = [(a, b) for a, b in zip(old.decls, new.decls, strict=True) if a is not b]
    if len(changed) != 1:
        return None
    data = code.encode("utf-8", "surrogatepass")
    for before, text in _pieces(changed[0][0], changed[0][1], data, printer):
        start, end = before.span
        whole = (data[:start] + text.encode("utf-8", "surrogatepass") + data[end:]).decode("utf-8", "surrogatepass")
        root = parse_tree(whole)
        if not root.has_error and read_program(root) == new:
            return whole
    return None


def _pieces(old: hs.Decl, new: hs.Decl, data: bytes, printer: Printer) -> Iterator[tuple[hs.Node, str]]:
    """Yield (old piece, new text) from the smallest changed piece outwards."""
    path: list[tuple[hs.Node, hs.Node, str]] = [(old, new, "")]
    while (step := _only_change(*path[-1])) is not None:
        path.append(step)
    for depth in range(len(path) - 1, -1, -1):
        before, after, name = path[depth]
        if before.span == hs.NO_SPAN:
            continue
        column = before.span[0] - (data.rfind(b"\n", 0, before.span[0]) + 1)
        match after:
            case hs.Expr():
                text = printer.expression(after, 0, column)
                if "\n" not in text:
                    # tree-sitter reads a bare lambda as an argument (BlockArguments); GHC does not.
                    if not (isinstance(after, OPEN) and depth and isinstance(path[depth - 1][1], _TIGHT)):
                        yield before, text
                    yield before, f"({text})"
            case hs.Pat():
                yield before, printer.pattern(after)
                yield before, f"({printer.pattern(after)})"
            case hs.Clause():
                yield before, printer.clause(name, after, column)
            case hs.Decl():
                yield before, printer.declaration(after, column)
            case _:
                pass


def _only_change(old: hs.Node, new: hs.Node, name: str) -> tuple[hs.Node, hs.Node, str] | None:
    """Return the one child in which two nodes of the same kind differ, with the name of the function around it."""
    if type(old) is not type(new):
        return None
    before, after = list(hs.children(old)), list(hs.children(new))
    differing = [pair for pair in zip(before, after, strict=False) if pair[0] is not pair[1] and pair[0] != pair[1]]
    if len(before) != len(after) or len(differing) != 1:
        return None
    remaining = iter(before)
    if hs.map_children(new, lambda _: next(remaining)) != old:
        return None  # something besides the children differs
    return (*differing[0], old.name if isinstance(old, hs.Fun) else name)
