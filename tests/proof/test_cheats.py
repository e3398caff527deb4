"""Of the whole suite of cheats none is accepted: audit, composition, Liquid Haskell and second opinion together."""

from __future__ import annotations

import os

import pytest

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.proof.audit import audit_program, audit_proof
from seqplay.proof.liquid import VARIABLE
from seqplay.proof.prover import Prover
from seqplay.records import Verdict
from tests.proof.suites import read_suite, scope_of

pytestmark = [pytest.mark.liquid, pytest.mark.ghc, pytest.mark.slow]

CHEATS = {cheat["name"]: cheat for cheat in read_suite("cheats")}
PAST_THE_AUDIT = [
    name
    for name, cheat in CHEATS.items()
    if not (audit_proof(cheat["proof"], scope_of(cheat)) or audit_program(cheat["p"]) or audit_program(cheat["q"]))
]


@pytest.fixture(scope="module")
def prover():
    if not os.environ.get(VARIABLE):
        pytest.skip(f"{VARIABLE} is not set")
    with Prover.open(HaskellConfig(workers=1), ProofConfig()) as opened:
        yield opened


@pytest.mark.parametrize("name", PAST_THE_AUDIT)
def test_what_passes_the_audit_is_refused_all_the_same(prover, name):
    cheat = CHEATS[name]
    result = prover.check(cheat["p"], cheat["q"], cheat["proof"], cheat.get("entry"))
    assert result.verdict is not Verdict.ACCEPTED, (cheat["refused_because"], result.reason)
    assert result.verdict is not Verdict.INFRA_ERROR, result.message
    assert result.reason


def test_the_whole_prover_refuses_what_the_audit_refuses(prover):
    for name in ("assume_lemma", "redefines_q", "admit", "flag_no_termination", "measure_that_loops"):
        cheat = CHEATS[name]
        assert prover.check(cheat["p"], cheat["q"], cheat["proof"]).reason == "refused"
