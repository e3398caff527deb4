"""What lemma discovery promises: explained reasoning, no proof of what is false, lemmas that the kernel accepts."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from seqplay.proof.kernel.trial import candidates_that_fail
from seqplay.proof.language.core import Var
from seqplay.proof.language.terms import call
from seqplay.proof.tactics.batch import Answer
from seqplay.proof.tactics.discovery.attempt import Attempt, Means
from seqplay.proof.tactics.discovery.discover import WORK, Discovery
from seqplay.proof.tactics.discovery.evaluation import Sources
from seqplay.proof.tactics.discovery.generalisation import Opening
from seqplay.proof.tactics.discovery.graph import CASE, Graph, Reason
from seqplay.proof.tactics.discovery.proving import prove
from seqplay.proof.tactics.discovery.work import OutOfWork, Work
from seqplay.proof.tactics.goal import Equality
from seqplay.proof.tactics.refutation import Refuter
from seqplay.proof.tactics.search import OutOfTime, search
from seqplay.proof.tactics.setting import task_of
from seqplay.proof.tactics.text import proof_text
from seqplay.proof.theorem.problem import Problem
from tests.proof.suites import read_suite
from tests.proof.tactics.test_tactics import posed

ROOT = Path(__file__).parents[3]
STEPS = 100_000
APART = {pair["name"]: pair for pair in read_suite("apart")}
QUICK = ("backwards_of_join", "half_of_double", "skip_in_either_order")
OTHERS = (
    "own_size_of_backwards",
    "times_the_other_way",
    "size_of_sorted",
    "rope_length",
    "concatenation_tree",
    "peano_tree_count",
)


def problem_of(pair: dict[str, str]) -> Problem:
    """The theorem of a pair of a suite."""
    return posed(pair["p"], pair["q"], pair.get("entry"))


def checked_by_kernel(problem: Problem):
    """A check of candidates as the search asks it where there is no Liquid Haskell."""

    def check(text: str) -> Answer:
        lines = candidates_that_fail(problem, text)
        return Answer(lines is not None, tuple((line, line) for line in lines or ()))

    return check


def test_an_explanation_names_the_equations_that_are_needed_and_no_other():
    graph = Graph(Work(STEPS))
    a, b, c, d = (graph.add(f"={name}") for name in "abcd")
    whole, other = graph.add("f", (a, d)), graph.add("f", (c, d))
    graph.merge(a, b, Reason(instance=0))
    graph.merge(d, graph.add("g", (b,)), Reason(instance=1))
    graph.merge(b, c, Reason(instance=2))
    assert graph.same(whole, other)
    assert graph.explain(whole, other) == {0, 2}


def test_equal_constructors_have_equal_parts_and_different_ones_cannot_be():
    graph = Graph(Work(STEPS))
    x, y = graph.add("=x"), graph.add("=y")
    graph.merge(graph.add("!S", (x,)), graph.add("!S", (y,)), CASE)
    assert graph.same(x, y)
    assert graph.conflict is None
    graph.merge(x, graph.add("!Z"), CASE)
    graph.merge(y, graph.add("!S", (y,)), CASE)
    assert graph.conflict is not None


def test_work_that_is_used_up_ends_the_reasoning():
    graph = Graph(Work(3))
    for name in "abc":
        graph.add(f"={name}")
    with pytest.raises(OutOfWork):
        graph.add("=d")


@pytest.mark.parametrize("pair", read_suite("false_theorems"), ids=lambda pair: pair["name"])
def test_an_attempt_never_proves_what_a_small_value_refutes(pair):
    try:
        task = task_of(problem_of(pair))
    except Exception:
        pytest.skip("no theorem")
    if Refuter(task.world).agreements(task.goal) is not None:
        pytest.skip("no small value refutes it")
    with suppress(OutOfWork):
        assert prove(Means(task.world, Sources(), ()), task.goal, Work(STEPS))[0] is None


def test_an_attempt_uses_its_goal_only_at_smaller_arguments():
    # True, and without a lemma a proof of it would have to rest on itself.
    pair = APART["backwards_of_join"]
    task = task_of(problem_of(pair))
    join = [call("join", Var("xs"), Var("ys")), call("join", Var("ys"), Var("xs"))]
    kinds = dict(zip(("xs", "ys"), (kind for _, kind in task.goal.variables), strict=True))
    commutes = Equality("commutes", tuple(kinds.items()), join[0], join[1])
    for measure in ("@xs", "@ys", "len xs + len ys"):
        assert Attempt(Means(task.world, Sources(), ()), commutes, measure, Work(STEPS)).run() is None


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)])
def test_a_pair_is_proved_by_lemmas_that_the_kernel_accepts(name):
    problem = problem_of(APART[name])
    task = replace(task_of(problem), assemble=lambda text: (text, 0))
    found = search(task, checked_by_kernel(problem), 500)
    assert found is not None
    assert found.tactic == "lemma:explored"


NATURALS = "data N = Z | S N\n\ndata L = E | C N L\n\ndata Two = Two N N\n\n"
ADD = "add :: N -> N -> N\nadd Z y = y\nadd (S x) y = S (add x y)\n\n"
SELECT = "first :: Two -> N\nfirst (Two x y) = x\n\nsecond :: Two -> N\nsecond (Two x y) = y\n\n"
LESS = "less :: N -> N -> Bool\nless x Z = False\nless Z (S y) = True\nless (S x) (S y) = less x y\n\n"
TOP = "top :: N -> N -> N\ntop x y = if less x y then y else x\n\n"
UNIT = "data U = U\n\ndata M = N U | C Bool M\n\nf :: M -> U -> M\n"
JOIN = "\njoin :: M -> M -> M\njoin (N u) ys = ys\njoin (C x xs) ys = C x (join xs ys)\n"
TOTAL = "total :: L -> N\ntotal E = Z\ntotal (C x xs) = add x (total xs)\n\n"
GO = (
    "go :: L -> Two\ngo E = Two Z Z\n"
    "go (C x xs) = Two (add (first (go xs)) (add x (second (go xs)))) (add x (second (go xs)))\n\n"
)
OWN = {
    "what two folds in one compute": (
        NATURALS + ADD + TOTAL + "f :: L -> N\nf E = Z\nf (C x xs) = add (add x (total xs)) (f xs)\n",
        NATURALS + ADD + SELECT + GO + "f :: L -> N\nf xs = first (go xs)\n",
    ),
    "values of a type with one value": (UNIT + "f xs u = join xs (N u)\n" + JOIN, UNIT + "f xs u = xs\n"),
    "a recursion that is written as one equation": (
        "f :: [a] -> Int\nf = go 0\n\ngo :: Int -> [a] -> Int\ngo n [] = n\ngo n (_:xs) = go (n + 1) xs\n",
        "f :: [a] -> Int\nf = go 0\n\ngo :: Int -> [a] -> Int\n"
        "go n list = case list of\n    [] -> n\n    _:xs -> go (1 + n) xs\n",
    ),
    "two arguments that go down together": (
        NATURALS + LESS + TOP + "f :: N -> N -> N\nf x y = top x y\n",
        NATURALS + LESS + TOP + "f :: N -> N -> N\nf x y = top y x\n",
    ),
}


@pytest.mark.parametrize("name", OWN)
def test_discovery_proves_with_few_steps(name):
    task = task_of(posed(*OWN[name], "f"))
    discovery = Discovery(task.world, task.goal, work=Work(STEPS))
    assert next(discovery.run(), None) is not None


ROPE = NATURALS + "data R = One N | Both R R\n\n" + ADD + SELECT
WALK = (
    "walk :: L -> Two\nwalk E = Two Z Z\nwalk (C x xs) = Two (add x (first (walk xs))) (S (second (walk xs)))\n\n"
    "join :: L -> L -> L\njoin E ys = ys\njoin (C x xs) ys = C x (join xs ys)\n\n"
    "flat :: R -> L\nflat (One x) = C x E\nflat (Both l r) = join (flat l) (flat r)\n\n"
)
CLIMB = (
    "climb :: R -> Two\nclimb (One x) = Two x (S Z)\nclimb (Both l r) = Two (add (first (climb l)) (first (climb r))) "
    "(add (second (climb l)) (second (climb r)))\n\n"
)


def test_an_open_case_suggests_what_holds_of_any_answers_of_a_function_at_the_parts():
    p, q = (ROPE + WALK + "f :: R -> Two\nf r = walk (flat r)\n", ROPE + CLIMB + "f :: R -> Two\nf r = climb r\n")
    task = task_of(posed(p, q, "f"))
    means = Means(task.world, Sources(), (), all_cases=True)
    proof, cases = prove(means, task.goal, Work(STEPS))
    assert proof is None
    wanted = (
        "walk (join g0 g1)",
        "Two (add (first (walk g0)) (first (walk g1))) (add (second (walk g0)) (second (walk g1)))",
    )
    show = task.printer.expr
    assert any(
        wanted == (show(left), show(right))
        for case in cases
        for left, right in Opening(task.world, case, case.kinds, Work(STEPS)).conjectures()
    )


def test_an_operator_among_the_names_of_a_conditional_does_not_end_the_search():
    pair = next(pair for pair in read_suite("pairs") if pair["name"] == "shipped_count_evens_accumulator")
    task = task_of(problem_of(pair))
    for _ in Discovery(task.world, task.goal, work=Work(STEPS)).run():
        pass


def test_every_lemma_of_a_discovery_holds_for_the_kernel_whether_it_is_needed_or_not():
    problem = problem_of(APART["half_of_double"])
    task = task_of(problem)
    discovery = Discovery(task.world, task.goal)
    assert next(discovery.run(), None) is not None
    assert len(discovery.proved) >= 3
    text = "".join(proof_text(each, task.printer) for each in discovery.proved.values())
    assert candidates_that_fail(problem, text) == []


def test_a_lemma_that_is_refused_is_not_used_again_nor_what_rests_on_it():
    task = task_of(problem_of(APART["backwards_of_join"]))
    discovery = Discovery(task.world, task.goal)
    proof = next(discovery.run())
    (first, *_) = discovery.closure(proof.lemmas)
    discovery.refuse({first.of.name})
    assert first.of.name not in discovery.proved
    assert all(first.of.name not in each.lemmas for each in discovery.proved.values())


def test_a_discovery_does_not_depend_on_how_strings_hash():
    script = (
        "from tests.proof.tactics.test_discovery import *\n"
        "task = task_of(problem_of(APART['backwards_of_join']))\n"
        "discovery = Discovery(task.world, task.goal)\n"
        "proof = next(discovery.run())\n"
        "shown = [proof_text(each, task.printer) for each in (*discovery.closure(proof.lemmas), proof)]\n"
        "print(shown, list(discovery.proved), discovery.work.left)\n"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(shown) == 1


def test_a_discovery_ends_within_its_counted_work():
    task = task_of(problem_of(APART["sum_of_odd_numbers"]))
    discovery = Discovery(task.world, task.goal, work=Work(WORK // 20))
    list(discovery.run())
    assert discovery.work.left < WORK // 20


def test_what_the_clock_ends_is_no_answer():
    problem = problem_of(APART["compiled_sum"])
    with pytest.raises(OutOfTime):
        search(replace(task_of(problem), assemble=lambda text: (text, 0)), checked_by_kernel(problem), 0.0)
