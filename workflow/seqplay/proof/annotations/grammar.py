"""The annotations that a proof may make, read by a grammar of their own: a small, sound part of Liquid Haskell's.

    annotation := "reflect" name | "inline" name | "measure" name
                | name "::" type ["/" "[" expression {"," expression} "]"]
    type       := ["forall" {variable} "."] [context "=>"] arrow
    arrow      := [variable ":"] atom ["->" arrow]
    atom       := "{" variable ":" type "|" expression "}" | "{" type "|" expression "}" | "{" expression "}"
                | "(" [type {"," type}] ")" | "[" type "]" | Constructor {argument} | variable {argument}
    expression := operand {operator operand}

An argument's own name is known in a predicate that names none: ``n:{Int | 0 <= n} -> …``.

Everything else is refused at its first word: abstract refinements, holes, aliases, sets, bounds, and every keyword.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from seqplay.proof.annotations.annotation import (
    KEYWORDS,
    OPERATORS,
    WHY,
    WORDS,
    Annotated,
    Arrow,
    Base,
    Directive,
    Expression,
    Mark,
    OutsideGrammar,
    Refined,
    RefinedSignature,
    RType,
)
from seqplay.proof.annotations.fragment import Annotation, Kind, Lexeme, read_fragment, why_broken

T = TypeVar("T")


def read_annotation(annotation: Annotation) -> Annotated:
    """Return what an annotation says; raises ``OutsideGrammar`` where it is outside the grammar."""
    if not annotation.body.strip():
        raise OutsideGrammar("empty annotation", annotation.line, "it says nothing")
    return _Reader(annotation).annotation()


class _Reader:
    """A recursive descent over the lexemes of one annotation.

    It must take nothing that Liquid Haskell would read otherwise: what is said here about names and binders is what the
    audit believes. So each method takes the lexemes of its phrase or refuses, none skips a lexeme that it does not
    know, and whatever follows a whole signature or mark is refused too.
    """

    def __init__(self, annotation: Annotation) -> None:
        inner = read_fragment(annotation.body)
        self.body = inner.text
        self.first = annotation.line - 1
        """What a lexeme's line in the annotation lacks to its line in the proof."""
        self.pieces = [piece for piece in inner.lexemes if piece.kind is not Kind.COMMENT]
        self.comments = [piece for piece in inner.lexemes if piece.kind is Kind.COMMENT]
        """Kept apart and refused at the end, so that the first reason given is about what the annotation says."""
        self.at = 0
        """The next lexeme of ``pieces``; all before it are taken."""

    # ------------------------------------------------------------ lexemes

    def peek(self, ahead: int = 0) -> str:
        """The text of a lexeme ahead; the empty string at the end."""
        return self.pieces[self.at + ahead].text if self.at + ahead < len(self.pieces) else ""

    def kind(self) -> Kind | None:
        return self.pieces[self.at].kind if self.at < len(self.pieces) else None

    def line(self) -> int:
        index = min(self.at, len(self.pieces) - 1)
        return self.first + (self.pieces[index].line if self.pieces else 1)

    def refuse(self, why: str) -> OutsideGrammar:
        found = self.peek() or "the end of the annotation"
        return OutsideGrammar(found, self.line(), why)

    def take(self) -> Lexeme:
        if self.at >= len(self.pieces):
            raise self.refuse("the annotation is incomplete")
        self.at += 1
        piece = self.pieces[self.at - 1]
        return piece._replace(line=self.first + piece.line)

    def expect(self, text: str) -> Lexeme:
        if self.peek() != text:
            raise self.refuse(f"`{text}` is expected here")
        return self.take()

    def variable(self) -> str:
        text = self.peek()
        if self.kind() is not Kind.NAME or not (text[0].islower() or text[0] == "_") or text in WORDS:
            raise self.refuse("the name of a variable is expected here")
        if text[0] == "_":
            raise self.refuse("a hole says nothing")
        return self.take().text

    # ------------------------------------------------------------ annotations

    def annotation(self) -> Annotated:
        for piece in self.pieces:
            if piece.kind is Kind.BROKEN:
                raise OutsideGrammar(piece.text.split("\n")[0][:40], self.first + piece.line, why_broken(piece.text))
            if piece.kind in {Kind.PRAGMA, Kind.ANNOTATION, Kind.QUALIFIED}:
                raise OutsideGrammar(
                    self._word(), self.first + piece.line, f"{piece.kind} {piece.text!r} in an annotation"
                )
        word, line = self._word(), self.line()
        if word in set(Directive) and self.peek(1) != "::":
            said: Annotated = self.mark(Directive(word))
        elif self.peek(1) == "::" and self.kind() is Kind.NAME and word not in KEYWORDS:
            said = self.signature()
        else:
            raise OutsideGrammar(word, line, WHY.get(word, "this annotation is not in the allow-list"))
        if self.comments:
            raise OutsideGrammar("comment", self.first + self.comments[0].line, "a comment inside an annotation")
        return said

    def _word(self) -> str:
        first = self.peek()
        if first == "(":
            return first + self.peek(1) + self.peek(2)
        return first + "-instances" if first == "automatic" else first or "empty annotation"

    def mark(self, directive: Directive) -> Mark:
        line = self.line()
        self.take()
        if self.kind() is not Kind.NAME or len(self.pieces) != self.at + 1:
            why = f"only the name of a function with its body in Haskell may follow `{directive}`"
            raise OutsideGrammar(directive, line, why)
        return Mark(directive, self.variable(), line)

    def end(self, why: str) -> None:
        if self.at < len(self.pieces):
            raise self.refuse(why)

    def signature(self) -> RefinedSignature:
        line = self.line()
        name = self.variable()
        self.expect("::")
        type_ = self.quantified()
        metric: tuple[Expression, ...] = ()
        if self.peek() == "/":
            self.take()
            self.expect("[")
            metric = tuple(self.separated(self.expression, "]"))
        self.end("the signature ends before this")
        return RefinedSignature(name, type_, metric, line)

    # ------------------------------------------------------------ types

    def quantified(self) -> RType:
        if self.peek() == "forall":
            self.take()
            while self.peek() != ".":
                if self.peek().startswith("<"):
                    raise self.refuse("an abstract refinement")
                self.variable()
            self.take()
        if self._has_context():
            # Read, and forgotten: what an annotation says of a type begins behind its context.
            self.arrow_atom()
            self.expect("=>")
        return self.arrow()

    def _has_context(self) -> bool:
        """Whether a context comes first: it looks like an argument until its ``=>``, so that is looked for ahead."""
        depth = 0
        for piece in self.pieces[self.at :]:
            if piece.text in "([{":
                depth += 1
            elif piece.text in ")]}":
                depth -= 1
            elif depth == 0 and piece.text == "=>":
                return True
            elif piece.text in {"->", ":"} and depth == 0:
                return False
        return False

    def arrow(self) -> RType:
        binder = None
        if self.peek(1) == ":" and self.kind() is Kind.NAME:
            binder = self.variable()
            self.take()
        argument = self.arrow_atom()
        if self.peek() != "->":
            if binder is not None:
                raise self.refuse("a named argument without a result")
            return argument
        self.take()
        # The argument's own name is known in its predicate, and the predicate's name in what follows.
        if isinstance(argument, Refined):
            if argument.binder is None and argument.base is not None:
                argument = replace(argument, binder=binder)
            binder = binder or argument.binder
        return Arrow(binder, argument, self.arrow())

    def arrow_atom(self) -> RType:
        """An argument or result: a constructor may have arguments here."""
        if self.kind() is Kind.NAME and self.peek() not in WORDS:
            head = self.head()
            args: list[RType] = []
            while self.peek() and (self.peek() in "([{" or self.kind() is Kind.NAME):
                args.append(self.atom())
            return Base(head, tuple(args))
        return self.atom()

    def head(self) -> str:
        if self.peek().startswith("_"):
            raise self.refuse("a hole says nothing")
        return self.take().text

    def atom(self) -> RType:
        match self.peek():
            case "{":
                return self.refined()
            case "(":
                self.take()
                items = list(self.separated(self.arrow, ")"))
                if len(items) == 1:
                    return items[0]
                return Base("(" + "," * (len(items) - 1) + ")" if items else "()", tuple(items))
            case "[":
                self.take()
                item = self.arrow()
                self.expect("]")
                return Base("[]", (item,))
            case _ if self.kind() is Kind.NAME and self.peek() not in WORDS:
                return Base(self.head())
            case "<":
                raise self.refuse("an abstract refinement")
            case _:
                raise self.refuse("a type is expected here")

    def refined(self) -> RType:
        self.expect("{")
        binder, base = None, None
        if self.peek(1) == ":" and self.kind() is Kind.NAME:
            binder = self.variable()
            self.take()
            base = self.arrow()
            self.expect("|")
        elif self._has_bar():
            base = self.arrow()
            self.expect("|")
        predicate = self.expression()
        self.expect("}")
        return Refined(binder, base, predicate)

    def _has_bar(self) -> bool:
        """Whether a type stands before the predicate: without a binder only the ``|`` after it tells."""
        depth = 0
        for piece in self.pieces[self.at :]:
            if piece.text in {"(", "[", "{"}:
                depth += 1
            elif piece.text in {")", "]", "}"}:
                if depth == 0:
                    return False
                depth -= 1
            elif piece.text == "|" and depth == 0:
                return True
        return False

    # ------------------------------------------------------------ expressions

    def expression(self) -> Expression:
        start = self.at
        names = tuple(self.operation())
        end = self.pieces[self.at - 1].end
        return Expression(names, self.body[self.pieces[start].start : end])

    # Expressions yield their names alone, since the audit asks of each whether the logic knows it there. What they
    # mean, precedence included, is for Liquid Haskell to say.

    def operation(self) -> Iterator[Lexeme]:
        yield from self.operand()
        while self.peek() in OPERATORS or self.peek() == "`":
            if self.take().text == "`":
                yield self.take()
                self.expect("`")
            yield from self.operand()

    def operand(self) -> Iterator[Lexeme]:
        if self.peek() in {"-", "~"}:
            self.take()
        if self.peek() == "if":
            for word in ("if", "then", "else"):
                self.expect(word)
                yield from self.operation()
            return
        yield from self.part()
        while self._begins_part():
            yield from self.part()

    def _begins_part(self) -> bool:
        literal = {Kind.NUMBER, Kind.STRING, Kind.CHARACTER}
        return (
            self.peek() in {"(", "["} or self.kind() in literal or self.kind() is Kind.NAME
        ) and self.peek() not in WORDS

    def part(self) -> Iterator[Lexeme]:
        if not self._begins_part():
            raise self.refuse("an expression is expected here")
        piece = self.take()
        if piece.text in {"(", "["}:
            for names in self.separated(lambda: list(self.operation()), ")" if piece.text == "(" else "]"):
                yield from names
        elif piece.kind is Kind.NAME:
            yield piece

    def separated(self, item: Callable[[], T], close: str) -> Iterator[T]:
        """Yield items between commas up to the closing bracket; the opening one has been taken."""
        if self.peek() != close:
            yield item()
            while self.peek() == ",":
                self.take()
                yield item()
        self.expect(close)
