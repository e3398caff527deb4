"""What Bob learns from how many labelled pairs, outside the game: is it data that stands in the way of reading?

    python benchmarks/learning_curve.py pairs OUT.jsonl [--programs FILE] [--turns N]
    python benchmarks/learning_curve.py learn MODEL PAIRS.jsonl [--counts 500,2000,8000] [--epochs N] [--rate X]

``pairs`` makes twins as ``mutate`` proposes them in the game (`game.rewrites`), again and again of each program, with
the labels that the rules promise: a few SINQ ones are equivalent all the same. Every sixth program is held out; no
other program is near one of them. ``learn`` trains one adapter for each count, from the base, on the bare label and
without worked examples, and asks it for the odds of both answers.

A row has the area under the ROC curve of these odds (0.5: a coin; no threshold, so an adapter that leans to one answer
does not look bad for it), with 95 % intervals over programs: on the pairs it was trained on, on other pairs of the same
programs, on pairs of the held-out programs, and of these on the ones whose label looks tell and on those where looks
mislead (`game.looks`, fitted on the pairs of training); and on the shipped suite, which people wrote.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import torch
import typer

from seqplay import prompts
from seqplay.adapters import TrainingJob, train_adapter
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


def area(odds: np.ndarray, same: np.ndarray) -> float:
    """Return the area under the ROC curve: how often an equivalent pair has higher odds than one that is not."""
    higher = odds[same][:, None] - odds[~same][None, :]
    return float((np.sign(higher) + 1).mean() / 2) if higher.size else float("nan")


def estimate(odds: Sequence[float], pairs: Sequence[Labelled]) -> str:
    """Return the area with its 95 % interval, by a bootstrap over programs."""
    values, same = np.array(odds), np.array([one.same for one in pairs], dtype=bool)
    names = {name: number for number, name in enumerate(dict.fromkeys(one.program for one in pairs))}
    of = np.array([names[one.program] for one in pairs])
    members = [np.flatnonzero(of == number) for number in range(len(names))]
    draw = np.random.default_rng(0)
    drawn = []
    for _ in range(RESAMPLES):
        chosen = np.concatenate([members[number] for number in draw.integers(len(names), size=len(names))])
        drawn.append(area(values[chosen], same[chosen]))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return f"{area(values, same):.3f} [{low:.3f}, {high:.3f}]"


def read_pairs(path: Path) -> list[Labelled]:
    """Return the pairs of a file, and those of the shipped suite."""
    made_ones = [Labelled(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    shipped = [
        Labelled("suite", str(one.id).rpartition("/")[0], 0, one.entry, one.p, one.q, one.label is Goal.SEQ)
        for one in read_records(PAIRS, ShippedPair)
    ]
    return made_ones + shipped


def evenly(pairs: Sequence[Labelled], most: int) -> list[Labelled]:
    """Return at most so many pairs, evenly, and as many of each label."""
    step = max(1, -(-len(pairs) // most))
    return [one for label in (True, False) for one in [pair for pair in pairs if pair.same is label][::step]]


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
    every = read_pairs(pairs)
    groups = {kind: [one for one in every if one.kind == kind] for kind in ("train", "heldout", "suite")}
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
            trained = train(model, taken, place, epochs=epochs, rate=rate, rank=rank, seed=seed) if taken else None
            seconds = time.perf_counter() - begun
            asked = Asked(model, trained)
            looks = SurfaceClassifier.fit([TextPair(one.p, one.q, one.same) for one in evenly(taken or usable, LOOKS)])
            row: dict[str, Any] = {"pairs": len(taken), "epochs": epochs, "rate": rate, "rank": rank, "seed": seed}
            told = partial(_told, looks)
            sets = {
                "trained on": evenly(taken, SHOWN),
                "same programs": evenly(unseen, SHOWN),
                "held out": groups["heldout"],
                "suite": groups["suite"],
            }
            for name, some in sets.items():
                odds = asked.odds(some)
                row[name] = estimate(odds, some) if some else "–"
                if name == "held out":
                    right = [told(one) for one in some]
                    row["looks"] = round(sum(right) / len(right), 3)
                    for part, wanted in (("told", True), ("misled", False)):
                        mine = [
                            (odd, one) for odd, one, tells in zip(odds, some, right, strict=True) if tells is wanted
                        ]
                        row[part] = estimate([odd for odd, _ in mine], [one for _, one in mine])
            row |= {"training_seconds": round(seconds, 1), "seconds": round(time.perf_counter() - begun, 1)}
        with rows.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(json.dumps(row, ensure_ascii=False), flush=True)


def _told(looks: SurfaceClassifier, pair: Labelled) -> bool:
    return (looks.log_odds(pair.p, pair.q) > 0) is pair.same


def train(model: Path, pairs: Sequence[Labelled], out: Path, *, epochs: int, rate: float, rank: int, seed: int) -> Path:
    """Train an adapter on the pairs; return its folder."""
    job = TrainingJob(
        examples=tuple(example(number, pair) for number, pair in enumerate(pairs)),
        base=str(model),
        base_model=ModelConfig(name="measured"),
        lora=LoraConfig(r=rank, alpha=2 * rank, dropout=0),
        train=TrainConfig(
            max_steps=0, epochs=epochs, accumulation=2, batch_tokens=8192, max_length=3072, learning_rate=rate,
            overlong="cut",
        ),
        previous=None,
        output=out,
        seed=seed,
        agent=Role.BOB,
        iteration=1,
    )  # fmt: skip
    train_adapter(job)
    return out


if __name__ == "__main__":
    app()
