"""Answers: what a completion says, read strictly, and the canonical text of an answer (what training examples show).

An answer is a fenced block with a fixed label, or a line ``Label: value``. Only what follows a reasoning model's
``</think>`` (or what the configuration has in its place) counts; the last complete block or line counts; what is
ambiguous is ``Unparsed`` with the reason. Reading never raises, and reading the canonical text of what was read gives
the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from seqplay.config import Reasoning
from seqplay.records import Answer, Completion, Goal

T = TypeVar("T")

FENCE = "```"
MARKS = Reasoning()
"""What reasoning stands between where the configuration says nothing else."""
LABELS = {"haskell": "haskell", "hs": "haskell", "python": "python", "py": "python", "input": "input", "proof": "proof"}
"""Labels of blocks as models write them, and what they mean."""


class Unparsed(NamedTuple):
    """No answer could be read."""

    reason: str


def read_completion(completion: Completion, parse: Callable[..., T], *arguments: object) -> T | Unparsed:
    """Return what ``parse`` reads out of a completion's text; why there is nothing to read, where there is none."""
    if completion.unanswered is not None:
        return Unparsed(completion.unanswered)
    return parse(completion.text, *arguments)


class ParsedProposal(NamedTuple):
    """A candidate Q with Alice's evidence."""

    code: str
    diverging_input: list[str] | None
    """SINQ: one Haskell expression for each argument."""
    proof: str | None
    """SEQ: a proof given together with the program, if any."""


class FoundInput(NamedTuple):
    """Bob's answer to ``find_input``: an input that is claimed to diverge, or none."""

    diverging_input: list[str] | None


class _Block(NamedTuple):
    label: str
    text: str
    place: int
    """The line on which it starts."""


def conclusion(text: str, marks: Reasoning = MARKS) -> str | Unparsed:
    """Return what follows the reasoning."""
    if marks.end in text:
        return text.rsplit(marks.end, 1)[1]
    if text.lstrip().startswith(marks.start):
        return Unparsed("the reasoning has no end")
    return text


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


def _blocks(text: str) -> tuple[list[_Block], str | None]:
    """Return the complete blocks in order, and the label of one that is left open at the end."""
    found: list[_Block] = []
    label: str | None = None
    place, inside = 0, [""]
    for number, line in enumerate(_lines(text)):
        mark = line.strip()
        if mark.startswith(FENCE) and label is not None and mark == FENCE:
            found.append(_Block(label, "\n".join(inside).strip("\n"), place))
            label = None
        elif mark.startswith(FENCE):  # a new block, also where the last one was never closed
            word = mark.removeprefix(FENCE).strip().lower()
            label, place, inside = LABELS.get(word, word), number, []
        elif label is not None:
            inside.append(line.rstrip())
    return found, label


def _last(text: str, label: str) -> _Block | Unparsed:
    """Return the last complete, non-empty block of a label."""
    found, open_label = _blocks(text)
    named = [block for block in found if block.label == label]
    if not named:
        return Unparsed(f"the {label} block is not closed" if open_label == label else f"no {label} block")
    if not named[-1].text.strip():
        return Unparsed(f"the {label} block is empty")
    return named[-1]


def _line_value(text: str, label: str) -> str | Unparsed:
    """Return the value of the last line ``label: value`` outside blocks; emphasis and a full stop are ignored."""
    value: str | None = None
    inside = False
    for line in _lines(text):
        mark = line.strip()
        if mark.startswith(FENCE):
            inside = not inside
            continue
        head, colon, rest = mark.partition(":")
        if colon and not inside and head.strip("*_` ").lower() == label.lower():
            value = rest.strip("*_`. \t")
    return Unparsed(f"no line `{label}: …`") if value is None else value


def _expressions(block: _Block) -> list[str]:
    """Return one expression a line, comments and empty lines left out."""
    lines = [line.strip() for line in block.text.split("\n")]
    return [line for line in lines if line and not line.startswith("-- ")]


def parse_program(text: str, marks: Reasoning = MARKS) -> str | Unparsed:
    """Read a program: the last ``haskell`` block."""
    return parse_code(text, "haskell", marks)


def parse_code(text: str, language: str, marks: Reasoning = MARKS) -> str | Unparsed:
    """Read a program: the last block of its language."""
    rest = conclusion(text, marks)
    if isinstance(rest, Unparsed):
        return rest
    block = _last(rest, language)
    return block if isinstance(block, Unparsed) else block.text + "\n"


def parse_proposal(text: str, goal: Goal, marks: Reasoning = MARKS) -> ParsedProposal | Unparsed:
    """Read a proposal: the program and, for SINQ, the ``input`` block (one expression a line)."""
    rest = conclusion(text, marks)
    if isinstance(rest, Unparsed):
        return rest
    program = _last(rest, "haskell")
    if isinstance(program, Unparsed):
        return program
    if goal is Goal.SEQ:
        proof = _last(rest, "proof")
        return ParsedProposal(program.text + "\n", None, None if isinstance(proof, Unparsed) else proof.text + "\n")
    given = _last(rest, "input")
    if isinstance(given, Unparsed):
        return given
    expressions = _expressions(given)
    if not expressions:
        return Unparsed("the input block is empty")
    return ParsedProposal(program.text + "\n", expressions, None)


def parse_judgement(text: str, marks: Reasoning = MARKS) -> Answer | Unparsed:
    """Read Bob's verdict: the last line ``Answer: equivalent`` or ``Answer: inequivalent``."""
    rest = conclusion(text, marks)
    value = rest if isinstance(rest, Unparsed) else _line_value(rest, "Answer")
    if isinstance(value, Unparsed):
        return value
    match " ".join(value.lower().split()):
        case "equivalent":
            return Answer.EQUIVALENT
        case "inequivalent" | "not equivalent":
            return Answer.INEQUIVALENT
        case _:
            return Unparsed(f"the answer is neither equivalent nor inequivalent: {value[:40]!r}")


def parse_found_input(text: str, marks: Reasoning = MARKS) -> FoundInput | Unparsed:
    """Read Bob's input, or that he says there is none; both together are ambiguous."""
    rest = conclusion(text, marks)
    if isinstance(rest, Unparsed):
        return rest
    verdict, block = parse_judgement(rest, marks), _last(rest, "input")
    if isinstance(block, Unparsed):
        if verdict is Answer.EQUIVALENT:
            return FoundInput(None)
        return block
    if verdict is Answer.EQUIVALENT:
        return Unparsed("an input block and `Answer: equivalent`")
    expressions = _expressions(block)
    return FoundInput(expressions) if expressions else Unparsed("the input block is empty")


def parse_proof(text: str, marks: Reasoning = MARKS) -> str | Unparsed:
    """Read a proof: the last ``proof`` block."""
    rest = conclusion(text, marks)
    if isinstance(rest, Unparsed):
        return rest
    block = _last(rest, "proof")
    return block if isinstance(block, Unparsed) else block.text + "\n"


def parse_difficulty(text: str, marks: Reasoning = MARKS) -> float | Unparsed:
    """Read a predicted difficulty: the last line ``Difficulty: number`` from 0 to 10."""
    rest = conclusion(text, marks)
    value = rest if isinstance(rest, Unparsed) else _line_value(rest, "Difficulty")
    if isinstance(value, Unparsed):
        return value
    number = value.removesuffix("/10").strip()
    try:
        difficulty = float(number)
    except ValueError:
        return Unparsed(f"the difficulty is no number: {value[:40]!r}")
    return difficulty if 0 <= difficulty <= 10 else Unparsed(f"the difficulty is not between 0 and 10: {value[:40]!r}")


def write_block(label: str, text: str) -> str:
    """Return a block with its label."""
    body = text.strip("\n")
    return f"{FENCE}{label}\n{body}\n{FENCE}"


def write_proposal(code: str, diverging_input: Sequence[str] | None = None, proof: str | None = None) -> str:
    """Return the canonical answer with this proposal."""
    parts = [write_block("haskell", code)]
    if diverging_input is not None:
        parts.append(write_block("input", "\n".join(diverging_input)))
    if proof is not None:
        parts.append(write_block("proof", proof))
    return "\n".join(parts)


def write_judgement(answer: Answer) -> str:
    """Return the canonical answer with this verdict."""
    return f"Answer: {answer.value}"


def write_found_input(found: FoundInput) -> str:
    """Return the canonical answer with this input, or that there is none."""
    if found.diverging_input is None:
        return write_judgement(Answer.EQUIVALENT)
    return write_block("input", "\n".join(found.diverging_input))


def write_proof(proof: str) -> str:
    """Return the canonical answer with this proof."""
    return write_block("proof", proof)


def write_difficulty(difficulty: float) -> str:
    """Return the canonical answer with this difficulty, to one decimal."""
    return f"Difficulty: {difficulty:.1f}"


JUDGE_CHOICES = (write_judgement(Answer.EQUIVALENT), write_judgement(Answer.INEQUIVALENT))
"""For structured decoding: the only texts that Bob may answer with."""


def read_canonical(task: str, text: str, marks: Reasoning = MARKS) -> str | Unparsed:
    """Read a completion by its task (as in ``TrainingExample.task``) and return the canonical text of its answer."""
    match task:
        case "propose_seq" | "propose_sinq":
            proposal = parse_proposal(text, Goal(task.removeprefix("propose_")), marks)
            return proposal if isinstance(proposal, Unparsed) else write_proposal(*proposal)
        case "prove" | "repair":
            proof = parse_proof(text, marks)
            return proof if isinstance(proof, Unparsed) else write_proof(proof)
        case "judge":
            answer = parse_judgement(text, marks)
            return answer if isinstance(answer, Unparsed) else write_judgement(answer)
        case "find_input":
            found = parse_found_input(text, marks)
            return found if isinstance(found, Unparsed) else write_found_input(found)
        case "predict_difficulty":
            difficulty = parse_difficulty(text, marks)
            return difficulty if isinstance(difficulty, Unparsed) else write_difficulty(difficulty)
        case _:
            return Unparsed(f"no player has a task {task!r}")
