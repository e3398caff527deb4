"""Training data: the prompt of inference, token for token, and the completion that is learnt.

The prompt is the engines' own (``engines.chat``), so the template, the system prompt and the reasoning prefix are those
of inference; the output follows as its own tokens, then the template's end of turn. The loss covers the output and the
end of turn, nothing else. Templates rewrite earlier assistant turns (some drop the reasoning), so the learnt output
never passes through one. What would not be read as its label is refused (``read_back``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from transformers import PreTrainedTokenizerBase

from seqplay.adapters.balance import Question, questions
from seqplay.adapters.read_back import Refusal, completion_text, misread, said
from seqplay.config import ModelConfig
from seqplay.engines.chat import make_prompt
from seqplay.errors import ConfigError
from seqplay.files import content_id
from seqplay.prompts import MARKS, read_canonical
from seqplay.records import Message, TrainingExample

IGNORE = -100
"""The target of a position that is not learnt."""
CODE_FENCE = "```"
DEFAULT_MODEL = ModelConfig()
_PROBE = "seqplay"

Turns = Mapping[str, Sequence[Message]]
"""Earlier chat turns of inference (few-shot examples), by task."""


@dataclass(frozen=True)
class Tokens:
    """One example, tokenised: ``targets[i]`` is the token that position ``i`` must predict, or ``IGNORE``."""

    input_ids: tuple[int, ...]
    targets: tuple[int, ...]
    removed: int = 0
    """Tokens cut from the middle of the reasoning."""
    said: str = ""
    """What an engine would give for the learnt tokens, the opening of the answer in the prompt included."""
    advantage: float = 0.0
    """With rewards: how much better than its group the answer is."""
    temperature: float = 1.0
    """With rewards: what the answer was sampled at."""
    copies: int = 1
    """With rewards: how often the answer was sampled for its prompt."""

    @property
    def learnt(self) -> int:
        """Positions with a target."""
        return sum(target != IGNORE for target in self.targets)

    @property
    def weight(self) -> int:
        """Learnt positions, each counted as often as the answer was sampled: what a step's mean is over."""
        return self.learnt * self.copies


@dataclass(frozen=True)
class TrainingData:
    """What is trained on and what is held out, with the report that lies next to the adapter."""

    train: tuple[Tokens, ...]
    heldout: tuple[Tokens, ...]
    report: dict[str, Any]
    questions: tuple[Question, ...] = ()
    """What is trained on, by question."""


def chat_messages(example: TrainingExample, turns: Sequence[Message] = ()) -> list[Message]:
    """Return the chat of an example up to the answer: system prompt (if any), earlier turns, user prompt."""
    system = [Message(role="system", content=example.system_prompt)] if example.system_prompt else []
    return [*system, *turns, Message(role="user", content=example.user_prompt)]


def encode(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """Return the tokens of a text that already carries its special tokens."""
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def end_of_turn(tokenizer: PreTrainedTokenizerBase, model: ModelConfig = DEFAULT_MODEL) -> list[int]:
    """Return the tokens that end an assistant's turn, read off the chat template; an engine stops at the last of
    them."""
    text = str(
        tokenizer.apply_chat_template(
            [{"role": "user", "content": _PROBE}, {"role": "assistant", "content": _PROBE}],
            tokenize=False,
            **model.template_arguments,
        )
    )
    special = set(tokenizer.all_special_ids) | set(tokenizer.added_tokens_decoder)
    tail = encode(tokenizer, text.rpartition(_PROBE)[2])
    for index, token in enumerate(tail):
        if token in special:
            return tail[: index + 1]
    if tokenizer.eos_token_id is None:
        raise ConfigError("config key model.name: this model's chat template has no end of turn and no end token")
    return [int(tokenizer.eos_token_id)]


def answer_start(output: str, end_of_reasoning: str = MARKS.end) -> int:
    """Return where the answer begins: after the reasoning block, at the first code block, or at the last line.

    What lies before it is reasoning, which may be cut; what follows never is.
    """
    end = output.rfind(end_of_reasoning)
    if end >= 0:
        return end
    fence = output.find(CODE_FENCE)
    if fence >= 0:
        return fence
    return output.rstrip().rfind("\n") + 1


def tokenize(
    tokenizer: PreTrainedTokenizerBase,
    example: TrainingExample,
    max_length: int,
    overlong: Literal["refuse", "cut"],
    model: ModelConfig = DEFAULT_MODEL,
    turns: Sequence[Message] = (),
) -> Tokens | None:
    """Return the tokens of one example, or none where it is longer than ``max_length`` and cannot or must not be
    cut."""
    prompt_ids, opening = make_prompt(tokenizer, chat_messages(example, turns), model)
    output = completion_text(example, opening, model.marks)
    end = end_of_turn(tokenizer, model) if example.finished else []
    completion = encode(tokenizer, output)
    excess = len(prompt_ids) + len(completion) + len(end) - max_length
    if excess > 0:
        start = answer_start(output, model.marks.end)
        reasoning, answer = encode(tokenizer, output[:start]), encode(tokenizer, output[start:])
        keep = max_length - len(prompt_ids) - len(answer) - len(end)
        if overlong == "refuse" or start == 0 or keep < 2:
            return None
        keep = min(keep, len(reasoning))
        head = (keep + 1) // 2
        tail = keep - head
        completion = [*reasoning[:head], *reasoning[len(reasoning) - tail :], *answer]
        excess = len(reasoning) - keep
    ids = [*prompt_ids, *completion, *end]
    targets = [IGNORE] * (len(prompt_ids) - 1) + ids[len(prompt_ids) :] + [IGNORE]
    stop = end[-1] if end else None
    text = said(tokenizer, ids[len(prompt_ids) :], stop, opening, model.marks)
    return Tokens(tuple(ids), tuple(targets), removed=max(excess, 0), said=text)


def held_out(pair_ids: Sequence[str], share: float) -> set[str]:
    """Return the pairs on which the held-out loss is measured, by content hash.

    A pair stays on its side when more pairs come in a later iteration. Four pairs or more always give one.
    """
    if share == 0:
        return set()
    ranks = {pair: int(content_id("adapter-heldout", pair), 16) / 2**64 for pair in set(pair_ids)}
    chosen = {pair for pair, rank in ranks.items() if rank < share}
    if not chosen and len(ranks) >= 4:
        chosen = {min(ranks, key=lambda pair: ranks[pair])}
    return chosen if len(chosen) < len(ranks) else set()


def lengths(values: Sequence[int]) -> dict[str, float]:
    """Return minimum, median, mean and maximum."""
    ordered = sorted(values)
    if not ordered:
        return {}
    mean = round(sum(ordered) / len(ordered), 1)
    return {"min": ordered[0], "median": ordered[len(ordered) // 2], "mean": mean, "max": ordered[-1]}


def prepare(
    tokenizer: PreTrainedTokenizerBase,
    examples: Sequence[TrainingExample],
    max_length: int,
    overlong: Literal["refuse", "cut"],
    heldout_share: float,
    model: ModelConfig = DEFAULT_MODEL,
    turns: Turns | None = None,
) -> TrainingData:
    """Tokenise the examples, split off the held-out pairs, and report on all of it.

    Exact duplicates count once, and an example that does not read as its label is refused (``read_back``). The report
    has lengths in tokens, tasks, answers of ``judge``, difficulties by unit bin, and the counts of duplicates, refused
    and cut examples; the unreadable ones one by one.
    """
    distinct = {(e.task, e.system_prompt, e.user_prompt, e.output): e for e in examples}
    kept: list[tuple[TrainingExample, Tokens]] = []
    refused: list[Refusal] = []
    for example in distinct.values():
        earlier = (turns or {}).get(example.task, ())
        tokens = tokenize(tokenizer, example, max_length, overlong, model, earlier)
        if tokens is None:
            continue
        reason = misread(example, tokens.said, model.marks)
        if reason is None:
            kept.append((example, tokens))
        else:
            refused.append(Refusal(example.pair_id, example.task, reason))
    heldout = held_out([example.pair_id for example, _ in kept], heldout_share)
    taught = [(example, tokens) for example, tokens in kept if example.pair_id not in heldout]
    counts = {
        "examples": len(examples),
        "duplicates": len(examples) - len(distinct),
        "refused_overlong": len(distinct) - len(kept) - len(refused),
        "refused_unreadable": len(refused),
        "max_length": max_length,
        "trained": len(taught),
        "held_out": len(kept) - len(taught),
    }
    readings = [_reading(example, tokens, model) for example, tokens in taught]
    return TrainingData(
        train=tuple(tokens for _, tokens in taught),
        heldout=tuple(tokens for example, tokens in kept if example.pair_id in heldout),
        report=counts | _described(kept, model) | {"unreadable": [one._asdict() for one in refused]},
        questions=tuple(questions([example for example, _ in taught], readings)),
    )


def _described(kept: Sequence[tuple[TrainingExample, Tokens]], model: ModelConfig) -> dict[str, Any]:
    """Return what the report says of the examples that are learnt or held out."""
    return {
        "cut_overlong": sum(tokens.removed > 0 for _, tokens in kept),
        "tokens_cut": sum(tokens.removed for _, tokens in kept),
        "pairs": len({example.pair_id for example, _ in kept}),
        "tasks": dict(Counter(example.task for example, _ in kept)),
        "sources": dict(Counter(example.source.value for example, _ in kept)),
        "answers": dict(Counter(_reading(e, tokens, model) for e, tokens in kept if e.task == "judge")),
        "iterations": dict(Counter(str(example.iteration) for example, _ in kept)),
        "difficulty": dict(Counter(f"{int(example.difficulty)}" for example, _ in kept)),
        "tokens": lengths([len(tokens.input_ids) for _, tokens in kept]),
        "learnt_tokens": lengths([tokens.learnt for _, tokens in kept]),
    }


def _reading(example: TrainingExample, tokens: Tokens, model: ModelConfig) -> str:
    """Return the canonical answer of an example that the guard let pass."""
    read = read_canonical(example.task, tokens.said, model.marks)
    assert isinstance(read, str), "the guard has read it"
    return read
