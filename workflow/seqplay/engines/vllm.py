"""The ``vllm`` engine: offline, in this process, all requests of a stage as one continuous batch.

Every sample is a request of its own with its own seed, and the samples of a prompt share its prefix through vLLM's
cache. The seeds make a rerun ask for the same samples; vLLM's kernels round by the batch's shape, so the same text is
likely, not promised. The choices that make it fast (graph sizes, merging the adapter, memory) are in
``engines.vllm_plan``; every call of vLLM's is in ``engines.vllm_api``. Not covered: several machines.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from seqplay.config import ModelConfig, VllmConfig
from seqplay.engines import vllm_api, vllm_plan
from seqplay.engines.base import IsPending, Request, Sample, pending_samples
from seqplay.engines.chat import Prompt, load_tokenizer, marks_hidden, overlong, prompt_ids, prompts_of, room
from seqplay.engines.liveness import PROBE, SMALLEST_CHANGE, adapter_name, check_live
from seqplay.errors import EngineError
from seqplay.files import derive_seed
from seqplay.models import resolve
from seqplay.records import Completion

CPU_STEP = 2048
"""Tokens that a step of the CPU build may read; a longer prompt is read in a step of its own."""
STARTS = 3
"""How often vLLM is started where memory changes while it measures what is free."""
PAUSE = 10.0
"""Seconds between two starts."""
CHANGED_BYTES = 64 << 20
"""GPU memory that another process gave back or took, if so much more or less is free after a start that failed."""
MANY_TOKENS = 10**12
LORA_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""The ranks that vLLM has kernels for; an adapter's is rounded up."""


class VllmEngine:
    """Samples with vLLM in this process."""

    name = "vllm"

    def __init__(self, config: VllmConfig, model: ModelConfig, adapter: Path | None, *, resident: bool = False) -> None:
        """Prepare the tokenizer; vLLM starts at the first ``sample``, when the size of the stage is known.

        A ``resident`` engine is ready for stages of any size, for other adapters (``use``) and for ``sleep``.
        """
        if not vllm_api.installed():
            raise EngineError(
                "engine.kind is vllm, and vLLM is not installed here: `make vllm-env`, or engine.vllm.python for "
                "an environment that has it"
            )
        self._config, self._model_config, self._adapter, self._resident = config, model, adapter, resident
        self._tokenizer = load_tokenizer(model)
        self._source = ""
        self._llm: Any = None
        self._lora: Any = None
        self._merges = False
        self._rank = 0
        """The largest rank of an adapter that vLLM was started for."""
        self._base: list[float] = []
        """What the base model says of the probe; known once an adapter was attached."""
        self._asleep = False

    def sample(self, requests: Sequence[Request], wanted: IsPending) -> Generator[Completion]:
        """Yield completions as they finish; prompts' lengths and memory are checked before vLLM starts."""
        draws = pending_samples(requests, wanted)
        prompts = prompts_of(
            self._tokenizer, self._model_config, {one.request.id: one.request for one in draws}.values()
        )
        draws, long = overlong(draws, prompts, self._model_config)
        yield from long
        if not draws:
            return
        if self._llm is None:
            self._start(draws)
        self._wake()
        waiting = {one.key: one for one in draws}
        for one in draws:
            prompt = prompts[one.request.id]
            vllm_api.submit(self._llm, one.key, prompt.ids, self._parameters(one, prompt), self._lora)
        try:
            while waiting:
                for output in vllm_api.finished(self._llm):
                    one = waiting.pop(output.request_id)
                    yield self._completion(one, prompts[one.request.id], output)
        finally:
            if waiting and self._llm is not None:  # the caller has no use for the others
                vllm_api.abort(self._llm, list(waiting))

    def use(self, adapter: Path | None) -> None:
        """Play with another adapter from the next ``sample`` on, or with none; the base stays loaded."""
        self._adapter = adapter
        if self._llm is None:
            return
        if not self._merges and adapter is not None and _lora_rank(adapter) > self._rank:
            self.close()  # started without room for such an adapter
            return
        self._wake()
        if adapter is not None:
            self._attach(adapter)
        elif self._merges and self._base:
            self._merge(None)
            if max(abs(one - other) for one, other in zip(self._base, self._probe(), strict=True)) > SMALLEST_CHANGE:
                self.close()  # what an adapter left behind, only a new start takes away
        else:
            self._lora = None

    def sleep(self) -> None:
        """Free the GPU's memory until the next ``sample``; without a GPU there is none to free."""
        if self._llm is None or self._asleep:
            return
        if vllm_plan.gpus() > 0:
            vllm_api.sleep(self._llm)
            self._asleep = True
        else:
            self.close()

    def close(self) -> None:
        """Stop vLLM and release the GPU."""
        if self._llm is None:
            return
        stopped, self._llm, self._lora = self._llm, None, None
        self._base, self._asleep = [], False
        vllm_api.stop(stopped)

    def _wake(self) -> None:
        if self._asleep:
            vllm_api.wake(self._llm)
            self._asleep = False

    def _start(self, draws: Sequence[Sample]) -> None:
        """Start vLLM for a stage of this size, and attach the adapter."""
        self._source = resolve(self._model_config)
        tokens = sum(one.request.sampling.max_tokens for one in draws)
        self._merges = (self._adapter is not None or self._resident) and self._merging_pays(tokens)
        os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
        if importlib.util.find_spec("flashinfer") is None:
            os.environ.setdefault("VLLM_USE_FLASHINFER_SAMPLER", "0")
        options = self._options(len(draws), derive_seed(draws[0].seed, "stage"))
        _check_version(self._config)
        self._llm = started(options, self._source)
        if self._adapter is not None:
            self._attach(self._adapter)

    def _merging_pays(self, tokens: int) -> bool:
        """Say whether an adapter is merged into the model for a stage of so many tokens; one that stays has many."""
        settings = vllm_plan.model_settings(Path(vllm_plan.weights_folder(self._source, self._model_config)))
        return vllm_plan.merge_first(self._config, MANY_TOKENS if self._resident else tokens, settings)

    def _options(self, samples: int, seed: int) -> dict[str, Any]:
        """Return the arguments of vLLM's ``LLM``."""
        config, model = self._config, self._model_config
        on_gpu = vllm_plan.gpus() > 0
        if on_gpu:
            vllm_plan.check_memory(config, model, self._source)
        concurrency = config.max_sequences if self._resident else min(samples, config.max_sequences)
        options: dict[str, Any] = {
            "model": self._source,
            "revision": model.revision,
            "dtype": model.dtype,
            "max_model_len": model.max_length,
            "tensor_parallel_size": config.tensor_parallel,
            "gpu_memory_utilization": config.memory_share,
            "quantization": config.quantization,
            "enable_prefix_caching": config.prefix_caching,
            "max_num_seqs": concurrency,
            "seed": seed,
            "enforce_eager": config.enforce_eager or not on_gpu,
            "worker_extension_cls": "seqplay.engines.vllm_worker.MergingWorker",
        }
        if not options["enforce_eager"]:
            options["compilation_config"] = vllm_plan.compilation(concurrency)
        if not on_gpu:  # with a seed of its own, a prompt that is read in parts ends the CPU build (0.32)
            options |= {"enable_chunked_prefill": False, "max_num_batched_tokens": max(model.max_length, CPU_STEP)}
        if self._resident and on_gpu:
            options["enable_sleep_mode"] = True
        self._rank = 0
        if self._adapter is not None and not self._merges:
            self._rank = _lora_rank(self._adapter)
            options |= {"enable_lora": True, "max_loras": 1, "max_lora_rank": self._rank}
        return options | config.extra

    def _attach(self, adapter: Path) -> None:
        """Make the adapter part of the model, or of every request, and check that it changes anything."""
        self._lora = None
        if not self._base:
            self._base = self._probe()
        if self._merges:
            self._merge(adapter)
        else:
            name = adapter_name(adapter)
            self._lora = vllm_api.lora_request(name, derive_seed(name) or 1, adapter)
        check_live(adapter, self._base, self._probe())

    def _merge(self, adapter: Path | None) -> None:
        """Load the base's weights again, with the adapter added; what the cache holds is another model's then."""
        folder = vllm_plan.weights_folder(self._source, self._model_config)
        vllm_api.call_workers(self._llm, "merge_adapter", None if adapter is None else str(adapter), folder)
        vllm_api.forget_prefixes(self._llm)

    def _probe(self) -> list[float]:
        """Return the log-probabilities of the probe's tokens."""
        ids = prompt_ids(self._tokenizer, PROBE, self._model_config)
        return vllm_api.prompt_log_probabilities(self._llm, ids, self._lora)

    def _parameters(self, one: Sample, prompt: Prompt) -> Any:
        """Return vLLM's sampling parameters of one sample."""
        sampling = one.request.sampling
        return vllm_api.sampling_parameters(
            choices=one.request.choices,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            presence_penalty=sampling.presence_penalty,
            max_tokens=room(self._model_config, prompt, sampling.max_tokens),
            seed=None if self._config.stage_seed else one.seed,
            skip_special_tokens=not marks_hidden(self._tokenizer, self._model_config.marks),
        )

    def _completion(self, one: Sample, prompt: Prompt, output: Any) -> Completion:
        [answer] = output.outputs
        if answer.finish_reason not in {"stop", "length"}:
            raise EngineError(f"vllm: request {one.key} ended with {answer.finish_reason!r}; run again")
        return Completion(
            request_id=one.request.id,
            sample=one.sample,
            text=prompt.opening + answer.text,
            finish_reason=answer.finish_reason,
            prompt_tokens=len(prompt.ids),
            completion_tokens=len(answer.token_ids),
            seed=one.seed,
        )


def _check_version(config: VllmConfig) -> None:
    """Warn of a vLLM that the tests do not know; raise ``EngineError`` where it lacks what is used, or takes other
    arguments than ``engine.vllm.extra`` has."""
    found = vllm_api.version()
    if found and not vllm_api.is_tested(found):
        logging.warning("vllm: %s is here; tested are %s to %s", found, vllm_api.OLDEST, vllm_api.NEWEST)
    lacking = vllm_api.missing()
    if lacking:
        raise EngineError(
            f"vllm: version {found} lacks {', '.join(lacking)}; use one from {vllm_api.OLDEST} to {vllm_api.NEWEST} "
            "(`make vllm-env`)"
        )
    vllm_api.check_arguments(config.extra)


def _lora_rank(adapter: Path) -> int:
    """Return the smallest rank of vLLM's kernels that holds the adapter."""
    rank = int(json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))["r"])
    for size in LORA_RANKS:
        if rank <= size:
            return size
    raise EngineError(
        f"adapter {adapter}: rank {rank} is more than vLLM's largest, {LORA_RANKS[-1]}; merge it (vllm.lora)"
    )


def started(options: Mapping[str, Any], source: str) -> Any:
    """Return a started vLLM; where memory changed while it was measured, after a pause and another try.

    vLLM measures what is free, and gives up where another process, such as a training that ends, gives memory back
    meanwhile. Its core says so in the log alone, so memory is looked at. Raises ``EngineError`` for any other cause.
    """
    for attempt in range(STARTS):
        before = _free_memory()
        try:
            return vllm_api.start(options)
        except (RuntimeError, ValueError, OSError) as error:
            words = " ".join(str(error).split())
            failed = error
        if attempt + 1 < STARTS and ("memory profiling" in words or "initialization failed" in words):
            time.sleep(PAUSE)
            if "memory profiling" in words or abs(_free_memory() - before) > CHANGED_BYTES:
                logging.warning("vllm: memory changed while it was measured; starting again")
                continue
        break
    raise EngineError(
        f"vllm: does not start with {source} ({words[:300]}); the cause stands above in the log; if it is memory, "
        "lower vllm.max_sequences or model.max_length, or raise vllm.tensor_parallel"
    ) from failed


def _free_memory() -> int:
    """Return the free bytes of this job's first GPU; 0 without one."""
    return vllm_plan.gpu_memory()[0] if vllm_plan.gpus() > 0 else 0
