"""A proof as it is submitted, made fit for the theorem's module: its own statement of the theorem is dropped."""

from __future__ import annotations

from dataclasses import dataclass

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.source import parse
from seqplay.proof.annotations.annotation import RefinedSignature
from seqplay.proof.annotations.fragment import read_fragment, rename
from seqplay.proof.audit import THEOREM, Scope, audit_proof, read_proof
from seqplay.proof.audit.refusal import Refusal
from seqplay.proof.language.names import rename_words
from seqplay.proof.theorem.module import mentioned
from seqplay.proof.theorem.problem import Problem


@dataclass(frozen=True)
class Submission:
    """A proof without its signatures of ``proof``, line by line where it was; the metric that they gave, if any."""

    text: str
    metric: str


def scope_of(problem: Problem, text: str) -> Scope:
    """Return the names that the theorem's module puts into scope for a proof."""
    own = {function.name for function in problem.functions}
    library = {problem.printer.name(each.name) for each in problem.library(mentioned(problem, text))}
    constructors = {name for each in problem.data for name, _ in each.constructors}
    return Scope(frozenset(own | library), frozenset(constructors), frozenset(each.name for each in problem.data))


def refusals(problem: Problem, text: str) -> list[Refusal]:
    """Return what the audit refuses in a proof."""
    text = _resolved(problem, text)
    return audit_proof(text, scope_of(problem, text))


def submission(problem: Problem, text: str) -> Submission:
    """Return an audited proof for the module: the statement over ``proof`` is the pipeline's alone."""
    proof = read_proof(_resolved(problem, text))
    kept = proof.fragment.text
    for annotation, said in proof.annotations:
        if isinstance(said, RefinedSignature) and said.name == THEOREM:
            kept = _blanked(kept, annotation.start, annotation.end)
    encoded = proof.source.code.encode("utf-8")
    for decl in proof.source.program.decls:
        if isinstance(decl, hs.Signature) and decl.names == (THEOREM,):
            start, end = (len(encoded[:offset].decode("utf-8")) for offset in decl.span)
            kept = _blanked(kept, start, end)
    return Submission(kept, _metric(problem, proof.metric()))


def _resolved(problem: Problem, text: str) -> str:
    """Return a proof in which functions that P and Q share go by their one name; a name that it binds stays."""
    if not problem.aliases:
        return text
    bound = {
        node.name
        for node in hs.descendants(parse(read_fragment(text).code).program)
        if isinstance(node, hs.Fun | hs.PVar | hs.PAs)
    }
    return rename(text, {name: one for name, one in problem.aliases.items() if name not in bound})


def _blanked(text: str, start: int, end: int) -> str:
    gap = "".join(mark if mark == "\n" else " " for mark in text[start:end])
    return text[:start] + gap + text[end:]


def _metric(problem: Problem, given: tuple[tuple[str | None, ...], tuple[str, ...]] | None) -> str:
    """Return a metric over the theorem's own argument names."""
    if given is None:
        return ""
    binders, expressions = given
    names = {old: new for old, (new, _) in zip(binders, problem.variables, strict=False) if old is not None}
    return "[" + ", ".join(rename_words(each, names) for each in expressions) + "]"
