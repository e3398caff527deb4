"""Print what is taught, behind what: for each task and chat template the prompt's end, and the target's both ends.

python benchmarks/training_targets.py [--tokenizer FOLDER]

The templates are the small ones of ``tests/templates`` (same special tokens and shape as the families' own). With a
tokenizer (a folder, or a hub id), that one's template alone, and the target as tokens.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seqplay.adapters.data import IGNORE, tokenize
from seqplay.config import ModelConfig
from seqplay.records import Role, Source, TrainingExample
from tests.templates import families
from tests.templates.examples import ANSWERS, ASKED

SHOWN = {
    "r1_distill": "R1-Distill",
    "qwen25": "Qwen2.5",
    "llama3": "Llama 3",
    "gemma2": "Gemma 2",
    "mistral": "Mistral",
}
"""The templates of the table, under the names that it gives them."""
REASONING = "I compare both."
ENDS = 44
"""Characters that are shown of an end."""


class Row(NamedTuple):
    """A line of the table."""

    template: str
    prompt: str
    target: str
    tokens: list[str]


def visible(text: str) -> str:
    """Return a text on one line."""
    return text.replace("\n", "⏎")


def both_ends(text: str) -> str:
    """Return a text's head and tail."""
    line = visible(text)
    return line if len(line) <= 2 * ENDS else f"{line[:ENDS]} … {line[-ENDS:]}"


def example(task: str, model: ModelConfig, source: Source) -> TrainingExample:
    """Return what is taught: what a model said, reasoning and all, or a rendered answer."""
    marks = model.marks
    reasons = model.reasons and source is Source.MODEL
    output = f"{marks.start}\n{REASONING}\n{marks.end}\n\n{ANSWERS[task]}" if reasons else ANSWERS[task]
    first, *_, last = ASKED[task]
    return TrainingExample(
        system_prompt=first.content, user_prompt=last.content, output=output, source=source, agent=Role.ALICE,
        task=task, pair_id="pair", iteration=1, difficulty=5.0,
    )  # fmt: skip


def row(name: str, tokenizer: Any, model: ModelConfig, task: str, source: Source = Source.MODEL) -> Row:
    """Return a task's line for a template."""
    tokens = tokenize(tokenizer, example(task, model, source), 10**6, "refuse", model, ASKED[task][1:-1])
    assert tokens is not None, "no example is overlong"
    learnt = [token for token in tokens.targets if token != IGNORE]
    prompt = visible(tokenizer.decode(tokens.input_ids[: -len(learnt)]))
    pieces = tokenizer.convert_ids_to_tokens(learnt)
    return Row(name, f"…{prompt[-ENDS:]}", both_ends(tokenizer.decode(learnt)), pieces)


def block(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a table, as text."""
    wide = max(len(one.template) for one in rows)
    long = max(len(one.prompt) for one in rows)
    yield "```text"
    for one in rows:
        yield f"{one.template:<{wide}}  {one.prompt:<{long}} ▶ {one.target}"
    yield "```"


def table() -> str:
    """Return the tables of all tasks as Markdown."""
    known = {one.name: one for one in reversed(families())}
    lines: list[str] = []
    for task in ASKED:
        rows = [row(name, known[key].tokenizer, known[key].model, task) for key, name in SHOWN.items()]
        lines += [f"`{task}`", "", *block(rows), ""]
    distilled = known["r1_distill"]
    rows = [
        row(f"{source.value} said", distilled.tokenizer, distilled.model, "propose_sinq", source)
        for source in (Source.MODEL, Source.MUTATE)
    ]
    return "\n".join([*lines, "R1-Distill, `propose_sinq`, by who gave the answer", "", *block(rows)])


def main(
    tokenizer: Annotated[str | None, typer.Option(help="A tokenizer of a model: its tokens, its template.")] = None,
    prefix: Annotated[str, typer.Option(help="model.reasoning_prefix")] = "",
) -> None:
    """Print the tables."""
    if tokenizer is None:
        print(table())
        return
    from transformers import AutoTokenizer

    fast = AutoTokenizer.from_pretrained(tokenizer)
    for task in ASKED:
        found = row(Path(tokenizer).name, fast, ModelConfig(reasoning_prefix=prefix), task)
        print("\n".join([f"`{task}`", "", *block([found]), "", "tokens: " + " ".join(found.tokens[:12]), ""]))


if __name__ == "__main__":
    typer.run(main)
