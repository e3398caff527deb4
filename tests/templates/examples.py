"""One question and one answer for each task: what the players are asked, and what they may say."""

from __future__ import annotations

from seqplay import prompts
from seqplay.records import Goal

P, Q = "f :: Int -> Int\nf x = x + 1\n", "f :: Int -> Int\nf x = 1 + x\n"
OTHER = "f :: Int -> Int\nf x = x + 2\n"
PROOF = "proof x = f x === f' x *** QED\n"
THEOREM = "{-@ theorem :: x:Int -> { f x == f' x } @-}"
ASKED = {
    "propose_seq": prompts.propose(Goal.SEQ, P, "f", "Int -> Int", 8.0, True),
    "propose_sinq": prompts.propose(Goal.SINQ, P, "f", "Int -> Int", 8.0, True),
    "prove": prompts.prove(THEOREM, P, Q, ["f", "f'"]),
    "repair": prompts.repair(THEOREM, P, Q, PROOF, "Liquid Type Mismatch", ["f", "f'"]),
    "judge": prompts.judge(P, Q, "f", True),
    "find_input": prompts.find_input(P, Q, "f", True),
    "predict_difficulty": prompts.predict_difficulty(Goal.SEQ, P, Q, "f", True),
}
ANSWERS = {
    "propose_seq": f"Change: `x + 1` becomes `1 + x`.\n```haskell\n{Q}```",
    "propose_sinq": f"Change: `1` becomes `2`.\n```input\n3\n```\n```haskell\n{OTHER}```",
    "prove": f"By definition.\n```proof\n{PROOF}```",
    "repair": f"```proof\n{PROOF}```",
    "judge": "Addition commutes.\nAnswer: equivalent",
    "find_input": "```input\n5\n```",
    "predict_difficulty": "Difficulty: 7.5",
}
