"""Where proofs are needed, where they are tried, and where the configuration cannot be met."""

from __future__ import annotations

import pytest

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import ToolError
from seqplay.proof import proofs_needed, proofs_tried
from seqplay.proof.liquid.locate import VARIABLE


@pytest.fixture(autouse=True)
def _without_liquid_haskell(monkeypatch):
    monkeypatch.setenv(VARIABLE, "")


@pytest.mark.parametrize(
    ("settings", "needed", "tried"),
    [
        ({"evidence": "bounded"}, False, False),
        ({"evidence": "bounded", "accept_kernel": True}, False, False),
        ({"evidence": "bounded_if_no_tool"}, False, True),
        ({"evidence": "proof", "accept_kernel": True}, True, True),
    ],
)
def test_without_liquid_haskell_the_kernel_is_tried_unless_nothing_is_to_be_proved(settings, needed, tried):
    proof = ProofConfig(**settings)
    assert (proofs_needed(proof, HaskellConfig()), proofs_tried(proof, HaskellConfig())) == (needed, tried)


def test_proofs_that_are_asked_for_and_cannot_be_had_are_refused_with_the_way_out():
    for question in (proofs_needed, proofs_tried):
        with pytest.raises(ToolError, match=r"proof\.accept_kernel to true"):
            question(ProofConfig(evidence="proof"), HaskellConfig())
