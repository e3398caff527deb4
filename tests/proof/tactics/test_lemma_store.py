"""What the lemma store promises: found by content, worth steps, independent of order, and never trusted."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from seqplay.game.lemma_store import gathered
from seqplay.proof.kernel.opinion import Stand, opinion
from seqplay.proof.language.names import rename_words
from seqplay.proof.tactics.lemma_store.addresses import Addresses
from seqplay.proof.tactics.lemma_store.encoding import Reader, Unreadable
from seqplay.proof.tactics.lemma_store.recall import RECALLED, LemmaStore, Recall
from seqplay.proof.tactics.search import Outcome, search_with_store
from seqplay.proof.tactics.setting import task_of
from seqplay.proof.theorem.problem import Problem
from seqplay.records import ProofAttempt, StoredLemma
from tests.game.builders import attempt
from tests.proof.tactics.test_discovery import checked_by_kernel
from tests.proof.tactics.test_tactics import posed

DATA = "data N = Z | S N\n\n"
PLUS = "\nplus :: N -> N -> N\nplus Z y = y\nplus (S x) y = S (plus x y)\n"
TWICE = DATA + "f :: N -> N\nf x = plus x x\n" + PLUS
DOUBLE = DATA + "f :: N -> N\nf Z = Z\nf (S x) = S (S (f x))\n"


def of_two(left: str, right: str) -> list[str]:
    """Two programs over two numbers."""
    return [DATA + f"f :: N -> N -> N\nf x y = {side}\n" + PLUS for side in (left, right)]


COMMUTED = of_two("plus x y", "plus y x")
SWAPPED = of_two("plus x (S y)", "plus (S y) x")
FALSE = of_two("plus x y", "plus x (plus y y)")
OTHER_NAMES = {"N": "Natural", "Z": "Nought", "S": "Next", "plus": "together", "x": "one", "y": "two", "f": "g"}
EVEN_AND_ODD = (("even", "odd", "True"), ("odd", "even", "False"))
STEPS = 100_000


def renamed(code: str) -> str:
    """The same program in other words."""
    return rename_words(code, OTHER_NAMES)


def proved(problem: Problem, store: Sequence[StoredLemma] = (), steps: int = STEPS) -> Outcome:
    """What the search finds where the kernel alone checks."""
    task = replace(task_of(problem), assemble=lambda text: (text, 0))
    return search_with_store(task, checked_by_kernel(problem), 500, steps, LemmaStore(store))


@pytest.fixture(scope="module")
def lemmas() -> list[StoredLemma]:
    """The store after one pair."""
    outcome = proved(posed(TWICE, DOUBLE))
    assert outcome.found is not None
    return gathered(outcome.lemmas)


# ---------------------------------------------------------------- content addresses


def addresses_of(p: str, q: str) -> Addresses:
    return Addresses.of(task_of(posed(p, q)).world)


def test_a_definition_has_the_same_address_whatever_it_and_what_it_uses_are_called():
    one, other = addresses_of(TWICE, DOUBLE), addresses_of(renamed(TWICE), renamed(DOUBLE))
    assert set(one.functions.values()) == set(other.functions.values())
    assert one.functions["plus"] == other.functions["together"]
    assert one.constructors["S"] == other.constructors["Next"] != one.constructors["Z"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("plus (S x) y = S (plus x y)", "plus (S x) y = S (plus y x)"),
        ("plus Z y = y", "plus Z y = Z"),
        ("data N = Z | S N", "data N = S N | Z"),
        ("data N = Z | S N", "data N = Z | S N | T N"),
    ],
)
def test_another_definition_has_another_address(old: str, new: str):
    changed = addresses_of(COMMUTED[0].replace(old, new), COMMUTED[1].replace(old, new))
    assert addresses_of(*COMMUTED).functions["plus"] != changed.functions["plus"]


def test_functions_that_call_each_other_are_told_apart_by_content():
    even, odd = ("\n{0} :: N -> Bool\n{0} Z = {2}\n{0} (S x) = {1} x\n".format(*each) for each in EVEN_AND_ODD)
    programs = [DATA + "f :: N -> Bool\nf x = even x\n" + each for each in (even + odd, odd + even)]
    found = [addresses_of(each, each).functions for each in programs]
    assert found[0]["even"] == found[1]["even"] != found[0]["odd"] == found[1]["odd"]


# ---------------------------------------------------------------- use


def test_a_lemma_of_one_pair_saves_steps_in_a_pair_with_other_names(lemmas):
    problem = posed(*map(renamed, SWAPPED))
    alone, helped = (proved(problem, store, steps=1_000).found for store in ((), lemmas))
    assert alone is None or "explored" not in alone.tactic, "without the store, so few steps find no lemma"
    assert helped is not None
    assert helped.tactic == "lemma:stored"
    assert opinion(problem, helped.text).stand is Stand.AGREES


def test_a_pair_returns_what_it_has_proved_and_what_it_needed_of_the_store_and_no_more(lemmas):
    again = proved(posed(TWICE, DOUBLE), lemmas).lemmas
    assert {each.id for each in again} < {each.id for each in lemmas}
    assert all(each.pairs == 1 for each in again)
    (counted,) = {each.pairs for each in gathered([*lemmas, *again]) if each.id == again[0].id}
    assert counted == 2


def test_a_lemma_about_other_definitions_is_not_recalled(lemmas):
    changed = [each.replace("plus Z y = y", "plus Z y = S y") for each in COMMUTED]
    task = task_of(posed(*changed))
    assert list(Recall(LemmaStore(lemmas), task.world, task.goal).proofs()) == []


def test_no_more_lemmas_are_recalled_than_a_search_can_use(lemmas):
    many = [each.model_copy(update={"id": f"{each.id}{at}", "recalls": []}) for each in lemmas for at in range(20)]
    task = task_of(posed(TWICE, DOUBLE))
    assert 0 < len(list(Recall(LemmaStore(many), task.world, task.goal).proofs())) <= RECALLED


# ---------------------------------------------------------------- gathering


def made(at: int, recalls: Sequence[int] = (), depth: int = 0, pairs: int = 1) -> StoredLemma:
    """A lemma of which only its place among others matters."""
    return StoredLemma(
        id=f"{at:016x}",
        left="y1",
        right=f"i:{at}",
        variables=["y1"],
        proof=["leaf", [], []],
        recalls=[f"{each:016x}" for each in recalls],
        depth=depth,
        pairs=pairs,
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_store_does_not_depend_on_the_order_of_jobs(seed: int):
    draw = random.Random(seed)

    def drawn(at: int) -> StoredLemma:
        recalls = draw.sample(range(at), min(at, draw.randrange(3)))
        return made(at, recalls, depth=at, pairs=draw.randrange(1, 4))

    first, later = [drawn(at) for at in range(12)], [drawn(at) for at in draw.choices(range(12), k=20)]
    store = gathered([*first, *later], most=9)
    assert gathered(draw.sample([*first, *later], 32), most=9) == store
    assert gathered([*gathered(first), *later], most=9) == store, "an iteration later"


def test_of_two_proofs_that_need_each_other_one_is_kept_that_stands_alone():
    one = [made(1), made(2, recalls=[1], depth=1)]
    other = [made(2), made(1, recalls=[2], depth=1)]
    assert [each.recalls for each in gathered([*one, *other])] == [[], []]


def test_a_full_store_keeps_what_most_pairs_had_and_nothing_without_what_it_recalls():
    found = [made(1, pairs=3), made(2, recalls=[4], depth=1, pairs=5), made(3, pairs=2), made(4)]
    assert [each.id[-1] for each in gathered(found, most=3)] == ["1", "3"]


# ---------------------------------------------------------------- nothing is trusted


def mangled(value: Any, draw: random.Random, atoms: Sequence[str]) -> Any:
    """A piece of a record with some of its parts lost, repeated, swapped or replaced."""
    if isinstance(value, list):
        parts = [mangled(each, draw, atoms) for each in value]
        if parts and draw.random() < 0.1:
            at = draw.randrange(len(parts))
            change: list[Any] = [parts[:at] + parts[at + 1 :], [*parts, parts[at]], parts[::-1], parts[at]]
            return draw.choice(change)
        return parts
    return draw.choice(atoms) if draw.random() < 0.1 else value


@pytest.mark.parametrize("seed", range(12))
def test_whatever_a_store_holds_the_search_ends_and_the_kernel_agrees_with_what_it_finds(lemmas, seed: int):
    draw = random.Random(seed)
    atoms = [*(atom for each in lemmas for atom in json.dumps(each.left).replace('"', "").strip("[]").split(", "))]
    atoms += ["i:7", "l:L.append", "k:True", "f:none", "undefined", "p:none", "y9", "z1", "leaf", ""]
    odd = [
        each.model_copy(
            update={key: mangled(getattr(each, key), draw, atoms) for key in ("left", "right", "proof")}
            | {"metric": draw.choice([None, "[len y1]", "[0] @-} {-@ assume", "[y1", "[if y1 < 0 then 0 else y1]"])}
        )
        for each in lemmas
    ]
    for problem in (posed(*COMMUTED), posed(*FALSE)):
        found = proved(problem, odd, steps=5_000).found
        assert found is None or opinion(problem, found.text).stand is Stand.AGREES


def test_a_false_lemma_proves_nothing_and_takes_no_proof_away(lemmas):
    commutes = next(each for each in lemmas if each.shown == "plus y1 y2 == plus y2 y1")
    false = commutes.model_copy(update={"id": "false", "right": [*commutes.right[:1], "y1", "y1"], "recalls": []})
    for proof in (["leaf", [], []], ["leaf", [], [["y1", "y2"]]], commutes.proof):
        store = [false.model_copy(update={"proof": proof, "pairs": 9})]
        assert proved(posed(*FALSE), store, steps=5_000).found is None
        assert proved(posed(*COMMUTED), store).found is not None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("metric", "[0] @-}\n{-@ assume stored1 :: y1:N -> y2:N -> { y1 == y2 } / [0]"),
        ("variables", ["y1", "y2 = undefined -- "]),
        ("variables", ["y1", "plus"]),
        ("left", ["undefined", "y1"]),
        ("left", ["l:L.nothing", "y1"]),
        ("right", "i:0 == 0 || 1"),
        ("proof", ["leaf", [["p:somebody", "y1", "y2"]], []]),
        ("proof", ["case", "y1", [["k:Z) -> undefined }; (S", ["z1"], ["leaf", [], []]]]]),
        ("proof", ["case", "y1", [["c:none", ["proof"], ["leaf", [], []]]]]),
    ],
)
def test_no_text_of_a_store_reaches_a_module(lemmas, key: str, value: Any):
    lemma = next(each for each in lemmas if each.shown == "plus y1 y2 == plus y2 y1").model_copy(update={"recalls": []})
    task = task_of(posed(*COMMUTED))
    reader = Reader.of(task.world, Addresses.of(task.world))
    odd = lemma.model_copy(update={key: value})

    def read() -> None:
        reader.sides(odd)
        reader.proof(odd, replace(task.goal, name="stored1"), {})

    with pytest.raises(Unreadable):
        read()


def test_the_record_of_an_attempt_keeps_its_lemmas(lemmas):
    kept = attempt("p").model_copy(update={"lemmas": lemmas})
    assert ProofAttempt.model_validate_json(kept.model_dump_json()) == kept
