"""Summary: the counts of an iteration (the accounting law), its timing apart, and the page that a person reads."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from seqplay.config import Config, EngineKind
from seqplay.files import write_records, write_text
from seqplay.records import (
    ADAPTER_ACCOUNT,
    Answer,
    Ballot,
    Evaluation,
    Evidence,
    Example,
    Goal,
    Judgement,
    Outcome,
    ProofAttempt,
    ProofProposal,
    Proposal,
    SampledProgram,
    Summary,
    Timing,
    TrainingExample,
    Verdict,
    Vote,
)


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def summarise(
    sampled: Sequence[SampledProgram],
    proposals: Sequence[Proposal],
    judgements: Sequence[Judgement],
    asked: Sequence[ProofProposal],
    attempts: Sequence[ProofAttempt],
    ballots: Sequence[Ballot],
    votes: Sequence[Vote],
    examples: Sequence[Example],
    outcomes: Sequence[Outcome],
    training: Mapping[str, Sequence[TrainingExample]],
    adapters: Mapping[str, str],
    output: Path,
    *,
    experiment: str,
    iteration: int,
    engine: str,
    model: str,
    notes: Sequence[str],
) -> None:
    """Write ``seq_summary.jsonl``: counts and tokens only.

    Raises ``ValueError`` where the outcomes do not add up to the programs sampled: a lost program is a bug.
    """
    if sorted(outcome.program_id for outcome in outcomes) != sorted(item.program.id for item in sampled):
        raise ValueError(f"iteration {iteration}: {len(outcomes)} outcomes for {len(sampled)} sampled programs")
    difficulties = [example.difficulty for example in examples if example.difficulty is not None]
    tokens = {
        "propose": sum(item.completion.completion_tokens for item in proposals if item.completion),
        "prove": sum(item.completion.completion_tokens for item in asked),
        "vote": sum(ballot.completion.completion_tokens for ballot in ballots),
    }
    line = Summary(
        experiment=experiment,
        iteration=iteration,
        engine=engine,
        model=model,
        jail="+".join(sorted({judgement.jail for judgement in judgements if judgement.jail})),
        tools=sorted(({one.tools for one in judgements} | {one.tools for one in attempts}) - {""}),
        evidence=_counts(example.pair.evidence for example in examples if example.pair.goal is Goal.SEQ),
        sampled=len(sampled),
        goals=_counts(item.goal for item in sampled),
        proposers=_counts(item.proposer for item in sampled),
        outcomes=_counts(outcome.outcome for outcome in outcomes),
        accepted=_counts(example.pair.goal for example in examples),
        accepted_by_proposer=_counts(example.pair.proposer for example in examples),
        proofs=_counts(attempt.finder for attempt in attempts if attempt.verdict is Verdict.ACCEPTED),
        votes=len(votes),
        votes_correct=sum(vote.correct for vote in votes),
        votes_unparsed=sum(vote.answer is Answer.UNPARSED for vote in votes),
        mean_difficulty=round(sum(difficulties) / len(difficulties), 6) if difficulties else None,
        kept=_counts(example.kept for example in examples),
        alice_examples=len(training["alice"]),
        bob_examples=len(training["bob"]),
        adapters=dict(adapters),
        tokens=tokens,
        notes=list(notes),
    )
    write_records(output, [line])


def adapter_states(folders: Iterable[Path]) -> dict[str, str]:
    """Return what each agent's adapter folder says of itself: ``trained``, ``carried_over`` or ``none``."""
    return {folder.name.removesuffix("_adapters"): _adapter_state(folder) for folder in folders}


def _adapter_state(folder: Path) -> str:
    account = json.loads((folder / ADAPTER_ACCOUNT).read_text(encoding="utf-8"))
    return str(account["status"])


def notes(config: Config, *, proofs: bool) -> list[str]:
    """Return what a reader must know before any number: no model, no proofs, no jail."""
    said = []
    if config.engine.kind is EngineKind.NONE:
        said.append("No model could be had: only `mutate` proposed, nobody voted, nothing was trained.")
    if not proofs:
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


def write_summary_page(summaries: Sequence[Summary], evaluations: Sequence[Evaluation], output: Path) -> None:
    """Write ``summary.md``: what happened in each iteration, and whether it learns."""
    first = summaries[0]
    lines = [f"# {first.experiment}", "", f"Engine `{first.engine}`, model `{first.model}`, jail `{first.jail}`.", ""]
    lines += ["`report.html` beside this page shows all of it, with every program; open it in a browser.", ""]
    lines += [f"**{note}**\n" for note in dict.fromkeys(note for summary in summaries for note in summary.notes)]
    if any(summary.evidence.get(Evidence.BOUNDED) for summary in summaries):
        lines += ["# SEQ LABELS HERE REST ON BOUNDED TESTING, NOT ON PROOFS", ""]
    lines += _iteration_table(summaries)
    lines += ["", "## Outcomes", "", "Every sampled program has exactly one.", ""]
    lines += _outcome_table(summaries)
    if evaluations:
        lines += ["", "## On the held-out programs", ""]
        lines += _evaluation_table(evaluations)
    write_text(output, "\n".join(lines) + "\n")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def _iteration_table(summaries: Sequence[Summary]) -> list[str]:
    head = [
        "iteration", "sampled", "accepted SEQ", "accepted SINQ", "by the model", "by mutate", "proofs",
        "Bob right", "unparsed", "mean difficulty", "kept", "Alice's adapter", "Bob's adapter",
    ]  # fmt: skip
    return _table(
        head,
        (
            (
                summary.iteration,
                summary.sampled,
                summary.accepted.get(Goal.SEQ, 0),
                summary.accepted.get(Goal.SINQ, 0),
                summary.accepted_by_proposer.get("model", 0),
                summary.accepted_by_proposer.get("mutate", 0),
                sum(summary.proofs.values()),
                f"{summary.votes_correct}/{summary.votes}",
                summary.votes_unparsed,
                "–" if summary.mean_difficulty is None else f"{summary.mean_difficulty:.1f}",
                summary.kept.get("hard", 0) + summary.kept.get("easy_sample", 0),
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


def _evaluation_table(evaluations: Sequence[Evaluation]) -> list[str]:
    head = ["after iteration", "Bob: all", "SEQ", "SINQ", "unparsed", "Alice: all", "SEQ", "SINQ"]

    def share(evaluation: Evaluation, role: str, group: str) -> str:
        found = (evaluation.bob if role == "bob" else evaluation.alice)[group]
        if found.share is None:
            return "–"
        return f"{found.share:.2f} [{found.low:.2f}, {found.high:.2f}] of {found.total}"

    return _table(
        head,
        (
            (
                evaluation.iteration or "0 (base)",
                *(share(evaluation, "bob", group) for group in ("all", "seq", "sinq")),
                evaluation.bob_unparsed,
                *(share(evaluation, "alice", group) for group in ("all", "seq", "sinq")),
            )
            for evaluation in evaluations
        ),
    )
