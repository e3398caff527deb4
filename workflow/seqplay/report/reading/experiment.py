"""An experiment as the report sees it: its iterations so far, its evaluations, its training and its clock."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqplay.config import Config
from seqplay.errors import InputError
from seqplay.files import iterate_records, read_records
from seqplay.records import (
    ADAPTER_ACCOUNT,
    Evaluation,
    Evidence,
    Goal,
    Measured,
    Overflow,
    Prediction,
    Program,
    ProofProposal,
    Proposal,
    Role,
    Summary,
    Timing,
    Vote,
)
from seqplay.report.reading.journey import Journey, check_accounts, read_journeys
from seqplay.report.reading.record_index import RecordIndex
from seqplay.suites.records import SuiteResult

CURVE = "loss_curve.jsonl"


@dataclass(frozen=True)
class Training:
    """How a player's adapter was made after an iteration: the account of its folder, and its loss by step."""

    agent: Role
    iteration: int
    account: Mapping[str, Any]
    curve: Sequence[Mapping[str, float]]

    @property
    def status(self) -> str:
        """``trained``, ``carried_over`` or ``none``."""
        return str(self.account.get("status", "none"))

    @property
    def metrics(self) -> Mapping[str, Any]:
        """What training measured; empty where nothing was trained."""
        return dict(self.account.get("metrics", {}))


@dataclass(frozen=True)
class Iteration:
    """A finished iteration."""

    number: int
    summary: Summary
    journeys: Sequence[Journey]
    training: Sequence[Training]


@dataclass(frozen=True)
class Experiment:
    """A finished or running experiment: what of it is there."""

    name: str
    folder: Path
    config: Config
    iterations: Sequence[Iteration]
    evaluations: Sequence[Evaluation]
    suites: Sequence[SuiteResult]
    """What the players reach on evaluation suites, the base first."""
    types: Sequence[str]
    """The entry types of the programs that are drawn from."""
    jobs: Sequence[Timing]
    """Seconds of each job; the stage is ``propose/attempt_0.shard_1``, of an evaluation ``evaluation/…``."""
    evaluation_tokens: int
    """What Alice and Bob wrote in all evaluations."""

    @property
    def point(self) -> str:
        """The name within its sweep."""
        return self.name.partition(".")[2] or self.name

    @property
    def journeys(self) -> list[Journey]:
        """The journeys of all iterations, in order."""
        return [journey for iteration in self.iterations for journey in iteration.journeys]

    @property
    def evidence(self) -> Counter[Evidence]:
        """What the accepted SEQ pairs rest on."""
        pairs = (example.pair for journey in self.journeys for example in journey.pairs)
        return Counter(pair.evidence for pair in pairs if pair.goal is Goal.SEQ)

    @property
    def overflow(self) -> Counter[Overflow]:
        """What is known of the accepted SEQ pairs with a proof where Int overflows."""
        pairs = (example.pair for journey in self.journeys for example in journey.pairs)
        return Counter(pair.overflow for pair in pairs if pair.overflow is not None)


def last_measures(experiment: Experiment) -> list[Measured]:
    """Return what the last evaluation measured, item by item; nothing where an earlier version has evaluated."""
    path = experiment.folder / f"eval_{len(experiment.iterations)}/measures.jsonl"
    return read_records(path, Measured) if path.is_file() else []


def read_experiment(folder: Path, config: Config, last: int | None = None) -> Experiment:
    """Read an experiment up to iteration ``last``, by default up to the last that is finished.

    Raises ``InputError`` where no iteration is finished, or where the records do not add up.
    """
    numbers = range(1, last + 1) if last is not None else _finished(folder)
    if not numbers:
        raise InputError(f"{folder}: no finished iteration (iter_1/seq_summary.jsonl is not there); play one first")
    iterations = [_read_iteration(folder, number) for number in numbers]
    plays = [number for number in range(len(iterations) + 1) if (folder / f"eval_{number}/evaluation.jsonl").is_file()]
    train = folder / "programs/train.jsonl"
    return Experiment(
        name=iterations[0].summary.experiment,
        folder=folder,
        config=config,
        iterations=iterations,
        evaluations=[
            line for number in plays for line in read_records(folder / f"eval_{number}/evaluation.jsonl", Evaluation)
        ],
        suites=_suites(folder, len(iterations)),
        types=[program.type for program in iterate_records(train, Program)] if train.is_file() else [],
        jobs=[*_iteration_jobs(folder, len(iterations)), *_evaluation_jobs(folder, plays), *_first_jobs(folder)],
        evaluation_tokens=sum(_evaluation_tokens(folder, number) for number in plays),
    )


def _suites(folder: Path, last: int) -> list[SuiteResult]:
    paths = [folder / f"eval_{number}/suites.jsonl" for number in range(last + 1)]
    return [line for path in paths if path.is_file() for line in read_records(path, SuiteResult)]


def _finished(folder: Path) -> range:
    count = 0
    while (folder / f"iter_{count + 1}/seq_summary.jsonl").is_file():
        count += 1
    return range(1, count + 1)


def _read_iteration(folder: Path, number: int) -> Iteration:
    (summary,) = read_records(folder / f"iter_{number}/seq_summary.jsonl", Summary)
    journeys = read_journeys(folder, number)
    check_accounts(journeys, summary)
    training = [_read_training(folder / f"iter_{number}/{agent}_adapters", agent, number) for agent in Role]
    return Iteration(number, summary, journeys, training)


def _read_training(folder: Path, agent: Role, iteration: int) -> Training:
    account, curve = folder / ADAPTER_ACCOUNT, folder / CURVE
    return Training(
        agent,
        iteration,
        json.loads(account.read_text(encoding="utf-8")) if account.is_file() else {},
        [json.loads(line) for line in curve.read_text(encoding="utf-8").splitlines()] if curve.is_file() else [],
    )


def _iteration_jobs(folder: Path, count: int) -> list[Timing]:
    paths = [folder / f"iter_{number}/timing.jsonl" for number in range(1, count + 1)]
    return [job for path in paths if path.is_file() for job in read_records(path, Timing)]


def _evaluation_jobs(folder: Path, plays: Sequence[int]) -> list[Timing]:
    jobs = []
    for number in plays:
        benchmarks = folder / f"benchmarks/eval_{number}"
        for path in sorted(benchmarks.rglob("*.tsv")):
            stage = path.relative_to(benchmarks).with_suffix("").as_posix()
            jobs.append(Timing(iteration=number, stage=f"evaluation/{stage}", seconds=_seconds(path)))
    return jobs


def _first_jobs(folder: Path) -> list[Timing]:
    """Return the jobs that an experiment does once: preparing the programs and the held-out pairs."""
    paths = [folder / f"benchmarks/{stage}.tsv" for stage in ("prepare_programs", "heldout_pairs")]
    return [Timing(iteration=0, stage=path.stem, seconds=_seconds(path)) for path in paths if path.is_file()]


def _evaluation_tokens(folder: Path, number: int) -> int:
    """Return the tokens that Alice and Bob wrote in an evaluation."""
    index = RecordIndex(folder, f"eval_{number}")
    proposals = index.read("proposal", "proposals/attempt_*", Proposal, lambda one: one.id)
    votes = index.read("votes", "votes", Vote, lambda one: one.pair_id)
    asked = sum(one.completion.completion_tokens for one in proposals if one.completion)
    proofs = index.read("proof", "heldout_proof_proposals", ProofProposal, lambda one: one.proposal_id)
    predictions = index.read("prediction", "predictions", Prediction, lambda one: one.pair_id)
    asked += sum(one.completion.completion_tokens for found in (proofs, predictions) for one in found)
    return asked + sum(vote.tokens for vote in votes)


def _seconds(path: Path) -> float:
    with path.open(encoding="utf-8") as handle:
        return sum(float(row["s"]) for row in csv.DictReader(handle, delimiter="\t"))


def new_pairs(experiment: Experiment) -> dict[int, tuple[int, int]]:
    """Return for each iteration how many accepted pairs no earlier one had (normalised), and how many there are."""
    seen: set[str] = set()
    result = {}
    for iteration in experiment.iterations:
        pairs = [example.pair for journey in iteration.journeys for example in journey.pairs]
        fresh = {pair.normal_id for pair in pairs} - seen
        result[iteration.number] = len(fresh), len(pairs)
        seen |= fresh
    return result


def covered_types(experiment: Experiment) -> dict[int, tuple[int, int]]:
    """Return for each iteration how many type clusters have an accepted pair by then, and how many there are.

    A cluster is all programs to draw from whose entry functions have the same type.
    """
    clusters, covered = set(experiment.types), set[str]()
    result = {}
    for iteration in experiment.iterations:
        covered |= {journey.sampled.program.type for journey in iteration.journeys if journey.example}
        result[iteration.number] = len(covered & clusters), len(clusters)
    return result


def by_stage(experiment: Experiment) -> dict[str, float]:
    """Return the seconds of all jobs by stage, evaluations apart."""
    seconds: dict[str, float] = defaultdict(float)
    for job in experiment.jobs:
        parts = job.stage.split("/")
        seconds[" ".join(parts[:2]) if parts[0] == "evaluation" else parts[0]] += job.seconds
    return dict(seconds)
