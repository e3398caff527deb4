"""What an annotation of a proof may say, and which words of Liquid Haskell's are refused, with why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seqplay.proof.annotations.fragment import Lexeme


class Directive(StrEnum):
    """What an annotation without a type says of a function of the proof's own."""

    REFLECT = "reflect"
    INLINE = "inline"
    MEASURE = "measure"


class OutsideGrammar(Exception):
    """An annotation outside the grammar: the construct, its line, and why it is refused."""

    def __init__(self, construct: str, line: int, why: str) -> None:
        super().__init__(f"line {line}: {construct}: {why}")
        self.construct = construct
        self.line = line
        self.why = why


@dataclass(frozen=True)
class Expression:
    """A predicate or metric by the names that it uses, and its text."""

    names: tuple[Lexeme, ...]
    text: str


@dataclass(frozen=True)
class RType:
    """A refinement type."""


@dataclass(frozen=True)
class Base(RType):
    """A type constructor or variable with its arguments; lists are ``[]``, tuples ``(,)`` …, unit ``()``."""

    name: str
    args: tuple[RType, ...] = ()


@dataclass(frozen=True)
class Arrow(RType):
    """A function type; ``binder`` names the argument in what follows."""

    binder: str | None
    argument: RType
    result: RType


@dataclass(frozen=True)
class Refined(RType):
    """A type with a predicate; ``base`` is None in ``{ predicate }``, which refines the unit type."""

    binder: str | None
    base: RType | None
    predicate: Expression


@dataclass(frozen=True)
class Mark:
    """``reflect``, ``inline`` or ``measure`` of a name."""

    directive: Directive
    name: str
    line: int


@dataclass(frozen=True)
class RefinedSignature:
    """A refinement signature with its termination metric (empty: none given)."""

    name: str
    type: RType
    metric: tuple[Expression, ...]
    line: int

    def arguments(self) -> tuple[Arrow, ...]:
        """The arrows of the type, outermost first."""
        found: list[Arrow] = []
        current = self.type
        while isinstance(current, Arrow):
            found.append(current)
            current = current.result
        return tuple(found)


OPERATORS = frozenset(
    {"==", "=", "/=", "!=", "<", "<=", ">", ">=", "&&", "||", "=>", "==>", "<=>", "+", "-", "*", "/", ":"}
)
"""The operators of predicates; ``div`` and ``mod`` are names."""
WORDS = frozenset({"if", "then", "else", "forall", "in", "let", "case", "of", "where", "as", "data", "type", "class"})

WHY = {
    "LIQUID": "the flags are fixed by the pipeline",
    "liquid": "the flags are fixed by the pipeline",
    "assume": "what it says is believed, not checked",
    "ignore": "it switches the check of a binding off",
    "lazy": "it switches termination checking off",
    "lazyvar": "it switches termination checking off",
    "fail": "it turns an error into a success",
    "axiomatize": "it makes an axiom of a function",
    "invariant": "what it says is believed, not checked",
    "using": "what it says is believed, not checked",
    "embed": "it changes what the logic means by a type",
    "define": "it tells the logic another meaning of a function",
    "relational": "relational signatures are not checked soundly",
    "rewrite": "it rewrites by a lemma without an order that ends",
    "rewriteWith": "it lets a proof rewrite by its own theorem",
    "include": "it reads another file",
    "import": "it reads another specification",
    "data": "a refined data declaration is believed where values are made elsewhere",
    "newtype": "a refined declaration is believed where values are made elsewhere",
    "decrease": "the metric belongs into the signature: `/ [metric]`",
}
"""Why a keyword of Liquid Haskell is refused."""
KEYWORDS = frozenset(WHY) | frozenset(
    {
        *Directive,
        *("assert", "autosize", "local", "infix", "infixl", "infixr", "ple", "bound", "class", "instance", "type"),
        *("predicate", "expression", "qualif", "variance", "size", "laws", "automatic", "hmeasure", "hbound", "forall"),
    }
)
"""Words that begin an annotation in Liquid Haskell: no lemma may have such a name."""


Annotated = Mark | RefinedSignature
"""What an annotation says."""
