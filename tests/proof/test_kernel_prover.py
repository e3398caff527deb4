"""The prover with the kernel: alone where there is no Liquid Haskell, and as the second checker where there is one."""

from __future__ import annotations

import pytest

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.proof.kernel.opinion import Opinion, Stand
from seqplay.proof.liquid.locate import VARIABLE
from seqplay.proof.liquid.verdict import LiquidReason, LiquidVerdict
from seqplay.proof.prover import Prover
from seqplay.records import Evidence, KernelSays, Verdict
from tests.proof.suites import read_suite

pytestmark = pytest.mark.ghc

CHEATS = {cheat["name"]: cheat for cheat in read_suite("cheats")}
FALSE = {pair["name"]: pair for pair in read_suite("false_theorems")}
P = "same :: Maybe Int -> Int\nsame Nothing = 0\nsame (Just x) = x\n"
Q = "same :: Maybe Int -> Int\nsame m = maybe 0 id m\n"


@pytest.fixture(scope="module")
def alone():
    """A prover without Liquid Haskell."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "")
        with Prover.open(HaskellConfig(workers=1), ProofConfig()) as opened:
            yield opened


def test_without_liquid_haskell_the_tactics_prove_and_the_evidence_is_the_kernels(alone):
    found = alone.prove(P, Q)
    assert (found.verdict, found.evidence, found.kernel) == (Verdict.ACCEPTED, Evidence.KERNEL, KernelSays.AGREES)
    assert found.finder.startswith("tactic:")
    assert "kernel" in alone.tools
    assert "liquidhaskell" not in alone.tools
    again = alone.check(P, Q, found.proof)
    assert (again.verdict, again.evidence) == (Verdict.ACCEPTED, Evidence.KERNEL)


def test_the_kernel_alone_is_no_way_around_the_audit_or_the_second_opinion(alone):
    for name in ("assume_lemma", "admit", "redefines_q"):
        assert alone.check(CHEATS[name]["p"], CHEATS[name]["q"], CHEATS[name]["proof"]).reason == "refused"
    overflow = FALSE["successor_is_larger"]
    assert alone.prove(overflow["p"], overflow["q"]).reason == "contradicted"


def test_definitions_that_the_kernel_does_not_see_end_have_no_theorem(alone):
    loop = "f :: Int -> Int\nf x = if x == 0 then 0 else f (x - 1)\n"
    found = alone.prove(loop, "f :: Int -> Int\nf _ = 0\n")
    assert (found.verdict, found.reason, found.provable) == (Verdict.REJECTED, "termination", False)


class _Gullible:
    """A Liquid Haskell that accepts everything."""

    def __init__(self, tools):
        self.tools = tools

    def check(self, modules, theorem):
        return self._verdict

    def confirm(self, modules, theorem, *, tried=False):
        return self._verdict


@pytest.mark.parametrize(
    ("stand", "verdict", "reason", "evidence"),
    [
        (Stand.AGREES, Verdict.ACCEPTED, "proved", Evidence.PROOF),
        (Stand.UNDECIDED, Verdict.ACCEPTED, "proved", Evidence.PROOF),
        (Stand.REFUTES, Verdict.REJECTED, "checkers_disagree", None),
    ],
)
def test_only_a_refutation_is_a_disagreement_and_it_is_an_alarm_with_both_words(
    alone, monkeypatch, fake_tools, stand, verdict, reason, evidence
):
    gullible = _Gullible(fake_tools)
    gullible._verdict = LiquidVerdict(verdict=Verdict.ACCEPTED, reason=LiquidReason.SAFE, message="", constraints=1)
    monkeypatch.setattr(alone, "_checker", gullible)
    monkeypatch.setattr(alone, "_prepared", {})
    said = Opinion(stand=stand, reason="value", message="the theorem is false at 1")
    monkeypatch.setattr(alone._kernel, "opinion", lambda problem, proof: said)
    found = alone.check(P, Q, "proof m = ()\n")
    assert (found.verdict, found.reason, found.evidence) == (verdict, reason, evidence)
    if stand is Stand.REFUTES:
        assert not found.provable
        assert "ALARM" in found.message
        assert "Liquid Haskell" in found.message
        assert "false at 1" in found.message
    else:
        assert found.kernel is not None


@pytest.mark.slow
@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_is_refused_without_liquid_haskell(alone, name):
    cheat = CHEATS[name]
    result = alone.check(cheat["p"], cheat["q"], cheat["proof"], cheat.get("entry"))
    assert result.verdict is not Verdict.ACCEPTED, (cheat["refused_because"], result.reason)
    assert result.verdict is not Verdict.INFRA_ERROR, result.message


@pytest.mark.slow
@pytest.mark.parametrize("name", FALSE)
def test_no_tactic_proves_a_false_theorem_without_liquid_haskell(alone, name):
    pair = FALSE[name]
    result = alone.prove(pair["p"], pair["q"], pair.get("entry"))
    assert result.verdict is not Verdict.ACCEPTED, (pair["why"], result.finder, result.proof)
    assert result.verdict is not Verdict.INFRA_ERROR, result.message
