"""What the tactics promise with Liquid Haskell: one pair of the suite for each means, and no false theorem."""

from __future__ import annotations

import pytest

from seqplay.game.lemma_store import gathered
from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.proof.language.refusal import Refused
from seqplay.proof.liquid.verdict import LiquidReason, ModuleText
from seqplay.proof.tactics.batch import Answer
from seqplay.proof.tactics.lemma_store.recall import LemmaStore
from seqplay.proof.tactics.search import Found, search
from seqplay.proof.tactics.setting import task_of
from seqplay.proof.theorem.definitions import check_definitions
from seqplay.proof.theorem.module import NAME, PROOF, assemble
from seqplay.proof.theorem.problem import TypeClash, pose
from seqplay.records import Verdict
from tests.proof.suites import read_suite
from tests.proof.tactics.test_lemma_store import DOUBLE, SWAPPED, TWICE, renamed

pytestmark = pytest.mark.liquid

PAIRS = {pair["name"]: pair for pair in read_suite("pairs")}
JUDGED = {LiquidReason.SAFE, LiquidReason.UNSAFE, LiquidReason.NOT_CHECKED, LiquidReason.NO_CONSTRAINTS}
MEANS = {
    "bool_majority": "direct",
    "maybe_default": "cases",
    "sum_recursion_foldr": "induction",
    "even_by_steps": "induction",
    "tree_insert_orders": "induction",
    "sum_recursion_accumulator": "lemma:",
    "insertion_sort_fold": "lemma:",
    "reverse_naive_accumulator": "lemma:",
}
BUDGET = 120.0
"""Seconds of a pair here: generous, for a busy machine."""


def searched(checker, pair) -> tuple[Found | None, str]:
    """What the search finds for a pair, and the verdict on it alone."""
    left, right = parse(pair["p"]), parse(pair["q"])
    entry = choose_entry(left, pair.get("entry")).name
    problem = pose(left, right, entry, choose_entry(right, None, reference=entry).name)
    checked = check_definitions(problem, lambda module: checker.check([module], entry))
    if checked.failure is not None:
        return None, str(checked.failure)

    def tried(text: str) -> Answer:
        verdict = checker.check([ModuleText(NAME, text)], PROOF)
        return Answer(verdict.reason in JUDGED, tuple((p.line, p.end_line) for p in verdict.problems if p.line))

    found = search(task_of(checked.problem), tried, BUDGET)
    if found is None:
        return None, "not_proved"
    verdict = checker.check([assemble(checked.problem, found.text).module], PROOF)
    return found, str(verdict.verdict)


@pytest.mark.parametrize("name", MEANS)
def test_each_means_proves_its_pair_and_the_proof_holds_alone(checker, name):
    found, verdict = searched(checker, PAIRS[name])
    assert found is not None
    assert verdict == Verdict.ACCEPTED
    assert found.tactic.startswith(MEANS[name])
    assert all(f"{lemma.split(':')[0]} ::" in found.text for lemma in found.lemmas)


def test_lemmas_of_one_pair_are_accepted_in_another_with_other_names(prover, monkeypatch):
    monkeypatch.setattr(prover, "_store", LemmaStore())
    first = prover.prove(TWICE, DOUBLE, "f")
    monkeypatch.setattr(prover, "_store", LemmaStore(gathered(first.lemmas)))
    second = prover.prove(*map(renamed, SWAPPED), "g")
    assert second.finder == "tactic:lemma:stored"
    assert second.verdict is Verdict.ACCEPTED


@pytest.mark.slow
@pytest.mark.parametrize("pair", read_suite("false_theorems"), ids=lambda pair: pair["name"])
def test_a_false_theorem_is_proved_only_where_the_logic_itself_differs_from_haskell(checker, pair):
    try:
        found, _ = searched(checker, pair)
    except (Refused, TypeClash):  # a program that the translation refuses has no theorem
        return
    if found is not None:
        assert "overflow" in pair["why"] or "wraps" in pair["why"] or "minBound" in pair["why"]
