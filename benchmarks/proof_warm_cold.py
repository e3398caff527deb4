"""Warm against cold verification: the same theorem modules, turn by turn, in one run.

``python benchmarks/proof_warm_cold.py [rounds]``. Warm is what the tactics pay for a check; cold is what a label pays
once more. The pipeline's verdict cache is not asked. Prints the median of each, in seconds, and their ratio.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.proof.liquid.checker import Checker, ModuleText
from seqplay.proof.liquid.cold import check_cold
from seqplay.proof.liquid.verdict import read_outcome
from seqplay.records import Verdict

THEOREM = """module Theorem where
import Prelude (Bool (..), Int, (+), (.))
import Language.Haskell.Liquid.ProofCombinators
{{-@ reflect total @-}}
total :: [Int] -> Int
total [] = 0
total (x:xs) = x + total xs
{{-@ reflect grow @-}}
grow :: Int -> [Int] -> Int
grow acc [] = acc
grow acc (x:xs) = grow (acc + x) xs
{{-@ lemma :: acc:Int -> xs:[Int] -> {{ grow acc xs == acc + total xs }} @-}}
lemma :: Int -> [Int] -> Proof
lemma _ [] = ()
lemma acc (x:xs) = lemma (acc + x) xs
{{-@ proof :: xs:[Int] -> {{ total xs + {number} == grow {number} xs }} @-}}
proof :: [Int] -> Proof
proof xs = lemma {number} xs
"""


def main(rounds: int) -> None:
    warm, cold = [], []
    with Checker.open(HaskellConfig(workers=1), ProofConfig()) as checker:
        limits = checker.tools.limits
        session, used = checker._idle.get()
        assert session is not None
        for number in range(rounds):
            modules = [ModuleText("Theorem", THEOREM.format(number=number))]
            started = time.perf_counter()
            outcomes = [session.check(modules, limits.seconds, limits.wall_seconds)]
            between = time.perf_counter()
            outcomes.append(check_cold(checker.tools, None, modules))
            cold.append(time.perf_counter() - between)
            warm.append(between - started)
            for outcome in outcomes:
                assert read_outcome(modules, "proof", outcome).verdict is Verdict.ACCEPTED
        checker._idle.put((session, used))
    usual, once = statistics.median(warm), statistics.median(cold)
    print(f"median of {rounds}: warm {usual:.2f} s, cold {once:.2f} s, ratio {once / usual:.1f}")
    print(f"fastest: warm {min(warm):.2f} s, cold {min(cold):.2f} s, ratio {min(cold) / min(warm):.1f}")
    print(f"load at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
