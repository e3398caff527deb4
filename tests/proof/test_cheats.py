"""Of the whole suite of cheats none is accepted, and no false theorem is proved: the prover end to end.

End to end is theorem, audit, Liquid Haskell warm and cold, evaluation of the proof, and the second opinion.
"""

from __future__ import annotations

import pytest

from seqplay.records import Verdict
from tests.proof.suites import read_suite

pytestmark = [pytest.mark.liquid, pytest.mark.ghc, pytest.mark.slow]

CHEATS = {cheat["name"]: cheat for cheat in read_suite("cheats")}
FALSE = {pair["name"]: pair for pair in read_suite("false_theorems")}


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_is_refused_end_to_end(prover, name):
    cheat = CHEATS[name]
    result = prover.check(cheat["p"], cheat["q"], cheat["proof"], cheat.get("entry"))
    assert result.verdict is not Verdict.ACCEPTED, (cheat["refused_because"], result.reason)
    assert result.verdict is not Verdict.INFRA_ERROR, result.message
    assert result.reason
    assert result.message


@pytest.mark.parametrize("name", FALSE)
def test_no_tactic_proves_a_false_theorem(prover, name):
    pair = FALSE[name]
    result = prover.prove(pair["p"], pair["q"], pair.get("entry"))
    assert result.verdict is not Verdict.ACCEPTED, (pair["why"], result.finder, result.proof)
    assert result.verdict is not Verdict.INFRA_ERROR, result.message


def test_what_the_audit_refuses_is_refused_by_name(prover):
    for name in ("assume_lemma", "redefines_q", "admit", "flag_no_termination", "measure_that_loops"):
        cheat = CHEATS[name]
        assert prover.check(cheat["p"], cheat["q"], cheat["proof"]).reason == "refused"
