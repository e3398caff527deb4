"""What an iteration trains on: everything so far, or what is new with some of the old; limited, if it is to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from seqplay.adapters.balance import BALANCED, Balance
from seqplay.config import TrainConfig
from seqplay.files import content_id
from seqplay.records import Goal, TrainingExample


def select_examples(
    new: Sequence[TrainingExample],
    earlier: Sequence[TrainingExample],
    train: TrainConfig,
    seed: int,
    balance: Balance = "none",
) -> list[TrainingExample]:
    """Return an iteration's training examples, earlier ones first.

    ``fresh``: all of them. ``onward``: the new ones and ``replay_share`` old ones for each, drawn by the seed; without
    new ones none, so that the previous adapter is carried over. ``fresh`` without new ones: none too, for the data is
    the same. Of either at most ``max_examples``. Rewards teach the policy that earned them: earlier answers are another
    one's, and new ones come in groups, so that all of them are taken.
    """
    if not new:
        return []
    if train.method == "grpo":
        return list(new)
    old = earlier if train.continuity == "fresh" else _replayed(earlier, round(train.replay_share * len(new)), seed)
    return _limited(old, new, train.max_examples, balance, seed)


def _replayed(earlier: Sequence[TrainingExample], wanted: int, seed: int) -> list[TrainingExample]:
    """Draw so many old examples, in their order."""
    ranks = [
        content_id("replay", str(seed), e.task, e.system_prompt, e.user_prompt, e.output, str(e.iteration))
        for e in earlier
    ]
    drawn = sorted(sorted(range(len(earlier)), key=lambda index: ranks[index])[:wanted])
    return [earlier[index] for index in drawn]


def _limited(
    old: Sequence[TrainingExample], new: Sequence[TrainingExample], most: int, balance: Balance, seed: int
) -> list[TrainingExample]:
    """Return at most so many questions (0: all), each with all answers to it; of both classes as many as there can be.

    In a class, new questions come before old ones, and of the old ones those of all iterations are drawn alike.
    """
    every = [*old, *new]
    questions: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for index, one in enumerate(every):
        questions[one.task, one.system_prompt, one.user_prompt].append(index)
    if not most or len(questions) <= most:
        return every
    classes: dict[Goal | None, list[tuple[bool, str, list[int]]]] = defaultdict(list)
    for asked, members in questions.items():
        first = every[members[0]]
        goal = first.goal if balance != "none" and first.task in BALANCED else None
        is_old = members[-1] < len(old)
        classes[goal].append((is_old, content_id("limit", str(seed), *asked), members))
    shares = _even_shares({goal: len(found) for goal, found in classes.items()}, most)
    kept = [members for goal, found in classes.items() for *_, members in sorted(found)[: shares[goal]]]
    return [every[index] for index in sorted(index for members in kept for index in members)]


def _even_shares(sizes: Mapping[Goal | None, int], total: int) -> dict[Goal | None, int]:
    """Share a total out evenly; what a small class cannot take goes to the larger ones."""
    shares: dict[Goal | None, int] = {}
    for place, goal in enumerate(sorted(sizes, key=lambda goal: (sizes[goal], goal or ""))):
        shares[goal] = min(sizes[goal], (total - sum(shares.values())) // (len(sizes) - place))
    return shares
