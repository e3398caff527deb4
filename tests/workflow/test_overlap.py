"""What may run beside what: a job waits for what it reads and for nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.slurm.experiment import NO_MODEL
from tests.workflow.experiment import Experiment, corpus

GAME: dict[str, Any] = {
    **NO_MODEL,
    "iterations": 2,
    "evaluation": {"enabled": True},
    "engine": {"kind": "replay", "replay_file": "answers.jsonl"},
    "model": {"name": "replayed"},
    "alice": {"retries": 1, "proposers": [{"name": name, "weight": 1} for name in ("model", "mutate")]},
    "shards": {"propose": 2, "validate": 4},
}


def waits_for(folder: Path, settings: dict[str, Any]) -> dict[str, set[str]]:
    """For each file that a game makes: all the files that must be there before."""
    experiment = Experiment(folder, settings, corpus(3))
    (folder / "answers.jsonl").write_text("")
    told = experiment.play(flags=("--dry-run",))
    jobs = re.findall(
        r"^Reason: Missing output files: ([^;\n]+)(?:; Input files updated by another job: (.+))?$", told, re.M
    )
    reads = {made: set(read.split(", ")) - {""} for outputs, read in jobs for made in outputs.split(", ")}
    found: dict[str, set[str]] = {}

    def above(file: str) -> set[str]:
        if file not in found:
            direct = reads.get(file, set())
            found[file] = direct.union(*map(above, direct))
        return found[file]

    return {
        file.removeprefix("results/demo/"): {one.removeprefix("results/demo/") for one in above(file)} for file in reads
    }


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    return waits_for(tmp_path_factory.mktemp("overlap") / "x", GAME)


def test_proposals_are_validated_while_others_are_sampled(game: Mapping[str, set[str]]) -> None:
    for shard in range(4):
        before = game[f"iter_1/verdicts/attempt_0.shard_{shard}.jsonl"]
        assert f"iter_1/proposals/attempt_0.shard_{shard // 2}.jsonl" in before
        assert f"iter_1/proposals/attempt_0.shard_{1 - shard // 2}.jsonl" not in before


def test_proofs_are_looked_for_while_other_proposals_are_sampled(tmp_path: Path) -> None:
    settings = {**GAME, "alice": {**GAME["alice"], "retries": 0}, "proof": {"evidence": "bounded_if_no_tool"}}
    found = waits_for(tmp_path / "x", {**settings, "shards": {"propose": 2, "validate": 2, "prove": 2}})
    for shard in range(2):
        before = found[f"iter_1/proofs/round_0.shard_{shard}.jsonl"]
        assert {f"iter_1/{what}/attempt_0.shard_{shard}.jsonl" for what in ("proposals", "verdicts")} <= before
        assert not [one for one in before if one.endswith(f"shard_{1 - shard}.jsonl")]


@pytest.mark.parametrize("used", [True, False])
def test_proofs_of_an_iteration_wait_for_the_lemmas_of_the_one_before(tmp_path: Path, used: bool) -> None:
    proof = {"evidence": "bounded_if_no_tool", "lemma_store": used}
    found = waits_for(tmp_path / "x", {**GAME, "iterations": 3, "shards": {"prove": 2}, "proof": proof})
    for shard in range(2):
        before = found[f"iter_3/proofs/round_0.shard_{shard}.jsonl"]
        assert ({"iter_1/lemmas.jsonl", "iter_2/lemmas.jsonl"} <= before) is used
        assert f"iter_3/proofs/round_0.shard_{1 - shard}.jsonl" not in before
    if used:
        assert {"iter_1/lemmas.jsonl", *(f"iter_2/proofs/round_0.shard_{at}.jsonl" for at in range(2))} <= found[
            "iter_2/lemmas.jsonl"
        ]
    assert "iter_3/lemmas.jsonl" not in found, "nobody uses them"


def test_nothing_of_an_iteration_waits_for_an_evaluation(game: Mapping[str, set[str]]) -> None:
    played = {file: before for file, before in game.items() if file.startswith("iter_") and "report" not in file}
    assert "iter_2/bob_adapters" in played
    assert not [(file, one) for file, before in played.items() for one in before if one.startswith("eval_")]


def test_an_evaluation_waits_for_nothing_of_the_next_iteration(game: Mapping[str, set[str]]) -> None:
    for name in ("proposals/attempt_0.shard_0.jsonl", "ballots/shard_0.jsonl", "evaluation.jsonl"):
        before = game[f"eval_1/{name}"]
        assert [one for one in before if one.startswith("iter_1/")]
        assert not [one for one in before if one.startswith("iter_2/")]


def test_alice_plays_the_next_iteration_while_bob_is_trained(game: Mapping[str, set[str]]) -> None:
    before = game["iter_2/verdicts/attempt_1.jsonl"]
    assert "iter_1/alice_adapters" in before
    assert "iter_1/bob_adapters" not in before
    assert "iter_1/bob_adapters" in game["iter_2/ballots/shard_0.jsonl"]


def test_rewrites_of_an_iteration_are_made_while_the_one_before_is_trained_on(game: Mapping[str, set[str]]) -> None:
    before = game["iter_2/rewrites.jsonl"]
    assert "iter_1/pairs.jsonl" in before, "not before the first iteration, which needs the cores"
    assert not [one for one in before if "ballots" in one or "adapters" in one]


def test_programs_wait_for_what_they_are_promoted_from_and_for_no_training(tmp_path: Path) -> None:
    before = waits_for(tmp_path / "x", {**GAME, "programs": {**GAME["programs"], "promoted_share": 0.5}})
    assert "iter_1/iteration_data.jsonl" in before["iter_2/programs.jsonl"]
    assert not [one for one in before["iter_2/programs.jsonl"] if "adapters" in one]
    assert not [one for one in before["iter_1/programs.jsonl"] if one.startswith("iter_")]


def test_an_earlier_bob_votes_beside_the_latest_without_waiting_for_his_training(tmp_path: Path) -> None:
    game = waits_for(tmp_path / "x", {**GAME, "iterations": 3, "curriculum": {"earlier_votes": 2}})
    before = game["iter_3/earlier_ballots.jsonl"]
    assert "iter_3/asked_pairs.jsonl" in before
    assert "iter_2/bob_adapters" not in before
    assert "iter_3/earlier_ballots.jsonl" in game["iter_3/iteration_data.jsonl"]


def test_experiments_of_a_sweep_validate_what_they_share_whole(tmp_path: Path) -> None:
    both = {name: {"haskell": {"seconds": seconds}} for name, seconds in (("demo", 5), ("other", 6))}
    game = waits_for(tmp_path / "x", {**GAME, "experiments": both})
    assert "iter_1/proposals/attempt_0.jsonl" in game["iter_1/verdicts/attempt_0.shard_0.jsonl"]
