"""Summary: the counts of an iteration (the accounting invariant), its timing, and the page that a person reads."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seqplay.config import Config, EngineKind
from seqplay.files import write_records, write_text
from seqplay.game.cells import answers_cell, balanced_cell, difference_cell, estimate_cell, share_cell
from seqplay.game.curriculum import PlayedIteration
from seqplay.mutate import borrowed_names
from seqplay.records import (
    ADAPTER_ACCOUNT,
    Answer,
    Evaluation,
    Evidence,
    Example,
    Goal,
    Kept,
    Outcome,
    Overflow,
    ProofProposal,
    ProposalOutcome,
    ProposedBy,
    Summary,
    Timing,
    TrainingExample,
    Verdict,
)


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _borrows(example: Example) -> bool:
    """Whether the model chose names as ``mutate`` does."""
    return example.pair.proposer == ProposedBy.MODEL and bool(borrowed_names(example.pair.p, example.pair.q))


class Settled(NamedTuple):
    """What became of all that was played in an iteration."""

    examples: Sequence[Example]
    outcomes: Sequence[Outcome]
    """One a sampled program."""
    proposals: Sequence[ProposalOutcome]
    """One a proposal."""
    training: Mapping[str, Sequence[TrainingExample]]
    """By agent."""
    adapters: Mapping[str, str]
    """By agent: ``adapter_states``."""


class Heading(NamedTuple):
    """What a summary is about."""

    experiment: str
    iteration: int
    engine: str
    model: str
    notes: Sequence[str]


def summarise(
    played: PlayedIteration, asked: Sequence[ProofProposal], settled: Settled, output: Path, heading: Heading
) -> None:
    """Write ``seq_summary.jsonl``: counts and tokens only.

    Raises ``ValueError`` where the outcomes do not add up to the programs sampled, or to the proposals made: a lost one
    is a bug.
    """
    examples, outcomes, proposals, training, adapters = settled
    iteration = heading.iteration
    _check_complete("outcomes", iteration, [one.program_id for one in outcomes], [s.program.id for s in played.sampled])
    _check_complete(
        "outcomes of proposals", iteration, [p.proposal_id for p in proposals], [p.id for p in played.proposals]
    )
    difficulties = [example.difficulty for example in examples if example.difficulty is not None]
    coverages = [
        example.pair.coverage.share
        for example in examples
        if example.pair.evidence is Evidence.BOUNDED and example.pair.coverage is not None
    ]
    tools = {one.tools for one in played.judgements} | {one.tools for one in played.attempts}
    line = Summary(
        experiment=heading.experiment,
        iteration=iteration,
        engine=heading.engine,
        model=heading.model,
        jail="+".join(sorted({judgement.jail for judgement in played.judgements if judgement.jail})),
        tools=sorted(tools - {""}),
        evidence=_counts(example.pair.evidence for example in examples if example.pair.goal is Goal.SEQ),
        sampled=len(played.sampled),
        goals=_counts(item.goal for item in played.sampled),
        proposers=_counts(item.proposer for item in played.sampled),
        outcomes=_counts(outcome.outcome for outcome in outcomes),
        proposals=_counts(outcome.outcome for outcome in proposals),
        answers=_counts(vote.answer for vote in played.votes),
        alarms=played.guard.alarms,
        accepted=_counts(example.pair.goal for example in examples),
        accepted_by_proposer=_counts(example.pair.proposer for example in examples),
        borrowed_names=sum(map(_borrows, examples)),
        edit_kinds=len({(one.pair.goal, one.edit) for one in examples if one.pair.proposer == ProposedBy.MODEL}),
        proofs=_counts(attempt.finder for attempt in played.attempts if attempt.verdict is Verdict.ACCEPTED),
        overflow=_counts(example.pair.overflow for example in examples if example.pair.overflow is not None),
        votes=len(played.votes),
        votes_correct=sum(vote.correct for vote in played.votes),
        votes_unparsed=sum(vote.answer is Answer.UNPARSED for vote in played.votes),
        mean_difficulty=round(sum(difficulties) / len(difficulties), 6) if difficulties else None,
        mean_coverage=round(sum(coverages) / len(coverages), 6) if coverages else None,
        kept=_counts(example.kept for example in examples),
        alice_examples=len(training["alice"]),
        bob_examples=len(training["bob"]),
        adapters=dict(adapters),
        tokens=_tokens(played, asked),
        notes=list(heading.notes),
    )
    write_records(output, [line])


def _tokens(played: PlayedIteration, asked: Sequence[ProofProposal]) -> dict[str, int]:
    """Return the tokens that were sampled, by what for."""
    return {
        "propose": sum(item.completion.completion_tokens for item in played.proposals if item.completion),
        "prove": sum(item.completion.completion_tokens for item in asked),
        "predict": sum(item.completion.completion_tokens for item in played.predictions),
        "vote": sum(ballot.completion.completion_tokens for ballot in [*played.ballots, *played.earlier_ballots]),
    }


def _check_complete(what: str, iteration: int, found: Sequence[str], made: Sequence[str]) -> None:
    if sorted(found) != sorted(made):
        raise ValueError(f"iteration {iteration}: {len(found)} {what} for {len(made)}")


def kept(summary: Summary) -> int:
    """Return how many pairs of an iteration are trained on."""
    return sum(count for name, count in summary.kept.items() if Kept(name).trained_on)


def adapter_states(folders: Iterable[Path]) -> dict[str, str]:
    """Return what each agent's adapter folder says of itself: ``trained``, ``carried_over`` or ``none``."""
    return {folder.name.removesuffix("_adapters"): _adapter_state(folder) for folder in folders}


def _adapter_state(folder: Path) -> str:
    account = json.loads((folder / ADAPTER_ACCOUNT).read_text(encoding="utf-8"))
    return str(account["status"])


def notes(config: Config, *, proofs: bool, tried: bool = False) -> list[str]:
    """Return what a reader must know before any number: no model, no proofs, no jail.

    ``tried``: no label needs a proof, and the kernel checked those that the tactics found.
    """
    said = []
    if config.engine.kind is EngineKind.NONE:
        said.append("No model could be had: only `mutate` proposed, nobody voted, nothing was trained.")
    if not proofs and tried:
        said.append(
            "No Liquid Haskell here: SEQ labels rest on bounded differential testing, or on a proof that the kernel "
            "alone accepted (evidence `kernel`)."
        )
    elif not proofs:
        why = "the configuration asks for no proofs" if config.proof.evidence == "bounded" else "no Liquid Haskell here"
        said.append(f"SEQ labels rest on bounded differential testing alone ({why}): they are not proofs.")
    if config.haskell.jail == "i-accept-no-jail":
        said.append("Model-written programs ran without a jail.")
    return said


def collect_timing(benchmarks: Path, output: Path, *, iteration: int) -> None:
    """Write ``timing.jsonl`` from the benchmark files of an iteration's stages (Snakemake's; seconds in ``s``)."""
    lines = []
    for path in sorted(benchmarks.rglob("*.tsv")):
        with path.open(encoding="utf-8") as handle:
            seconds = sum(float(row["s"]) for row in csv.DictReader(handle, delimiter="\t"))
        stage = path.relative_to(benchmarks).with_suffix("").as_posix()
        lines.append(Timing(iteration=iteration, stage=stage, seconds=round(seconds, 3)))
    write_records(output, lines)


def write_summary_page(
    summaries: Sequence[Summary], evaluations: Sequence[Evaluation], output: Path, more: Sequence[str] = ()
) -> None:
    """Write ``summary.md``: what happened in each iteration, and whether it learns; ``more`` lines follow."""
    first = summaries[0]
    lines = [f"# {first.experiment}", "", f"Engine `{first.engine}`, model `{first.model}`, jail `{first.jail}`.", ""]
    lines += ["`report.html` beside this page shows all of it, with every program; open it in a browser.", ""]
    lines += [f"**{note}**\n" for note in dict.fromkeys(note for summary in summaries for note in summary.notes)]
    lines += [f"# {line.upper()}", ""] if (line := weaker_evidence(summaries)) else []
    lines += [line for alarm in alarm_lines(summaries, evaluations) for line in (f"# {alarm}", "")]
    lines += _iteration_table(summaries)
    lines += ["", "## Outcomes", "", "Every sampled program has exactly one.", ""]
    lines += _outcome_table(summaries)
    if evaluations:
        lines += ["", "## On the held-out programs", ""]
        lines += _evaluation_tables(evaluations)
    write_text(output, "\n".join([*lines, *more]) + "\n")


def weaker_evidence(summaries: Sequence[Summary]) -> str | None:
    """Return what SEQ labels rest on where not all of them rest on proofs that Liquid Haskell accepted."""
    counts = Counter[str]()
    for summary in summaries:
        counts.update(summary.evidence)
    bounded, kernel = counts[Evidence.BOUNDED], counts[Evidence.KERNEL]
    if bounded and not kernel:
        return "SEQ labels here rest on bounded testing, not on proofs"
    if bounded:
        checked = f"{kernel} of {counts.total()} on proofs that the kernel alone checked"
        return f"{bounded} of {counts.total()} SEQ labels here rest on bounded testing, not on proofs; {checked}"
    return (
        f"{kernel} of {counts.total()} SEQ labels here rest on proofs that the kernel alone checked" if kernel else None
    )


def alarm_lines(summaries: Sequence[Summary], evaluations: Sequence[Evaluation]) -> list[str]:
    """Return where the guards saw a player collapse, for large letters."""
    found = [(f"ITERATION {one.iteration}", alarm) for one in summaries for alarm in one.alarms]
    found += [(f"THE EVALUATION AFTER ITERATION {one.iteration}", alarm) for one in evaluations for alarm in one.alarms]
    return [f"{alarm.agent.upper()} COLLAPSES IN {where}: {alarm.message}" for where, alarm in found]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def _iteration_table(summaries: Sequence[Summary]) -> list[str]:
    head = [
        "iteration", "sampled", "accepted SEQ", "accepted SINQ", "by the model", "of these in mutate's names",
        "kinds of edits", "by mutate", "proofs", "overflow excluded",
        "Bob right", "unparsed", "mean difficulty", "mean coverage", "kept", "Alice's adapter", "Bob's adapter",
    ]  # fmt: skip
    return _table(
        head,
        (
            (
                summary.iteration,
                summary.sampled,
                summary.accepted.get(Goal.SEQ, 0),
                summary.accepted.get(Goal.SINQ, 0),
                summary.accepted_by_proposer.get(ProposedBy.MODEL, 0),
                summary.borrowed_names,
                summary.edit_kinds,
                summary.accepted_by_proposer.get(ProposedBy.MUTATE, 0),
                sum(summary.proofs.values()),
                f"{summary.overflow.get(Overflow.EXCLUDED, 0)}/{sum(summary.overflow.values())}",
                f"{summary.votes_correct}/{summary.votes}",
                summary.votes_unparsed,
                "–" if summary.mean_difficulty is None else f"{summary.mean_difficulty:.1f}",
                "–" if summary.mean_coverage is None else f"{100 * summary.mean_coverage:.0f} %",
                kept(summary),
                summary.adapters.get("alice", "none"),
                summary.adapters.get("bob", "none"),
            )
            for summary in summaries
        ),
    )


def _outcome_table(summaries: Sequence[Summary]) -> list[str]:
    names = sorted({name for summary in summaries for name in summary.outcomes})
    head = ["outcome", *(f"iteration {summary.iteration}" for summary in summaries)]
    rows: list[list[object]] = [[name, *(summary.outcomes.get(name, 0) for summary in summaries)] for name in names]
    rows.append(["sampled", *(sum(summary.outcomes.values()) for summary in summaries)])
    return _table(head, rows)


def _after(evaluation: Evaluation) -> str:
    return f"after iteration {evaluation.iteration}" if evaluation.iteration else "base"


def _evaluation_tables(evaluations: Sequence[Evaluation]) -> list[str]:
    """Return what the held-out pairs say of Bob, and what the held-out programs say of Alice."""
    return [
        *_bob_table(evaluations),
        "",
        *_alice_table(evaluations),
        "",
        "95 % intervals by bootstrap over pairs or programs. *Against the base* is the paired difference on the same "
        "items with the same seeds: a change where its interval leaves out zero. An error is the distance between the "
        "predicted and the measured difficulty, of 10. *Where looks mislead*: the same difference on the "
        "pairs of which a classifier that cannot read, trained on the game's pairs, tells the wrong label; what Bob "
        "gains there is not looks. A dash: not measured.",
    ]


def _bob_table(evaluations: Sequence[Evaluation]) -> list[str]:
    head = [
        "Bob", "balanced accuracy", "against the base", "greedy", "against the base", "answers", "unparsed",
        "all", "SEQ", "SINQ", "where looks tell", "where looks mislead",
    ]  # fmt: skip
    return _table(
        head,
        (
            (
                _after(one),
                balanced_cell(one.bob_sampled),
                difference_cell(one.against_base.get("bob_balanced")),
                balanced_cell(one.bob_greedy),
                difference_cell(one.against_base.get("bob_greedy_balanced")),
                answers_cell(one.bob_sampled),
                one.bob_unparsed,
                *(share_cell(one.bob.get(group)) for group in ("all", "seq", "sinq")),
                difference_cell(one.looks.told_difference if one.looks else None),
                difference_cell(one.looks.misled_difference if one.looks else None),
            )
            for one in evaluations
        ),
    )


def _alice_table(evaluations: Sequence[Evaluation]) -> list[str]:
    head = [
        "Alice", "accepted", "against the base", "greedy", "SEQ", "SINQ", "copies of P", "against the base", "proving",
        "prediction error", "rank correlation",
    ]  # fmt: skip
    return _table(
        head,
        (
            (
                _after(one),
                share_cell(one.alice.get("all")),
                difference_cell(one.against_base.get("alice_all")),
                share_cell(one.alice_greedy.get("all")),
                *(share_cell(one.alice.get(group)) for group in ("seq", "sinq")),
                share_cell(one.same_program),
                difference_cell(one.against_base.get("same_program")),
                share_cell(one.proving),
                estimate_cell(one.prediction.absolute_error if one.prediction else None),
                estimate_cell(one.prediction.rank_correlation if one.prediction else None),
            )
            for one in evaluations
        ),
    )
