"""The second opinion on a proved theorem: the programs themselves are run, where the logic and Haskell may part.

Liquid Haskell's Int has no end, its Double is a real, its equality and order are lawful, and a proof that throws is a
proof to it. So both programs are compared as for any label; at Double, where the theorem is about type variables; on
inputs for each path and at the ends of the types; and once more with the proof evaluated on each input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from seqplay.haskell import Executor
from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.source import Source, choose_entry, parse
from seqplay.haskell.execution.search import COMPARISON_WORK
from seqplay.haskell.results import Compared, Reason
from seqplay.haskell.syntax.printing import type_text
from seqplay.proof.second_opinion.boundary_inputs import extreme_inputs
from seqplay.proof.second_opinion.lazy_inputs import Inputs
from seqplay.proof.second_opinion.path_inputs import path_inputs
from seqplay.proof.theorem.merge import replace_variables
from seqplay.proof.theorem.module import ENTRY, runnable
from seqplay.proof.theorem.problem import Problem
from seqplay.proof.translation.types import read_type
from seqplay.records import Verdict

AT_DOUBLE = 4000
"""Inputs of the comparison at Double: what is no number must meet every argument among numbers."""
EVALUATED = 25
"""Inputs on which a proof must have ended; the programs themselves are compared on more."""
EVALUATION_WORK = 100_000
"""KiB that evaluating the proof may allocate: many of the tactics' proofs take time exponential in the input."""
REST_WORK = 200_000
"""KiB that comparing P with what the theorem says of Q may allocate, where evaluating the proof left inputs untried."""
SHORT_WORK = 60_000
"""KiB that the runs on chosen inputs may allocate, where overflow is proved to be excluded."""
_ROW = "SeqplayInput"
_CUT_SHORT = frozenset({Reason.INCONCLUSIVE, Reason.WALL_LIMIT})
"""Of a comparison: too few inputs ended."""


class Objection(NamedTuple):
    """What stands against a proof."""

    verdict: Verdict
    reason: str
    message: str


class SecondOpinion(NamedTuple):
    """What running the programs says of a proof."""

    objection: Objection | None
    all_paths: bool
    """Whether each path of the programs on small data was followed."""


class Pair(NamedTuple):
    """P and Q as they are written, with their entries."""

    p: Source
    q: Source
    p_entry: str
    q_entry: str


def second_opinion(
    executor: Executor, problem: Problem, pair: Pair, fragment: str, seed: int, *, excluded: bool = False
) -> SecondOpinion:
    """Return what stands against a theorem with this proof, if anything does.

    Where overflow is proved to be excluded, and no Double is about, the search along paths is a short one: only a fault
    of the translation, or of that proof, is left to be found.
    """
    compared = executor.compare(pair.p.code, pair.q.code, pair.p_entry, seed=seed, min_coverage=0)
    found = _against(compared)
    if found is not None:
        return SecondOpinion(found, all_paths=False)
    short = excluded and not problem.constraints and not _has_doubles(problem)
    paths = path_inputs(problem, short=short)
    found = _on_inputs(executor, problem, pair, paths, SHORT_WORK if short else COMPARISON_WORK)
    if found is None and problem.constraints:
        found = _against(_at_double(executor, pair, seed))
    found = found or _evaluated(executor, problem, pair, fragment, seed, compared.evaluations)
    return SecondOpinion(found, paths.all_paths)


def pair_of(p: str, q: str, entry: str | None) -> Pair:
    """Return the programs with their entries; raises ``InputError`` where one has none."""
    left, right = parse(p), parse(q)
    p_entry = choose_entry(left, entry).name
    return Pair(left, right, p_entry, choose_entry(right, None, reference=p_entry).name)


def _against(opinion: Compared) -> Objection | None:
    """Return why a comparison stands against a proof, none where it agrees."""
    if opinion.verdict is Verdict.ACCEPTED:
        return None
    if opinion.witness is None:
        return Objection(opinion.verdict, opinion.reason, opinion.message)
    shown = " ".join(f"({each})" for each in opinion.witness)
    return _contradicted(shown, opinion.p_output, opinion.q_output)


def _contradicted(shown: str, left: str | None, right: str | None) -> Objection:
    return Objection(Verdict.REJECTED, Reason.CONTRADICTED, f"on {shown}: P gives {left}, Q {right}")


# ---------------------------------------------------------------- inputs that are given


def _has_doubles(problem: Problem) -> bool:
    """Whether an argument may hold a Double, whose arithmetic is not the logic's."""
    fields = (kind for data in problem.data for _, kinds in data.constructors for kind in kinds)
    return any(
        isinstance(part, hs.TyCon) and part.name == "Double"
        for kind in (*(kind for _, kind in problem.variables), *fields)
        for part in hs.descendants(kind)
    )


def _on_inputs(executor: Executor, problem: Problem, pair: Pair, paths: Inputs, work: int) -> Objection | None:
    """Try an input for each path through the programs, and those at which the logic and Haskell disagree."""
    ends = extreme_inputs(problem)
    for rows in ([*paths.plain, *ends.plain], [*paths.doubles, *ends.doubles]):
        found = _on_rows(executor, pair, rows, work) if rows else None
        if found is not None:
            return found
    return None


def _on_rows(executor: Executor, pair: Pair, rows: Sequence[Sequence[str]], work: int) -> Objection | None:
    left, right = (_tabled(pair.p, pair.p_entry, rows), _tabled(pair.q, pair.q_entry, rows))
    opinion = executor.compare(
        left, right, ENTRY, evaluations=max(len(rows), 1), one_sided=False, min_coverage=0, work=work
    )
    if opinion.verdict is Verdict.ACCEPTED or opinion.reason in {
        Reason.INCONCLUSIVE,
        Reason.TIMEOUT,
        Reason.WALL_LIMIT,
    }:
        return None
    if opinion.verdict is Verdict.INFRA_ERROR:
        return Objection(opinion.verdict, opinion.reason, opinion.message)
    if opinion.witness is not None:
        row = rows[int(opinion.witness[0].removeprefix(_ROW))]
        return _contradicted(" ".join(row), opinion.p_output, opinion.q_output)
    # The inputs are of no one type, so that they make no table: one by one.
    for row in rows:
        run = executor.diverge(pair.p.code, pair.q.code, list(row), pair.p_entry)
        if run.verdict is Verdict.ACCEPTED:
            return _contradicted(" ".join(row), run.p_output, run.q_output)
        if run.verdict is Verdict.INFRA_ERROR:
            return Objection(run.verdict, run.reason, run.message)
    return None


def _tabled(source: Source, entry: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a program whose entry takes the number of a row, as a constructor, and gives what the row gives."""
    name = _prefix(entry)
    kind = f"data {_ROW} = {' | '.join(f'{_ROW}{at}' for at in range(len(rows)))}"
    clauses = [f"{ENTRY} {_ROW}{at} = {' '.join([name, *row])}" for at, row in enumerate(rows)]
    return "\n".join([_headless(source), "", kind, "", *clauses, ""])


# ---------------------------------------------------------------- programs under another entry


def _at_double(executor: Executor, pair: Pair, seed: int) -> Compared:
    """Compare the programs at Double, where equality and order are not what the logic takes them for."""
    sides = [
        aliased(source, name, _doubled(_signed(source, name)))
        for source, name in ((pair.p, pair.p_entry), (pair.q, pair.q_entry))
    ]
    return executor.compare(sides[0], sides[1], ENTRY, seed=seed, evaluations=AT_DOUBLE, min_coverage=0)


def _evaluated(
    executor: Executor, problem: Problem, pair: Pair, fragment: str, seed: int, tried: int
) -> Objection | None:
    """Run P as it is against what the theorem says of Q, the proof evaluated on every input.

    Where the proof is so slow that fewer inputs are tried than the programs were compared on, all are, without it.
    """
    stated = runnable(problem, problem.q_entry, fragment)
    opinion = _as_stated(executor, problem, pair, stated, seed, EVALUATION_WORK)
    if opinion.reason in _CUT_SHORT and not _is_slow(opinion):
        opinion = _as_stated(executor, problem, pair, stated, seed, COMPARISON_WORK)
    if opinion.evaluations < tried and (opinion.verdict is Verdict.ACCEPTED or _is_slow(opinion)):
        opinion = _as_stated(executor, problem, pair, runnable(problem, problem.q_entry), seed, REST_WORK)
    against = None if _is_slow(opinion) else _against(opinion)
    if against is None or opinion.witness is None:
        return against
    return _on_programs(executor, pair, opinion)


def _is_slow(opinion: Compared) -> bool:
    """Whether a comparison ended before its inputs did, and after enough of them."""
    return opinion.reason in _CUT_SHORT and opinion.agreed >= EVALUATED


def _as_stated(executor: Executor, problem: Problem, pair: Pair, stated: str, seed: int, work: int) -> Compared:
    """Compare P with a program that the theorem states."""
    program = aliased(pair.p, pair.p_entry)
    opinion = executor.compare(program, stated, ENTRY, seed=seed, one_sided=False, min_coverage=0, work=work)
    if opinion.reason is not Reason.TYPE_MISMATCH:
        return opinion
    # Records and newtypes are plain data in the theorem: there P is run as the theorem states it.
    program = runnable(problem, problem.p_entry)
    return executor.compare(program, stated, ENTRY, seed=seed, one_sided=False, min_coverage=0, work=work)


def _on_programs(executor: Executor, pair: Pair, opinion: Compared) -> Objection:
    """Say of an input on which P differs from what the theorem says of Q what Q itself gives there.

    Where P and Q agree, the theorem is not about Q: the translation is at fault, never the pair.
    """
    assert opinion.witness is not None
    shown = " ".join(f"({each})" for each in opinion.witness)
    run = executor.diverge(pair.p.code, pair.q.code, list(opinion.witness), pair.p_entry)
    if run.verdict is Verdict.ACCEPTED:
        return _contradicted(shown, run.p_output, run.q_output)
    if run.verdict is Verdict.INFRA_ERROR:
        return Objection(run.verdict, run.reason, run.message)
    if run.reason is not Reason.NO_DIFFERENCE:  # written in the theorem's types, it is no input of the programs
        return _contradicted(shown, opinion.p_output, opinion.q_output)
    return Objection(
        Verdict.INFRA_ERROR,
        Reason.TRANSLATION_GAP,
        f"on {shown}: P and Q give {opinion.p_output}, and the theorem says {opinion.q_output} of Q: seqplay's "
        "translation is at fault, please report it with the pair",
    )


def aliased(source: Source, entry: str, type_: str | None = None) -> str:
    """Return a program whose entry is also called ``seqplay_entry``, perhaps at a type of its own."""
    written = type_ or _signed(source, entry)
    signature = f"{ENTRY} :: {written}\n" if written else ""
    return f"{_headless(source)}\n\n{signature}{ENTRY} = {_prefix(entry)}\n"


def _headless(source: Source) -> str:
    code = source.code.encode("utf-8")
    if source.header is not None:
        start, end = source.header
        code = code[:start] + code[end:]
    return code.decode("utf-8").rstrip()


def _prefix(entry: str) -> str:
    return entry if entry[0].isalpha() or entry[0] == "_" else f"({entry})"


def _signed(source: Source, entry: str) -> str | None:
    return next((each.type for each in source.signatures if each.name == entry), None)


def _doubled(type_: str | None) -> str | None:
    """Return a type with Double for its variables."""
    if type_ is None:
        return None
    kind = read_type(type_).type
    names = {each.name for each in hs.descendants(kind) if isinstance(each, hs.TyVar)}
    return type_text(replace_variables(kind, dict.fromkeys(names, hs.TyCon("Double", ()))))
