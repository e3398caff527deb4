"""The audit of a proof: its lexemes, its annotations, its Haskell, and that the three readings agree."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.source import Source, parse
from seqplay.proof.annotations.annotation import (
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
from seqplay.proof.annotations.fragment import Annotation, Fragment, Kind, read_fragment, why_broken
from seqplay.proof.annotations.grammar import read_annotation
from seqplay.proof.audit.haskell import HaskellAudit
from seqplay.proof.audit.names import CLASSES, CONSTRUCTORS, DEFINED, LOGIC, REFINEMENTS, THEOREM, TYPES, Scope
from seqplay.proof.audit.refusal import Refusal

_KEYWORDS = frozenset(
    {
        *("case", "class", "data", "default", "deriving", "do", "else", "foreign", "if", "import", "in", "infix"),
        *("infixl", "infixr", "instance", "let", "module", "newtype", "of", "then", "type", "where", "_", "forall"),
        *("=", "|", "->", "<-", "::", "\\", "=>", "@", "~", "..", "-", "."),
    }
)


@dataclass(frozen=True)
class ProofText:
    """A proof as read: its parts, its Haskell, and what its annotations say (those that could be read)."""

    fragment: Fragment
    source: Source
    annotations: tuple[tuple[Annotation, Annotated], ...]
    refused: tuple[Refusal, ...]

    @property
    def signatures(self) -> dict[str, RefinedSignature]:
        """The refinement signatures by name, the one on ``proof`` included."""
        return {said.name: said for _, said in self.annotations if isinstance(said, RefinedSignature)}

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is reflected, inlined or made a measure."""
        return tuple(said for _, said in self.annotations if isinstance(said, Mark))

    def metric(self) -> tuple[tuple[str | None, ...], tuple[str, ...]] | None:
        """The names of the arguments and the termination metric of the signature on ``proof``, where one gives any.

        It is all that is kept of that signature.
        """
        signature = self.signatures.get(THEOREM)
        if signature is None or not signature.metric:
            return None
        names = tuple(arrow.binder for arrow in signature.arguments())
        return names, tuple(expression.text for expression in signature.metric)


def read_proof(text: str) -> ProofText:
    """Return a proof as read; never raises: what cannot be read is in ``refused``."""
    fragment = read_fragment(text)
    said: list[tuple[Annotation, Annotated]] = []
    refused: list[Refusal] = []
    for annotation in fragment.annotations:
        try:
            said.append((annotation, read_annotation(annotation)))
        except OutsideGrammar as problem:
            refused.append(Refusal(problem.construct, problem.line, problem.why))
    return ProofText(fragment, parse(fragment.code), tuple(said), tuple(refused))


def audit_proof(text: str, scope: Scope) -> list[Refusal]:
    """Return what is refused in a proof, by line; empty: it may be checked.

    ``scope`` holds the names that the pipeline puts into scope. Totality, termination and truth are not looked at.
    """
    proof = read_proof(text)
    found = [*proof.refused, *_lexical(proof.fragment)]
    if proof.source.is_literate:
        found.append(Refusal(">", 1, "a proof is not literate Haskell"))
    else:
        haskell = HaskellAudit(proof.source, scope)
        found += haskell.refusals()
        found += haskell.measures({mark.name for mark in proof.marks if mark.directive is Directive.MEASURE})
        found += _places(proof)
        found += _AnnotationAudit(proof, scope).refusals()
        found += [] if found else _unread(proof)
    return sorted(dict.fromkeys(found), key=lambda refusal: refusal.line)


# ---------------------------------------------------------------- lexemes


def _lexical(fragment: Fragment) -> Iterator[Refusal]:
    for piece in fragment.lexemes:
        match piece.kind:
            case Kind.PRAGMA:
                words = piece.text.strip("{-#}").split()
                construct = " ".join(words[:2] if words[:1] == ["LANGUAGE"] else words[:1])
                yield Refusal(construct or "pragma", piece.line, "pragma: a proof has none")
            case Kind.QUALIFIED:
                yield Refusal(piece.text, piece.line, "qualified name: a proof imports nothing")
            case Kind.STRING if "{-" in piece.text or "-}" in piece.text:
                yield Refusal(piece.text[:40], piece.line, "the mark of a comment inside a string")
            case Kind.BROKEN:
                yield Refusal(piece.text.split("\n")[0][:40], piece.line, why_broken(piece.text))
            case Kind.OPERATOR if piece.text.startswith("@-"):
                yield Refusal("@-}", piece.line, "the end of an annotation that was not begun")
            case _:
                pass
    for offset, mark in enumerate(fragment.text):
        if mark not in "\n\t" and unicodedata.category(mark) in {"Cc", "Cf", "Co", "Cs"}:
            yield Refusal(f"U+{ord(mark):04X}", fragment.line_at(offset), "a control character, seen or unseen")


def _places(proof: ProofText) -> Iterator[Refusal]:
    """Annotations stand between the declarations of the top level, on lines of their own."""
    fragment = proof.fragment
    spans = [decl.span for decl in proof.source.program.decls]
    for annotation in fragment.annotations:
        offset = len(fragment.code[: annotation.start].encode("utf-8", "surrogatepass"))
        first = fragment.code.rfind("\n", 0, annotation.start) + 1
        last = fragment.code.find("\n", annotation.end)
        beside = fragment.code[first : annotation.start] + fragment.code[annotation.end : last if last >= 0 else None]
        if beside.strip() or any(start < offset < end for start, end in spans):
            word = (annotation.body.split() or ["annotation"])[0]
            yield Refusal(word, annotation.line, "an annotation inside a declaration, or beside code")


def _unread(proof: ProofText) -> Iterator[Refusal]:
    """Every name of the text must be one that the parser saw, so that the two readings are of one text."""
    seen: set[str] = set(_KEYWORDS)
    for node in hs.descendants(proof.source.program):
        match node:
            case hs.Var(name) | hs.Con(name) | hs.PVar(name) | hs.PCon(name, _) | hs.PAs(name, _) | hs.Fun(name, _):
                seen.add(name)
            case hs.TyVar(name) | hs.TyCon(name, _):
                seen.add("String" if name == "Char" else name)
                seen.add(name)
            case hs.Signature(names, constraints, _):
                seen.update(names, (constraint.name for constraint in constraints))
                seen.update(type_.name for _, type_ in constraints if isinstance(type_, hs.TyVar))
            case _:
                pass
    for piece in proof.fragment.pieces(Kind.NAME, Kind.OPERATOR):
        if piece.text not in seen and not proof.source.errors:
            yield Refusal(piece.text, piece.line, "the parser did not see this name")


# ---------------------------------------------------------------- annotations


class _AnnotationAudit:
    """The annotations that could be read: about whom, and by which names."""

    def __init__(self, proof: ProofText, scope: Scope) -> None:
        self.proof = proof
        self.scope = scope
        self.own = frozenset(decl.name for decl in proof.source.program.decls if isinstance(decl, hs.Fun))
        self.marked = {mark.name for mark in proof.marks}

    def refusals(self) -> Iterator[Refusal]:
        seen: set[str] = set()
        for _, said in self.proof.annotations:
            construct = said.name if isinstance(said, RefinedSignature) else said.directive
            if said.name not in self.own:
                yield Refusal(construct, said.line, f"`{said.name}` is not a function of the proof's own")
            if isinstance(said, Mark):
                if said.name == THEOREM:
                    yield Refusal(construct, said.line, "the theorem is no function of the logic")
                continue
            if said.name in seen:
                yield Refusal(construct, said.line, "a second signature of the same name")
            seen.add(said.name)
            yield from self._signature(said)

    def _signature(self, said: RefinedSignature) -> Iterator[Refusal]:
        if said.name in self.marked:
            for arrow in said.arguments():
                if _refines(arrow.argument):
                    why = "a precondition on a function of the logic, whose equation would hold outside it too"
                    yield Refusal(said.name, said.line, why)
        yield from self._type(said.type, said.line, frozenset())
        binders = frozenset(arrow.binder for arrow in said.arguments() if arrow.binder)
        for expression in said.metric:
            yield from self._names(expression, binders)

    def _type(self, type_: RType, line: int, bound: frozenset[str]) -> Iterator[Refusal]:
        match type_:
            case Base(name, args):
                known = TYPES | REFINEMENTS | CLASSES | self.scope.types
                if name[:1].isupper() and name not in known:
                    yield Refusal(name, line, "the type is not in scope of a proof")
                for arg in args:
                    yield from self._type(arg, line, bound)
            case Arrow(binder, argument, result):
                yield from self._binder(binder, line)
                yield from self._type(argument, line, bound)
                yield from self._type(result, line, bound | ({binder} if binder else set()))
            case Refined(binder, base, predicate):
                yield from self._binder(binder, line)
                if base is not None:
                    yield from self._type(base, line, bound)
                yield from self._names(predicate, bound | ({binder} if binder else set()))

    def _binder(self, binder: str | None, line: int) -> Iterator[Refusal]:
        if binder is not None and binder in self.scope.reserved | self.own | DEFINED:
            yield Refusal(binder, line, "it takes the place of a name that is defined already")

    def _names(self, expression: Expression, bound: frozenset[str]) -> Iterator[Refusal]:
        known = bound | LOGIC | CONSTRUCTORS | self.scope.functions | self.scope.constructors | self.own
        for piece in expression.names:
            if piece.text not in known:
                yield Refusal(piece.text, piece.line, "the logic knows no such name here")


def _refines(type_: RType) -> bool:
    match type_:
        case Refined():
            return True
        case Base(name, args):
            return name in REFINEMENTS or any(_refines(arg) for arg in args)
        case Arrow(_, argument, result):
            return _refines(argument) or _refines(result)
        case _:
            return False
