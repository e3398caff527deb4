"""Chat: messages to the token ids of a model's prompt, and the check of their length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from seqplay.config import ModelConfig
from seqplay.engines.base import Request
from seqplay.errors import EngineError
from seqplay.models import resolve
from seqplay.records import Message

THINK = "<think>"
"""What opens the reasoning of a reasoning model."""


def load_tokenizer(model: ModelConfig) -> Any:
    """Return the model's tokenizer (seconds; no weights).

    Raises ``EngineError`` where there is none, or it has no chat template.
    """
    from transformers import AutoTokenizer

    source = resolve(model)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, revision=model.revision)
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


def prompt_ids(tokenizer: Any, messages: Sequence[Message], reasoning_prefix: str) -> list[int]:
    """Return the token ids of a chat up to where the model's answer goes on."""
    return make_prompt(tokenizer, messages, reasoning_prefix).ids


def make_prompt(tokenizer: Any, messages: Sequence[Message], reasoning_prefix: str) -> Prompt:
    """Return the prompt of a chat; some templates open the reasoning themselves, else the prefix does."""
    turns = [message.model_dump() for message in messages]
    text = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False) + reasoning_prefix
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return Prompt(ids, text[text.rindex(THINK) :] if text.rstrip().endswith(THINK) else "")


def prompts_of(tokenizer: Any, model: ModelConfig, requests: Iterable[Request]) -> dict[str, Prompt]:
    """Return the prompts by request id; ``EngineError`` where one leaves no room for an answer."""
    prompts = {request.id: make_prompt(tokenizer, request.messages, model.reasoning_prefix) for request in requests}
    long = {key: len(prompt.ids) for key, prompt in prompts.items() if len(prompt.ids) >= model.max_length}
    if long:
        worst = max(long, key=lambda key: long[key])
        raise EngineError(
            f"{len(long)} of {len(prompts)} prompts are too long: request {worst} has {long[worst]} tokens, and "
            f"model.max_length is {model.max_length}; raise it, or leave that program out"
        )
    return prompts


def room(model: ModelConfig, prompt: Prompt, max_tokens: int) -> int:
    """Return how many tokens a completion may have."""
    return min(max_tokens, model.max_length - len(prompt.ids))
