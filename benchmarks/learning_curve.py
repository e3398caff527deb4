"""What Bob learns from how many labelled pairs, outside the game: is it data that stands in the way of reading?

    python benchmarks/learning_curve.py pairs OUT.jsonl [--programs FILE] [--turns N]
    python benchmarks/learning_curve.py learn MODEL PAIRS.jsonl [--counts 500,2000,8000] [--epochs N] [--rate X]
    python benchmarks/learning_curve.py cross-validate MODEL [--pairs PAIRS.jsonl] [--folds N] [--only 0,1]
    python benchmarks/learning_curve.py pool ANSWERS.jsonl...

``pairs`` makes twins as ``mutate`` proposes them in the game (`game.rewrites`), again and again of each program, with
the labels that the rules promise: a few SINQ ones are equivalent all the same. Every sixth program is held out; no
other program is near one of them. ``learn`` trains one adapter for each count, from the base, on the bare label and
without worked examples, and asks it for the odds of both answers.

A row has the area under the ROC curve of these odds (0.5: a coin; no threshold, so an adapter that leans to one answer
does not look bad for it), with 95 % intervals over programs: on the pairs it was trained on, on other pairs of the same
programs, on pairs of the held-out programs, and of these on the ones whose label looks tell and on those where looks
mislead (`game.looks`, fitted on the pairs of training); and on the shipped suite, which people wrote.

``cross-validate`` asks whether pairs that people wrote teach what those of ``mutate`` do not: there Q is another
algorithm. The suite's programs are parted into folds, near ones into the same; an adapter for each fold is trained on
the other folds' pairs, and on ``mutate``'s of ``--pairs`` too, of programs that are near none of the suite's, and is
asked about its own fold's. ``pool`` makes a row of all folds with the same settings; folds can run side by side
(``--only``), each process with a file of its own, and at several seeds, which part the programs in other ways.

The odds of two adapters differ in place and scale. So a pooled row compares two pairs only where one adapter was asked
about both: its area is the mean of the folds' areas, weighed by their numbers of comparisons. Pooled ranks within folds
come near to that, but compare pairs of which no adapter saw both. *gain* is the difference to the base on the same
pairs, *right* the share of pairs whose odds are on the label's side. The intervals are over programs, as above: how
much trainings differ is not in them, and several seeds that are pooled only average over it.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import torch
import typer

from seqplay import prompts
from seqplay.adapters import TrainingJob, TrainingResult, train_adapter
from seqplay.adapters.data import encode
from seqplay.adapters.model import load_tokenizer
from seqplay.config import LoraConfig, ModelConfig, TrainConfig
from seqplay.engines.chat import prompt_ids
from seqplay.errors import SeqplayError
from seqplay.files import derive_seed, read_records
from seqplay.game.looks import SurfaceClassifier, TextPair
from seqplay.game.rewrites import EDITS, twins
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.records import Answer, Goal, Role, TrainingExample
from seqplay.suites.authoring import ShippedPair
from seqplay.suites.shipped import PAIRS, near_programs

PROGRAMS = Path(__file__).parents[1] / "config/data/programs.jsonl"
HELD_OUT = 6
"""Every so many-th program is held out."""
HELD_OUT_TURNS = 4
LONGEST = 1000
"""Characters of a program, as in the measured games."""
SHOWN = 1000
"""Pairs that are asked about, of those trained on and of the others of their programs."""
LOOKS = 2000
"""Pairs that the classifier of looks is fitted on."""
STEPS = 200
"""Optimiser steps of a cross-validation's training where no number of epochs is asked for."""
BATCH_TOKENS = 32768
RESAMPLES = 1000

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
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


def read_programs(path: Path) -> list[tuple[str, str]]:
    """Return code and entry of each program that has an entry, shuffled."""
    found = dict[str, tuple[str, str]]()
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        try:
            entry = row.get("entry") or choose_entry(parse(row["code"]), None).name
            form = normal_id(row["code"], entry)
        except SeqplayError:
            continue
        if len(row["code"]) <= LONGEST:
            found.setdefault(form, (row["code"], entry))
    programs = list(found.values())
    random.Random(0).shuffle(programs)
    return programs


def made(item: tuple[Kind, str, str, int]) -> list[Labelled]:
    """Return a program's twins of a turn, each in one of both directions; none where a rule fails."""
    kind, code, entry, turn = item
    drawn = derive_seed(0, "learning curve", code, turn)
    try:
        both = twins(code, entry, EDITS[turn % len(EDITS)], drawn)
    except Exception as error:  # one odd program is that program's outcome
        print(f"{entry}: {type(error).__name__}: {error}", file=sys.stderr)
        return []
    turned = drawn % 2 == 0
    sides = {goal: (one.code, code) if turned else (code, one.code) for goal, one in both.items()}
    return [Labelled(kind, code, turn, entry, p, q, goal is Goal.SEQ) for goal, (p, q) in sides.items()]


@app.command("pairs")
def make_pairs(
    out: Path,
    programs: Annotated[Path, typer.Option(help="JSON lines with code, and perhaps entry.")] = PROGRAMS,
    turns: Annotated[int, typer.Option(help="How often each program is taken for training.")] = 16,
    workers: Annotated[int, typer.Option(help="Processes; 0: as many as there are cores.")] = 0,
) -> None:
    """Make the pairs; a file that is there is gone on with, at the turn after its last."""
    every = read_programs(programs)
    heldout = every[::HELD_OUT]
    others = [one for number, one in enumerate(every) if number % HELD_OUT]
    near = set(near_programs(heldout, others))
    trained = [one for one in others if one[0] not in near]
    there = [json.loads(line)["turn"] for line in out.read_text().splitlines()] if out.exists() else []
    print(f"{len(trained)} programs to train on, {len(heldout)} held out, {len(near)} near those left out", flush=True)
    with out.open("a", encoding="utf-8") as handle, ProcessPoolExecutor(workers or os.cpu_count()) as pool:
        for turn in range(max(there, default=-1) + 1, turns):
            items: list[tuple[Kind, str, str, int]] = [("train", *one, turn) for one in trained]
            if turn < HELD_OUT_TURNS:
                items += [("heldout", *one, turn) for one in heldout]
            found = [pair for pairs in pool.map(made, items, chunksize=8) for pair in pairs]
            handle.writelines(json.dumps(pair._asdict()) + "\n" for pair in found)
            handle.flush()
            print(f"turn {turn}: {len(found)} pairs", flush=True)


def example(number: int, pair: Labelled) -> TrainingExample:
    """Return what is learnt of a pair."""
    system, user = prompts.judge(pair.p, pair.q, pair.entry, False)
    output = prompts.write_judgement(Answer.EQUIVALENT if pair.same else Answer.INEQUIVALENT)
    return TrainingExample(
        system_prompt=system.content, user_prompt=user.content, output=output, answer=output, agent=Role.BOB,
        task="judge", goal=Goal.SEQ if pair.same else Goal.SINQ, pair_id=f"pair{number}", iteration=1, difficulty=5.0,
    )  # fmt: skip


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


def fit_looks(pairs: Sequence[Labelled]) -> SurfaceClassifier:
    """Return the classifier of looks, fitted on some of the pairs."""
    return SurfaceClassifier.fit([TextPair(one.p, one.q, one.same) for one in evenly(pairs, LOOKS)])


@app.command()
def learn(
    model: Path,
    pairs: Path,
    counts: Annotated[str, typer.Option(help="Pairs to train on, with commas; 0: the base.")] = "0,500,2000,8000",
    epochs: int = 2,
    rate: float = 3e-4,
    rank: int = 16,
    seed: Annotated[int, typer.Option(help="Which pairs are taken, and the adapter's start.")] = 1,
    rows: Path = Path("learning_curve.jsonl"),
    keep: Annotated[Path | None, typer.Option(help="Folder of the adapters, which else are thrown away.")] = None,
) -> None:
    """Train an adapter on each count, and say what it tells apart."""
    every = read_made(pairs)
    groups = {kind: [one for one in every if one.kind == kind] for kind in ("train", "heldout")}
    suite = shipped_pairs()
    draw = random.Random(seed)
    programs = sorted({one.program for one in groups["train"]})
    draw.shuffle(programs)
    # Whole litters, so that both labels are there as often; the last turns are kept for asking.
    last = max(one.turn for one in groups["train"])
    unseen = [one for one in groups["train"] if one.turn == last]
    usable = [one for one in groups["train"] if one.turn != last]
    litters: dict[tuple[str, int], list[Labelled]] = {}
    for one in usable:
        litters.setdefault((one.program, one.turn), []).append(one)
    order = list(litters)
    draw.shuffle(order)
    for count in map(int, counts.split(",")):
        taken = [one for key in order[: count // 2] for one in litters[key]]
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            place = (keep or Path(folder)) / f"adapter-{count}"
            if taken:
                train(model, taken, place, epochs=epochs, rate=rate, rank=rank, seed=seed)
            seconds = time.perf_counter() - begun
            asked = Asked(model, place if taken else None)
            looks = fit_looks(taken or usable)
            row: dict[str, Any] = {"pairs": len(taken), "epochs": epochs, "rate": rate, "rank": rank, "seed": seed}
            sets = {
                "trained on": evenly(taken, SHOWN),
                "same programs": evenly(unseen, SHOWN),
                "held out": groups["heldout"],
                "suite": suite,
            }
            for name, some in sets.items():
                judged = judge(str(count), some, asked.odds(some), looks)
                row[name] = estimate(judged)
                if name == "held out":
                    row |= by_looks(judged)
            row |= {"training_seconds": round(seconds, 1), "seconds": round(time.perf_counter() - begun, 1)}
        with rows.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(json.dumps(row, ensure_ascii=False), flush=True)


def near_groups(pairs: Sequence[Labelled]) -> dict[str, str]:
    """Return the group of each program, by one of its members; near programs are in the same."""
    texts: dict[str, list[tuple[str, str]]] = {}
    for one in pairs:
        texts.setdefault(one.program, []).extend(((one.p, one.entry), (one.q, one.entry)))
    group = {name: name for name in texts}
    names = list(texts)
    for number, name in enumerate(names):
        later = {text: other for other in names[number + 1 :] for text in texts[other]}
        owner = {code: other for (code, _), other in later.items()}
        for code in near_programs(texts[name], later):
            # The other's whole group moves, so that nearness is passed on.
            joined = group[owner[code]]
            group |= {other: group[name] for other in names if group[other] == joined}
    return group


def part(pairs: Sequence[Labelled], folds: int, seed: int) -> list[list[Labelled]]:
    """Part pairs into folds of as many groups of near programs each, give or take one."""
    group = near_groups(pairs)
    order = sorted(set(group.values()))
    random.Random(seed).shuffle(order)
    fold = {name: number % folds for number, name in enumerate(order)}
    return [[one for one in pairs if fold[group[one.program]] == number] for number in range(folds)]


def apart(made_ones: Sequence[Labelled], suite: Sequence[Labelled], most: int) -> list[Labelled]:
    """Return at most so many pairs, of programs that are near none of the suite's."""
    usable = [one for one in made_ones if one.kind == "train"]
    texts = [(code, one.entry) for one in suite for code in (one.p, one.q)]
    near = set(near_programs(list(dict.fromkeys(texts)), dict.fromkeys((one.program, one.entry) for one in usable)))
    return evenly([one for one in usable if one.program not in near], most)


class Fold(NamedTuple):
    """What the adapter of a fold said, and how it was trained."""

    settings: dict[str, Any]
    """Equal in all folds that are pooled into a row."""
    seed: int
    fold: int
    pairs: int
    steps: int
    training_seconds: float
    seconds: float
    judged: dict[str, list[Judged]]


@app.command()
def cross_validate(
    model: Path,
    pairs: Annotated[Path | None, typer.Option(help="Pairs by mutate to train on as well.")] = None,
    most: Annotated[int, typer.Option(help="Pairs by mutate, at most.")] = 2000,
    folds: int = 4,
    only: Annotated[str, typer.Option(help="Folds to train, from 0, with commas; empty: all.")] = "",
    epochs: Annotated[float, typer.Option(help=f"0: as many as {STEPS} steps take.")] = 0,
    rate: float = 3e-4,
    rank: int = 16,
    seed: Annotated[int, typer.Option(help="How the programs are parted, and the adapters' start.")] = 1,
    answers: Annotated[Path, typer.Option(help="A line a fold is added.")] = Path("cross_validation.jsonl"),
) -> None:
    """Train an adapter for each fold of the shipped suite, ask it about that fold, and pool what all of them said."""
    suite = shipped_pairs()
    made_ones = read_made(pairs) if pairs else []
    added = apart(made_ones, suite, most) if made_ones else []
    settings = {
        "model": model.name, "by mutate": len(added), "folds": folds, "epochs": epochs, "rate": rate, "rank": rank,
    }  # fmt: skip
    parts = part(suite, folds, seed)
    for number in [int(one) for one in only.split(",") if one] or range(folds):
        hands = [one for other, some in enumerate(parts) if other != number for one in some]
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "adapter"
            result = train(
                model, hands + added, place, rate=rate, rank=rank, seed=seed,
                # An epoch has a step at least, so that many epochs always reach the limit of steps.
                epochs=epochs or STEPS, max_steps=0 if epochs else STEPS,
            )  # fmt: skip
            seconds = time.perf_counter() - begun
            asked, looks = Asked(model, place), fit_looks(hands + added)
            sets = {"trained on": hands, "held out": parts[number]}
            sets |= {"held out, by mutate": [one for one in made_ones if one.kind == "heldout"]} if made_ones else {}
            name = f"{seed}/{number}"
            judged = {which: judge(name, some, asked.odds(some), looks) for which, some in sets.items()}
            judged["base"] = judge(name, parts[number], asked.base_odds(parts[number]), looks)
        taken = round(time.perf_counter() - begun, 1)
        fold = Fold(settings, seed, number, len(hands + added), result.steps, round(seconds, 1), taken, judged)
        with answers.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(fold._asdict()) + "\n")
        print(f"fold {number}: {fold.pairs} pairs, {fold.steps} steps, {fold.seconds} s", flush=True)
    pool([answers])


@app.command()
def pool(answers: list[Path]) -> None:
    """Print a row for all folds with the same settings; of a fold that was trained twice, the last counts."""
    runs: dict[str, dict[tuple[int, int], Fold]] = {}
    for path in answers:
        for line in path.read_text(encoding="utf-8").splitlines():
            read = json.loads(line)
            judged = {name: [Judged(*one) for one in some] for name, some in read["judged"].items()}
            one = Fold(**{**read, "judged": judged})
            runs.setdefault(json.dumps(one.settings), {})[one.seed, one.fold] = one
    for found in runs.values():
        print(json.dumps(pooled(list(found.values())), ensure_ascii=False))


def pooled(folds: Sequence[Fold]) -> dict[str, Any]:
    """Return the row of folds with the same settings."""
    judged = {name: [said for one in folds for said in one.judged[name]] for name in folds[0].judged}
    base = judged.pop("base")
    row: dict[str, Any] = {**folds[0].settings, "trained": sorted(f"{one.seed}/{one.fold}" for one in folds)}
    for name in ("pairs", "steps", "training_seconds", "seconds"):
        row[name] = round(float(np.mean([getattr(one, name) for one in folds])), 1)
    for name, some in judged.items():
        row |= {name: estimate(some), f"{name}, right": right(some)}
    heldout = judged["held out"]
    return row | by_looks(heldout) | {"base": estimate(base), "gain": gain(heldout, base)}


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


if __name__ == "__main__":
    app()
