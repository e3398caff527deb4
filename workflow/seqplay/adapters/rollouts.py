"""Rollouts: answers with rewards, and how much better than the rest of its group each of them is.

A group is what was sampled from one prompt. An answer's advantage is its reward less the group's mean, so that only the
choice between answers teaches, not how hard the question was; a group in which all earned the same teaches nothing.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from transformers import PreTrainedTokenizerBase

from seqplay.adapters.balance import BALANCED, MOST_COPIES, Balance
from seqplay.adapters.data import Tokens, TrainingData, lengths, tokenize
from seqplay.adapters.training_job import TrainingJob
from seqplay.config import GrpoConfig
from seqplay.errors import InputError
from seqplay.records import Goal, TrainingExample


def advantages(examples: Sequence[TrainingExample], grpo: GrpoConfig, balance: Balance) -> list[float]:
    """Return the advantage of each answer; 0 where its group teaches nothing.

    Within a group they add up to 0. Where they are divided by the group's deviation, they are multiplied by the largest
    worth among its valid proposals. Balanced, the groups of Bob's two classes weigh the same in all: a class with fewer
    groups counts more, at most ``MOST_COPIES`` times. Raises ``InputError`` where an example has no reward.
    """
    groups = _groups(examples)
    found = [0.0] * len(examples)
    weights = _class_weights([examples[members[0]] for members in _mixed(examples, groups)], balance)
    for members in _mixed(examples, groups):
        rewards = [_reward(examples[index]) for index in members]
        mean = statistics.fmean(rewards)
        spread = statistics.pstdev(rewards) if grpo.scale == "group" else 1.0
        weight = weights.get(_class(examples[members[0]]), 1.0)
        if grpo.scale == "group":  # a group of cheap rewards would weigh what one of full ones does
            weight *= max((worth for index in members if (worth := examples[index].worth) is not None), default=1.0)
        for index, reward in zip(members, rewards, strict=True):
            found[index] = weight * (reward - mean) / spread
    return found


def _groups(examples: Sequence[TrainingExample]) -> list[list[int]]:
    """Return the answers (indices) of each group, in the order of their first ones."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, one in enumerate(examples):
        groups[one.task, one.group].append(index)
    return list(groups.values())


def _mixed(examples: Sequence[TrainingExample], groups: Sequence[list[int]]) -> list[list[int]]:
    """Return the groups whose answers did not all earn the same."""
    return [members for members in groups if len({_reward(examples[index]) for index in members}) > 1]


def _reward(example: TrainingExample) -> float:
    if example.reward is None:
        raise InputError(
            f"a training example of pair {example.pair_id} has no reward, and train.method is grpo; it was written for "
            "train.method: imitate: run the curriculum again, or leave train.initial_data out"
        )
    return example.reward


def _class(example: TrainingExample) -> Goal | None:
    return example.goal if example.task in BALANCED else None


def _class_weights(firsts: Sequence[TrainingExample], balance: Balance) -> dict[Goal | None, float]:
    """Return what each class's advantages are multiplied by, so that all of them weigh what they do unbalanced."""
    counted = Counter(_class(one) for one in firsts)
    sizes = {goal: count for goal, count in counted.items() if goal is not None}
    if balance == "none" or len(sizes) < 2:
        return {}
    least, total = max(sizes.values()) / MOST_COPIES, sum(sizes.values())
    weights = {goal: total / max(count, least) for goal, count in sizes.items()}
    scale = total / sum(weights[goal] * count for goal, count in sizes.items())
    return {goal: scale * weight for goal, weight in weights.items()}


def describe(examples: Sequence[TrainingExample]) -> dict[str, Any]:
    """Return what the report says of the rollouts: groups, those that teach, and the mean reward by task."""
    groups = _groups(examples)
    tasks = sorted({one.task for one in examples})
    return {
        "groups": len(groups),
        "groups_that_teach": len(_mixed(examples, groups)),
        "mean_reward": {
            task: round(statistics.fmean(_reward(one) for one in examples if one.task == task), 4) for task in tasks
        },
    }


def too_few_groups(examples: Sequence[TrainingExample], balance: Balance, minimum: int) -> str | None:
    """Return why there is too little to learn from (``train.min_examples``); none where there is enough."""
    firsts = [examples[members[0]] for members in _mixed(examples, _groups(examples))]
    sizes = Counter(goal for one in firsts if (goal := _class(one)) is not None)
    if balance != "none" and sizes and min(sizes[goal] for goal in Goal) < minimum:
        found = " and ".join(f"{sizes[goal]} {goal.upper()}" for goal in Goal)
        return f"{found} groups whose answers differ in reward, and train.min_examples asks for {minimum} of each"
    if len(firsts) < minimum:
        return f"{len(firsts)} groups whose answers differ in reward, and train.min_examples asks for {minimum}"
    return None


def prepare_rollouts(tokenizer: PreTrainedTokenizerBase, job: TrainingJob, max_length: int) -> TrainingData:
    """Tokenise the answers that teach something, and report on all of them.

    An answer is learnt as it was said, readable or not: its reward says what it is worth. What was sampled several
    times for one prompt is computed once and counts as often: short answers repeat. One that is longer than
    ``max_length`` is left out, for with a part missing it would be an answer that nobody sampled.
    """
    worth = advantages(job.examples, job.train.grpo, job.balance)
    teaching: dict[tuple[str, ...], tuple[TrainingExample, float, int]] = {}
    for example, value in zip(job.examples, worth, strict=True):
        if value != 0:
            key = (example.task, example.group, example.output, str(example.finished), str(example.reward))
            teaching[key] = (example, value, teaching[key][2] + 1 if key in teaching else 1)
    kept: list[Tokens] = []
    overlong = 0
    for example, value, copies in teaching.values():
        earlier = job.turns.get(example.task, ())
        tokens = tokenize(tokenizer, example, max_length, "refuse", job.base_model, earlier)
        if tokens is None:
            overlong += copies
        elif tokens.learnt > 0:
            heat = job.temperatures.get(example.task, 1.0)
            kept.append(replace(tokens, advantage=value, temperature=heat, copies=copies))
    report = {
        "examples": len(job.examples),
        "refused_overlong": overlong,
        "refused_unreadable": 0,
        "cut_overlong": 0,
        "max_length": max_length,
        "trained": sum(one.copies for one in kept),
        "different": len(kept),
        "held_out": 0,
        "tasks": dict(Counter(example.task for example in job.examples)),
        "tokens": lengths([len(one.input_ids) for one in kept]),
        "learnt_tokens": lengths([one.learnt for one in kept]),
        **describe(job.examples),
    }
    return TrainingData(train=tuple(kept), heldout=(), report=report)
