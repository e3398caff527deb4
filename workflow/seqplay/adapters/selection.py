"""What an iteration trains on: everything so far, or what is new with some of the old."""

from __future__ import annotations

from collections.abc import Sequence

from seqplay.config import TrainConfig
from seqplay.files import content_id
from seqplay.records import TrainingExample


def select_examples(
    new: Sequence[TrainingExample], earlier: Sequence[TrainingExample], train: TrainConfig, seed: int
) -> list[TrainingExample]:
    """Return an iteration's training examples, earlier ones first.

    ``fresh``: all of them. ``onward``: the new ones and ``replay_share`` old ones for each, drawn by the seed; without
    new ones none, so that the previous adapter is carried over. ``fresh`` without new ones: none too, for the data is
    the same. Rewards teach the policy that earned them: earlier answers are another one's.
    """
    if not new:
        return []
    if train.method == "grpo":
        return list(new)
    if train.continuity == "fresh":
        return [*earlier, *new]
    wanted = round(train.replay_share * len(new))
    ranks = [
        content_id("replay", str(seed), e.task, e.system_prompt, e.user_prompt, e.output, str(e.iteration))
        for e in earlier
    ]
    drawn = sorted(sorted(range(len(earlier)), key=lambda index: ranks[index])[:wanted])
    return [*(earlier[index] for index in drawn), *new]
