"""`snakemake dataset` from instructions to the published folder, with recorded completions."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import datasets
import pytest

from seqplay.config import Config, parse_config
from seqplay.dataset.generate import extract, generate
from seqplay.dataset.instructions import select_instructions
from seqplay.dataset.publish.build import Made, build
from seqplay.dataset.records import (
    Ending,
    Example,
    Sampled,
    Semantics,
    Validation,
)
from seqplay.dataset.stages import agree, check
from seqplay.engines.replay import Recording
from seqplay.files import read_records, write_records
from tests.dataset.answers import BAD, GOOD, texts
from tests.workflow.experiment import ROOT, Experiment

EXTRA = ("dup_sum_evens_exact", "dup_factorial_near", "low_last_word")
pytestmark = pytest.mark.ghc


def shipped() -> dict[str, dict[str, Any]]:
    with (ROOT / "config/data/instructions.jsonl").open() as handle:
        return {row["id"]: row for row in map(json.loads, handle)}


class Dataset(Experiment):
    """An experiment of the dataset pipeline alone."""

    def command(self, *targets: str, flags: tuple[str, ...] = ()) -> list[str]:
        return super().command(*(targets or ("dataset",)), flags=flags)


def make(folder: Path, shards: int = 1, seconds: float = 0.0) -> Dataset:
    """An experiment over the answered instructions, with rows that must be dropped."""
    rows, answers = shipped(), texts()
    experiment = Dataset(folder, {}, [])
    names = [name for name in rows if name in answers or name in EXTRA]
    lines = [json.dumps(rows[name]) for name in names] + ["no JSON", json.dumps({"input": "x"})]
    (folder / "instructions.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "heldout.jsonl").write_text(json.dumps({"question": rows["replace_all"]["input"]}) + "\n")
    recordings = [
        Recording(contains=(f"Task: {rows[name]['input']}\n",), texts=(text,), seconds=seconds)
        for name, text in answers.items()
    ]
    write_records(folder / "answers.jsonl", recordings)
    experiment.write(
        {
            "experiment": "small",
            "engine": {"kind": "replay", "replay_file": "answers.jsonl"},
            "haskell": {"seconds": 1, "workers": 2},
            "dataset": {
                "instructions": {
                    "source": "instructions.jsonl",
                    "domains": [],
                    "least_score": 0.6,
                    "decontaminate": ["heldout.jsonl"],
                },
                "split": {"validation": 0.15, "test": 0.15},
                "shards": {"generate": shards, "check": shards},
            },
        }
    )
    return experiment


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the stages write, called one after the other as the rules' scripts do, without Snakemake."""
    experiment = make(tmp_path_factory.mktemp("dataset"))
    config = parse_config(experiment.settings)
    folder = experiment.folder / "results/small/dataset"
    with contextlib.chdir(experiment.folder):
        stages(config, folder)
    return folder


def stages(config: Config, folder: Path) -> None:
    dataset, haskell = config.dataset, config.haskell
    kept, dropped, done = folder / "instructions.jsonl", folder / "dropped.jsonl", folder / "candidates.jsonl"
    select_instructions(dataset.instructions, kept, dropped)
    completions, checked, agreement = (
        folder / name / "shard_0.jsonl" for name in ("completions", "checked", "agreement")
    )
    engine, model, seed = config.engine, config.model, config.seed
    generate(kept, completions, shard=0, shards=1, dataset=dataset, engine=engine, model=model, seed=seed)
    extract([completions], done, dataset=dataset)
    check(done, kept, checked, shard=0, shards=1, dataset=dataset, haskell=haskell, seed=seed)
    agree(done, checked, kept, agreement, dataset=dataset, haskell=haskell)
    made = Made(instructions=kept, dropped=dropped, candidates=done, checked=[checked], agreement=[agreement])
    origin = {"engine": "replay", "model": config.model.name, "seed": str(config.seed)}
    build(made, folder / "published", dataset=dataset, seed=config.seed, origin=origin)


def endings(folder: Path) -> dict[str, Ending]:
    return {one.name: one for one in read_records(folder / "published/endings.jsonl", Ending)}


def test_every_row_ends_in_exactly_one_tier_with_a_reason(played: Path) -> None:
    found = read_records(played / "published/endings.jsonl", Ending)
    assert len(found) == len({(one.row, one.sample) for one in found})
    assert {one.row for one in found} == set(range(len(GOOD) + len(BAD) + len(EXTRA) + len(("no JSON", "no output"))))
    assert all(one.reason for one in found)
    counts = json.loads((played / "published/counts.json").read_text())
    assert sum(counts["tiers"].values()) == counts["endings"] == len(found)
    assert {tier: sum(reasons.values()) for tier, reasons in counts["reasons"].items() if reasons} == counts["tiers"]


def test_good_translations_agree_with_their_python(played: Path) -> None:
    found = endings(played)
    # contaminated; and unlike its Python where the lower limit is above the upper one
    others = {"replace_all", "clamp"}
    assert {name for name in GOOD if found[name].tier == "C+"} == GOOD.keys() - others


@pytest.mark.parametrize(
    ("name", "tier", "reason"),
    [
        ("count_vowels", "none", "unparsed"),
        ("fizz_buzz", "none", "unparsed"),
        ("is_palindrome", "none", "unparsed"),
        ("average", "none", "parse_error"),
        ("digits_sum", "A", "type_error"),
        ("caesar_encrypt", "B", "io_entry"),
        ("chunk", "A", "unsafe_import"),
        ("int_to_binary", "B", "timeout"),
        ("longest_word", "B", "exception"),
        ("clamp", "C", "disagrees:different on a made input"),
        ("rotate_left", "C", "disagrees:different on a unit test"),
        ("binary_to_int", "C", "not_comparable:the type Either is not comparable"),
        ("bubble_sort", "A", "duplicate"),
        ("dup_sum_evens_exact", "none", "dropped:duplicate"),
        ("dup_factorial_near", "none", "dropped:near_duplicate"),
        ("low_last_word", "none", "dropped:filtered"),
        ("replace_all", "none", "dropped:contaminated"),
    ],
)
def test_what_comes_to_nothing_is_kept_with_its_reason(played: Path, name: str, tier: str, reason: str) -> None:
    found = endings(played)[name]
    assert (found.tier, found.reason) == (tier, reason)


def test_raw_completions_prompts_and_trials_are_kept(played: Path) -> None:
    sampled = read_records(played / "completions/shard_0.jsonl", Sampled)
    assert {one.completion.text for one in sampled} <= set(texts().values())
    assert all(one.prompt[-1].content for one in sampled)
    checked = read_records(played / "checked/shard_0.jsonl", Validation)
    assert all(found.trials for found in checked if found.tier == "C")
    assert any(trial.origin == "unit_test" for found in checked for trial in found.trials)
    assert any(trial.origin == "made" for found in checked for trial in found.trials)
    agreement = read_records(played / "agreement/shard_0.jsonl", Semantics)
    assert all(found.own_tests == 4 for found in agreement if found.agreement == "agrees")


def test_the_published_folder_loads_and_holds_every_program_once(played: Path) -> None:
    saved = datasets.load_from_disk(str(played / "published/saved"))
    lines = [
        one for name in saved for one in read_records(played / f"published/jsonl/{name}.jsonl", Example)
    ]  # fmt: skip
    assert Counter(row["id"] for name in saved for row in saved[name]) == Counter(one.id for one in lines)
    assert {one.split for one in lines} == {"train", "validation", "test"}
    runs = [one for one in lines if one.tier in ("C", "C+")]
    assert all(len(one.inputs) == len(one.outputs) > 0 for one in runs)


def test_the_card_makes_cumulative_subsets_for_the_hub(played: Path) -> None:
    lines = [one for path in (played / "published/jsonl").iterdir() for one in read_records(path, Example)]
    tiers = {"raw": "A B C C+", "typechecked": "B C C+", "runnable": "C C+", "agreeing": "C+"}
    for name, wanted in tiers.items():
        loaded = datasets.load_dataset(str(played / "published"), name, cache_dir=str(played / "cache"))
        found = Counter(row["id"] for split in loaded for row in loaded[split])
        assert found == Counter(one.id for one in lines if one.tier in wanted.split())


def test_the_card_tells_counts_licence_and_subsets(played: Path) -> None:
    card = (played / "published/README.md").read_text()
    counts = json.loads((played / "published/counts.json").read_text())
    for tier, number in counts["tiers"].items():
        assert f"| {tier} | {number} |" in card
    assert "license: apache-2.0" in card
    assert "config_name: agreeing" in card
    assert (played / "published/plots/tiers.svg").read_text().startswith("<svg")


def test_neither_half_builds_anything_of_the_other(tmp_path: Path) -> None:
    experiment = make(tmp_path)
    asked = experiment.play(flags=("-n",))
    assert "dataset_check" in asked
    assert "prepare_programs" not in asked
    game = experiment.play("all", flags=("-n",))
    assert "prepare_programs" in game
    assert "dataset_" not in game


@pytest.mark.slow
def test_snakemake_shards_and_reruns_give_the_same_bytes(played: Path, tmp_path: Path) -> None:
    experiment = make(tmp_path, shards=3)
    experiment.play()
    other = experiment.folder / "results/small/dataset/published"
    mine, theirs = (
        {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != ".snakemake_timestamp"
        }
        for folder in (played / "published", other)
    )
    assert mine.keys() == theirs.keys()
    assert [name for name in mine if mine[name] != theirs[name]] == []
    assert "Nothing to be done" in experiment.play()


@pytest.mark.slow
def test_a_killed_run_goes_on_and_does_nothing_twice(played: Path, tmp_path: Path) -> None:
    experiment = make(tmp_path, seconds=0.3)
    partial = experiment.folder / "results/small/dataset/completions/.shard_0.block.jsonl.partial"
    assert experiment.kill_when(lambda: partial.is_file() and partial.read_text().count("\n") > 5)
    before = partial.read_text()
    experiment.play(flags=("--nolock", "--rerun-incomplete"))
    other = experiment.folder / "results/small/dataset"
    log = (experiment.folder / "results/small/logs/dataset/generate/shard_0.log").read_text()
    assert int(log.partition('"before": ')[2].partition(",")[0]) >= before.count("\n") - 1 > 4
    assert (other / "published/endings.jsonl").read_bytes() == (played / "published/endings.jsonl").read_bytes()
