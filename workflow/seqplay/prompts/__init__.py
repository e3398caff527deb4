"""Prompts: what the players are asked, and how their answers are read.

The texts are templates in ``config/prompts``. ``few_shot`` adds worked examples as earlier turns of the chat; small
models copy the placeholders of an answer format without them.
"""

from __future__ import annotations

from collections.abc import Sequence

from seqplay.config import Reasoning
from seqplay.prompts.answers import (
    JUDGE_CHOICES,
    MARKS,
    FoundInput,
    ParsedProposal,
    Unparsed,
    parse_code,
    parse_difficulty,
    parse_found_input,
    parse_judgement,
    parse_program,
    parse_proof,
    parse_proposal,
    read_canonical,
    read_completion,
    write_difficulty,
    write_found_input,
    write_judgement,
    write_proof,
    write_proposal,
)
from seqplay.prompts.rendered_answers import render_change, render_proposal
from seqplay.prompts.templates import PROMPT_FILES, TASKS, digest, example_turns, render
from seqplay.records import Goal, Message

__all__ = [
    "JUDGE_CHOICES",
    "MARKS",
    "PROMPT_FILES",
    "TASKS",
    "FoundInput",
    "ParsedProposal",
    "Reasoning",
    "Unparsed",
    "digest",
    "example_turns",
    "find_input",
    "haskell_from_python",
    "judge",
    "parse_code",
    "parse_difficulty",
    "parse_found_input",
    "parse_judgement",
    "parse_program",
    "parse_proof",
    "parse_proposal",
    "predict_difficulty",
    "propose",
    "prove",
    "read_canonical",
    "read_completion",
    "render_change",
    "render_proposal",
    "repair",
    "suite_item",
    "write_difficulty",
    "write_found_input",
    "write_judgement",
    "write_proof",
    "write_proposal",
]


LONGEST_MESSAGE = 2000
"""Characters of a tool's message that a prompt shows: about as many as a proof has."""


def propose(
    goal: Goal, p_code: str, entry: str, type_text: str, target_difficulty: float, few_shot: bool
) -> tuple[Message, ...]:
    """Ask Alice for a Q of the goal, as hard for Bob as ``target_difficulty`` (0 to 10)."""
    fields = {"code": p_code.strip("\n"), "entry": entry, "type": type_text, "difficulty": f"{target_difficulty:.1f}"}
    return render(f"propose_{goal.value}", few_shot, **fields)


def judge(p: str, q: str, entry: str, few_shot: bool) -> tuple[Message, ...]:
    """Ask Bob whether P and Q are equivalent."""
    return render("judge", few_shot, p=p.strip("\n"), q=q.strip("\n"), entry=entry)


def find_input(p: str, q: str, entry: str, few_shot: bool) -> tuple[Message, ...]:
    """Ask Bob for an input on which P and Q differ."""
    return render("find_input", few_shot, p=p.strip("\n"), q=q.strip("\n"), entry=entry)


def prove(
    theorem: str, p: str, q: str, names_in_scope: Sequence[str] = (), few_shot: bool = True
) -> tuple[Message, ...]:
    """Ask Alice for a Liquid Haskell proof of the pipeline's theorem."""
    fields = {"theorem": theorem.strip("\n"), "p": p.strip("\n"), "q": q.strip("\n"), "names": list(names_in_scope)}
    return render("prove", few_shot, **fields)


def last_part(message: str) -> str:
    """Return a tool's message, or its last ``LONGEST_MESSAGE`` characters from a line's beginning on: what was wrong
    stands there, and a message of any length must leave room for an answer."""
    if len(message) <= LONGEST_MESSAGE:
        return message
    kept = message[-LONGEST_MESSAGE:]
    return f"[…]\n{kept[kept.find(chr(10)) + 1 :]}"


def repair(
    theorem: str,
    p: str,
    q: str,
    previous_proof: str,
    message: str,
    names_in_scope: Sequence[str] = (),
    few_shot: bool = True,
) -> tuple[Message, ...]:
    """Ask Alice to correct a proof that Liquid Haskell refused with ``message``, of which she is shown the end."""
    fields = {"theorem": theorem.strip("\n"), "p": p.strip("\n"), "q": q.strip("\n"), "names": list(names_in_scope)}
    return render(
        "repair", few_shot, **fields, proof=previous_proof.strip("\n"), message=last_part(message.strip("\n"))
    )


def predict_difficulty(goal: Goal, p: str, q: str, entry: str, few_shot: bool) -> tuple[Message, ...]:
    """Ask Alice how hard the pair, whose truth is ``goal``, is for Bob."""
    truth = "equivalent" if goal is Goal.SEQ else "inequivalent"
    return render("predict_difficulty", few_shot, goal=truth, p=p.strip("\n"), q=q.strip("\n"), entry=entry)


def haskell_from_python(instruction: str, python: str, few_shot: bool = True) -> tuple[Message, ...]:
    """Ask for a Haskell program that does what a Python program does (the dataset stage)."""
    return render("haskell_from_python", few_shot, instruction=instruction.strip(), python=python.strip("\n"))


def suite_item(task: str, few_shot: bool, **fields: str) -> tuple[Message, ...]:
    """Return the chat that asks about an item of an evaluation suite."""
    return render(task, few_shot, **{name: text.strip("\n") for name, text in fields.items()})
