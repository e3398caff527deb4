"""Operator fixities: the known table, and the resolution of a flat operator expression into a tree.

The algorithm is that of the Haskell 2010 report, section 10.6; an expression that the report calls an error is
resolved as if all were left-associative, since GHC will refuse the program anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

E = TypeVar("E")


class Fix(NamedTuple):
    """Precedence 0 to 9, and ``l``, ``r`` or ``n``."""

    precedence: int
    side: str


DEFAULT = Fix(9, "l")
NEGATION = Fix(6, "l")

_TABLE = """
infixr 9 .
infixl 9 !! ! !? // .:
infixr 8 ^ ^^ **
infixl 8 shift rotate shiftL shiftR rotateL rotateR unsafeShiftL unsafeShiftR
infixl 7 * / div mod quot rem % .&.
infixr 6 <>
infixl 6 + - xor
infixr 5 : ++ <| :| :<| ><
infixl 5 .|. |> :|>
infix  5 \\\\
infixl 4 <$> <$ $> <*> <* *> <**> <$!> <&&>
infix  4 == /= < <= > >= elem notElem
infixr 3 && *** &&&
infixl 3 <|>
infixr 2 || +++ |||
infixl 1 >> >>= & <&>
infixr 1 =<< <=< >=> >>> <<<
infixr 0 $ $! seq deepseq $!!
infixl 0 on
"""


def _build() -> dict[str, Fix]:
    table: dict[str, Fix] = {}
    for row in _TABLE.split("\n"):
        words = row.split()
        for name in words[2:]:
            table[name] = Fix(int(words[1]), words[0].removeprefix("infix") or "n")
    return table


KNOWN: Mapping[str, Fix] = _build()


def base_name(name: str) -> str:
    """Return a name without its qualifier (``M.!`` gives ``!``, ``.`` gives ``.``)."""
    rest = name
    while rest[:1].isupper() and "." in rest:
        head, _, tail = rest.partition(".")
        if not head.replace("_", "a").replace("'", "a").isalnum() or not tail:
            break
        rest = tail
    return rest


def lookup(name: str, own: Mapping[str, Fix]) -> Fix:
    """Return the fixity of an operator: the program's own declaration, the known table, or the default."""
    if name in own:
        return own[name]
    return KNOWN.get(base_name(name), DEFAULT)


class Builder(NamedTuple, Generic[E]):
    """How to make the tree: of an operator's index with two operands, and of a negation's index with one."""

    infix: Callable[[int, E, E], E]
    negate: Callable[[int, E], E]


class Token(NamedTuple, Generic[E]):
    """An operand (``expr``), or an operator or prefix minus (``name``); ``prefix`` marks the minus."""

    expr: E | None
    name: str = ""
    prefix: bool = False


def resolve(tokens: Sequence[Token[E]], own: Mapping[str, Fix], build: Builder[E]) -> E:
    """Return the tree of a flat sequence of operands and operators.

    ``build`` gets the index of the operator's token. Raises ``ValueError`` where the sequence is not alternating.
    """
    position = 0

    def operand() -> E:
        nonlocal position
        if position >= len(tokens):
            raise ValueError("an operator lacks its operand")
        token, at = tokens[position], position
        position += 1
        if token.prefix:
            inner = continued(NEGATION, operand())
            return build.negate(at, inner)
        if token.expr is None:
            raise ValueError("two operators in a row")
        return token.expr

    def continued(outer: Fix, left: E) -> E:
        nonlocal position
        while position < len(tokens):
            token, at = tokens[position], position
            fix = lookup(token.name, own)
            if fix.precedence < outer.precedence:
                break
            if fix.precedence == outer.precedence and not (outer.side == "r" and fix.side == "r"):
                break
            position += 1
            right = continued(fix, operand())
            left = build.infix(at, left, right)
        return left

    lowest = Fix(-1, "n")
    return continued(lowest, operand())
