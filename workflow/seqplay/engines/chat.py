"""Chat: messages to the token ids of a model's prompt, and the check of their length.

Chat templates differ: some refuse a system turn or leave it out in silence, some open the reasoning themselves, some
take arguments. All of that is settled here, once, for sampling and for training.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from jinja2 import TemplateError

from seqplay.config import ModelConfig, Reasoning
from seqplay.engines.base import Request, Sample
from seqplay.errors import EngineError
from seqplay.models import resolve
from seqplay.records import Completion, FinishReason, Message


def load_tokenizer(model: ModelConfig, *, offline: bool = False) -> Any:
    """Return the model's tokenizer (seconds; no weights), ``offline``: only if it is on this machine already.

    Raises ``EngineError`` where there is none, or it has no chat template.
    """
    from transformers import AutoTokenizer

    source = resolve(model)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, revision=model.revision, local_files_only=offline)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"model {source}: no tokenizer found; check the name, the network, or set model.path ({_first(error)})"
        ) from error
    if not getattr(tokenizer, "chat_template", None):
        raise EngineError(f"model {source}: its tokenizer has no chat template; use an instruction-tuned model")
    return tokenizer


def _first(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


class Prompt(NamedTuple):
    """What the model goes on from."""

    ids: list[int]
    opening: str
    """The end of the prompt that is already part of the answer (``<think>``): completions begin with it."""


def prompt_ids(tokenizer: Any, messages: Sequence[Message], model: ModelConfig) -> list[int]:
    """Return the token ids of a chat up to where the model's answer goes on."""
    return make_prompt(tokenizer, messages, model).ids


def make_prompt(tokenizer: Any, messages: Sequence[Message], model: ModelConfig) -> Prompt:
    """Return the prompt of a chat: the template's text, and the reasoning prefix where the template has not begun the
    reasoning itself (or ended it: an argument may switch it off)."""
    text = render_turns(tokenizer, accepted_turns(tokenizer, messages, model), model)
    if not text.rstrip().endswith(model.marks):
        text += model.reasoning_prefix
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return Prompt(ids, opening_of(text, model.marks))


def opening_of(text: str, marks: Reasoning) -> str:
    """Return the end of a prompt that already belongs to the answer: the mark that opens the reasoning, white space
    after it included, or nothing."""
    return text[text.rindex(marks.start) :] if text.rstrip().endswith(marks.start) else ""


def accepted_turns(tokenizer: Any, messages: Sequence[Message], model: ModelConfig) -> list[dict[str, str]]:
    """Return the turns as the template takes them.

    Where it refuses a system turn, or leaves its text out, that text begins the first user turn.
    """
    turns = [message.model_dump() for message in messages]
    folded = _without_system(turns)
    if folded is None:
        return turns
    try:
        return turns if turns[0]["content"].strip() in render_turns(tokenizer, turns, model) else folded
    except EngineError:
        return folded


def _without_system(turns: Sequence[dict[str, str]]) -> list[dict[str, str]] | None:
    """Return the turns with the system text in the first user turn; none where there is no such pair of turns."""
    if len(turns) < 2 or (turns[0]["role"], turns[1]["role"]) != ("system", "user"):
        return None
    return [{**turns[1], "content": f"{turns[0]['content']}\n\n{turns[1]['content']}"}, *turns[2:]]


def render_turns(tokenizer: Any, turns: Sequence[dict[str, str]], model: ModelConfig) -> str:
    """Return the template's text of a chat up to where the answer begins; ``EngineError`` where it refuses the chat."""
    arguments = model.template_arguments | {"add_generation_prompt": True, "tokenize": False}
    try:
        return str(tokenizer.apply_chat_template(list(turns), **arguments))
    except TemplateError as error:
        raise EngineError(f"model {model.name}: its chat template refuses the chat ({error})") from error


def marks_hidden(tokenizer: Any, marks: Reasoning) -> bool:
    """Say whether the tokenizer calls a mark of reasoning special, so that decoding without special tokens drops it."""
    return any(str(token) in marks and token.special for token in tokenizer.added_tokens_decoder.values())


def text_of(tokenizer: Any, ids: Sequence[int], marks: Reasoning) -> str:
    """Return the text of a completion's tokens, without special ones; the marks of reasoning are shown in any case."""
    if not marks_hidden(tokenizer, marks):
        return str(tokenizer.decode(ids, skip_special_tokens=True))
    added = tokenizer.added_tokens_decoder
    shown = [one for one in ids if one not in added or not added[one].special or str(added[one]) in marks]
    return str(tokenizer.decode(shown, skip_special_tokens=False))


def prompts_of(tokenizer: Any, model: ModelConfig, requests: Iterable[Request]) -> dict[str, Prompt]:
    """Return the prompts by request id."""
    return {request.id: make_prompt(tokenizer, request.messages, model) for request in requests}


def overlong(
    draws: Sequence[Sample], prompts: Mapping[str, Prompt], model: ModelConfig
) -> tuple[list[Sample], list[Completion]]:
    """Return the samples whose prompts leave room for an answer, and for the others a completion that says so."""
    fitting, long = list[Sample](), list[Completion]()
    for one in draws:
        tokens = len(prompts[one.request.id].ids)
        if tokens < model.max_length:
            fitting.append(one)
        else:
            long.append(unanswered(one, "overlong", tokens))
    return fitting, long


def unanswered(one: Sample, why: FinishReason, prompt_tokens: int, text: str = "") -> Completion:
    """Return the completion of a sample that has no answer."""
    return Completion(
        request_id=one.request.id,
        sample=one.sample,
        text=text,
        finish_reason=why,
        prompt_tokens=prompt_tokens,
        completion_tokens=0,
        seed=one.seed,
    )


def room(model: ModelConfig, prompt: Prompt, max_tokens: int) -> int:
    """Return how many tokens a completion may have."""
    return min(max_tokens, model.max_length - len(prompt.ids))
