"""The guard of training targets: what is taught must read as its label once a model says it.

A target may fail to say its answer for many reasons: it leaves out the reasoning that the prompt has opened, it was
cut, it contains a token that ends the turn, or the tokenizer's decoding drops a mark. So the check is made on the
tokens themselves, decoded as an engine decodes them and read as the game reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from transformers import PreTrainedTokenizerBase

from seqplay.engines.chat import text_of
from seqplay.prompts import MARKS, Reasoning, Unparsed, read_canonical
from seqplay.records import Source, TrainingExample


class Refusal(NamedTuple):
    """A training example that is not taught, and why."""

    pair_id: str
    task: str
    reason: str


def completion_text(example: TrainingExample, opening: str, marks: Reasoning = MARKS) -> str:
    """Return what the model is to say behind its prompt, of which ``opening`` already belongs to the answer.

    What no model said has no reasoning: where the prompt has opened one, it is closed at once, as the templates do it
    that can switch reasoning off.
    """
    if not opening:
        return example.output
    begun = example.output.lstrip()
    if begun.startswith(marks.start):
        return begun.removeprefix(marks.start).removeprefix(opening.removeprefix(marks.start))
    if example.source is Source.MODEL or marks.end in example.output:
        return example.output
    return f"{'' if opening.endswith(chr(10)) else chr(10)}\n{marks.end}\n\n{example.output}"


def said(
    tokenizer: PreTrainedTokenizerBase,
    completion: Sequence[int],
    stop: int | None,
    opening: str,
    marks: Reasoning = MARKS,
) -> str:
    """Return the text that an engine gives for these tokens of a completion: it ends at ``stop``, and shows no special
    tokens."""
    ids = list(completion)
    shown = ids[: ids.index(stop)] if stop in ids else ids
    return opening + text_of(tokenizer, shown, marks)


def misread(example: TrainingExample, text: str, marks: Reasoning = MARKS) -> str | None:
    """Return why a said text does not give the example's label; none where it does.

    Records of before ``answer`` was written have none: those must be readable, no more.
    """
    read = read_canonical(example.task, text, marks)
    if isinstance(read, Unparsed):
        return read.reason
    if not example.answer:
        return None
    label = read_canonical(example.task, example.answer, marks)
    if isinstance(label, Unparsed):
        return f"its label cannot be read: {label.reason}"
    return None if read == label else f"reads as {_short(read)}, and its label is {_short(label)}"


def _short(text: str) -> str:
    """Return the beginning of an answer, on one line."""
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else f"{line[:60]}…")
