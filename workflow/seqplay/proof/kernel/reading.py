"""A proof as text, read for the kernel: its functions in the language of theorems, and what is said of each.

The text is translated as programs are; what it says does not have to be trusted, since whatever it comes to is checked
against the pipeline's own theorem.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.imports import Resolver
from seqplay.haskell.analysis.source import parse
from seqplay.proof.annotations.annotation import Mark, OutsideGrammar, RefinedSignature
from seqplay.proof.annotations.fragment import read_fragment
from seqplay.proof.annotations.grammar import read_annotation
from seqplay.proof.inference.classes import Classes
from seqplay.proof.inference.infer import Inference
from seqplay.proof.inference.schemes import Scheme
from seqplay.proof.kernel.terms import Unsupported
from seqplay.proof.language import core
from seqplay.proof.language.names import Fresh
from seqplay.proof.language.refusal import Refused
from seqplay.proof.theorem.problem import Problem
from seqplay.proof.theorem.reflected import reflected
from seqplay.proof.translation.bindings import arrows
from seqplay.proof.translation.expressions import Expressions
from seqplay.proof.translation.patterns import Shapes
from seqplay.proof.translation.scope import Context, Scope

COMBINATORS = ("===", "=<=", "=>=", "***", "?", "&&&", "trivial", "toProof", "withProof")
_FIXITIES = "infixl 3 ===\ninfixl 3 =<=\ninfixl 3 =>=\ninfixl 3 ?\ninfixl 3 ***\n"
PROOF = "proof"


@dataclass(frozen=True)
class Reading:
    """The functions of a proof, of which one is ``proof``."""

    functions: Mapping[str, core.Function]
    """By name; those that were lifted out of others are among them."""
    signatures: Mapping[str, RefinedSignature]
    reflected: frozenset[str]
    """What the proof makes known to the logic."""
    names: Mapping[str, str]
    """Every function that a refinement may name, by the name that it uses."""
    lines: Mapping[str, int]
    """Where each function of the text begins, from 1."""


def read(problem: Problem, text: str) -> Reading:
    """Return a proof's functions; raises ``Unsupported`` for what the kernel has no opinion of."""
    fragment = read_fragment(text)
    source = parse(_FIXITIES + fragment.code)
    if source.errors or source.module is not None or source.imports:
        raise Unsupported("the proof does not parse as declarations alone")
    decls: dict[str, hs.Fun] = {}
    types: dict[str, hs.Signature] = {}
    for decl in source.program.decls:
        match decl:
            case hs.Fun(name, _) if name not in decls:
                decls[name] = decl
            case hs.Signature(names, _, _):
                types.update(dict.fromkeys(names, decl))
            case hs.Fixity():
                pass
            case _:
                raise Unsupported("a declaration that is no function of its own")
    signatures, marks = _annotations(text)
    own = _own_names(problem, frozenset(decls))
    context = _context(problem, own, {name: _arity(each, types.get(name), problem) for name, each in decls.items()})
    context.resolver = Resolver(source)
    bindings = Expressions(context).bindings
    try:
        made = {name: _function(name, decl, types.get(name), context, bindings) for name, decl in decls.items()}
        made.update(_lifted(problem, made, context))
    except Refused as refusal:
        raise Unsupported(refusal.message) from None
    code = (_FIXITIES + fragment.code).encode("utf-8")
    skipped = _FIXITIES.count("\n")
    lines = {name: code[: decl.span[0]].count(b"\n") + 1 - skipped for name, decl in decls.items()}
    return Reading(made, signatures, marks, own, lines)


def _annotations(text: str) -> tuple[dict[str, RefinedSignature], frozenset[str]]:
    signatures: dict[str, RefinedSignature] = {}
    marks: set[str] = set()
    for annotation in read_fragment(text).annotations:
        try:
            said = read_annotation(annotation)
        except OutsideGrammar as error:
            raise Unsupported(str(error)) from None
        if isinstance(said, Mark):
            marks.add(said.name)
        elif said.name in signatures:
            raise Unsupported(f"a second signature of {said.name}")
        else:
            signatures[said.name] = said
    return signatures, frozenset(marks)


def _own_names(problem: Problem, defined: frozenset[str]) -> dict[str, str]:
    """Return what each name stands for in a proof; raises ``Unsupported`` where the proof hides one."""
    names = {problem.printer.name(each): each for each in reflected().functions}
    functions = {each.name for each in problem.functions}
    names.update({name: name for name in functions})
    names.update({alias: one for alias, one in problem.aliases.items() if alias not in names})
    names.update({name: name for name in COMBINATORS})
    reserved = functions | set(COMBINATORS) | set(core.BUILTIN) | {"len", "<"}
    for name in defined:
        if name in reserved:
            raise Unsupported(f"{name} is defined anew")
        names[name] = name
    return names


def _context(problem: Problem, own: Mapping[str, str], arities: Mapping[str, int]) -> Context:
    library = reflected().arities
    known = {each.name: each.arity for each in problem.functions}
    counts = {
        name: arities.get(name, known.get(target, library.arities.get(target.removeprefix(core.LIBRARY), 0)))
        for name, target in own.items()
    }
    constructors = {
        name: hs.Constructor(name, fields, ("",) * len(fields))
        for each in problem.data
        for name, fields in each.constructors
    }
    siblings = {
        name: tuple(other for other, _ in each.constructors) for each in problem.data for name, _ in each.constructors
    }
    constructors["QED"], siblings["QED"] = hs.Constructor("QED", (), ()), ("QED",)
    return Context(
        own=own,
        arities=counts,
        shapes=Shapes(constructors, siblings, {}),
        resolver=None,  # type: ignore[arg-type]
        synonyms=lambda type_: type_,
        fresh=Fresh(frozenset(own)),
        library=library.arities,
        partial=library.partial,
    )


def _arity(decl: hs.Fun, signature: hs.Signature | None, problem: Problem) -> int:
    if decl.name == PROOF:
        return len(problem.variables)
    return arrows(signature.type) if signature is not None else len(decl.clauses[0].pats)


def _function(
    name: str, decl: hs.Fun, signature: hs.Signature | None, context: Context, bindings: object
) -> core.Function:
    arity = context.arities[name]
    if any(len(clause.pats) > arity for clause in decl.clauses):
        raise Unsupported(f"{name} takes more arguments than its type says")
    equations = bindings.clauses(decl, arity, Scope(name))  # type: ignore[attr-defined]
    if signature is not None:
        signature = replace(signature, names=(name,))
    return core.Function(name, equations, signature, local=signature is None)


def _lifted(problem: Problem, made: Mapping[str, core.Function], context: Context) -> dict[str, core.Function]:
    """Return the functions that were lifted out of a proof, with their types.

    Only what makes no use of a combinator gets one: a local proof has none here.
    """
    if not context.made:
        return {}
    known = {each.name: each.signature for each in (*problem.functions, *made.values()) if each.signature is not None}
    schemes = {name: Scheme(each.type, each.constraints) for name, each in known.items()}
    for name, each in context.made.items():
        if core.calls(each) & set(COMBINATORS):
            raise Unsupported(f"{name} is a proof inside a proof")
    classes = Classes(problem.data, frozenset())
    functions = Inference(
        tuple(context.made.values()), problem.data, {**reflected().schemes, **schemes}, context.hints, classes
    ).run()
    return {each.name: each for each in functions}
