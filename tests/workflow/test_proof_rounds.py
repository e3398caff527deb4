"""Proof rounds in the game, with Liquid Haskell: tactics prove, then Alice, and what nobody proves is no SEQ."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seqplay.engines.replay import Recording
from seqplay.files import read_records, write_records
from seqplay.prompts import write_judgement, write_proof, write_proposal
from seqplay.proof.liquid.locate import VARIABLE
from seqplay.records import Answer, Evidence, Example, Goal, ProofAttempt, Verdict
from tests.adapters.tiny_models import CHATML, byte_tokenizer, tiny_model
from tests.workflow.experiment import Experiment

pytestmark = [pytest.mark.liquid, pytest.mark.ghc, pytest.mark.slow]

BY_TACTICS = (
    "total :: [Int] -> Int\ntotal [] = 0\ntotal (x : xs) = x + total xs\n",
    "total :: [Int] -> Int\ntotal xs = foldr (+) 0 xs\n",
)
CLIMB = "climb :: Int -> Int -> Int\nclimb i n = if i >= n then 0 else 1 + climb (i + 1) n\n"
BY_ALICE = (
    f"steps :: Int -> Int\nsteps n = if n < 0 then 0 else climb 0 n\n\n{CLIMB}",
    "steps :: Int -> Int\nsteps n = if n < 0 then 0 else n\n",
)
ALICES_PROOF = """{-@ count :: i:Int -> n:{v:Int | i <= v} -> { climb i n == n - i } / [n - i] @-}
count :: Int -> Int -> Proof
count i n = if i >= n then () else count (i + 1) n

proof n = if n < 0 then () else count 0 n
"""
UNPROVED = (
    f"walks :: Int -> Int\nwalks n = if n < 1 then 0 else climb 1 n\n\n{CLIMB}",
    "walks :: Int -> Int\nwalks n = if n < 1 then 0 else n - 1\n",
)
PAIRS = {"total": BY_TACTICS, "steps": BY_ALICE, "walks": UNPROVED}


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An iteration of three SEQ pairs, with one proof round, as far as its accepted data."""
    if not os.environ.get(VARIABLE):
        pytest.skip(f"{VARIABLE} is not set")
    folder = tmp_path_factory.mktemp("proved")
    model = tiny_model("qwen2", len(byte_tokenizer(CHATML)))
    model.save_pretrained(folder / "tiny")
    byte_tokenizer(CHATML).save_pretrained(folder / "tiny")
    settings = {
        "experiment": "small",
        "iterations": 1,
        "programs": {"source": "programs.jsonl", "max_characters": 0, "per_iteration": 3, "heldout": 0},
        "haskell": {"evaluations": 300, "seconds": 2},
        "engine": {"kind": "replay", "replay_file": "answers.jsonl"},
        "model": {"name": "tiny", "path": str(folder / "tiny"), "dtype": "float32", "max_length": 4096},
        "alice": {"few_shot": False, "seq_share": 1.0, "proposers": [{"name": "model", "weight": 1}]},
        "proof": {"evidence": "proof", "rounds": 1, "few_shot": False},
        "bob": {"few_shot": False, "votes": 2},
        "curriculum": {"easy_fraction": 1.0, "balance": False},
    }
    programs = [{"name": name, "code": p, "entry": name} for name, (p, _) in PAIRS.items()]
    experiment = Experiment(folder / "game", settings, programs)
    votes = tuple(write_judgement(answer) for answer in (Answer.EQUIVALENT, Answer.INEQUIVALENT))
    write_records(
        experiment.folder / "answers.jsonl",
        [
            Recording(contains=("Theorem:", BY_ALICE[1].strip()), texts=(write_proof(ALICES_PROOF),)),
            Recording(contains=("Theorem:",), texts=(write_proof("proof x = ()\n"),)),
            Recording(contains=("Program Q:",), texts=votes),
            *(Recording(contains=(p.strip(),), texts=(write_proposal(q),)) for p, q in PAIRS.values()),
        ],
    )
    experiment.play("results/small/iter_1/iteration_data.jsonl", liquid=True)
    return experiment.folder / "results/small/iter_1"


def test_each_pair_is_proved_by_tactics_by_alice_or_not_at_all(proved: Path) -> None:
    attempts = [
        each for path in sorted(proved.glob("proofs/round_?.jsonl")) for each in read_records(path, ProofAttempt)
    ]
    assert all(a.tools.startswith("Liquid Haskell 0.") and ", GHC " in a.tools for a in attempts)
    by_name = {name: [a for a in attempts if f" {name} " in f"{a.theorem} "] for name in PAIRS}
    assert [(a.round, a.verdict) for a in by_name["total"]] == [(0, Verdict.ACCEPTED)]
    assert by_name["total"][0].finder.startswith("tactic:")
    assert [(a.round, a.verdict) for a in by_name["steps"]] == [(0, Verdict.REJECTED), (1, Verdict.ACCEPTED)]
    assert (by_name["steps"][1].finder, by_name["steps"][1].proof) == ("alice:round1", ALICES_PROOF)
    assert [(a.round, a.reason) for a in by_name["walks"]] == [(0, "not_proved"), (1, "unsafe")]


def test_only_what_is_proved_is_seq(proved: Path) -> None:
    examples = read_records(proved / "iteration_data.jsonl", Example)
    assert {(each.pair.goal, each.pair.evidence) for each in examples} == {(Goal.SEQ, Evidence.PROOF)}
    assert len(examples) == 2
