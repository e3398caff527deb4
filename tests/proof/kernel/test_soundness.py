"""The kernel agrees with no cheat, no false theorem, no proof of another theorem, whatever the audit says of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import Atom
from seqplay.mutate import breaking
from seqplay.proof.kernel.elaboration import Data
from seqplay.proof.kernel.opinion import Stand, opinion
from seqplay.proof.kernel.terms import Unsupported
from seqplay.proof.language import core
from tests.proof.kernel.problems import judged, posed
from tests.proof.suites import read_suite

CHEATS = {cheat["name"]: cheat for cheat in read_suite("cheats")}
FALSE = {pair["name"]: pair for pair in read_suite("false_theorems")}
PAIRS = {pair["name"]: pair for pair in read_suite("pairs")}
PROOFS = {each["name"]: each["proof"] for each in read_suite("proofs")}

TRUE_OF_INTEGERS = {
    "constant_overflow_behind_a_square", "nan_deep_in_a_list", "nan_reflexive_polymorphic",
    "nan_total_order_polymorphic", "nan_tree_key", "order_of_zip_arguments", "predecessor_of_a_multiple",
    "proves_overflow", "quotient_by_a_computed_minus_one", "successor_in_a_list", "successor_of_a_multiple",
}  # fmt: skip
"""Cheats whose theorem holds of mathematical integers and lawful equality, besides those named ``overflow``: the
kernel's theorem is about these, as Liquid Haskell's is, and the second opinion refuses them by running the programs.
"""
FALSE_OF_INT_ALONE = {"successor_is_larger", "halving_a_double", "midpoint", "compare_by_subtraction"}


def test_no_cheat_is_agreed_with_though_no_audit_stands_before_the_kernel():
    agreed = {name for name, cheat in CHEATS.items() if (found := judged(cheat)) and found.stand is Stand.AGREES}
    assert {name for name in agreed if not name.startswith("overflow")} <= TRUE_OF_INTEGERS


def test_cheats_of_which_the_second_opinion_must_decide_say_so():
    for name in TRUE_OF_INTEGERS:
        assert re.search("second opinion|at 123456", CHEATS[name]["refused_because"]), name


def test_no_false_theorem_is_agreed_with_and_half_are_refuted_by_a_value():
    stands = {name: found.stand for name, pair in FALSE.items() if (found := judged(pair))}
    assert {name for name, stand in stands.items() if stand is Stand.AGREES} <= FALSE_OF_INT_ALONE
    assert sum(stand is Stand.REFUTES for stand in stands.values()) >= 20


def test_the_proof_of_a_theorem_proves_no_other_theorem():
    """Q is broken, and the proof of the pair stays: agreement would be a false theorem proved."""
    asked = 0
    for name, proof in list(PROOFS.items())[::12]:
        pair = PAIRS[name]
        whole = posed(pair["p"], pair["q"], pair.get("entry"))
        for broken in breaking(pair["q"], whole.p_entry, seed=1, limit=2):
            found = judged({**pair, "q": broken.code}, proof)
            if found is None or found.stand is not Stand.AGREES:
                asked += found is not None
                continue
            # A rewrite may keep the meaning by chance: then both directions must be the same on small values.
            assert judged({"p": pair["q"], "q": broken.code, "entry": pair.get("entry")}).stand is not Stand.REFUTES, (
                name,
                broken.code,
            )
    assert asked > 20


def _hypotheses_on_the_whole(proof: str) -> str | None:
    """The proof with every recursive call of its first lemma on the very arguments that it got."""
    defined = re.search(r"^([a-z]\w*) ([^=\n]*)= (.*)$", proof, re.MULTILINE)
    if defined is None or defined[1] == "proof":
        return None
    name, parameters, body = defined[1], defined[2].split(), defined[3]
    part = r"(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|[\w'\"]+)"
    again = re.sub(rf"\b{name}( {part}){{{len(parameters)}}}", " ".join([name, *parameters]), body)
    return None if again == body else proof.replace(defined[3], again)


def test_a_proof_that_rests_on_itself_is_never_agreed_with():
    asked = 0
    for name, proof in list(PROOFS.items())[::3]:
        circular = _hypotheses_on_the_whole(proof)
        if circular is not None:
            asked += 1
            assert judged(PAIRS[name], circular).stand is not Stand.AGREES, (name, circular)
    assert asked > 15


PARTIAL_OR_ENDLESS = {
    "a missing case": ("f :: [Int] -> Int\nf (x:xs) = x\n", "f :: [Int] -> Int\nf (y:ys) = y\n"),
    "a missing guard": ("f :: Int -> Int\nf x | x > 0 = 1\n", "f :: Int -> Int\nf y | y > 0 = 1\n"),
    "head of any list": ("f :: [Int] -> Int\nf xs = head xs\n", "f :: [Int] -> Int\nf ys = head ys\n"),
    "a divisor that may be zero": ("f :: Int -> Int\nf x = 1 `div` x\n", "f :: Int -> Int\nf y = 1 `div` y\n"),
    "an unused quotient": ("f :: Int -> Int\nf x = f' x (1 `div` x)\nf' :: Int -> Int -> Int\nf' a _ = a\n",
                           "f :: Int -> Int\nf x = x\n"),
    "a forced quotient": ("f :: Int -> Int\nf x = case 1 `div` x of { _ -> x }\n", "f :: Int -> Int\nf x = x\n"),
    "recursion on itself": ("f :: Int -> Int\nf x = f x\n", "f :: Int -> Int\nf x = f x + 1\n"),
    "recursion upwards": ("f :: Int -> Int\nf x = if x == 0 then 0 else f (x + 1)\n", "f :: Int -> Int\nf x = 0\n"),
    "recursion below zero": ("f :: Int -> Int\nf x = if x == 0 then 0 else f (x - 1)\n", "f :: Int -> Int\nf x = 0\n"),
    "mutual recursion": ("f :: Int -> Int\nf x = g x\ng :: Int -> Int\ng x = f x\n", "f :: Int -> Int\nf x = 0\n"),
    "a list that does not get shorter": ("f :: [Int] -> Int\nf [] = 0\nf (x:xs) = f (x:xs)\n",
                                         "f :: [Int] -> Int\nf xs = 0\n"),
    "a function that is passed to itself": ("f :: Int -> [Int] -> [Int]\nf n xs = map (g n) xs\n"
                                            "g :: Int -> Int -> Int\ng n x = sum (map (g n) [x])\n",
                                            "f :: Int -> [Int] -> [Int]\nf n xs = map (g n) xs\n"
                                            "g :: Int -> Int -> Int\ng n x = sum (map (g n) [x])\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", PARTIAL_OR_ENDLESS)
def test_partial_and_endless_definitions_have_no_theorem(case):
    p, q = PARTIAL_OR_ENDLESS[case]
    found = judged({"p": p, "q": q})
    assert found.stand is not Stand.AGREES, found


def test_a_function_in_a_field_is_outside_the_language_whoever_let_it_pass():
    curry = hs.TyCon("->", (hs.TyCon("Curry"), hs.TyCon("()")))
    data = core.DataType("Curry", (), (("Curry", (curry,)),))
    with pytest.raises(Unsupported):
        Data({"Curry": data}).constructors(Atom("Curry"))


INC = {"p": "inc :: Int -> Int\ninc x = x + 1\n", "q": "bump :: Int -> Int\nbump x = x + 2\n"}
FALSE_LEMMAS = {
    "no case": "lemma :: Int -> Proof\nlemma 0 = ()\n",
    "itself": "lemma :: Int -> Proof\nlemma x = lemma x\n",
    "upwards": "lemma :: Int -> Proof\nlemma x = lemma (x + 1)\n",
    "each other": "lemma :: Int -> Proof\nlemma x = other x\n{-@ other :: x:Int -> { inc x == bump x } @-}\n"
    "other :: Int -> Proof\nother x = lemma x\n",
    "the theorem": "lemma :: Int -> Proof\nlemma x = proof x\n",
    "a step": "lemma :: Int -> Proof\nlemma x = inc x === bump x *** QED\n",
    "a step that is not used": "lemma :: Int -> Proof\nlemma x = (inc x === bump x) `other` ()\n"
    "other :: a -> Proof -> Proof\nother _ y = y\n",
    "a condition that is false": "lemma :: Int -> Proof\nlemma x = other x\n"
    "{-@ other :: x:{Int | x < x} -> { inc x == bump x } @-}\nother :: Int -> Proof\nother x = ()\n",
    "a measure that loops": "lemma :: Int -> Proof\nlemma x = ()\n{-@ measure far @-}\nfar :: [Int] -> Int\n"
    "far [] = 0\nfar (x:xs) = far (x:xs) + 1\n{-@ use :: xs:[Int] -> { far xs == far xs + 1 } @-}\n"
    "use :: [Int] -> Proof\nuse [] = ()\nuse (x:xs) = ()\n",
    "a reflected loop": "lemma :: Int -> Proof\nlemma x = () ? far x\n{-@ reflect far @-}\nfar :: Int -> Int\n"
    "far x = far x + 1\n",
}


@pytest.mark.parametrize("how", FALSE_LEMMAS)
def test_a_false_lemma_is_not_agreed_with(how):
    lemma = "{-@ lemma :: x:Int -> { inc x == bump x } @-}\n" + FALSE_LEMMAS[how] + "\nproof x = lemma x\n"
    assert judged(INC, lemma).stand is not Stand.AGREES


LEAVES = [
    "()",
    "lemma x",
    "lemma (x - 1)",
    "proof (x - 1)",
    "proof x",
    "inc x === bump x *** QED",
    "lemma 0 &&& lemma x",
]


@st.composite
def terms(draw, depth=3):
    """A proof term, well formed and with luck well typed."""
    if depth == 0:
        return draw(st.sampled_from(LEAVES))
    inner = [draw(terms(depth=depth - 1)) for _ in range(2)]
    condition = draw(st.sampled_from(["x > 0", "inc x == bump x", "x == x + 1", "inc (x - 1) < bump x"]))
    return draw(
        st.sampled_from(
            [
                f"(if {condition} then {inner[0]} else {inner[1]})",
                f"(({inner[0]}) &&& ({inner[1]}))",
                f"(case x - 1 of {{ 0 -> {inner[0]}; y -> {inner[1]} }})",
                f"(let {{ y = {inner[0]} }} in ({inner[1]}) &&& y)",
                f"(inc x ? ({inner[0]}) === bump x ? ({inner[1]}) *** QED)",
            ]
        )
    )


@settings(max_examples=60)
@given(terms(), terms(), st.sampled_from(["", " / [x]", " / [0 - x]", " / [if x < 0 then 0 else x]"]))
def test_no_drawn_proof_proves_what_is_false(lemma, proof, metric):
    text = (
        f"{{-@ lemma :: x:Int -> {{ inc x == bump x }}{metric} @-}}\nlemma :: Int -> Proof\nlemma x = {lemma}\n"
        f"proof x = {proof}\n"
    )
    assert opinion(posed(INC["p"], INC["q"]), text).stand is not Stand.AGREES
