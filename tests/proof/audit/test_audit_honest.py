"""Honest proofs pass the audit, whatever their style; what they may not rest on is refused one by one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqplay.proof.audit import Scope, audit_program, audit_proof, read_proof
from tests.proof.suites import read_suite

SCOPE = Scope(
    frozenset({"total", "count", "grow", "append", "foldr", "lemmaAppend"}),
    frozenset({"Leaf", "Node"}),
    frozenset({"Tree"}),
)

HONEST = {
    "direct": "proof xs = ()\n",
    "with a signature of its own": "proof :: [Int] -> Proof\nproof _ = trivial\n",
    "a refinement on proof, which is dropped": "{-@ proof :: xs:[Int] -> { total xs == count xs } @-}\nproof xs = ()\n",
    "induction": "proof [] = ()\nproof (x:xs) = proof xs\n",
    "equations": "proof [] = total [] === count [] *** QED\n"
    "proof (x:xs)\n  =   total (x:xs)\n  === x + total xs\n    ? proof xs\n  === count (x:xs)\n  *** QED\n",
    "a lemma": "{-@ lemma :: acc:Int -> xs:[Int] -> { grow acc xs == acc + total xs } @-}\n"
    "lemma :: Int -> [Int] -> Proof\nlemma _ [] = ()\nlemma acc (x:xs) = lemma (acc + x) xs\n\nproof xs = lemma 0 xs\n",
    "a metric": "{-@ down :: n:Int -> m:Int -> { n + m == m + n } / [if n < 0 then 0 else n, m] @-}\n"
    "down :: Int -> Int -> Proof\ndown n m = if n <= 0 then () else down (n - 1) m\n\nproof xs = down 3 4\n",
    "natural arguments of a lemma": "{-@ lemma :: n:Nat -> { v:() | n >= 0 } / [n] @-}\nlemma :: Int -> Proof\n"
    "lemma n = if n == 0 then () else lemma (n - 1)\n\nproof xs = lemma 5\n",
    "a precondition of a lemma": "{-@ lemma :: { n:Int | n > 0 } -> x:{ v:Int | v > n } -> { x > 0 } @-}\n"
    "lemma :: Int -> Int -> Proof\nlemma n x = ()\n\nproof xs = lemma 1 2\n",
    "a precondition by the argument's own name": "{-@ lemma :: n:{Int | n > 0} -> { n >= 0 } @-}\n"
    "lemma :: Int -> Proof\nlemma n = ()\n\nproof xs = lemma 1\n",
    "reflected and inlined functions": "{-@ reflect twice @-}\ntwice :: Int -> Int\ntwice x = x + x\n"
    "{-@ inline half @-}\nhalf :: Int -> Int\nhalf x = x `div` 2\n\nproof xs = ()\n",
    "a measure": "{-@ measure size' @-}\nsize' :: Tree -> Int\nsize' Leaf = 0\n"
    "size' (Node l x r) = size' l + 1 + size' r\n\nproof t = ()\n",
    "case, let, where, if, lambda, guards": "proof xs = case xs of\n  [] -> a\n  (y:ys)\n"
    "    | y < 0, let z = y -> use z\n"
    "    | otherwise -> if y == 1 then a else (\\u -> u) (let (p, _) = (proof ys, 1) in p)\n"
    "  where\n    a = ()\n    use _ = ()\n",
    "comments of all kinds": "-- {-@ assume this :: Int @-}\n{- {-@ ignore proof @-} -}\n"
    "proof xs = () -- {-@ lazy @-}\n",
    "polymorphic lemma": "{-@ lemma :: forall a. Eq a => x:a -> xs:[a] -> { append (x : []) xs == x : xs } @-}\n"
    "lemma :: Eq a => a -> [a] -> Proof\nlemma x xs = ()\n\nproof xs = lemma 1 xs\n",
    "higher-order lemma": "{-@ lemma :: f:(Int -> Int) -> xs:[Int] -> { foldr f 0 xs == foldr f 0 xs } @-}\n"
    "lemma :: (Int -> Int) -> [Int] -> Proof\nlemma f xs = ()\n\nproof xs = lemma (\\x -> x) xs\n",
    "strings and characters": "proof xs = const () (\"a -- b\", 'c', '\\'', '\\n')\n",
    "a library lemma": "proof xs = lemmaAppend xs [] &&& proof' xs\n\nproof' :: [Int] -> Proof\nproof' _ = ()\n",
}


@pytest.mark.parametrize("style", HONEST)
def test_an_honest_proof_passes(style):
    assert [str(refusal) for refusal in audit_proof(HONEST[style], SCOPE)] == []


def test_programs_with_annotations_in_comments_pass_since_comments_are_no_part_of_the_theorem():
    assert audit_program("{-@ assume f :: Int -> { v:Int | false } @-}\nf :: Int -> Int\nf x = x\n") == []


@pytest.mark.parametrize(
    ("program", "construct"),
    [
        ("{-# OPTIONS_GHC -fplugin-opt=LiquidHaskell:--skip-module #-}\nf :: Int -> Int\nf x = x\n", "OPTIONS_GHC"),
        ("{-# ANN f 1 #-}\nf :: Int -> Int\nf x = x\n", "ANN"),
        ('{-# RULES "r" f = f #-}\nf :: Int -> Int\nf x = x\n', "RULES"),
        ("{-# LANGUAGE TemplateHaskell #-}\nf :: Int -> Int\nf x = x\n", "LANGUAGE TemplateHaskell"),
        ("data T = T\ninstance Eq T where\n  _ == _ = True\nf :: T -> Bool\nf x = x == x\n", "instance Eq"),
        ("class C a where\n  c :: a -> Int\nf :: Int -> Int\nf x = x\n", "class C"),
    ],
)
def test_a_program_that_no_proof_may_rest_on_is_refused_by_name(program, construct):
    assert construct in [refusal.construct for refusal in audit_program(program)]


def test_every_pair_of_the_suite_passes_as_a_program_or_is_refused_for_a_declaration():
    for pair in read_suite("pairs"):
        for text in (pair["p"], pair["q"]):
            constructs = [refusal.construct.split()[0] for refusal in audit_program(text)]
            assert set(constructs) <= {"instance", "class", "LANGUAGE"}, (pair["name"], constructs)


def test_of_a_refinement_on_proof_only_the_metric_is_kept():
    text = "{-@ proof :: n:Int -> m:Int -> { true } / [n, m + 1] @-}\nproof n m = ()\n"
    assert read_proof(text).metric() == (("n", "m"), ("n", "m + 1"))
    assert read_proof("{-@ proof :: n:Int -> { true } @-}\nproof n = ()\n").metric() is None


PIECES = st.sampled_from(
    [
        *("{-@", "@-}", "{-", "-}", "{-#", "#-}", "assume", "proof", "x", "::", "->", "{", "}", "|", "==", "===", "'"),
        *(
            '"',
            "\\",
            "\n",
            "  ",
            "(",
            ")",
            "[",
            "]",
            "where",
            "let",
            "in",
            "case",
            "of",
            "/",
            "reflect",
            "measure",
            "é",
        ),
        *("=", "_"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=25).map(" ".join))
def test_no_text_makes_the_audit_fail(text):
    audit_proof(text, SCOPE)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(HONEST)), st.data())
def test_an_assume_is_refused_wherever_it_is_written_as_an_annotation(style, data):
    text = HONEST[style]
    code = read_proof(text).fragment
    gaps = [piece.start for piece in code.lexemes] + [len(text)]
    at = data.draw(st.sampled_from(gaps))
    cheat = text[:at] + "{-@ assume total :: xs:[Int] -> { v:Int | false } @-}" + text[at:]
    assert "assume" in {refusal.construct for refusal in audit_proof(cheat, SCOPE)}
