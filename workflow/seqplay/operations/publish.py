"""Publishing: an experiment's adapters and pairs in one folder, with cards that say what they are and rest on.

The folder is what the hub takes: ``alice/`` and ``bob/`` load with ``PeftModel.from_pretrained``, ``pairs/`` with
``load_dataset``; ``manifest.json`` says how all of it was made. Nothing is sent: ``hf upload OWNER/NAME FOLDER`` does.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqplay.config import Config
from seqplay.errors import InputError
from seqplay.files import read_records, write_records, write_text
from seqplay.operations.manifest import FILE as MANIFEST
from seqplay.operations.manifest import Manifest, read_manifest
from seqplay.records import Evaluation, Example, Goal, Pair, Record
from seqplay.runtime.job import loadable

AGENTS = ("alice", "bob")
CARD = "README.md"


class PublishedPair(Record):
    """A pair with its label, and what Bob made of it."""

    iteration: int
    difficulty: float | None
    votes: int
    correct: int
    pair: Pair


def publish(experiment: Path, out: Path, *, iteration: int | None, licence: str) -> list[Path]:
    """Write an experiment's adapters after an iteration (the last that is there), its pairs and its manifest.

    ``licence``: of the pairs, which are made from somebody's programs. Returns what was written, and writes nothing
    where an ``InputError`` names what is missing.
    """
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out}: is not empty; name a new folder")
    then = read_manifest(experiment / MANIFEST)
    number = _last(experiment) if iteration is None else iteration
    adapters = {agent: loadable(experiment / f"iter_{number}" / f"{agent}_adapters") for agent in AGENTS}
    pairs = list(_pairs(experiment, number))
    if not pairs and not any(adapters.values()):
        raise InputError(f"{experiment}/iter_{number}: has neither adapters nor pairs; is this iteration finished?")
    evaluation = _evaluation(experiment, number)
    base = _base(then)
    for agent, folder in adapters.items():
        if folder is not None:
            _write_adapter(folder, out / agent, agent, base, evaluation)
    write_records(out / "pairs" / "pairs.jsonl", pairs)
    write_text(out / "pairs" / CARD, "\n".join(_pairs_card(then, pairs, licence)) + "\n")
    shutil.copy(experiment / MANIFEST, out / MANIFEST)
    write_text(out / CARD, "\n".join(_card(then, number, base, adapters, pairs, evaluation)) + "\n")
    return sorted(path for path in out.rglob("*") if path.is_file())


def _last(experiment: Path) -> int:
    """Return the last finished iteration."""
    done = [path.parent.name.removeprefix("iter_") for path in experiment.glob("iter_*/seq_summary.jsonl")]
    if not done:
        raise InputError(f"{experiment}: no iteration is finished")
    return max(map(int, done))


def _pairs(experiment: Path, last: int) -> Iterator[PublishedPair]:
    for number in range(1, last + 1):
        path = experiment / f"iter_{number}" / "iteration_data.jsonl"
        if not path.is_file():
            raise InputError(f"{path}: not there; is this iteration finished?")
        for one in read_records(path, Example):
            yield PublishedPair(
                iteration=number, difficulty=one.difficulty, votes=one.votes, correct=one.correct, pair=one.pair
            )


def _evaluation(experiment: Path, number: int) -> Evaluation | None:
    path = experiment / f"eval_{number}" / "evaluation.jsonl"
    return next(iter(read_records(path, Evaluation)), None) if path.is_file() else None


def _base(then: Manifest) -> dict[str, str]:
    """Return what the adapters are adapters of: a hub id with its commit where it is one."""
    model = next((one for one in then.inputs if one.what == "model"), None)
    name = Config.model_validate(then.config).model.name
    return {"name": name, **({"revision": model.commit} if model is not None and model.commit else {})}


def _write_adapter(folder: Path, out: Path, agent: str, base: dict[str, str], evaluation: Evaluation | None) -> None:
    """Copy an adapter; its settings name the base as others find it, not as it lay here."""
    shutil.copytree(folder, out, ignore=shutil.ignore_patterns(".*", "epoch_*"))
    path = out / "adapter_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings |= {"base_model_name_or_path": base["name"], "revision": base.get("revision")}
    write_text(path, json.dumps(settings, indent=2, sort_keys=True) + "\n")
    card = (out / CARD).read_text(encoding="utf-8").rstrip("\n")
    lines = ["", "", "## Evaluation", "", *_measured(evaluation, agent)]
    write_text(out / CARD, card + "\n".join(lines) + "\n")


def _measured(evaluation: Evaluation | None, agent: str) -> list[str]:
    """Return what was measured on held-out programs, as a table."""
    if evaluation is None:
        return ["This iteration was not evaluated."]
    rows: list[tuple[str, str, str]] = []
    against = {name: f"{one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"
               for name, one in evaluation.against_base.items() if one.value is not None}  # fmt: skip
    if agent == "bob" and evaluation.bob_sampled is not None and evaluation.bob_sampled.balanced.value is not None:
        found = evaluation.bob_sampled.balanced
        rows.append(
            (f"balanced accuracy over {evaluation.pairs} held-out pairs",
             f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]", against.get("bob_balanced", "–"))
        )  # fmt: skip
    if agent == "alice":
        rows += [
            (f"accepted {goal}, of {one.total} held-out programs", f"{one.share:.3f} [{one.low:.3f}, {one.high:.3f}]",
             against.get(f"alice_{goal}", "–"))
            for goal, one in evaluation.alice.items() if one.share is not None
        ]  # fmt: skip
    table = [f"| {what} | {value} | {difference} |" for what, value, difference in rows]
    return [
        "Intervals are 95 %, by bootstrap over items; differences to the base are paired.", "",
        "| what | measured | difference to the base |", "| --- | --- | --- |", *table,
    ]  # fmt: skip


def _counts(pairs: Sequence[PublishedPair]) -> list[str]:
    counts = Counter((one.pair.goal, one.pair.evidence) for one in pairs)
    rows = [f"| {goal} | {evidence} | {count} |" for (goal, evidence), count in sorted(counts.items())]
    return ["| label | evidence | pairs |", "| --- | --- | --- |", *rows]


def _pairs_card(then: Manifest, pairs: Sequence[PublishedPair], licence: str) -> list[str]:
    head = ["---", f"license: {licence}", "configs:", "- config_name: default", "  data_files: pairs.jsonl",
            "tags: [haskell, program-equivalence, seqplay]", "---", ""]  # fmt: skip
    return [
        *head, f"# Pairs of Haskell programs: {then.experiment}", "",
        "Each line has a reference program P and a program Q (`pair.p`, `pair.q`), whether they are equivalent "
        f"(`pair.goal`: `{Goal.SEQ}` or `{Goal.SINQ}`), what the label rests on (`pair.evidence`: a checked proof, "
        "bounded testing, which can be wrong, or an input on which they differ), and how a model found them "
        "(`difficulty`, 0 to 10).", "", *_counts(pairs),
    ]  # fmt: skip


def _card(
    then: Manifest,
    number: int,
    base: dict[str, str],
    adapters: dict[str, Path | None],
    pairs: Sequence[PublishedPair],
    evaluation: Evaluation | None,
) -> list[str]:
    trained = [agent for agent, folder in adapters.items() if folder is not None]
    lines = [f"# {then.experiment}, iteration {number}", "", f"Self-play with seqplay {then.versions['seqplay']}.", ""]
    lines += [f"- base: {base['name']}" + (f" at {base['revision']}" if "revision" in base else "")]
    lines += [f"- `{agent}/`: {agent.capitalize()}'s LoRA adapter" for agent in trained]
    lines += [f"- `pairs/`: {len(pairs)} labelled pairs", f"- `{MANIFEST}`: for `seqplay reproduce`", ""]
    for agent in trained:
        lines += [f"## {agent.capitalize()}", "", *_measured(evaluation, agent), ""]
    return [*lines, "## Labels", "", *_counts(pairs)]
