"""The program under rewriting: its tree, its types, and what a rule may take for granted about names.

A rule is a function from a node to the nodes that may stand in its place. Rules see Prelude names only through
``Subject``, which hides a name that the program binds anywhere, so that a program with its own ``sum`` is not taken
for the Prelude's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.imports import PRELUDE
from seqplay.haskell.analysis.source import Source, parse
from seqplay.haskell.analysis.unification import BOOL, CHAR, INT, INTEGER
from seqplay.haskell.syntax.scope import all_names, declared_names, free_names, fresh
from seqplay.mutate.inference import Types

Rule = Callable[["Subject", hs.Node], Iterator[hs.Node]]
# Names from the modules that programs import most; known where the program lists or opens such a module.
_NEIGHBOURS = frozenset(
    {"foldl'", "isDigit", "toUpper", "toLower", "isUpper", "isLower", "sort", "nub", "sortBy", "fromMaybe"}
)
CHARACTERS = frozenset({"toUpper", "toLower", "isUpper", "isLower", "isDigit", "isAlpha", "isSpace"})
_SHOWING = frozenset({"show", "shows", "showsPrec", "showList", "print"})
_TOTAL = frozenset({"+", "-", "*", "==", "/=", "<", "<=", ">", ">=", "&&", "||", "max", "min"})


class Subject:
    """One program with what rules ask about it."""

    def __init__(self, code: str, entry: str) -> None:
        self.source: Source = parse(code)
        self.program: hs.Program = self.source.program
        self.entry = entry
        self.types = Types(self.source)
        self.names = all_names(self.program)
        self._bound = frozenset(_binders(self.program))
        self._hidden = {n for i in self.source.imports if i.hiding and i.module == "Prelude" for n in i.names or ()}
        self._imported = {n for i in self.source.imports if not i.qualified and not i.hiding for n in i.names or ()}
        self.lazy = frozenset(_lazy_names(self.program))
        self.signatures = {n: d for d in self.program.decls if isinstance(d, hs.Signature) for n in d.names}

    @cached_property
    def reached(self) -> list[int]:
        """The indices of the declarations that the entry uses, its own first; instances, used unseen, come last.

        An instance of Show is not among them where nothing else mentions showing: values are compared without it.
        """
        by_name: dict[str, int] = {}
        for index, decl in enumerate(self.program.decls):
            for name in declared_names([decl]):
                by_name.setdefault(name, index)
        order: list[int] = []
        queue = [self.entry]
        while queue:
            index = by_name.get(queue.pop(0), -1)
            if index >= 0 and index not in order:
                order.append(index)
                queue += sorted(free_names(self.program.decls[index]))
        instances = [i for i, d in enumerate(self.program.decls) if isinstance(d, hs.Body) and d.keyword == "instance"]
        shows = [i for i in instances if getattr(self.program.decls[i], "name", "") == "Show"]
        others = [d for i, d in enumerate(self.program.decls) if i not in shows]
        if not any(_SHOWING & free_names(decl) for decl in others):
            instances = [i for i in instances if i not in shows]
        return order + instances

    @cached_property
    def constants(self) -> list[tuple[str, ...]]:
        """The constructors without fields of each data type of the program."""
        datas = [decl for decl in self.program.decls if isinstance(decl, hs.DataDecl)]
        return [tuple(c.name for c in decl.constructors if not c.fields) for decl in datas]

    @cached_property
    def twins(self) -> dict[str, list[str]]:
        """For each constructor or field of the program, those of the same type with the same types of fields."""
        groups: dict[tuple[object, ...], list[str]] = {}
        for decl in self.program.decls:
            if isinstance(decl, hs.DataDecl):
                for each in decl.constructors:
                    if each.fields:
                        groups.setdefault((decl.name, each.fields), []).append(each.name)
                    for label, type_ in zip(each.labels, each.fields, strict=False):
                        groups.setdefault((decl.name, "field", each.name, type_), []).append(label)
        return {name: [other for other in group if other != name] for group in groups.values() for name in group}

    # ------------------------------------------------------------ names

    def available(self, name: str) -> bool:
        """Whether a rule may write a Prelude name, or read one as the Prelude's."""
        return name in PRELUDE and name not in self._bound and name not in self._hidden

    def prelude(self, expr: hs.Node) -> str:
        """Return the Prelude (or neighbour) name that an expression is, or the empty text."""
        if not isinstance(expr, hs.Var):
            return ""
        known = self.available(expr.name) or (expr.name in _NEIGHBOURS and expr.name not in self._bound)
        return expr.name if known else ""

    def imports(self, name: str) -> bool:
        """Whether a name outside the Prelude is in scope by an import list or an open import of its module."""
        opened = {i.module for i in self.source.imports if i.names is None and not i.qualified}
        return name not in self._bound and (name in self._imported or ("Data.Char" in opened and name in CHARACTERS))

    def call(self, expr: hs.Node, name: str, count: int) -> tuple[hs.Expr, ...] | None:
        """Return the arguments of a call of a Prelude function with exactly ``count`` arguments, infix calls
        included.
        """
        if isinstance(expr, hs.Infix) and count == 2:
            return (expr.left, expr.right) if self.prelude(expr.op) == name else None
        if not isinstance(expr, hs.App):
            return None
        head, args = hs.spine(expr)
        return args if len(args) == count and self.prelude(head) == name else None

    def operation(self, expr: hs.Node, *ops: str) -> str:
        """Return the Prelude operator of an infix expression if it is one of these, or the empty text."""
        if isinstance(expr, hs.Infix):
            name = self.prelude(expr.op) if isinstance(expr.op, hs.Var) else expr.op.name
            return name if name in ops else ""
        return ""

    def fresh(self, *bases: str) -> list[str]:
        """Return new names like the bases that the program uses nowhere."""
        taken = set(self.names) | PRELUDE
        made: list[str] = []
        for base in bases:
            made.append(fresh(base, taken))
            taken.add(made[-1])
        return made

    # ------------------------------------------------------------ values

    def total_order(self, expr: hs.Expr) -> bool:
        """Whether a type is known whose comparisons are total and lawful (no NaN, no instance of the program's own)."""
        return self.types.known(expr, INT, INTEGER, CHAR, BOOL)

    def safe(self, expr: hs.Expr) -> bool:
        """Whether evaluation cannot fail or run on, for evaluated inputs: variables, literals, total operators on
        them.
        """
        match expr:
            case hs.Var(name):
                return name not in self.lazy
            case hs.Lit() | hs.Con():
                return True
            case hs.Neg(operand):
                return self.safe(operand)
            case hs.Infix(op, left, right):
                return self.prelude(op) in _TOTAL and self.total_order(left) and self.safe(left) and self.safe(right)
            case hs.App():
                head, args = hs.spine(expr)
                return self.prelude(head) in {"not", "negate", "even", "odd", "max", "min"} and all(
                    map(self.safe, args)
                )
            case _:
                return False


def _binders(program: hs.Program) -> Iterator[str]:
    for node in hs.descendants(program):
        match node:
            case hs.PVar(name) | hs.PAs(name, _) | hs.Fun(name, _):
                yield name
            case hs.Signature(names, _, _):
                yield from names
            case _:
                pass


def _lazy_names(program: hs.Program) -> Iterator[str]:
    """Names of let, where and top-level values, whose evaluation may do anything."""
    for node in hs.descendants(program):
        groups: tuple[hs.Decl, ...] = ()
        if isinstance(node, hs.Rhs):
            groups = node.wheres
        elif isinstance(node, hs.Let | hs.LetStmt | hs.Program | hs.Body):
            groups = node.decls
        yield from declared_names(groups)


class Site(NamedTuple):
    """A node of a declaration with the way to it: the index of the child at each step down."""

    node: hs.Node
    path: tuple[int, ...]


def sites(node: hs.Node, path: tuple[int, ...] = ()) -> Iterator[Site]:
    """Yield every place of a declaration, parents first."""
    yield Site(node, path)
    for index, child in enumerate(hs.children(node)):
        yield from sites(child, (*path, index))


def rebuilt(node: hs.Node, path: tuple[int, ...], new: hs.Node) -> hs.Node:
    """Return the node with the one at the end of the path replaced."""
    if not path:
        return new
    position = -1

    def change(child: hs.Node) -> hs.Node:
        nonlocal position
        position += 1
        return rebuilt(child, path[1:], new) if position == path[0] else child

    return hs.map_children(node, change)


def replaced(program: hs.Program, index: int, decl: hs.Decl) -> hs.Program:
    """Return the program with one declaration replaced."""
    return replace(program, decls=(*program.decls[:index], decl, *program.decls[index + 1 :]))


def integer(value: int) -> hs.Expr:
    """Return an integer as an expression."""
    literal = hs.Lit(hs.LitKind.INTEGER, str(abs(value)))
    return hs.Neg(literal) if value < 0 else literal


def call(name: str, *args: hs.Expr) -> hs.Expr:
    """Return a call of a function by name."""
    result: hs.Expr = hs.Var(name)
    for arg in args:
        result = hs.App(result, arg)
    return result


def op(name: str, left: hs.Expr, right: hs.Expr) -> hs.Infix:
    """Return an operator between two operands."""
    return hs.Infix(hs.Con(name) if name[0] == ":" else hs.Var(name), left, right)
