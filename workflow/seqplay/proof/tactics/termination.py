"""Why a proof by induction ends: the measures under which its hypotheses are smaller, and the one that fits most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from seqplay.haskell.syntax import TyCon, Type
from seqplay.proof.language.core import App, Con, Expr, Lit, Var
from seqplay.proof.language.terms import outer_subterms
from seqplay.proof.tactics.arithmetic import added, constant, polynomial, scaled
from seqplay.proof.tactics.goal import Decision, Leaf, Split, Tree


def decreasing(variables: Sequence[tuple[str, Type]], new: Sequence[Expr], old: Sequence[Expr]) -> Iterator[str]:
    """Yield the measures under which arguments are smaller: ``@x`` for the structure of ``x``, otherwise Liquid
    Haskell's words.
    """
    lengths: list[tuple[str, Expr, Expr]] = []
    numbers: list[tuple[str, int]] = []
    for (name, kind), argument, current in zip(variables, new, old, strict=True):
        if argument != current and any(part == argument for part in outer_subterms(current)):
            yield STRUCTURE + name
        if isinstance(kind, TyCon) and kind.name == "[]":
            lengths.append((name, argument, current))
        if isinstance(kind, TyCon) and kind.name in ("Int", "Integer"):
            step = constant(added(polynomial(argument), scaled(polynomial(current), -1)))
            if step is not None:
                numbers.append((name, step))
            if (step is not None and step < 0) or _is_quotient(argument, current):
                yield f"if {name} < 0 then 0 else {name}"
    if len(lengths) > 1:
        before, after = _total(old for _, _, old in lengths), _total(new for _, new, _ in lengths)
        if before is not None and after is not None and (constant(added(after, scaled(before, -1))) or 0) < 0:
            yield " + ".join(f"len {name}" for name, _, _ in lengths)
    for low, up in numbers:
        for high, step in numbers:
            if up > 0 and step == 0:
                yield f"if {high} - {low} + 1 < 0 then 0 else {high} - {low} + 1"


STRUCTURE = "@"


def _is_quotient(argument: Expr, current: Expr) -> bool:
    match argument:
        case App(Var(name), (first, Lit(_, text))):
            return name in ("L.div", "L.quot", "Prelude.div") and first == current and text.isdigit() and int(text) > 1
    return False


def _total(lists: Iterable[Expr]) -> dict[tuple[str, ...], int] | None:
    """Return the sum of the lists' lengths as a polynomial over the lengths of variables."""
    total: dict[tuple[str, ...], int] = {}
    for each in lists:
        match each:
            case Var():
                total = added(total, polynomial(each))
            case Con("[]"):
                continue
            case App(Con(":"), (_, rest)):
                inner = _total([rest])
                if inner is None:
                    return None
                total = added(total, added(inner, {(): 1}))
            case _:
                return None
    return total


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Yield the leaves from left to right."""
    match tree:
        case Leaf():
            yield tree
        case Decision(_, then, other):
            yield from leaves(then)
            yield from leaves(other)
        case Split(_, cases):
            for _, _, inner in cases:
                yield from leaves(inner)


def best_measure(tree: Tree) -> str | None:
    """Return the measure under which most hypotheses are smaller, structure before numbers."""
    votes: dict[str, int] = {}
    for leaf in leaves(tree):
        for hypothesis in leaf.hypotheses:
            for measure in hypothesis.measures:
                votes[measure] = votes.get(measure, 0) + 1
    return max(votes, key=lambda m: (votes[m], m.startswith(STRUCTURE), -len(m))) if votes else None


def under_measure(tree: Tree, measure: str | None) -> Tree:
    """Return the proof with those hypotheses only that are smaller under the measure."""
    match tree:
        case Leaf(hints, hypotheses):
            return Leaf(hints, tuple(h for h in hypotheses if measure in h.measures))
        case Decision(condition, then, other):
            return Decision(condition, under_measure(then, measure), under_measure(other, measure))
        case Split(subject, cases):
            return Split(subject, tuple((c, names, under_measure(inner, measure)) for c, names, inner in cases))


def metric_text(measure: str | None) -> str | None:
    """Return the annotation's metric; structure needs none."""
    return None if measure is None or measure.startswith(STRUCTURE) else f"[{measure}]"
