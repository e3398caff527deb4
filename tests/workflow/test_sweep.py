"""Sweeps: one file is several experiments; what they have in common is computed once; shards change no result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seqplay.config import parse_experiments, stage_settings
from seqplay.config.sweep import differences
from seqplay.errors import ConfigError
from seqplay.runtime.sharing import LATER, Share, shares
from tests.slurm.experiment import NO_MODEL
from tests.workflow.experiment import ROOT, Experiment, corpus, record_answers

SECTIONS = {
    "sample_programs": ("programs.per_iteration", "programs.promoted_share"),
    "propose": ("alice", "engine"),
    "vote": ("bob", "engine"),
    "curriculum": ("curriculum",),
    "train": ("lora",),
}


def test_a_grid_is_every_combination_named_by_its_values() -> None:
    found = parse_experiments({"sweep": {"grid": {"curriculum.threshold": [3, 6], "seed": [0, 1]}}})
    assert list(found) == [
        "demo.threshold-3.seed-0", "demo.threshold-3.seed-1", "demo.threshold-6.seed-0", "demo.threshold-6.seed-1",
    ]  # fmt: skip
    last = found["demo.threshold-6.seed-1"]
    assert (last.experiment, last.curriculum.threshold, last.seed) == ("demo.threshold-6.seed-1", 6, 1)


def test_a_list_takes_nested_and_dotted_keys_and_names() -> None:
    entries = [{"experiment": "few", "bob": {"votes": 2}}, {"bob.votes": 8}]
    found = parse_experiments({"experiment": "x", "sweep": {"list": entries}})
    assert {name: config.bob.votes for name, config in found.items()} == {"few": 2, "x.votes-8": 8}


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"sweep": {"grid": {"curriculum.treshold": [3]}}}, "curriculum.treshold"),
        ({"sweep": {"grid": {"seed": 3}}}, "sweep.grid.seed: found 3"),
        ({"sweep": {"grid": {}}}, "sweep.grid: found {}"),
        ({"sweep": {"list": []}}, "sweep.list"),
        ({"sweep": {"all": []}}, "one of `grid` and `list`"),
        ({"sweep": {"list": [{"seed": 1}, {"seed": 1}]}}, "two experiments named demo.seed-1"),
        ({"sweep": {"grid": {"seed": [1]}}, "experiments": {"a": {}}}, "found both"),
        ({"sweep": {"grid": {"results": ["a", "b"]}}}, "config key results"),
    ],
)
def test_a_wrong_sweep_names_the_key(raw: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told.replace(".", r"\.").replace("{", r"\{")):
        parse_experiments(raw)


def test_the_table_shows_what_differs_and_nothing_else() -> None:
    table = differences({"a": {"seed": 1, "bob": {"votes": 2}}, "b": {"seed": 1, "bob": {"votes": 3}}})
    assert table == [("experiment", "bob.votes"), ("a", "2"), ("b", "3")]


def shared(raw: dict[str, Any]) -> list[Share]:
    found = parse_experiments(raw)
    return shares(found, lambda name, keys: stage_settings(found[name], *keys), SECTIONS)


def test_a_stage_is_shared_up_to_the_first_setting_that_differs() -> None:
    found = shared({"sweep": {"grid": {"curriculum.threshold": [3, 6]}}})
    assert {share.owner for share in found} == {"demo.threshold-3"}
    stages = {share.stage: share.plays for share in found}
    assert "iter_1" in stages["vote"]
    assert LATER not in stages["vote"], "later iterations play with what was learned"
    assert "curriculum" not in stages
    assert "train" not in stages
    assert LATER in stages["sample_programs"], "no iteration's sample depends on learning"


@pytest.mark.parametrize(
    ("key", "values", "first_apart"),
    [
        ("curriculum.max_same_edit", (0, 5), "choose_pairs"),
        ("curriculum.earlier_votes", (1, 2), "vote_as_before"),
        ("curriculum.bob_min_solved", (0.0, 0.2), "curriculum"),
        ("train.max_examples", (0, 100), "train"),
    ],
)
def test_experiments_share_what_comes_before_the_first_stage_that_reads_their_difference(
    tmp_path: Path, key: str, values: tuple[float, float], first_apart: str
) -> None:
    section, _, name = key.partition(".")
    both = {of: {section: {name: value}} for of, value in zip("ab", values, strict=True)}
    settings = {**NO_MODEL, "engine": {"kind": "replay", "replay_file": "answers.jsonl"}, "model": {"name": "replayed"}}
    experiment = Experiment(tmp_path / "x", {**settings, "alice": {}, "experiments": both}, corpus(3))
    (experiment.folder / "answers.jsonl").write_text("")
    told = experiment.play(flags=("--dry-run",))
    (line,) = [line for line in told.splitlines() if line.startswith("b takes from a: ")]
    taken = line.partition(": ")[2].split(", ")
    assert "collect_pairs" in taken
    assert first_apart not in taken


def test_proofs_and_lemmas_are_shared_by_experiments_that_agree_in_all_before_alone() -> None:
    def found(grid: dict[str, list[Any]]) -> dict[str, tuple[str, ...]]:
        return {share.stage: share.plays for share in shared({"sweep": {"grid": grid}})}

    stages = found({"bob.votes": [4, 8]})
    for stage in ("verify_proofs", "gather_lemmas"):
        assert "iter_1" in stages[stage], "nothing is recalled before the second iteration"
        assert LATER not in stages[stage], "later proofs depend on the lemmas, and the players, of those before"
        assert stage not in found({"proof.lemma_store": [True, False]})


def test_programs_that_were_promoted_are_shared_by_experiments_that_agree_in_all_before_alone() -> None:
    def found(grid: dict[str, list[Any]], promoted: float = 0.5) -> dict[str, tuple[str, ...]]:
        raw = {"programs": {"promoted_share": promoted}, "sweep": {"grid": grid}}
        return {one.stage: one.plays for one in shared(raw)}

    stages = found({"curriculum.threshold": [3, 6]})
    for stage in ("sample_programs", "rewrite"):
        assert "iter_1" in stages[stage], "nothing is promoted before the first iteration"
        assert LATER not in stages[stage], "what is hard, and promoted, depends on the threshold"
    assert "eval_0" in stages["evaluation_programs"]
    assert LATER in found({"curriculum.threshold": [3, 6]}, 0)["rewrite"]
    assert LATER in found({"haskell.workers": [1, 2]})["sample_programs"]
    assert "sample_programs" not in found({"programs.promoted_share": [0.0, 0.5]})


def test_every_stage_is_shared_where_only_operations_differ() -> None:
    found = shared({"sweep": {"grid": {"haskell.workers": [1, 2]}}})
    assert LATER in next(share.plays for share in found if share.stage == "train")


def test_nothing_is_shared_by_one_experiment_nor_where_the_first_stage_differs() -> None:
    assert shared({}) == []
    different = {"prepare_programs": ("seed",)}
    found = parse_experiments({"sweep": {"grid": {"seed": [0, 1]}}})
    assert shares(found, lambda name, keys: stage_settings(found[name], *keys), different) == []


@pytest.mark.parametrize("path", sorted((ROOT / "config/experiments").glob("sweep*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_sweeps_are_valid(path: Path) -> None:
    import yaml

    assert len(parse_experiments(yaml.safe_load(path.read_text()))) > 1


def without_shards(experiment: Experiment) -> dict[str, str]:
    return {name: sha for name, sha in experiment.files().items() if "shard" not in name}


def replayed(folder: Path, shards: int) -> Experiment:
    programs = corpus(6)
    settings = {
        **NO_MODEL,
        "engine": {"kind": "replay", "replay_file": "answers.jsonl"},
        "model": {"name": "replayed"},
        "alice": {"proposers": [{"name": "model", "weight": 1}, {"name": "mutate", "weight": 1}]},
        "train": {"agents": ["bob"]},
        "shards": {"propose": shards, "validate": shards, "prove": shards, "vote": shards},
    }
    experiment = Experiment(folder, settings, programs)
    record_answers(folder / "answers.jsonl", programs)
    return experiment


@pytest.mark.slow
@pytest.mark.parametrize("target", ["iter_1/votes.jsonl iter_1/iteration_data.jsonl iter_1/bob_training_data.jsonl"])
def test_results_do_not_depend_on_the_number_of_shards(tmp_path: Path, target: str) -> None:
    one, three = (replayed(tmp_path / str(count), count) for count in (1, 3))
    for experiment in (one, three):
        experiment.play(*(f"results/demo/{name}" for name in target.split()))
    assert len(list((three.folder / "results/demo/iter_1").rglob("*shard_2.jsonl"))) >= 3
    assert without_shards(one) == without_shards(three)


@pytest.mark.slow
def test_a_sweep_computes_shared_stages_once_and_gives_each_experiment_its_own_files(tmp_path: Path) -> None:
    programs = corpus(5)
    small = {**NO_MODEL, "alice": {**NO_MODEL["alice"], "retries": 0}}
    both = {name: {"curriculum": {"threshold": threshold}} for name, threshold in (("a", 3), ("b", 6))}
    sweep = {**small, "experiment": "s", "experiments": both}
    together = Experiment(tmp_path / "together", sweep, programs)
    told = together.play()
    assert "curriculum.threshold" in told
    assert "b takes from a: prepare_programs" in told
    results = together.folder / "results"
    assert list((results / "a/logs/iter_1/propose").iterdir())
    assert not (results / "b/logs/iter_1/propose").exists()
    assert "| b | " in (results / "s.comparison.md").read_text()
    alone = Experiment(tmp_path / "alone", {**small, "experiment": "b", "curriculum": {"threshold": 6}}, programs)
    alone.play()
    own = {name: sha for name, sha in without_shards(together).items() if name.startswith("b/")}
    expected = without_shards(alone)
    assert own == {name: sha for name, sha in expected.items() if name in own}
    assert "b/summary.md" in own
    assert "Nothing to be done" in together.play()
