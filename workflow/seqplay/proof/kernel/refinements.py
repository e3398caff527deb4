"""What a refinement signature says, as core terms: conditions on arguments and result, and a termination metric.

A refinement inside a type (``[Nat]``, ``Maybe {v:Int | v > 0}``) is left out: what is shown without it holds with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax import LitKind
from seqplay.proof.annotations.annotation import Arrow, Base, OutsideGrammar, Refined, RefinedSignature, RType
from seqplay.proof.annotations.fragment import Annotation, Kind, Lexeme, read_fragment
from seqplay.proof.annotations.grammar import read_annotation
from seqplay.proof.kernel.terms import Unsupported
from seqplay.proof.language import core

_LEVELS = {
    "<=>": (1, 2), "=>": (2, 2), "==>": (2, 2), "||": (3, 3), "&&": (4, 4), "==": (5, 6), "=": (5, 6), "/=": (5, 6),
    "!=": (5, 6), "<": (5, 6), "<=": (5, 6), ">": (5, 6), ">=": (5, 6), ":": (6, 6), "+": (7, 8), "-": (7, 8),
    "*": (8, 9),
}  # fmt: skip
"""Of each operator how strongly it binds, and how strongly what may stand to its right."""
_SAME = {"=": "==", "!=": "/=", "==>": "=>"}


@dataclass(frozen=True)
class Refinement:
    """A signature taken apart; conditions are over the names of the arguments, and of the result."""

    arguments: tuple[str, ...]
    """The name of each argument in what follows; made up where the signature has none."""
    types: tuple[hs.Type, ...]
    before: tuple[core.Expr, ...]
    after: tuple[core.Expr, ...]
    result: str
    """The name of the result in ``after``."""
    result_type: hs.Type
    metric: tuple[core.Expr, ...]


def read_signature(text: str, line: int = 1) -> RefinedSignature:
    """Return a signature of the library; raises ``Unsupported``."""
    try:
        said = read_annotation(Annotation(text, line, 0, len(text)))
    except OutsideGrammar as error:
        raise Unsupported(str(error)) from None
    if not isinstance(said, RefinedSignature):
        raise Unsupported("an annotation without a type")
    return said


def refinement(said: RefinedSignature, arity: int, names: Mapping[str, str]) -> Refinement:
    """Return what a signature says of a function of so many arguments; raises ``Unsupported``.

    ``names`` are functions by the names that the signature uses.
    """
    arguments: list[str] = []
    types: list[hs.Type] = []
    before: list[core.Expr] = []
    names = {name: one for name, one in names.items() if name not in {each.binder for each in said.arguments()}}
    current: RType = said.type
    for at in range(arity):
        if not isinstance(current, Arrow):
            raise Unsupported(f"{said.name}: fewer arguments than its equations take")
        name = current.binder or f"argument {at + 1}"
        arguments.append(name)
        types.append(_type(current.argument))
        before += _condition(current.argument, name, names)
        current = current.result
    binder = (current.binder if isinstance(current, Refined) else None) or "result of it"
    return Refinement(
        tuple(arguments),
        tuple(types),
        tuple(before),
        tuple(_condition(current, binder, names)),
        binder,
        _type(current),
        tuple(read_expression(each.text, names) for each in said.metric),
    )


def _condition(type_: RType, name: str, names: Mapping[str, str]) -> list[core.Expr]:
    match type_:
        case Base("Nat", ()):
            return [core.App(core.Var(">="), (core.Var(name), core.Lit(LitKind.INTEGER, "0")))]
        case Refined(binder, base, predicate):
            inner = _condition(base, name, names) if base is not None else []
            if binder is not None and binder != name:
                renamed = {**names, binder: name}
                return [*inner, read_expression(predicate.text, renamed)]
            return [*inner, read_expression(predicate.text, names)]
    return []


def _type(type_: RType) -> hs.Type:
    match type_:
        case Base("Nat", ()):
            return hs.TyCon("Int")
        case Base(name, args) if name[:1].islower():
            if args:
                raise Unsupported("a type variable that takes arguments")
            return hs.TyVar(name)
        case Base(name, args):
            return hs.TyCon(name, tuple(_type(each) for each in args))
        case Refined(_, base, _):
            return _type(base) if base is not None else hs.TyCon("()")
        case Arrow(_, argument, result):
            return hs.TyCon("->", (_type(argument), _type(result)))
    raise Unsupported("a type of another kind")


def read_metric(text: str, names: Mapping[str, str]) -> tuple[core.Expr, ...]:
    """Return a metric in brackets, ``[m, n]``; raises ``Unsupported``."""
    reader = _Expressions(text.strip().removeprefix("[").removesuffix("]"), names)
    found = [reader.expression(0)]
    while reader.peek() == ",":
        reader.take()
        found.append(reader.expression(0))
    reader.end()
    return tuple(found)


def read_expression(text: str, names: Mapping[str, str]) -> core.Expr:
    """Return an expression of a refinement; raises ``Unsupported``."""
    reader = _Expressions(text, names)
    found = reader.expression(0)
    reader.end()
    return found


class _Expressions:
    """A reader of Liquid Haskell's expressions, by how strongly operators bind."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        self._names = names
        self._pieces: Sequence[Lexeme] = [each for each in read_fragment(text).lexemes if each.kind is not Kind.COMMENT]
        self._at = 0

    def peek(self) -> str:
        return self._pieces[self._at].text if self._at < len(self._pieces) else ""

    def take(self) -> Lexeme:
        if self._at >= len(self._pieces):
            raise Unsupported("a refinement that ends too early")
        self._at += 1
        return self._pieces[self._at - 1]

    def end(self) -> None:
        if self._at < len(self._pieces):
            raise Unsupported(f"`{self.peek()}` in a refinement")

    def expression(self, level: int) -> core.Expr:
        left = self._operand()
        while self.peek() in _LEVELS and _LEVELS[self.peek()][0] >= max(level, 1):
            operator = self.take().text
            right = self.expression(_LEVELS[operator][1])
            if operator == ":":
                left = core.App(core.Con(":"), (left, right))
            else:
                left = core.App(core.Var(_SAME.get(operator, operator)), (left, right))
        return left

    def _operand(self) -> core.Expr:
        match self.peek():
            case "-":
                self.take()
                return core.App(core.Var("negate"), (self._operand(),))
            case "~" | "not":
                self.take()
                return core.App(core.Var("not"), (self._operand(),))
            case "if":
                parts = []
                for word in ("if", "then", "else"):
                    if self.take().text != word:
                        raise Unsupported(f"`{word}` is missing in a refinement")
                    parts.append(self.expression(0))
                return core.If(*parts)
        head = self._part()
        arguments = []
        while self._begins_part():
            arguments.append(self._part())
        return core.apply(head, *arguments)

    def _begins_part(self) -> bool:
        if self._at >= len(self._pieces):
            return False
        piece = self._pieces[self._at]
        literal = piece.kind in {Kind.NUMBER, Kind.CHARACTER}
        return literal or piece.text in ("(", "[") or (piece.kind is Kind.NAME and piece.text not in _WORDS)

    def _part(self) -> core.Expr:
        piece = self.take()
        match piece.kind, piece.text:
            case Kind.NUMBER, text:
                return core.Lit(LitKind.FLOAT if "." in text else LitKind.INTEGER, text)
            case Kind.CHARACTER, text:
                return core.Lit(LitKind.CHAR, text)
            case Kind.NAME, text if text not in _WORDS:
                return core.Con(text) if text[0].isupper() else core.Var(self._names.get(text, text))
            case _, "(":
                return self._bracket(")", lambda items: _tuple(items))
            case _, "[":
                return self._bracket("]", lambda items: core.list_of(tuple(items)))
        raise Unsupported(f"`{piece.text}` in a refinement")

    def _bracket(self, closing: str, made: object) -> core.Expr:
        items: list[core.Expr] = []
        while self.peek() != closing:
            items.append(self.expression(0))
            if self.peek() != closing and self.take().text != ",":
                raise Unsupported("a bracket in a refinement")
        self.take()
        return made(items)  # type: ignore[operator,no-any-return]


_WORDS = frozenset({"if", "then", "else", "let", "in", "case", "of", "where", "forall"})


def _tuple(items: Iterable[core.Expr]) -> core.Expr:
    parts = tuple(items)
    if len(parts) == 1:
        return parts[0]
    return core.App(core.Con("(" + "," * (len(parts) - 1) + ")"), parts) if parts else core.Con("()")
