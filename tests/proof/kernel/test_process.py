"""The kernel's process: what the jail hides, what ends it, and what its end means."""

from __future__ import annotations

import dataclasses
import threading
from types import SimpleNamespace

import pytest

from seqplay.config import HaskellConfig
from seqplay.errors import ToolError
from seqplay.haskell.sandbox.jail import open_jail
from seqplay.proof.kernel import process
from seqplay.proof.kernel.opinion import Stand
from seqplay.proof.kernel.process import Kernel
from tests.proof.kernel.problems import posed

pytestmark = pytest.mark.ghc

P = "total :: [Int] -> Int\ntotal [] = 0\ntotal (x:xs) = x + total xs\n"
Q = "total :: [Int] -> Int\ntotal xs = foldr (+) 0 xs\n"
PROOF = "proof [] = ()\nproof (x:xs) = proof xs\n"


@pytest.fixture(scope="module", params=["bubblewrap", "landlock"])
def kernel(request):
    try:
        open_jail(request.param, "ghc", "bwrap")
    except ToolError as error:
        pytest.skip(str(error))
    with Kernel.open(HaskellConfig(jail=request.param)) as opened:
        yield opened


def test_it_says_the_same_in_its_jail(kernel):
    assert kernel.opinion(posed(P, Q), PROOF).stand is Stand.AGREES
    assert kernel.definitions_refused(posed(P, Q)) is None
    assert kernel.opinion(posed(P, Q.replace("0", "1")), PROOF).stand is Stand.REFUTES


def test_the_jail_sees_packages_wherever_they_are_but_no_home(tmp_path, monkeypatch):
    def lies_in(folder):
        return lambda name: SimpleNamespace(origin=str(folder / name / "__init__.py"))

    monkeypatch.setattr(process.Path, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(process, "find_spec", lies_in(tmp_path / "home" / "site"))
    assert tmp_path / "home" / "site" in process._packages()
    for folder in (tmp_path / "home", tmp_path):
        monkeypatch.setattr(process, "find_spec", lies_in(folder))
        assert folder not in process._packages()


def test_several_threads_ask_at_once(kernel):
    found = []
    threads = [threading.Thread(target=lambda: found.append(kernel.opinion(posed(P, Q), PROOF))) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.stand for each in found] == [Stand.AGREES] * 3


def test_a_process_that_is_lost_leaves_the_proof_undecided(kernel, monkeypatch):
    monkeypatch.setattr(process, "WALL", 0.0)
    assert kernel.opinion(posed(P, Q), PROOF).stand is Stand.UNDECIDED
    assert kernel.definitions_refused(posed(P, Q)) is not None
    monkeypatch.undo()
    assert kernel.opinion(posed(P, Q), PROOF).stand is Stand.AGREES


def test_a_proof_that_nests_beyond_every_limit_is_undecided(kernel):
    deep = "proof xs = " + "(" * 3000 + "()" + ")" * 3000 + "\n"
    assert kernel.opinion(posed(P, Q), deep).stand is Stand.UNDECIDED
    heavy = "proof xs = " + " &&& ".join(["proof xs"] * 2000) + "\n"
    assert kernel.opinion(posed(P, Q), heavy).stand is not Stand.AGREES


def test_a_theorem_is_data_that_can_be_sent(kernel):
    problem = dataclasses.replace(posed(P, Q), metrics={"total": "[len x1]"})
    assert kernel.opinion(problem, PROOF).stand is Stand.AGREES
