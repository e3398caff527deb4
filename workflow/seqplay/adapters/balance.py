"""Balance: how often each question is learnt in an epoch.

A question is a prompt with the right answers to it. One of its answers is drawn in each epoch (copies of a question
show different ones), so that a pair with four answers weighs what a pair with one does: simpler than weights in the
loss, exact under any packing and fused kernel, and an epoch costs no more for the answers that it leaves to the next.

Bob's questions are balanced over SEQ and SINQ, over all that is trained on: after duplicates, unreadable and held-out
examples are gone (``data.prepare``), for before that nobody knows the classes' sizes. Nothing is dropped from the
files, and nothing is marked: what an epoch or a training leaves out is there for the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from seqplay.files import content_id, derive_seed
from seqplay.prompts import write_judgement
from seqplay.records import Answer, Goal, TrainingExample

Balance = Literal["weights", "carry_over", "none"]
BALANCED = ("judge", "find_input")
"""Bob's tasks: a learner of one label alone learns to give that label."""
MOST_COPIES = 8
"""A question that is learnt more often than this in an epoch is learnt by heart."""


class Question(NamedTuple):
    """A prompt and the answers to it."""

    answers: tuple[int, ...]
    """The examples (indices) that answer it."""
    goal: Goal | None
    """The class over which it is balanced; none: it is learnt once an epoch."""
    iteration: int


def questions(examples: Sequence[TrainingExample], readings: Sequence[str]) -> list[Question]:
    """Return the questions in the order of their first examples; ``readings``: the canonical answer of each example."""
    alike: dict[tuple[str, str, str], list[int]] = {}
    for index, one in enumerate(examples):
        alike.setdefault((one.task, one.system_prompt, one.user_prompt), []).append(index)
    return [
        Question(tuple(members), _goal(examples[members[0]], readings[members[0]]), examples[members[0]].iteration)
        for members in alike.values()
    ]


def _goal(example: TrainingExample, reading: str) -> Goal | None:
    """Return the class of Bob's example; records of before ``goal`` was written show it by their answer."""
    if example.task not in BALANCED or example.goal is not None:
        return example.goal if example.task in BALANCED else None
    return Goal.SEQ if reading == write_judgement(Answer.EQUIVALENT) else Goal.SINQ


def sizes(asked: Sequence[Question]) -> dict[Goal, int]:
    """Return how many questions each class has; nothing where none is balanced."""
    counted = Counter(one.goal for one in asked if one.goal is not None)
    return {goal: counted[goal] for goal in Goal} if counted else {}


def too_few(asked: Sequence[Question], balance: Balance, minimum: int) -> str | None:
    """Return why there is too little to train on (``train.min_examples``); none where there is enough.

    Several answers to one question count once.
    """
    classes = sizes(asked) if balance != "none" else {}
    if classes and min(classes.values()) < minimum:
        found = " and ".join(f"{count} {goal.upper()}" for goal, count in classes.items())
        return f"{found} examples, and train.min_examples asks for {minimum} of each"
    if len(asked) < minimum:
        return f"{len(asked)} examples, and train.min_examples asks for {minimum}"
    return None


def copies(asked: Sequence[Question], balance: Balance, seed: int, epoch: int) -> list[int]:
    """Return how often each question is learnt in an epoch.

    ``weights``: those of the smaller class so often that both classes weigh the same, a part of them (drawn anew in
    each epoch) once more than the rest; where that would be more than ``MOST_COPIES`` times, a part of the larger class
    pauses for this epoch. ``carry_over``: of the larger class as many as the smaller one has, the newest first, for
    they were learnt in the fewest trainings; the rest waits for a later iteration.
    """
    found = [1] * len(asked)
    classes = [[index for index, one in enumerate(asked) if one.goal is goal] for goal in Goal]
    small, large = sorted(classes, key=len)
    if balance == "none" or not small:
        return found
    if balance == "carry_over":
        ranks = _ranks(asked, seed, 0)
        for index in sorted(large, key=lambda index: (-asked[index].iteration, ranks[index]))[len(small) :]:
            found[index] = 0
        return found
    ranks = _ranks(asked, seed, epoch)
    size = min(len(large), MOST_COPIES * len(small))
    whole, rest = divmod(size, len(small))
    for place, index in enumerate(sorted(small, key=lambda index: ranks[index])):
        found[index] = whole + (place < rest)
    for index in sorted(large, key=lambda index: ranks[index])[size:]:
        found[index] = 0
    return found


def _ranks(asked: Sequence[Question], seed: int, epoch: int) -> list[str]:
    """Return each question's place in a random order."""
    return [content_id("balance", str(seed), str(epoch), str(index)) for index in range(len(asked))]


def epoch_examples(asked: Sequence[Question], balance: Balance, seed: int, epoch: int) -> list[int]:
    """Return the examples (indices, some of them several times) of an epoch: one answer for each copy of a question."""
    drawn: list[int] = []
    for number, (one, times) in enumerate(zip(asked, copies(asked, balance, seed, epoch), strict=True)):
        first = derive_seed("answer", seed, number) + epoch * max(times, 1)
        drawn.extend(one.answers[(first + copy) % len(one.answers)] for copy in range(times))
    return drawn


def account(asked: Sequence[Question], balance: Balance, seed: int) -> dict[str, dict[str, int]]:
    """Return what the report says: for each class its questions, and how many are learnt in the first epoch."""
    taken = copies(asked, balance, seed, 0)
    return {
        goal.value: {
            "questions": count,
            "learnt": sum(times for one, times in zip(asked, taken, strict=True) if one.goal is goal),
        }
        for goal, count in sizes(asked).items()
    }
