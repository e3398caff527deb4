"""The lemma store in a game: a later iteration proves with the lemmas of an earlier one, however its jobs are split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seqplay.files import read_records
from seqplay.records import Evidence, ProofAttempt, StoredLemma
from tests.slurm.experiment import NO_MODEL
from tests.workflow.experiment import Experiment

PROGRAMS = [
    {"code": code}
    for code in (
        "total :: [Int] -> Int\ntotal [] = 0\ntotal (x:xs) = x + total xs\n",
        "rev :: [Int] -> [Int]\nrev [] = []\nrev (x:xs) = rev xs ++ [x]\n",
        "count :: [Int] -> Int\ncount xs = go 0 xs\n  where\n    go n [] = n\n    go n (_:ys) = go (n + 1) ys\n",
    )
]
GAME: dict[str, Any] = {
    **NO_MODEL,
    "iterations": 2,
    "programs": {"source": "programs.jsonl", "max_characters": 0, "per_iteration": 3, "heldout": 0},
    "alice": {"seq_share": 1.0, "retries": 0, "proposers": [{"name": "mutate", "weight": 1}]},
    "proof": {"evidence": "bounded_if_no_tool", "discovery_steps": 20_000},
}
PROOFS = "results/demo/iter_2/proofs/round_0.jsonl"


@pytest.mark.slow
def test_a_later_iteration_proves_with_the_lemmas_of_an_earlier_one_however_jobs_are_split(tmp_path: Path) -> None:
    played = []
    for shards in (1, 3):
        experiment = Experiment(tmp_path / str(shards), {**GAME, "shards": {"prove": shards}}, PROGRAMS)
        experiment.play(PROOFS)
        played.append(experiment.folder)
    one, three = played
    for name in ("iter_1/lemmas.jsonl", "iter_2/proofs/round_0.jsonl"):
        assert (one / "results/demo" / name).read_bytes() == (three / "results/demo" / name).read_bytes()
    assert list(read_records(one / "results/demo/iter_1/lemmas.jsonl", StoredLemma))
    recalled = [each for each in read_records(one / PROOFS, ProofAttempt) if "stored" in each.finder]
    assert recalled
    assert {each.rests_on for each in recalled} == {Evidence.KERNEL}
    assert "Nothing to be done" in experiment.play(PROOFS)
