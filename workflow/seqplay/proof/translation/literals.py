"""Literals of a program in one spelling: decimal integers, plain fractions, single characters."""

from __future__ import annotations

from fractions import Fraction

from seqplay.haskell.syntax import LitKind
from seqplay.proof.language.core import App, Expr, Lit, Var
from seqplay.proof.language.refusal import Refusal, Refused

_ESCAPES = {
    "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34, "'": 39,
}  # fmt: skip
_NAMED = (
    *("NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI", "DLE"),
    *("DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US", "SP"),
)


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


def decode(body: str) -> list[int]:
    """Return the code points of a literal's inside (Haskell 2010 report, section 2.6)."""
    codes: list[int] = []
    at = 0
    while at < len(body):
        if body[at] != "\\":
            codes.append(ord(body[at]))
            at += 1
            continue
        code, at = _escape(body, at + 1)
        if code is not None:
            codes.append(code)
    return codes


def _escape(body: str, at: int) -> tuple[int | None, int]:
    """Return the code of the escape whose backslash is just before ``at`` (none for a gap or ``\\&``), and its end."""
    mark = body[at]
    if mark == "&":
        return None, at + 1
    if mark.isspace():
        return None, body.index("\\", at) + 1
    if mark == "^":
        return ord(body[at + 1]) - 64, at + 2
    for prefix, base in (("o", 8), ("x", 16)):
        if mark.lower() == prefix:
            end = at + 1
            while end < len(body) and body[end].lower() in "0123456789abcdef"[:base]:
                end += 1
            return int(body[at + 1 : end], base), end
    if mark.isdigit():
        end = at
        while end < len(body) and body[end].isdigit():
            end += 1
        return int(body[at:end]), end
    # "SOH" before "SO": the longest name counts.
    for name in sorted(_NAMED, key=len, reverse=True):
        if body.startswith(name, at):
            return _NAMED.index(name), at + len(name)
    if body.startswith("DEL", at):
        return 127, at + 3
    return _ESCAPES[mark], at + 1
