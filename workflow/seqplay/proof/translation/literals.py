"""Literals of a program in one spelling: decimal integers, plain fractions, single characters."""

from __future__ import annotations

from fractions import Fraction

from seqplay.haskell.syntax import LitKind
from seqplay.haskell.syntax.literals import decode
from seqplay.proof.language.core import App, Expr, Lit, Var
from seqplay.proof.language.refusal import Refusal, Refused


def number(kind: LitKind, text: str, negative: bool = False) -> Expr:
    """Return a number; a fraction's negation is an operation, since the logic knows no negative zero."""
    bare = text.replace("_", "")
    if kind is LitKind.INTEGER:
        value = int(bare, 0) if bare[:2].lower() in {"0x", "0o", "0b"} else int(bare)
        return Lit(kind, str(-value if negative else value))
    if bare[:2].lower() == "0x":
        raise Refused(Refusal.SYNTAX, f"the literal {text}")
    value_ = Fraction(bare)
    whole = value_.denominator == 1 and "e" not in bare.lower()
    spelled = f"{value_.numerator}.0" if whole else bare
    literal = Lit(LitKind.FLOAT, spelled)
    return App(Var("negate"), (literal,)) if negative else literal


def character(text: str) -> Expr:
    """Return the character of a character literal."""
    return char_of(decode(text[1:-1])[0])


def characters(text: str) -> tuple[Expr, ...]:
    """Return the characters of a string literal."""
    return tuple(char_of(code) for code in decode(text[1:-1]))


def char_of(code: int) -> Lit:
    """Return the character of a code point."""
    mark = chr(code)
    plain = mark.isascii() and mark.isprintable() and mark not in "'\\"
    return Lit(LitKind.CHAR, f"'{mark}'" if plain else f"'\\{code}'")


def code_of(expr: Expr) -> int:
    """Return the code point of a character literal."""
    if not isinstance(expr, Lit):
        raise TypeError(expr)
    return decode(expr.text[1:-1])[0]
