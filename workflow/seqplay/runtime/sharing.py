"""Sharing: what the experiments of a sweep have in common is computed once.

A stage of one experiment is another's too where both have equal settings for it and for everything before it. The first
such experiment in the file *owns* the stage: there it is computed, and the others get a copy. Nothing here knows
Snakemake, or the configuration's types: settings come in as plain mappings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

ITERATION = (
    "prepare_programs", "sample_programs", "propose", "validate", "propose_proofs", "verify_proofs", "collect_pairs",
    "predict_difficulty", "choose_pairs", "vote", "score_votes", "guard", "curriculum", "train",
)  # fmt: skip
"""The stages of an iteration, each of which depends on all before it (and, from the second on, on the one before)."""
ALICE_EVALUATION = (
    "prepare_programs", "evaluation_programs", "propose", "validate", "propose_proofs", "verify_proofs",
    "collect_pairs",
)  # fmt: skip
BOB_EVALUATION = ("prepare_programs", "heldout_pairs", "vote", "score_votes")
FILES = {
    "propose": ("shards.propose", "programs.per_iteration"),
    "validate": ("shards.validate", "programs.per_iteration"),
    "verify_proofs": ("shards.prove", "programs.per_iteration", "proof"),
    "vote": ("shards.vote", "programs.per_iteration", "evaluation.pairs"),
}
"""Keys that decide which files a stage consists of, beside the settings of its rule."""
MERGED = {"propose": "proposals", "validate": "verdicts", "verify_proofs": "proofs"}
"""Stages that are split, and the folder of their merged files."""

FIRST, LATER, FIRST_EVALUATION, LATER_EVALUATION = "iter_1", r"iter_(?:[2-9]|[1-9]\d+)", "eval_0", r"eval_[1-9]\d*"
"""Plays as patterns: with the base model alone, and with what was learned."""


class Share(NamedTuple):
    """A stage that an experiment takes from its owner."""

    experiment: str
    owner: str
    stage: str
    plays: tuple[str, ...]
    """The plays in which it does so, as patterns."""

    @property
    def rule(self) -> str:
        """The rule whose files they are: where the stage is split, the one that merges its shards."""
        return "merge_shards" if self.stage in MERGED else self.stage

    def name(self, place: int) -> str:
        """Return the name of the rule that copies; ``place`` tells those of one stage apart."""
        return f"share_{self.stage}_{place}"

    def file(self, pattern: str, experiment: str) -> str:
        """Return the stage's file in an experiment's folder; ``pattern`` is the rule's."""
        return pattern.replace("{experiment}", experiment).replace("{records}", MERGED.get(self.stage, ""))

    def log(self, folder: str, place: int, pattern: str) -> str:
        """Return the log of the copy; it has the wildcards of the file, or the word ``once``."""
        wildcards = re.findall(r"{\w+}", self.file(pattern, self.experiment)) or ["once"]
        return f"{folder}/{self.stage}_{place}/{'.'.join(wildcards)}.log"


def shares(
    experiments: Iterable[str],
    settings: Callable[[str, Sequence[str]], Any],
    sections: Mapping[str, Sequence[str]],
) -> list[Share]:
    """Return which stages the experiments take from which owners; none for a single experiment.

    ``settings`` gives an experiment's values of some keys, ``sections`` the keys of each stage's rule.
    """
    names = list(experiments)
    owned: dict[tuple[str, str, str], list[str]] = {}
    for play, chain, base in (
        (FIRST, ITERATION, 0),
        (LATER, ITERATION, 2),
        (FIRST_EVALUATION, ALICE_EVALUATION, 0),
        (LATER_EVALUATION, ALICE_EVALUATION, 2),
        (FIRST_EVALUATION, BOB_EVALUATION, 0),
        (LATER_EVALUATION, BOB_EVALUATION, 2),
    ):
        for place, stage in enumerate(chain):
            learned = ITERATION if base and place >= base else ()
            keys = [
                key for one in (*learned, *chain[: place + 1]) for key in (*sections.get(one, ()), *FILES.get(one, ()))
            ]
            owners: dict[str, str] = {}
            for name in names:
                owner = owners.setdefault(json.dumps(settings(name, keys), default=str), name)
                if owner != name:
                    owned.setdefault((name, owner, stage), []).append(play)
    return [Share(name, owner, stage, tuple(dict.fromkeys(plays))) for (name, owner, stage), plays in owned.items()]


def table(rows: Sequence[Sequence[str]], shared: Sequence[Share]) -> str:
    """Return what a person reads when a sweep starts: what differs, and what is computed once."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    taken: dict[tuple[str, str], list[str]] = {}
    for share in shared:
        taken.setdefault((share.experiment, share.owner), []).append(share.stage)
    lines += [f"{name} takes from {owner}: {', '.join(stages)}" for (name, owner), stages in taken.items()]
    return "\n".join(lines)
