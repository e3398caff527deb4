"""A proof as text, taken apart: the Haskell, annotations of Liquid Haskell, pragmas and comments, each with its line.

Liquid Haskell reads every block comment that begins with ``{-@``, wherever it stands; what begins with ``{-@`` inside a
string or inside another comment is none. The split here follows the lexical syntax of Haskell 2010 (report, chapter 2)
and is independent of any parser: the audit holds the two readings against each other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

SYMBOLS = frozenset("!#$%&*+./<=>?@\\^|-~:")
"""The ASCII characters that operators are made of."""
_SPECIAL = frozenset("(),;[]`{}")


class Kind(StrEnum):
    """What a lexeme is."""

    NAME = "name"
    """A variable, constructor or keyword, without qualifier."""
    QUALIFIED = "qualified name"
    OPERATOR = "operator"
    NUMBER = "number"
    STRING = "string"
    CHARACTER = "character"
    SPECIAL = "bracket or separator"
    ANNOTATION = "annotation"
    """``{-@ … @-}``."""
    PRAGMA = "pragma"
    """``{-# … #-}``."""
    COMMENT = "comment"
    BROKEN = "broken"
    """Text that is no lexeme: a string or comment without end, a stray quote, a character outside ASCII."""


class Lexeme(NamedTuple):
    """A piece of the text; ``start`` and ``end`` are offsets of characters, ``line`` counts from 1."""

    kind: Kind
    text: str
    line: int
    start: int
    end: int


class Annotation(NamedTuple):
    """An annotation: ``body`` is the text between ``{-@`` and ``@-}``, ``line`` is where it begins."""

    body: str
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Fragment:
    """A text taken apart; ``code`` is the Haskell alone, as long as ``text``, all else blanked out."""

    text: str
    code: str
    lexemes: tuple[Lexeme, ...]

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """The annotations in order."""
        return tuple(
            Annotation(piece.text.removeprefix("{-@").removesuffix("-}").removesuffix("@"), *piece[2:])
            for piece in self.lexemes
            if piece.kind is Kind.ANNOTATION
        )

    def pieces(self, *kinds: Kind) -> tuple[Lexeme, ...]:
        """Return the lexemes of the given kinds."""
        return tuple(piece for piece in self.lexemes if piece.kind in kinds)

    def line_at(self, offset: int) -> int:
        """Return the line of a character's offset."""
        return self.text.count("\n", 0, offset) + 1


def read_fragment(text: str) -> Fragment:
    """Return the parts of a text; never raises: what is no lexeme is ``Kind.BROKEN``."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lexemes = tuple(_lexemes(text))
    code = list(text)
    for piece in lexemes:
        if piece.kind in {Kind.ANNOTATION, Kind.PRAGMA, Kind.COMMENT}:
            code[piece.start : piece.end] = [mark if mark == "\n" else " " for mark in piece.text]
    return Fragment(text, "".join(code), lexemes)


def _lexemes(text: str) -> Iterator[Lexeme]:
    at, line = 0, 1
    while at < len(text):
        if text[at] in " \t\n\f\v":
            line += text[at] == "\n"
            at += 1
            continue
        kind, end = _next(text, at)
        yield Lexeme(kind, text[at:end], line, at, end)
        line += text.count("\n", at, end)
        at = end


def _next(text: str, at: int) -> tuple[Kind, int]:
    """Return the kind and the end of the lexeme that begins at an offset."""
    mark = text[at]
    if text.startswith("{-", at):
        return _block(text, at)
    if mark in SYMBOLS:
        return _operator(text, at)
    if mark in _SPECIAL:
        return Kind.SPECIAL, at + 1
    if mark == '"':
        return _string(text, at)
    if mark == "'":
        return _character(text, at)
    if _is_digit(mark):
        return Kind.NUMBER, _number(text, at)
    if _is_letter(mark):
        return _name(text, at)
    return Kind.BROKEN, at + 1


def _is_digit(mark: str) -> bool:
    return "0" <= mark <= "9"


def _is_letter(mark: str) -> bool:
    return "a" <= mark <= "z" or "A" <= mark <= "Z" or mark == "_"


def _block(text: str, at: int) -> tuple[Kind, int]:
    third = text[at + 2 : at + 3]
    kind = {"@": Kind.ANNOTATION, "#": Kind.PRAGMA}.get(third, Kind.COMMENT)
    depth, end = 1, at + 2
    while depth:
        if end >= len(text):
            return Kind.BROKEN, len(text)
        if text.startswith("{-", end):
            depth, end = depth + 1, end + 2
        elif text.startswith("-}", end):
            depth, end = depth - 1, end + 2
        else:
            end += 1
    return kind, end


def _operator(text: str, at: int) -> tuple[Kind, int]:
    end = at
    while end < len(text) and text[end] in SYMBOLS:
        end += 1
    if end - at >= 2 and set(text[at:end]) == {"-"}:
        stop = text.find("\n", end)
        return Kind.COMMENT, len(text) if stop < 0 else stop
    return Kind.OPERATOR, end


def _string(text: str, at: int) -> tuple[Kind, int]:
    end = at + 1
    while end < len(text) and text[end] not in '"\n':
        if text[end] == "\\":
            end += 1
            if end < len(text) and text[end].isspace():
                while end < len(text) and text[end].isspace():
                    end += 1
        end += 1
    closed = end < len(text) and text[end] == '"'
    return (Kind.STRING if closed else Kind.BROKEN), min(end + 1, len(text))


def _character(text: str, at: int) -> tuple[Kind, int]:
    if text[at + 1 : at + 2] == "\\":
        end = text.find("'", at + 3)
        return (Kind.CHARACTER, end + 1) if 0 <= end <= at + 10 else (Kind.BROKEN, at + 1)
    if text[at + 2 : at + 3] == "'" and text[at + 1] not in "'\n":
        return Kind.CHARACTER, at + 3
    return Kind.BROKEN, at + 1


def _number(text: str, at: int) -> int:
    end = at
    while end < len(text) and (_is_digit(text[end]) or _is_letter(text[end])):
        exponent = text[end] in "eE" and text[at : at + 2].lower() not in {"0x", "0o", "0b"}
        end += 1
        if exponent and text[end : end + 1] in {"+", "-"}:
            end += 1
        if text[end : end + 1] == "." and end + 1 < len(text) and _is_digit(text[end + 1]):
            end += 1
    return end


def _name(text: str, at: int) -> tuple[Kind, int]:
    end = _word(text, at)
    kind = Kind.NAME
    while "A" <= text[at] <= "Z" and text[end : end + 1] == ".":
        after = text[end + 1 : end + 2]
        if after and _is_letter(after):
            at, end = end + 1, _word(text, end + 1)
        elif after and after in SYMBOLS:
            end = _operator(text, end + 1)[1]
            return Kind.QUALIFIED, end
        else:
            break
        kind = Kind.QUALIFIED
    return kind, end


def _word(text: str, at: int) -> int:
    end = at
    while end < len(text) and (_is_letter(text[end]) or _is_digit(text[end]) or text[end] == "'"):
        end += 1
    return end


def why_broken(text: str) -> str:
    """Say why a ``Kind.BROKEN`` piece is no lexeme."""
    if text.startswith("{-"):
        return "the comment has no end"
    if text[0] in "\"'":
        return "a string or character without end"
    name = unicodedata.name(text[0], "a character without a name").lower()
    return f"U+{ord(text[0]):04X}, {name}: a proof is written in ASCII"


def rename(text: str, names: Mapping[str, str]) -> str:
    """Return a text with names replaced wherever they are lexemes, annotations included, strings and comments not.

    Right only where nothing binds one of the names (which the audit of a proof makes sure of).
    """
    return "".join(_renamed(text, names))


def _renamed(text: str, names: Mapping[str, str]) -> Iterator[str]:
    done = 0
    for piece in _lexemes(text):
        yield text[done : piece.start]
        done = piece.end
        if piece.kind is Kind.ANNOTATION:
            yield "{-@" + rename(piece.text[3:-2], names) + "-}"
        elif piece.kind in {Kind.NAME, Kind.OPERATOR}:
            yield names.get(piece.text, piece.text)
        else:
            yield piece.text
    yield text[done:]
