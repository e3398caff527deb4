"""Small theorem modules, true and false, as the pipeline composes them."""

from __future__ import annotations

from seqplay.proof.liquid.verdict import ModuleText

HEAD = """module Theorem where
import Prelude (Bool (..), Int, Maybe (..), const, (+), (-), (.), (<), (==))
import Language.Haskell.Liquid.ProofCombinators
"""
INC = """{-@ reflect inc @-}
inc :: Int -> Int
inc x = x + 1
{-@ reflect bump @-}
bump :: Int -> Int
bump x = x + 2
{-@ proof :: x:Int -> { inc x == bump x } @-}
proof :: Int -> Proof
"""
TOTAL = """{-@ reflect total @-}
total :: [Int] -> Int
total [] = 0
total (x:xs) = x + total xs
{-@ reflect grow @-}
grow :: Int -> [Int] -> Int
grow acc [] = acc
grow acc (x:xs) = grow (acc + x) xs
{-@ proof :: xs:[Int] -> { total xs == grow 0 xs } @-}
proof :: [Int] -> Proof
"""
LEMMA = """{-@ lemma :: acc:Int -> xs:[Int] -> { grow acc xs == acc + total xs } @-}
lemma :: Int -> [Int] -> Proof
lemma _ [] = ()
lemma acc (x:xs) = lemma (acc + x) xs
"""


def module(*parts: str) -> list[ModuleText]:
    """A theorem module with the given declarations."""
    return [ModuleText("Theorem", HEAD + "".join(parts))]


TRUE = {
    "accumulator by a lemma": module(TOTAL, LEMMA, "proof xs = lemma 0 xs\n"),
    "direct": module(
        INC.replace("x + 2", "1 + x"),
        "proof x = ()\n",
    ),
    "equations": module(INC.replace("x + 2", "1 + x"), "proof x = inc x === x + 1 === bump x *** QED\n"),
}
FALSE = {
    "direct": (module(INC, "proof x = ()\n"), "unsafe"),
    "missing case": (module(TOTAL, LEMMA, "proof [] = ()\n"), "unsafe"),
    "loop": (module(INC, "proof x = proof x\n"), "unsafe"),
    "loop on the same list": (module(TOTAL, "proof [] = ()\nproof (x:xs) = proof (x:xs)\n"), "unsafe"),
    "metric below zero": (
        module(
            INC,
            "{-@ lemma :: x:Int -> n:Int -> { inc x == bump x } / [n] @-}\nlemma :: Int -> Int -> Proof\n"
            "lemma x n = lemma x (n - 1)\nproof x = lemma x 0\n",
        ),
        "unsafe",
    ),
    "ill-typed": (module(INC, "proof x = True\n"), "type_error"),
    "unknown name": (module(INC, "proof x = nowhere x\n"), "type_error"),
    "name outside the logic": (
        module(
            INC,
            "{-@ lemma :: x:Int -> { nowhere x == 1 } @-}\nlemma :: Int -> Proof\nlemma x = ()\nproof x = lemma x\n",
        ),
        "type_error",
    ),
    "partial lemma": (
        module(
            INC,
            "{-@ lemma :: x:Int -> { inc x == bump x } @-}\nlemma :: Int -> Proof\nlemma 0 = ()\nproof x = lemma x\n",
        ),
        "unsafe",
    ),
}
