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

from seqplay.runtime.stages import BY_NAME, Phase, Stage, of_phase, upstream

FIRST, LATER, FIRST_EVALUATION, LATER_EVALUATION = "iter_1", r"iter_(?:[2-9]|[1-9]\d+)", "eval_0", r"eval_[1-9]\d*"
"""Plays as patterns: with the base model alone, and with what was learned."""
PLAYS = {
    FIRST: Phase.ITERATION,
    LATER: Phase.ITERATION,
    FIRST_EVALUATION: Phase.EVALUATION,
    LATER_EVALUATION: Phase.EVALUATION,
}


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
        return "merge_shards" if BY_NAME[self.stage].merged else self.stage

    def name(self, place: int) -> str:
        """Return the name of the rule that copies; ``place`` tells those of one stage apart."""
        return f"share_{self.stage}_{place}"

    def file(self, pattern: str, experiment: str) -> str:
        """Return the stage's file in an experiment's folder; ``pattern`` is the rule's."""
        return pattern.replace("{experiment}", experiment).replace("{records}", BY_NAME[self.stage].writes)

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
    for play, phase in PLAYS.items():
        for stage in (*of_phase(Phase.ONCE), *of_phase(phase)):
            if stage.shared:
                owners: dict[str, str] = {}
                for name in names:
                    chain = upstream(stage, phase)
                    if play in (LATER, LATER_EVALUATION) and any(_looks_back(one, name, settings) for one in chain):
                        chain = [*upstream(BY_NAME["train"], Phase.ITERATION), *chain]
                    keys = [key for one in chain for key in (*sections.get(one.name, ()), *one.keys)]
                    owner = owners.setdefault(json.dumps(settings(name, keys), default=str), name)
                    if owner != name:
                        owned.setdefault((name, owner, stage.name), []).append(play)
    return [Share(name, owner, stage, tuple(dict.fromkeys(plays))) for (name, owner, stage), plays in owned.items()]


def _looks_back(stage: Stage, experiment: str, settings: Callable[[str, Sequence[str]], Any]) -> bool:
    """Say whether a stage reads what earlier iterations made: the adapters, or the programs that they promoted."""
    return stage.learned or (bool(stage.promotes) and settings(experiment, [stage.promotes])[stage.promotes] > 0)


def table(rows: Sequence[Sequence[str]], shared: Sequence[Share]) -> str:
    """Return what a person reads when a sweep starts: what differs, and what is computed once."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    taken: dict[tuple[str, str], list[str]] = {}
    for share in shared:
        taken.setdefault((share.experiment, share.owner), []).append(share.stage)
    lines += [f"{name} takes from {owner}: {', '.join(stages)}" for (name, owner), stages in taken.items()]
    return "\n".join(lines)
