"""The ``transformers`` engine: batches on a CPU (or one GPU) without a server.

What prompts share is computed once: the beginnings that groups of prompts have in common (a goal's instructions and
worked examples), and a prompt's own rest for its ``n`` samples. Every sample draws its tokens from a generator with
its own seed, so what it draws does not depend on its neighbours; the arithmetic does in the last bits (a batched
product is rounded differently), so equal text is promised for an equal list of wanted samples on one machine, and not
for another batching. An adapter is merged into the weights in memory. Not covered: several GPUs, continuous batching
(``vllm``).
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, cast

import torch
from torch.nn.functional import pad

from seqplay.config import EngineConfig, ModelConfig
from seqplay.engines.base import IsPending, Request, Sample, pending_samples
from seqplay.engines.chat import Prompt, load_tokenizer, overlong, prompt_ids, prompts_of, room, text_of
from seqplay.engines.liveness import PROBE, check_live
from seqplay.engines.sampler import Choices, draw
from seqplay.errors import EngineError
from seqplay.models import resolve
from seqplay.records import Completion

BEGINNINGS_KEPT = 8
"""Shared beginnings whose keys and values are kept between batches, the oldest given up first."""


class _Sequence:
    """A completion while it grows."""

    def __init__(self, draw: Sample, prompt: Prompt, limit: int, choices: Choices | None) -> None:
        self.draw, self.prompt, self.limit, self.choices = draw, prompt, limit, choices
        self.generator = torch.Generator().manual_seed(draw.seed)
        self.tokens: list[int] = []
        self.ending: Literal["stop", "length"] | None = None

    def extend(self, logits: torch.Tensor, stops: frozenset[int]) -> None:
        """Sample the next token and see whether it is the last one."""
        if self.choices is not None:
            logits = self.choices.restrict(logits, self.tokens)
        self.tokens.append(draw(logits, self.draw.request.sampling, self.generator, self.tokens))
        if self.tokens[-1] in stops:
            self.ending = "stop"
        elif len(self.tokens) >= self.limit:
            self.ending = "length"


class TransformersEngine:
    """Samples with a transformers model in this process."""

    name = "transformers"

    def __init__(self, engine: EngineConfig, model: ModelConfig, adapter: Path | None) -> None:
        """Prepare the tokenizer; the weights are loaded at the first ``sample``."""
        self._batch_size, self._threads = engine.batch_size, engine.threads
        self._config, self._adapter = model, adapter
        self._tokenizer = load_tokenizer(model)
        self._model: Any = None
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._beginnings: dict[tuple[int, ...], Any] = {}

    def sample(self, requests: Sequence[Request], wanted: IsPending) -> Generator[Completion]:
        """Yield completions batch by batch, each as it finishes.

        Raises ``EngineError``, also where the memory does not suffice.
        """
        draws = pending_samples(requests, wanted)
        prompts = prompts_of(self._tokenizer, self._config, {one.request.id: one.request for one in draws}.values())
        draws, long = overlong(draws, prompts, self._config)
        yield from long
        if not draws:
            return
        prompts = {one.request.id: prompts[one.request.id] for one in draws}
        shared = shared_beginnings({name: prompt.ids for name, prompt in prompts.items()})
        self._beginnings = {}
        try:
            self._load()
            with torch.inference_mode():
                for start in range(0, len(draws), self._batch_size):
                    yield from self._batch(draws[start : start + self._batch_size], prompts, shared)
        except (RuntimeError, MemoryError) as error:
            if not _is_memory_error(error):
                raise
            size = self._batch_size
            raise EngineError(f"transformers: out of memory with engine.batch_size {size}; lower it") from error

    def close(self) -> None:
        """Release the model."""
        self._model = None
        self._beginnings = {}
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _load(self) -> None:
        """Load the weights and merge the adapter, once; check that the adapter is live."""
        if self._model is not None:
            return
        from transformers import AutoModelForCausalLM

        torch.set_num_threads(self._threads or os.cpu_count() or 1)
        source = resolve(self._config)
        try:
            model = AutoModelForCausalLM.from_pretrained(
                source, revision=self._config.revision, dtype=_number_type(self._config.dtype, self._device)
            )
        except (OSError, ValueError) as error:
            raise EngineError(f"model {source}: cannot be loaded ({' '.join(str(error).split())[:200]})") from error
        self._model = cast(Any, model).to(self._device).eval()
        if self._adapter is not None:
            base = self._probe()
            self._merge(self._adapter)
            check_live(self._adapter, base, self._probe())

    def _merge(self, adapter: Path) -> None:
        from peft import PeftModel

        try:
            self._model = PeftModel.from_pretrained(self._model, str(adapter)).merge_and_unload().eval()
        except (ValueError, RuntimeError, OSError) as error:
            first = str(error).strip().splitlines()[0]
            raise EngineError(f"adapter {adapter}: does not fit model {resolve(self._config)} ({first})") from error

    def _probe(self) -> list[float]:
        """Return the log-probabilities of the probe's tokens."""
        ids = torch.tensor([prompt_ids(self._tokenizer, PROBE, self._config)], device=self._device)
        with torch.inference_mode():
            scores = torch.log_softmax(self._model(input_ids=ids).logits[0, :-1].float(), dim=-1)
        values: list[float] = scores.gather(1, ids[0, 1:, None])[:, 0].tolist()
        return values

    @property
    def _stops(self) -> frozenset[int]:
        """The ids that end a completion."""
        ends = self._model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends]
        return frozenset(end for end in [*ends, self._tokenizer.eos_token_id] if end is not None)

    def _batch(self, draws: list[Sample], prompts: dict[str, Prompt], shared: dict[str, int]) -> Iterator[Completion]:
        """Decode one batch: shared beginnings, each prompt's rest once, then one token a step for every sample."""
        stops = self._stops
        growing = [self._sequence(one, prompts[one.request.id]) for one in draws]
        names = list(dict.fromkeys(one.request.id for one in draws))
        parts = [(prompts[name].ids[: shared[name]], prompts[name].ids[shared[name] :]) for name in names]
        logits, cache, mask = self._prefill([tuple(beginning) for beginning, _ in parts], [rest for _, rest in parts])
        rows = torch.tensor([names.index(one.request.id) for one in draws], device=self._device)
        logits, mask = logits[rows], mask[rows]
        cache.batch_select_indices(rows)
        while True:
            for row, sequence in enumerate(growing):
                sequence.extend(logits[row], stops)
                if sequence.ending is not None:
                    yield self._completion(sequence, stops)
            alive = [row for row, sequence in enumerate(growing) if sequence.ending is None]
            if not alive:
                return
            if len(alive) < len(growing):  # finished samples leave the batch
                keep = torch.tensor(alive, device=self._device)
                cache.batch_select_indices(keep)
                mask, growing = mask[keep], [growing[row] for row in alive]
            mask = torch.cat([mask, mask.new_ones((len(growing), 1))], dim=1)
            logits = self._model(
                input_ids=torch.tensor([[sequence.tokens[-1]] for sequence in growing], device=self._device),
                attention_mask=mask,
                position_ids=mask.sum(dim=1, keepdim=True) - 1,
                past_key_values=cache,
                use_cache=True,
            ).logits[:, -1]

    def _sequence(self, one: Sample, prompt: Prompt) -> _Sequence:
        limit = room(self._config, prompt, one.request.sampling.max_tokens)
        texts = one.request.choices
        end = self._tokenizer.eos_token_id
        return _Sequence(one, prompt, limit, Choices(self._tokenizer, texts, end) if texts else None)

    def _prefill(
        self, beginnings: list[tuple[int, ...]], rests: list[list[int]]
    ) -> tuple[torch.Tensor, Any, torch.Tensor]:
        """Return the last logits, the cache and the attention mask (each with one row a prompt).

        The layout of a row is padding, beginning, padding, rest: padding is masked, and positions count real tokens.
        """
        cache = self._joined([self._beginning(one) for one in beginnings])
        long, wide = max(len(one) for one in beginnings), max(len(rest) for rest in rests)
        ids = torch.tensor([[0] * (wide - len(rest)) + rest for rest in rests], device=self._device)
        mask = torch.tensor(
            [
                [0] * (long - len(one)) + [1] * len(one) + [0] * (wide - len(rest)) + [1] * len(rest)
                for one, rest in zip(beginnings, rests, strict=True)
            ],
            device=self._device,
        )
        output = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(dim=1) - 1).clamp(min=0)[:, long:],
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return output.logits[:, -1], cache, mask

    def _beginning(self, tokens: tuple[int, ...]) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Return keys and values of a beginning, a pair a layer, each ``1 x heads x tokens x size``; computed once."""
        from transformers import DynamicCache

        if tokens not in self._beginnings:
            cache = DynamicCache(config=self._model.config)
            ids = torch.tensor([tokens], device=self._device)
            self._model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
            self._beginnings[tokens] = [(layer.keys, layer.values) for layer in cast(Any, cache.layers)]
            while len(self._beginnings) > BEGINNINGS_KEPT:
                del self._beginnings[next(iter(self._beginnings))]
        return cast(list[tuple[torch.Tensor, torch.Tensor]], self._beginnings[tokens])

    def _joined(self, rows: list[list[tuple[torch.Tensor, torch.Tensor]]]) -> Any:
        """Return a cache with one row for each beginning, padded on the left to the longest."""
        from transformers import DynamicCache

        cache = DynamicCache(config=self._model.config)
        long = max(row[0][0].shape[2] for row in rows)
        for layer in range(len(rows[0])):
            halves = [
                torch.cat([pad(row[layer][half], (0, 0, long - row[layer][half].shape[2], 0)) for row in rows])
                for half in (0, 1)
            ]
            cache.update(halves[0], halves[1], layer)
        return cache

    def _completion(self, sequence: _Sequence, stops: frozenset[int]) -> Completion:
        assert sequence.ending is not None
        shown = [token for token in sequence.tokens if token not in stops]
        return Completion(
            request_id=sequence.draw.request.id,
            sample=sequence.draw.sample,
            text=sequence.prompt.opening + text_of(self._tokenizer, shown, self._config.marks),
            finish_reason=sequence.ending,
            prompt_tokens=len(sequence.prompt.ids),
            completion_tokens=len(sequence.tokens),
            seed=sequence.draw.seed,
        )


def _number_type(name: str, device: torch.device) -> torch.dtype:
    """Return the weights' type; ``auto``: bfloat16 where the processor multiplies in it, else float32."""
    if name != "auto":
        return cast(torch.dtype, getattr(torch, name))
    native = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native else torch.float32


def _is_memory_error(error: Exception) -> bool:
    """Say whether torch (or Python) ran out of memory; on a CPU torch says so in words alone."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


def shared_beginnings(prompts: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """Return for each prompt how many of its first tokens are computed with others' (all but one token if no other's).

    Prompts are grouped so that the fewest tokens are computed: a group computes its common beginning once, then every
    prompt's rest. Every beginning and every rest has at least one token.
    """
    return _share(sorted(prompts, key=lambda name: (prompts[name], name)), prompts)[1]


def _share(names: Sequence[str], prompts: Mapping[str, Sequence[int]]) -> tuple[int, dict[str, int]]:
    """Choose the beginnings of sorted prompts; return how many tokens are computed, and the beginnings' lengths."""
    first, last = prompts[names[0]], prompts[names[-1]]
    limit = min(len(prompts[name]) for name in names) - 1
    size = next((n for n in range(limit) if first[n] != last[n]), limit)
    together = size + sum(len(prompts[name]) - size for name in names), dict.fromkeys(names, size)
    groups = [list(group) for _, group in groupby(names, key=lambda name: prompts[name][size])]
    if size == 0 or len(groups) == 1:
        return together
    parts = [_share(group, prompts) for group in groups]
    apart = sum(tokens for tokens, _ in parts), {name: length for _, part in parts for name, length in part.items()}
    return min(together, apart, key=lambda choice: choice[0])
