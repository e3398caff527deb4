"""Stages: the one table of the workflow's rules, which sharing, the schedule, the plan, shards and watch read.

A line says what the files of a stage are and which stages they are made from; what a stage does is its rule's and its
function's. ``tests/runtime/test_stages.py`` holds the table against the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ShardsKey = Literal["propose", "validate", "prove", "vote"]


class Phase(StrEnum):
    """When a stage is played."""

    ONCE = "once"
    """Before all iterations, once an experiment."""
    ITERATION = "iter"
    EVALUATION = "eval"
    ITERATION_PAGE = "iteration page"
    """After each iteration and its evaluation."""
    PAGE = "page"
    """At the end of an experiment."""
    SWEEP = "sweep"
    """At the end of all experiments of a sweep."""
    DATASET = "dataset"
    """Apart from the game."""


class Turn(StrEnum):
    """What the files of a stage that is played several times in a phase are numbered by."""

    ATTEMPT = "attempt"
    """Alice's attempts at a proposal."""
    ROUND = "round"
    """Rounds of proofs; round 0 is that of the tactics."""


class Only(StrEnum):
    """Under which settings a stage is played, where not under all."""

    EVALUATED = "evaluation is on"
    OPPONENTS = "an earlier Bob votes too"
    PREDICTED = "Alice predicts difficulty"
    MUTATED = "Alice proposes without a model too"
    PROVED = "a SEQ pair needs a proof"
    REMEMBERED = "a later iteration proves with the lemmas of this one"
    HELDOUT_PROVED = "Alice's proofs of held-out theorems are measured"
    SUITES = "there are suites"


@dataclass(frozen=True)
class Stage:
    """A rule of the workflow.

    Invariant: a stage comes after all that it reads, but for those of an earlier turn.
    """

    name: str
    """The rule's."""
    role: Literal["engine", "train", "haskell", "light"] | None
    """Its key in ``resources``; none where it asks for the same in every experiment."""
    reads: dict[Phase, tuple[str, ...]]
    """The phases that it is played in, and in each the stages (of that phase, or played once) whose files it reads."""
    writes: str
    """Its file below the phase's folder, the last that it writes; a folder, where there is one for a turn or shard."""
    keys: tuple[str, ...] = ()
    """Configuration keys that decide which files the stage consists of, beside the settings of its rule."""
    learned: bool = False
    """Whether it reads the adapters that the phase is played with."""
    promotes: str = ""
    """The key with which, above 0, it reads what the iterations before came to."""
    turn: Turn | None = None
    first: int = 0
    """The first turn in which it is played."""
    shards: ShardsKey | None = None
    """Its key in ``shards``, where it is split over several jobs."""
    one_for: Literal["agent", "player"] | None = None
    """Of whom there is one job each: a wildcard in ``writes``."""
    only: Only | None = None
    shared: bool = False
    """Whether the experiments of a sweep that agree so far have it computed once."""
    local: bool = False
    """Whether it runs where Snakemake does, instead of as a job of the cluster."""

    @property
    def gpu(self) -> bool:
        """Whether it works on a GPU, where the model does."""
        return self.role in ("engine", "train")

    @property
    def merged(self) -> bool:
        """Whether its shards are merged to one file a turn; those of the others are read one by one."""
        return self.shards is not None and self.turn is not None


_ITERATION, _EVALUATION = Phase.ITERATION, Phase.EVALUATION
_FILES = ("programs.per_iteration",)
_PAGES = ("summarise", "evaluate", "suite_results")

STAGES = (
    # ---- once
    Stage("prepare_programs", "haskell", {Phase.ONCE: ()}, "programs/train.jsonl", shared=True),
    Stage(
        "heldout_pairs", "haskell", {Phase.ONCE: ("prepare_programs",)}, "heldout_pairs.jsonl",
        keys=("evaluation.enabled",), only=Only.EVALUATED, shared=True,
    ),
    # ---- from programs to pairs
    Stage(
        "sample_programs", "light", {_ITERATION: ("prepare_programs",)}, "programs.jsonl",
        promotes="programs.promoted_share", shared=True, local=True,
    ),
    Stage(
        "evaluation_programs", "light", {_EVALUATION: ("prepare_programs",)}, "programs.jsonl",
        shared=True, local=True,
    ),
    Stage(
        "rewrite", "haskell", {_ITERATION: ("sample_programs",), _EVALUATION: ("evaluation_programs",)},
        "rewrites.jsonl", only=Only.MUTATED, shared=True,
    ),
    Stage(
        "propose", "engine", {
            _ITERATION: ("sample_programs", "rewrite", "validate"),
            _EVALUATION: ("evaluation_programs", "rewrite", "validate"),
        },
        "proposals", keys=("shards.propose", *_FILES), learned=True, turn=Turn.ATTEMPT, shards="propose", shared=True,
    ),
    Stage(
        "validate", "haskell", {_ITERATION: ("propose",), _EVALUATION: ("propose",)}, "verdicts",
        keys=("shards.validate", *_FILES), turn=Turn.ATTEMPT, shards="validate", shared=True,
    ),
    Stage(
        "propose_proofs", "engine", {_ITERATION: ("verify_proofs",)}, "proof_proposals",
        learned=True, turn=Turn.ROUND, first=1, only=Only.PROVED, shared=True,
    ),
    Stage(
        "verify_proofs", "haskell", {_ITERATION: ("validate", "propose_proofs"), _EVALUATION: ("validate",)}, "proofs",
        keys=("shards.prove", *_FILES, "proof"), turn=Turn.ROUND, shards="prove", only=Only.PROVED, shared=True,
    ),
    Stage(
        "gather_lemmas", "light", {_ITERATION: ("verify_proofs",)}, "lemmas.jsonl",
        keys=("proof.lemma_store",), only=Only.REMEMBERED, shared=True, local=True,
    ),
    Stage(
        "collect_pairs", "light", {_ITERATION: ("validate", "verify_proofs")}, "pairs.jsonl", shared=True, local=True
    ),
    # ---- Bob
    Stage(
        "predict_difficulty", "engine", {_ITERATION: ("collect_pairs",), _EVALUATION: ("heldout_pairs",)},
        "predictions.jsonl", learned=True, only=Only.PREDICTED, shared=True,
    ),
    Stage(
        "choose_pairs", "light", {_ITERATION: ("collect_pairs", "predict_difficulty")}, "asked_pairs.jsonl",
        shared=True, local=True,
    ),
    Stage(
        "vote", "engine", {_ITERATION: ("choose_pairs",), _EVALUATION: ("heldout_pairs",)}, "ballots",
        keys=("shards.vote", *_FILES, "evaluation.pairs"), learned=True, shards="vote", shared=True,
    ),
    Stage(
        "vote_as_before", "engine", {_ITERATION: ("choose_pairs",)}, "earlier_ballots.jsonl",
        learned=True, only=Only.OPPONENTS, shared=True,
    ),
    Stage("score_votes", "haskell", {_ITERATION: ("vote",), _EVALUATION: ("vote",)}, "votes.jsonl", shared=True),
    # ---- learning
    Stage("guard", "light", {_ITERATION: ("score_votes",)}, "guards.jsonl", shared=True, local=True),
    Stage(
        "curriculum", "light", {_ITERATION: ("guard", "vote_as_before", "heldout_pairs")}, "iteration_data.jsonl",
        shared=True, local=True,
    ),
    Stage(
        "train", "train", {_ITERATION: ("curriculum",)}, "{agent}_adapters",
        learned=True, one_for="agent", shared=True,
    ),
    Stage("summarise", "light", {_ITERATION: ("train",)}, "seq_summary.jsonl", local=True),
    # ---- what was learned
    Stage(
        "propose_heldout_proofs", "engine", {_EVALUATION: ("heldout_pairs",)}, "heldout_proof_proposals.jsonl",
        learned=True, only=Only.HELDOUT_PROVED,
    ),
    Stage(
        "verify_heldout_proofs", "haskell", {_EVALUATION: ("propose_heldout_proofs",)}, "heldout_proofs.jsonl",
        only=Only.HELDOUT_PROVED,
    ),
    Stage(
        "evaluate", "light",
        {_EVALUATION: ("validate", "verify_proofs", "score_votes", "predict_difficulty", "verify_heldout_proofs")},
        "evaluation.jsonl", local=True,
    ),
    Stage(
        "ask_suites", "engine", {_EVALUATION: ()}, "suites/{player}/completions.jsonl",
        learned=True, one_for="player", only=Only.SUITES,
    ),
    Stage(
        "score_suites", "haskell", {_EVALUATION: ("ask_suites",)}, "suites/{player}/scores.jsonl",
        one_for="player", only=Only.SUITES,
    ),
    Stage(
        "suite_results", "light", {_EVALUATION: ("score_suites", "prepare_programs")}, "suites.jsonl",
        only=Only.SUITES, local=True,
    ),
    # ---- pages, and what is made of several experiments
    Stage("iteration_report", "light", {Phase.ITERATION_PAGE: _PAGES}, "report.html", local=True),
    Stage("summary_page", "light", {Phase.PAGE: _PAGES}, "summary.md", local=True),
    Stage("report", "light", {Phase.PAGE: _PAGES}, "report.html", local=True),
    Stage(
        "comparison", None, {Phase.SWEEP: ("summarise", "summary_page", "suite_results")}, ".comparison.md", local=True
    ),
    Stage("sweep_report", None, {Phase.SWEEP: ("report",)}, ".report.html", local=True),
    # ---- the dataset
    Stage("dataset_instructions", "light", {Phase.DATASET: ()}, "instructions.jsonl"),
    Stage("dataset_generate", "engine", {Phase.DATASET: ("dataset_instructions",)}, "completions"),
    Stage("dataset_extract", "light", {Phase.DATASET: ("dataset_generate",)}, "candidates.jsonl"),
    Stage("dataset_check", "haskell", {Phase.DATASET: ("dataset_extract",)}, "checked"),
    Stage("dataset_agree", "haskell", {Phase.DATASET: ("dataset_check",)}, "agreement"),
    Stage("dataset_build", "light", {Phase.DATASET: ("dataset_agree",)}, "published"),
)  # fmt: skip

BY_NAME = {stage.name: stage for stage in STAGES}


def of_phase(phase: Phase) -> Iterator[Stage]:
    """Yield the stages that are played in a phase, in order."""
    return (stage for stage in STAGES if phase in stage.reads)


def upstream(stage: Stage, phase: Phase) -> list[Stage]:
    """Return a stage and all that its files in a phase are made from within that phase or before it, in order."""
    found: dict[str, Stage] = {}
    open_ = [stage]
    while open_:
        one = open_.pop()
        if one.name not in found:
            found[one.name] = one
            open_ += [BY_NAME[name] for name in one.reads.get(phase, one.reads.get(Phase.ONCE, ()))]
    return [one for one in STAGES if one.name in found]
