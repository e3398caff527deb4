"""Pairs carry what their label rests on: Liquid Haskell's proof, the kernel's, testing; what is doubted is no pair."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqplay.files import read_records
from seqplay.game.pairs import collect_pairs
from seqplay.game.training_examples import proof_examples
from seqplay.records import Evidence, KernelSays, Pair, ProofAttempt, Verdict
from tests.game.builders import attempt, judgement, proposal, sampled
from tests.game.test_training_examples import example, players


def collected(tmp_path: Path, *attempts: ProofAttempt, **how: bool) -> list[Pair]:
    item = sampled(1)
    candidate = proposal(item)
    told = [one.model_copy(update={"proposal_id": candidate.id}) for one in attempts]
    collect_pairs([item], [candidate], [judgement(candidate)], told, tmp_path / "pairs.jsonl", **how)
    return read_records(tmp_path / "pairs.jsonl", Pair)


def by_kernel() -> ProofAttempt:
    return attempt("").model_copy(update={"evidence": Evidence.KERNEL, "kernel": KernelSays.AGREES})


def test_a_label_that_needs_no_proof_rests_on_the_best_that_there_is(tmp_path: Path) -> None:
    (tested,) = collected(tmp_path, needs_proof=False)
    assert (tested.evidence, tested.kernel) == (Evidence.BOUNDED, None)
    (unproved,) = collected(tmp_path, attempt("", Verdict.REJECTED, "not_proved"), needs_proof=False)
    assert unproved.evidence is Evidence.BOUNDED
    (checked,) = collected(tmp_path, by_kernel(), needs_proof=False)
    assert (checked.evidence, checked.kernel, checked.proof) == (Evidence.KERNEL, KernelSays.AGREES, by_kernel().proof)


def test_a_label_that_needs_a_proof_takes_the_kernels_only_where_the_configuration_says_so(tmp_path: Path) -> None:
    assert collected(tmp_path, by_kernel(), needs_proof=True) == []
    (pair,) = collected(tmp_path, by_kernel(), needs_proof=True, accept_kernel=True)
    assert pair.evidence is Evidence.KERNEL


def test_a_proof_from_before_the_kernel_is_liquid_haskells(tmp_path: Path) -> None:
    (pair,) = collected(tmp_path, attempt(""), needs_proof=True)
    assert (pair.evidence, pair.kernel) == (Evidence.PROOF, None)


@pytest.mark.parametrize("reason", ["contradicted", "checkers_disagree"])
def test_what_is_contradicted_or_in_dispute_is_no_pair_though_no_label_needs_a_proof(
    tmp_path: Path, reason: str
) -> None:
    assert collected(tmp_path, attempt("", Verdict.REJECTED, reason), needs_proof=False) == []


def test_alice_does_not_learn_proofs_where_nobody_asks_her_for_one(tmp_path: Path) -> None:
    (pair,) = collected(tmp_path, by_kernel(), needs_proof=False)
    told = by_kernel().model_copy(update={"proposal_id": pair.proposal_id})
    assert proof_examples([example(pair)], [told], players()) == []
    liquid = told.model_copy(update={"evidence": Evidence.PROOF})
    assert len(proof_examples([example(pair)], [liquid], players())) == 1
