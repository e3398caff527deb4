"""Prompt templates: one file a task in ``config/prompts``, turns with named fields.

A file is a sequence of turns, each under a line ``=== system``, ``=== user``, ``=== example user`` or
``=== example assistant``; turns of worked examples are left out where the configuration asks for none. The turns are
split before the fields are filled in (jinja2; a field that is missing is an error), so that no program can fake a turn.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

from jinja2 import Environment, StrictUndefined, TemplateError

from seqplay.errors import ConfigError
from seqplay.records import Message

FOLDER = Path(__file__).resolve().parents[3] / "config" / "prompts"
TASKS = (
    "propose_seq",
    "propose_sinq",
    "prove",
    "repair",
    "judge",
    "find_input",
    "predict_difficulty",
    "haskell_from_python",
    "complete_haskell",
    "complete_python",
    "equivalent_programs",
    "security_commit",
    "insecure_code",
)
PROMPT_FILES = {task: FOLDER / f"{task}.jinja" for task in TASKS}
"""The template of each task: what a rule that sends the prompt has as input, so that an edit reruns it."""
_MARK = "=== "
_ROLES = ("system", "user", "assistant")


class _Turn(NamedTuple):
    role: str
    example: bool
    text: str


def digest(*tasks: str) -> str:
    """Return a hash of the templates of the tasks, for fingerprints of partial files."""
    total = hashlib.sha256()
    for task in tasks:
        total.update(hashlib.sha256(_read(task).encode()).digest())
    return total.hexdigest()[:16]


def render(task: str, few_shot: bool, **fields: Any) -> tuple[Message, ...]:
    """Return the messages of a task with its fields filled in; ``ConfigError`` where the template is wrong."""
    messages = []
    for turn in _turns(task, _read(task)):
        if turn.example and not few_shot:
            continue
        try:
            content = _environment().from_string(turn.text).render(fields)
        except TemplateError as error:
            raise ConfigError(f"{PROMPT_FILES[task]}: {error}; fields here: {', '.join(sorted(fields))}") from error
        messages.append(Message(role=cast(Any, turn.role), content=content.strip("\n")))
    return tuple(messages)


def example_turns(task: str) -> tuple[Message, ...]:
    """Return the worked examples of a task, which stand between its system prompt and the question."""
    turns = _turns(task, _read(task))
    return tuple(Message(role=cast(Any, turn.role), content=turn.text.strip("\n")) for turn in turns if turn.example)


@cache
def _environment() -> Environment:
    return Environment(undefined=StrictUndefined, autoescape=False)


def _read(task: str) -> str:
    try:
        return PROMPT_FILES[task].read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{PROMPT_FILES[task]}: cannot be read ({error.strerror}); restore the template") from error


@cache
def _turns(task: str, source: str) -> tuple[_Turn, ...]:
    """Split a template's source into its turns."""
    turns: list[tuple[str, bool, list[str]]] = []
    for number, line in enumerate(source.splitlines(), start=1):
        if line.startswith(_MARK):
            words = line.removeprefix(_MARK).split()
            if words[-1:] and words[-1] in _ROLES and words[:-1] in ([], ["example"]):
                turns.append((words[-1], len(words) == 2, []))
                continue
            raise ConfigError(
                f"{PROMPT_FILES[task]}:{number}: found {line!r}; allowed: === [example] {' | '.join(_ROLES)}"
            )
        if turns:
            turns[-1][2].append(line)
    if not turns or turns[-1][:2] != ("user", False):
        raise ConfigError(f"{PROMPT_FILES[task]}: the last turn must be `=== user`, which the model answers")
    return tuple(_Turn(role, example, "\n".join(lines)) for role, example, lines in turns)
