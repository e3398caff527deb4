"""The ``server`` engine: any OpenAI-compatible endpoint (``vllm serve``, llama.cpp's server).

Every sample is one HTTP request with its own seed, at most ``concurrency`` at a time; a lost connection, 429 and 5xx
are tried again with growing pauses, any other refusal stops the stage with the server's own words. Adapters are loaded
through vLLM's dynamic LoRA endpoints. What a seed promises is up to the server. Not covered: starting a server.

The server renders the chat template. Where the model's tokenizer lies on this machine too, it tells whether the
template takes a system turn and whether it opens the reasoning itself; else the configuration is believed: a
``reasoning_prefix`` is one that the template lacks, and ``reasoning: yes`` without one says that the template has it.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    stop_all,
    wait_random_exponential,
)

from seqplay.config import ModelConfig, ServerConfig
from seqplay.engines.base import IsPending, Request, Sample, pending_samples
from seqplay.engines.chat import accepted_turns, load_tokenizer, marks_hidden, opening_of, render_turns, unanswered
from seqplay.engines.liveness import PROBE, adapter_name, check_live
from seqplay.errors import EngineError
from seqplay.records import Completion, Message

ALREADY_LOADED = "already been loaded"
"""In vLLM's answer (HTTP 400) to loading an adapter that is there."""
LONGEST_PAUSE = 30.0
"""Seconds between two tries, at most."""


class _TryAgain(Exception):
    """The server cannot answer now."""


class _TooLong(EngineError):
    """The server refuses a prompt, or a prompt with its longest answer, as longer than the model takes."""


class _Chat(NamedTuple):
    """A chat as it is sent."""

    turns: list[dict[str, str]]
    prefix: str
    """What the assistant's turn is begun with, where the template does not begin it so itself."""
    opening: str
    """What the answer begins with and the server does not return."""


class ServerEngine:
    """Samples over HTTP."""

    name = "server"

    def __init__(self, config: ServerConfig, model: ModelConfig, adapter: Path | None) -> None:
        """Prepare the client; the server is spoken to at the first ``sample``."""
        if adapter is not None and not config.dynamic_lora:
            raise EngineError(
                f"engine.server.dynamic_lora is off, and adapter {adapter} must be loaded; start `vllm serve` with "
                "--enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=1, and set it"
            )
        self._config, self._model_config, self._adapter = config, model, adapter
        self._base = config.model or model.path or model.name
        self._served: str | None = None
        self._tokenizer: Any = None
        key = os.environ.get(config.api_key_variable)
        self._client = httpx.Client(
            base_url=config.url.rstrip("/") + "/",
            timeout=config.timeout_seconds,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            limits=httpx.Limits(max_connections=config.concurrency, max_keepalive_connections=config.concurrency),
        )

    def sample(self, requests: Sequence[Request], wanted: IsPending) -> Generator[Completion]:
        """Yield completions as the server gives them; ``EngineError`` where it refuses one or cannot be reached."""
        draws = pending_samples(requests, wanted)
        if not draws:
            return
        if self._served is None:
            self._tokenizer = _tokenizer_here(self._model_config)
            self._served = self._base if self._adapter is None else self._load(self._adapter)
        pool = ThreadPoolExecutor(max_workers=min(self._config.concurrency, len(draws)))
        try:
            for future in as_completed([pool.submit(self._complete, one) for one in draws]):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """Close the connections. The adapter stays loaded: another job may be sampling with it at this moment.

        The server evicts the weights of adapters that are used no more when it needs their place (vLLM:
        ``--max-cpu-loras``); what is left of one is its name.
        """
        self._served = None
        self._client.close()

    def _load(self, adapter: Path) -> str:
        """Load the adapter under a name of its own and check that it is live; return the name.

        Several jobs load the same adapter at the same time. To ask what is loaded, and then to load, leaves a gap in
        which another job does it; so it is loaded outright, and that it is there already is as good.
        """
        name = adapter_name(adapter)
        try:
            self._post("load_lora_adapter", {"lora_name": name, "lora_path": str(adapter.resolve())})
        except EngineError as error:
            if ALREADY_LOADED not in str(error):
                raise
        check_live(adapter, self._probe(self._base), self._probe(name))
        return name

    def _probe(self, served: str) -> list[float]:
        """Return the log-probabilities of the probe's tokens."""
        text = "\n".join(message.content for message in PROBE)
        body = {"model": served, "prompt": text, "max_tokens": 1, "temperature": 0, "echo": True, "logprobs": 1}
        [choice] = self._post("completions", body)["choices"]
        scores = (choice.get("logprobs") or {}).get("token_logprobs") or []
        # the first token has none, the last is the sampled one
        return [float(score) for score in scores[:-1] if score is not None]

    def _complete(self, one: Sample) -> Completion:
        """Ask for one sample."""
        chat = self._chat(one.request.messages)
        body = self._body(one, chat)
        try:
            answer = self._post("chat/completions", body)
        except _TooLong:
            # The prompt may fit, and only the longest answer not: without a limit the server gives what room there is.
            del body["max_tokens"]
            try:
                answer = self._post("chat/completions", body)
            except _TooLong:
                return unanswered(one, "overlong", 0)
        [choice] = answer["choices"]
        if choice["finish_reason"] not in {"stop", "length"}:
            text = self._text(choice["message"], chat.opening)
            return unanswered(one, "refused", answer["usage"]["prompt_tokens"], text)
        return Completion(
            request_id=one.request.id,
            sample=one.sample,
            text=self._text(choice["message"], chat.opening),
            finish_reason=choice["finish_reason"],
            prompt_tokens=answer["usage"]["prompt_tokens"],
            completion_tokens=answer["usage"]["completion_tokens"],
            seed=one.seed,
        )

    def _chat(self, messages: Sequence[Message]) -> _Chat:
        """Return the turns that the server's template takes, and how the answer begins."""
        model = self._model_config
        turns, text = [message.model_dump() for message in messages], ""
        if self._tokenizer is not None:
            turns = accepted_turns(self._tokenizer, messages, model)
            text = render_turns(self._tokenizer, turns, model)
        elif model.reasoning == "yes" and not model.reasoning_prefix:
            text = f"{model.reasoning_start}\n"
        prefix = "" if text.rstrip().endswith(model.marks) else model.reasoning_prefix
        return _Chat(turns, prefix, opening_of(text + prefix, model.marks))

    def _body(self, one: Sample, chat: _Chat) -> dict[str, Any]:
        sampling = one.request.sampling
        body: dict[str, Any] = {
            "model": self._served,
            "messages": list(chat.turns),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "presence_penalty": sampling.presence_penalty,
            "max_tokens": sampling.max_tokens,
            "seed": one.seed,
        }
        if sampling.top_k:
            body["top_k"] = sampling.top_k
        if self._tokenizer is not None and marks_hidden(self._tokenizer, self._model_config.marks):
            body["skip_special_tokens"] = False
        if self._model_config.template_arguments:
            body["chat_template_kwargs"] = self._model_config.template_arguments
        if chat.prefix:  # vLLM goes on from an assistant's turn that is already begun
            body["messages"].append({"role": "assistant", "content": chat.prefix})
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        if one.request.choices:
            body["structured_outputs"] = {"choice": list(one.request.choices)}
        return body

    def _text(self, message: dict[str, Any], opening: str) -> str:
        """Return the whole answer from its opening on; a server with a reasoning parser gives the reasoning apart."""
        marks = self._model_config.marks
        content = message.get("content") or ""
        reasoning = message.get("reasoning_content") or message.get("reasoning")
        if reasoning:
            whole = f"{marks.start}\n{reasoning}"
            return f"{whole}\n{marks.end}\n{content}" if content else whole
        if content.lstrip().startswith(marks.start):
            return content
        if not opening and marks.end in content:  # the template has opened the reasoning, and nothing here knew of it
            return f"{marks.start}\n{content}"
        return opening + content

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._json("POST", path, body)

    def _json(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """Send one request, again where that may help; return the answer's JSON object (empty if it is text)."""
        tries = Retrying(
            retry=retry_if_exception_type(_TryAgain),
            stop=stop_all(
                stop_after_attempt(self._config.retries + 1), stop_after_delay(self._config.patience_seconds)
            ),
            wait=wait_random_exponential(multiplier=0.5, max=LONGEST_PAUSE),
            reraise=True,
        )
        try:
            return tries(self._once, method, path, body)
        except _TryAgain as error:
            raise EngineError(
                f"server {self._config.url}: no answer after {tries.statistics['attempt_number']} tries ({error}); "
                "is it running, and is engine.server.url right?"
            ) from error

    def _once(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        try:
            response = self._client.request(method, path, json=body)
        except httpx.TransportError as error:
            raise _TryAgain(f"{type(error).__name__}: {error}") from error
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            raise _TryAgain(f"HTTP {response.status_code}")
        if not response.is_success:
            words = " ".join(response.text.split())[:300]
            if "context length" in words or "context size" in words:
                raise _TooLong(f"server {self._config.url}: {words}")
            raise EngineError(f"server {self._config.url}: refuses {path} with HTTP {response.status_code}: {words}")
        try:
            answer = response.json()
        except ValueError:
            return {}  # vLLM's adapter endpoints answer in words
        return answer if isinstance(answer, dict) else {}


def _tokenizer_here(model: ModelConfig) -> Any:
    """Return the tokenizer of the model that is served, where it lies on this machine; nothing is fetched for it."""
    if importlib.util.find_spec("transformers") is None:
        return None
    try:
        return load_tokenizer(model, offline=True)
    except EngineError:
        return None
