"""``seqplay prove`` keeps the command line's contract: one object with --json, the exit codes, and an end in time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from seqplay.proof.liquid.locate import VARIABLE
from seqplay.records import SCHEMA_VERSION

pytestmark = [pytest.mark.ghc, pytest.mark.slow]

P = "total :: [Int] -> Int\ntotal [] = 0\ntotal (x:xs) = x + total xs\n"
Q = "total :: [Int] -> Int\ntotal xs = foldr (+) 0 xs\n"
PROOF = "proof [] = ()\nproof (x:xs) = proof xs\n"


def prove(folder, *options, environment=None, **texts):
    """Write the texts, run the command in another folder, and return exit code and the one object."""
    for name, text in texts.items():
        (folder / f"{name}.hs").write_text(text)
    files = [str(folder / "p.hs"), str(folder / "q.hs")]
    given = ["--proof", str(folder / "proof.hs")] if "proof" in texts else []
    command = [
        sys.executable,
        "-c",
        "from seqplay.cli import main; main()",
        "prove",
        *files,
        *given,
        "--json",
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=150)
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def liquid():
    if not os.environ.get(VARIABLE):
        pytest.skip(f"{VARIABLE} is not set")


@pytest.mark.liquid
def test_a_proof_that_holds_is_exit_0_with_the_theorem_and_the_names(liquid, tmp_path):
    started = time.monotonic()
    code, said = prove(tmp_path, p=P, q=Q, proof=PROOF)
    assert (code, said["verdict"], said["reason"], said["evidence"]) == (0, "accepted", "proved", "proof")
    assert (said["schema_version"], said["command"]) == (SCHEMA_VERSION, "prove")
    assert "total" in said["theorem"]
    assert said["names"]
    assert time.monotonic() - started < 120


@pytest.mark.liquid
@pytest.mark.parametrize(
    ("q", "proof", "reason"),
    [
        (Q, "proof xs = undefined\n", "refused"),
        (Q, "{-@ assume proof :: xs:[Int] -> { true } @-}\nproof xs = ()\n", "refused"),
        (Q.replace("0", "1"), PROOF, "unsafe"),
    ],
)
def test_a_refused_proof_is_exit_1_with_its_reason(liquid, tmp_path, q, proof, reason):
    code, said = prove(tmp_path, p=P, q=q, proof=proof)
    assert (code, said["verdict"], said["reason"]) == (1, "rejected", reason)
    assert said["message"]


def test_a_program_that_does_not_parse_is_exit_2(tmp_path):
    code, said = prove(tmp_path, p=P, q="total = = 1\n")
    assert (code, said["reason"]) == (2, "parse_error")
    assert said["message"].startswith("Q: ")


def test_a_file_that_is_not_there_is_exit_2(tmp_path):
    code, said = prove(tmp_path, p=P)
    assert (code, said["reason"]) == (2, "bad_input")


def test_without_liquid_haskell_the_kernel_judges_and_the_answer_says_so(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    code, said = prove(tmp_path, p=P, q=Q, environment=environment)
    assert (code, said["evidence"], said["kernel"]) == (0, "kernel", "agrees")
    assert said["message"].startswith("the kernel accepts")
