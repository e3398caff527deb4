"""What the tactics promise without Liquid Haskell: what they refute, how they split, what they guess."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.proof.language.core import Branch, Equation, Expr, Function, PVar, Rhs, Var, apply
from seqplay.proof.tactics.conjectures import Conjectures
from seqplay.proof.tactics.goal import Equality
from seqplay.proof.tactics.induction import Induction, Style
from seqplay.proof.tactics.laws import applicable
from seqplay.proof.tactics.refutation import Refuter
from seqplay.proof.tactics.search import Task, search
from seqplay.proof.tactics.setting import task_of
from seqplay.proof.tactics.symbolic import Machine, OutOfFuel
from seqplay.proof.tactics.text import body_text, proof_text
from seqplay.proof.tactics.typing import Typing
from seqplay.proof.tactics.world import make_world
from seqplay.proof.theorem.problem import Problem, pose
from seqplay.proof.theorem.reflected import reflected
from tests.proof.suites import read_suite

SUM = "total :: [Int] -> Int\ntotal [] = 0\ntotal (x:xs) = x + total xs\n"
ACCUMULATED = (
    "total :: [Int] -> Int\ntotal xs = go 0 xs\n  where\n    go acc [] = acc\n    go acc (y:ys) = go (acc + y) ys\n"
)
EVEN = "isEven :: Int -> Bool\nisEven n = if n <= 0 then True else not (isEven (n - 1))\n"
BY_TWO = "isEven :: Int -> Bool\nisEven n\n  | n <= 0 = True\n  | n == 1 = False\n  | otherwise = isEven (n - 2)\n"


def posed(p: str, q: str, entry: str | None = None) -> Problem:
    """The theorem of two programs, its definitions not yet checked."""
    left, right = parse(p), parse(q)
    name = choose_entry(left, entry).name
    return pose(left, right, name, choose_entry(right, None, reference=name).name)


def task(p: str, q: str) -> Task:
    """The search's task for two programs."""
    return task_of(posed(p, q))


def proof_of(p: str, q: str, style: Style | None = None) -> str:
    """The proof by induction that a style builds, as text."""
    given = task(p, q)
    proof = Induction(given.world, given.goal, [], style or Style()).proof()
    assert proof is not None
    return body_text(proof, given.printer).strip()


def guesses(p: str, q: str) -> list[str]:
    """The conjectures for two programs, as text."""
    given = task(p, q)
    explored = Induction(given.world, given.goal, [], Style(terms=True))
    explored.proof()
    found = Conjectures(given.world, Typing.of(given.world), given.goal, explored, Refuter(given.world))
    show = given.printer.expr
    return [f"{show(e.left)} == {show(e.right)}" for stage in found.stages() for e in stage]


def refuse(_: str):
    """A checker that must not be asked."""
    raise AssertionError("a refuted theorem went to the prover")


@pytest.mark.parametrize("pair", read_suite("pairs"), ids=lambda pair: pair["name"])
def test_no_equivalent_pair_is_refuted_by_small_values(pair):
    given = task_of(posed(pair["p"], pair["q"], pair.get("entry")))
    assert Refuter(given.world).agreements(given.goal) is not None


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (SUM, SUM.replace("total [] = 0", "total [] = 1")),
        (SUM, ACCUMULATED.replace("acc + y", "acc - y")),
        (EVEN, BY_TWO.replace("n == 1 = False", "n == 1 = True")),
    ],
)
def test_a_theorem_that_a_small_value_refutes_costs_no_check(p, q):
    assert search(task(p, q), refuse, budget=5) is None


def test_a_list_argument_is_split_and_its_tail_gets_the_hypothesis():
    q = "total :: [Int] -> Int\ntotal xs = foldr (+) 0 xs\n"
    assert proof_of(SUM, q) == "proof x1 = (case x1 of { [] -> (); x1_0 : x1_1 -> proof x1_1 })"


def test_undecided_guards_split_and_facts_above_decide_those_below():
    assert proof_of(EVEN, BY_TWO) == (
        "proof x1 = (if x1 <= 0 then () else (if x1 == 1 then () else proof (x1 - 1) &&& proof (x1 - 2)))"
    )


def test_predicates_of_a_chain_of_filters_split_only_where_they_are_asked():
    p = "pick :: [Int] -> [Int]\npick xs = filter (< 9) (filter (> 1) xs)\n"
    q = "pick :: [Int] -> [Int]\npick xs = filter (\\x -> x > 1 && x < 9) xs\n"
    text = proof_of(p, q)
    assert text.count("if ") == 2
    assert text.count("proof x1_1") == 3


def test_mutual_recursion_is_followed_until_it_comes_back():
    p = (
        "evenN :: Int -> Bool\nevenN n = if n <= 0 then True else oddN (n - 1)\n\n"
        "oddN :: Int -> Bool\noddN n = if n <= 0 then False else evenN (n - 1)\n"
    )
    q = "evenN :: Int -> Bool\nevenN n = if n <= 0 then True else not (evenN (n - 1))\n"
    assert "proof (x1 - 1 - 1)" in proof_of(p, q)


def test_one_argument_alone_is_split_where_the_style_says_so():
    p = "both :: [Int] -> [Int] -> Int\nboth xs ys = sum (xs ++ ys)\n"
    q = "both :: [Int] -> [Int] -> Int\nboth xs ys = sum xs + sum ys\n"
    expected = "proof x1 x2 = (case x1 of { [] -> (); x1_0 : x1_1 -> proof x1_1 x2 })"
    assert proof_of(p, q, Style(single=True)) == expected


def test_an_accumulator_is_generalised_and_its_update_moved_out():
    found = guesses(SUM, ACCUMULATED)
    assert "total_go x1 x2 == x1 + total x2" in found
    assert "total_go (x1 + c1) x2 == total_go x1 x2 + c1" in found


def test_a_pair_that_folds_two_results_at_once_is_searched_to_the_end():
    both = "stats :: [Int] -> (Int, Int)\nstats xs = (sum xs, length xs)\n"
    once = (
        "stats :: [Int] -> (Int, Int)\nstats xs = go 0 0 xs\n  where\n    go s n [] = (s, n)\n"
        "    go s n (y:ys) = go (s + y) (n + 1) ys\n"
    )
    assert any("go" in guess for guess in guesses(both, once))


def test_a_triple_of_results_is_searched_to_the_end_too():
    apart = (
        "f :: [Int] -> (Int, Int, Int)\nf [] = (0, 0, 0)\n"
        "f (x:xs) = case f xs of (a, b, c) -> (a + x, b + 1, c + x * x)\n"
    )
    once = (
        "f :: [Int] -> (Int, Int, Int)\nf xs = go 0 0 0 xs\n  where\n    go a b c [] = (a, b, c)\n"
        "    go a b c (y:ys) = go (a + y) (b + 1) (c + y * y) ys\n"
    )
    assert all(" == " in guess for guess in guesses(apart, once))


def test_guesses_do_not_depend_on_how_strings_hash():
    """The families are cut off at so many conjectures: their order decides what is proved."""
    (pair,) = [pair for pair in read_suite("pairs") if pair["name"] == "tree_flatten_accumulator"]
    shown = f"from tests.proof.tactics.test_tactics import guesses; print(guesses({pair['p']!r}, {pair['q']!r}))"
    runs = [
        subprocess.run(
            [sys.executable, "-c", shown],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=False,
        )
        for seed in ("0", "7")
    ]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stderr
    assert runs[0].stdout == runs[1].stdout


def test_equal_helpers_are_paired_whatever_the_order_of_their_arguments():
    signature = "f :: [Int] -> Int -> [Int]\n"
    p = signature + "f xs k = 0 : go xs k\n  where\n    go [] _ = []\n    go (y:ys) n = n : go ys (n + y)\n"
    q = signature + "f xs k = 0 : up k xs\n  where\n    up _ [] = []\n    up n (y:ys) = n : up (y + n) ys\n"
    assert {"f_go x1 x2 == f_up x2 x1", "f_up x1 x2 == f_go x2 x1"} & set(guesses(p, q))


def test_what_small_values_refute_is_never_guessed():
    p = "rev :: [Int] -> [Int]\nrev xs = foldl (\\acc x -> x : acc) [] xs\n"
    q = "rev :: [Int] -> [Int]\nrev [] = []\nrev (x:xs) = rev xs ++ [x]\n"
    assert not any("reverse" in each.split(" == ")[1] for each in guesses(p, q) if each.startswith("foldl"))


def test_every_law_of_the_library_holds_on_small_values():
    world = make_world(reflected().functions.values(), ())
    laws = applicable(world, Typing.of(world), frozenset(world.functions))
    assert len(laws) >= 25
    assert [law.name for law in laws if not Refuter(world).survives(law)] == []


def test_a_lemma_of_a_class_of_types_says_its_constraint():
    world = make_world(reflected().functions.values(), ())
    laws = applicable(world, Typing.of(world), frozenset(world.functions))
    law = next(each for each in laws if each.name == "lawSumAppend")
    assert ("Num", "a") in law.context
    given = task(SUM, ACCUMULATED)
    proof = Induction(world, law, [], Style()).proof()
    assert proof is not None
    assert "lawSumAppend :: (Num a) => " in proof_text(proof, given.printer)


def test_a_false_law_does_not_survive():
    given = task(SUM, ACCUMULATED)
    wrong = Equality("wrong", given.goal.variables, given.goal.left, given.goal.right)
    assert Refuter(given.world).survives(wrong)
    other = task(SUM, SUM.replace("x + total xs", "x - total xs"))
    assert not Refuter(other.world).survives(other.goal)


def test_values_are_drawn_of_a_type_whose_children_stand_in_a_list():
    rose = "data Rose = Rose Int [Rose]\n\n"
    p = rose + "root :: Rose -> Int\nroot (Rose x _) = x\n"
    given = task(p, p.replace("Rose x _) = x", "Rose x cs) = x + length cs"))
    assert not Refuter(given.world).survives(given.goal)


def test_a_term_that_doubles_at_each_unfolding_ends_the_evaluation() -> None:
    twice = Function("twice", (Equation((PVar("x"),), Rhs((Branch((), apply(Var("+"), Var("x"), Var("x"))),))),))
    term: Expr = Var("y")
    for _ in range(40):
        term = apply(Var("twice"), term)
    with pytest.raises(OutOfFuel):
        Machine({"twice": twice}, {}).normal(term)
