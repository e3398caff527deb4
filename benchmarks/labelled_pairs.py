"""Labelled pairs outside the game: an adapter trained on them, and what it then tells apart.

What `learning_curve` and `cross_validation` share. A model is asked for the odds of both answers. Reported is the area
under the ROC curve of these odds (0.5: a coin; no threshold, so an adapter that leans to one answer does not look bad
for it), with 95 % intervals over programs; how much trainings differ is not in them.

The odds of two adapters differ in place and scale. So pairs are compared only where one adapter was asked about both:
an area over several adapters is the mean of theirs, weighed by their numbers of comparisons. Pooled ranks within
adapters come near to that, but compare pairs that no adapter saw both of.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch

from seqplay import prompts
from seqplay.adapters import TrainingJob, TrainingResult, train_adapter
from seqplay.adapters.data import encode
from seqplay.adapters.model import load_tokenizer
from seqplay.config import LoraConfig, ModelConfig, TrainConfig
from seqplay.engines.chat import prompt_ids
from seqplay.files import read_records
from seqplay.game.looks import SurfaceClassifier, TextPair
from seqplay.records import Answer, Goal, Role, TrainingExample
from seqplay.suites.authoring import ShippedPair
from seqplay.suites.shipped import PAIRS

LOOKS = 2000
"""Pairs that the classifier of looks is fitted on."""
BATCH_TOKENS = 32768
RESAMPLES = 1000

Kind = Literal["train", "heldout", "suite"]


class Labelled(NamedTuple):
    """A pair with its label."""

    kind: Kind
    program: str
    turn: int
    entry: str
    p: str
    q: str
    same: bool


def read_made(path: Path) -> list[Labelled]:
    """Return the pairs of a file."""
    return [Labelled(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def shipped_pairs() -> list[Labelled]:
    """Return the pairs of the shipped suite."""
    return [
        Labelled("suite", str(one.id).rpartition("/")[0], 0, one.entry, one.p, one.q, one.label is Goal.SEQ)
        for one in read_records(PAIRS, ShippedPair)
    ]


def evenly(pairs: Sequence[Labelled], most: int) -> list[Labelled]:
    """Return at most so many pairs, evenly, and as many of each label."""
    step = max(1, -(-len(pairs) // most))
    return [one for label in (True, False) for one in [pair for pair in pairs if pair.same is label][::step]]


def example(number: int, pair: Labelled) -> TrainingExample:
    """Return what is learnt of a pair."""
    system, user = prompts.judge(pair.p, pair.q, pair.entry, False)
    output = prompts.write_judgement(Answer.EQUIVALENT if pair.same else Answer.INEQUIVALENT)
    return TrainingExample(
        system_prompt=system.content, user_prompt=user.content, output=output, answer=output, agent=Role.BOB,
        task="judge", goal=Goal.SEQ if pair.same else Goal.SINQ, pair_id=f"pair{number}", iteration=1, difficulty=5.0,
    )  # fmt: skip


def train(
    model: Path,
    pairs: Sequence[Labelled],
    out: Path,
    *,
    epochs: float,
    rate: float,
    rank: int,
    seed: int,
    max_steps: int = 0,
) -> TrainingResult:
    """Train an adapter on the pairs into a folder."""
    job = TrainingJob(
        examples=tuple(example(number, pair) for number, pair in enumerate(pairs)),
        base=str(model),
        base_model=ModelConfig(name="measured"),
        lora=LoraConfig(r=rank, alpha=2 * rank, dropout=0),
        train=TrainConfig(
            max_steps=max_steps, epochs=epochs, accumulation=2, batch_tokens=8192, max_length=3072, learning_rate=rate,
            overlong="cut",
        ),
        previous=None,
        output=out,
        seed=seed,
        agent=Role.BOB,
        iteration=1,
    )  # fmt: skip
    return train_adapter(job)


class Asked:
    """A model that says how likely both answers are."""

    def __init__(self, base: Path, adapter: Path | None) -> None:
        from peft import PeftModel
        from transformers import AutoModelForCausalLM

        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
        model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=dtype)
        if adapter is not None:
            model = PeftModel.from_pretrained(model, str(adapter))
        self._model = model.to(self._device).eval()
        self._config = ModelConfig(name=str(base))
        self._tokenizer = load_tokenizer(base, self._config)
        self._answers = [
            encode(self._tokenizer, prompts.write_judgement(answer))
            for answer in (Answer.EQUIVALENT, Answer.INEQUIVALENT)
        ]

    def base_odds(self, pairs: Sequence[Labelled]) -> list[float]:
        """Return the odds of the base below the adapter."""
        with self._model.disable_adapter():
            return self.odds(pairs)

    def odds(self, pairs: Sequence[Labelled]) -> list[float]:
        """Return the log odds of "equivalent" against "inequivalent" for each pair."""
        asked = [
            prompt_ids(self._tokenizer, prompts.judge(one.p, one.q, one.entry, False), self._config) for one in pairs
        ]
        rows = sorted(((len(prompt), number, prompt) for number, prompt in enumerate(asked)), key=lambda row: row[:2])
        found = [0.0] * len(pairs)
        longest = max(map(len, self._answers))
        while rows:
            size = max(1, BATCH_TOKENS // (rows[-1][0] + longest))
            batch, rows = rows[-size:], rows[:-size]
            said = [self._likelihoods([prompt for *_, prompt in batch], answer) for answer in self._answers]
            for (_, number, _), same, other in zip(batch, *said, strict=True):
                found[number] = same - other
        return found

    @torch.inference_mode()
    def _likelihoods(self, asked: list[list[int]], answer: list[int]) -> list[float]:
        # Padded on the left, so that the answers stand at the end of all rows and no other logits are computed.
        width = max(map(len, asked)) + len(answer)
        ids = torch.zeros(len(asked), width, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(asked):
            ids[row, -len(prompt) - len(answer) :] = torch.tensor(prompt + answer)
            mask[row, -len(prompt) - len(answer) :] = 1
        kept = len(answer) + 1
        said = self._model(ids.to(self._device), attention_mask=mask.to(self._device), logits_to_keep=kept)
        spoken = said.logits[:, :-1].float().log_softmax(-1)
        wanted = torch.tensor(answer, device=self._device).expand(len(asked), -1)
        return [float(one) for one in spoken.gather(2, wanted[..., None]).sum((1, 2))]


class Judged(NamedTuple):
    """What a model said of a pair."""

    adapter: str
    """Which adapter was asked; its odds are compared with no other's."""
    program: str
    same: bool
    odds: float
    told: bool
    """Whether the pair's looks tell its label."""


def judge(adapter: str, pairs: Sequence[Labelled], odds: Sequence[float], looks: SurfaceClassifier) -> list[Judged]:
    """Return what an adapter said of pairs."""
    return [
        Judged(adapter, one.program, one.same, odd, (looks.log_odds(one.p, one.q) > 0) is one.same)
        for one, odd in zip(pairs, odds, strict=True)
    ]


def area(odds: np.ndarray, same: np.ndarray, adapters: np.ndarray) -> float:
    """Return the area under the ROC curve: how often an equivalent pair has higher odds than one that is not."""
    higher = comparisons = 0.0
    for adapter in np.unique(adapters):
        mine = adapters == adapter
        differences = odds[mine & same][:, None] - odds[mine & ~same][None, :]
        higher += float((np.sign(differences) + 1).sum() / 2)
        comparisons += differences.size
    return higher / comparisons if comparisons else float("nan")


def interval(statistic: Callable[[np.ndarray], float], judged: Sequence[Judged]) -> str:
    """Return a statistic of rows of pairs, with its 95 % interval by a bootstrap over programs."""
    value = statistic(np.arange(len(judged)))
    if np.isnan(value):
        return "–"
    names = {name: number for number, name in enumerate(dict.fromkeys(one.program for one in judged))}
    of = np.array([names[one.program] for one in judged])
    members = [np.flatnonzero(of == number) for number in range(len(names))]
    draw = np.random.default_rng(0)
    drawn = [
        statistic(np.concatenate([members[number] for number in draw.integers(len(names), size=len(names))]))
        for _ in range(RESAMPLES)
    ]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def columns(judged: Sequence[Judged]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return odds, labels and numbers of the adapters."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(one.adapter for one in judged))}
    return (
        np.array([one.odds for one in judged]),
        np.array([one.same for one in judged], dtype=bool),
        np.array([numbers[one.adapter] for one in judged]),
    )


def estimate(judged: Sequence[Judged]) -> str:
    """Return the area with its interval; a dash where there is nothing to compare."""
    odds, same, adapters = columns(judged)
    return interval(lambda rows: area(odds[rows], same[rows], adapters[rows]), judged)


def gain(judged: Sequence[Judged], base: Sequence[Judged]) -> str:
    """Return how much larger the area is than the base's on the same pairs, with its interval."""
    odds, same, adapters = columns(judged)
    before, *_ = columns(base)

    def difference(rows: np.ndarray) -> float:
        by_adapter, by_base = (area(some[rows], same[rows], adapters[rows]) for some in (odds, before))
        return by_adapter - by_base

    return interval(difference, judged)


def by_looks(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return how many labels the looks tell, and the areas where they do and where they mislead."""
    return {
        "looks": round(sum(one.told for one in judged) / len(judged), 3),
        "told": estimate([one for one in judged if one.told]),
        "misled": estimate([one for one in judged if not one.told]),
    }


def right(judged: Sequence[Judged]) -> float:
    """Return the share of pairs whose odds are on the label's side."""
    return round(sum((one.odds > 0) is one.same for one in judged) / len(judged), 3)


def fit_looks(pairs: Sequence[Labelled]) -> SurfaceClassifier:
    """Return the classifier of looks, fitted on some of the pairs."""
    return SurfaceClassifier.fit([TextPair(one.p, one.q, one.same) for one in evenly(pairs, LOOKS)])
