"""What the `server` engine promises where no server answers, or it must be asked again."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from seqplay.config import EngineConfig, EngineKind, ModelConfig, Sampling, ServerConfig
from seqplay.engines import server as server_engine
from seqplay.engines.base import Request
from seqplay.engines.registry import open_engine
from seqplay.errors import EngineError
from seqplay.records import Completion, Message
from tests.templates import families


class Flaky(BaseHTTPRequestHandler):
    """Refuses every first try with 503, and counts how many it answers at once."""

    seen: ClassVar[set[int]] = set()
    running = most = 0
    lock = threading.Lock()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with Flaky.lock:
            again = body["seed"] in Flaky.seen
            Flaky.seen.add(body["seed"])
            Flaky.running += 1
            Flaky.most = max(Flaky.most, Flaky.running)
        choice = {"finish_reason": "stop", "message": {"content": "yes", "reasoning_content": "because"}}
        answer = {"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}
        data = json.dumps(answer if again else {}).encode()
        with Flaky.lock:
            Flaky.running -= 1
        self.send_response(200 if again else 503)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def flaky(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(server_engine, "LONGEST_PAUSE", 0.01)
    Flaky.seen, Flaky.running, Flaky.most = set(), 0, 0
    http = ThreadingHTTPServer(("127.0.0.1", 0), Flaky)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}/v1"
    http.shutdown()
    http.server_close()


def sampled(url: str, retries: int, n: int = 6, patience: float = 0) -> list[Completion]:
    server = ServerConfig(url=url, retries=retries, concurrency=2, patience_seconds=patience)
    config = EngineConfig(kind=EngineKind.SERVER, server=server)
    message = Message(role="user", content="?")
    engine = open_engine(config, ModelConfig(name="any"), None)
    try:
        return list(
            engine.sample([Request(id="r", messages=(message,), n=n, sampling=Sampling(), seed=1)], lambda key: True)
        )
    finally:
        engine.close()


def test_a_busy_server_is_asked_again(flaky: str) -> None:
    assert sorted(one.key for one in sampled(flaky, retries=3)) == [f"r/{sample}" for sample in range(6)]


def test_no_more_requests_at_once_than_configured(flaky: str) -> None:
    sampled(flaky, retries=3, n=20)
    assert 1 <= Flaky.most <= 2


def test_reasoning_that_the_server_gives_apart_stays_in_the_text(flaky: str) -> None:
    assert {one.text for one in sampled(flaky, retries=3)} == {"<think>\nbecause\n</think>\nyes"}


def test_a_server_that_never_answers_is_one_line(flaky: str) -> None:
    with pytest.raises(EngineError, match="no answer after 1 tries"):
        sampled(flaky, retries=0)
    with pytest.raises(EngineError, match=r"no answer after 1 tries \(ConnectError.*is it running") as caught:
        sampled("http://127.0.0.1:9/v1", retries=0)
    assert "\n" not in str(caught.value)


def test_an_adapter_needs_a_server_that_loads_it(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    with pytest.raises(EngineError, match="dynamic_lora"):
        open_engine(EngineConfig(kind=EngineKind.SERVER), ModelConfig(name="any"), tmp_path)


def test_a_server_that_starts_meanwhile_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_engine, "LONGEST_PAUSE", 0.05)
    Flaky.seen = set()
    later = ThreadingHTTPServer(("127.0.0.1", 0), Flaky, bind_and_activate=False)
    later.server_bind()
    url = f"http://127.0.0.1:{later.server_address[1]}/v1"

    def start() -> None:
        later.server_activate()
        later.serve_forever()

    timer = threading.Timer(0.5, start)
    timer.start()
    try:
        assert len(sampled(url, retries=0, patience=20)) == 6
    finally:
        later.shutdown()
        later.server_close()


class Narrow(BaseHTTPRequestHandler):
    """Takes prompts of 20 words, answer included; ends one that asks for a tool with a call."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        words = len(body["messages"][-1]["content"].split())
        long = words + body.get("max_tokens", 1) > 20
        ending = "tool_calls" if "tool" in body["messages"][-1]["content"] else "stop"
        choice = {"finish_reason": ending, "message": {"content": None if ending == "tool_calls" else "yes"}}
        answer = {"choices": [choice], "usage": {"prompt_tokens": words, "completion_tokens": 1}}
        refusal = {"message": "This model's maximum context length is 20 tokens. Please reduce the prompt."}
        data = json.dumps(refusal if long else answer).encode()
        self.send_response(400 if long else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_what_a_server_gives_no_answer_to_is_that_items_outcome() -> None:
    http = ThreadingHTTPServer(("127.0.0.1", 0), Narrow)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    server = ServerConfig(url=f"http://127.0.0.1:{http.server_port}/v1", retries=0, patience_seconds=0)
    engine = open_engine(EngineConfig(kind=EngineKind.SERVER, server=server), ModelConfig(name="any"), None)
    texts = {"short": "?", "fits": "word " * 15, "long": "word " * 30, "tool": "call a tool"}
    drawn = Sampling(max_tokens=10)
    asked = [
        Request(id=key, messages=(Message(role="user", content=text),), n=1, sampling=drawn, seed=1)
        for key, text in texts.items()
    ]
    found = {one.request_id: one for one in engine.sample(asked, lambda key: True)}
    engine.close()
    http.shutdown()
    http.server_close()
    endings = {key: one.finish_reason for key, one in found.items()}
    assert endings == {"short": "stop", "fits": "stop", "long": "overlong", "tool": "refused"}
    assert {key for key, one in found.items() if one.unanswered} == {"long", "tool"}


class Recorder(BaseHTTPRequestHandler):
    """Remembers what it is asked, and answers with ``said``."""

    asked: ClassVar[list[dict[str, object]]] = []
    said: ClassVar[dict[str, object]] = {}
    ending = "stop"

    def do_POST(self) -> None:
        Recorder.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        choice = {"finish_reason": Recorder.ending, "message": Recorder.said}
        data = json.dumps({"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


Ask = Callable[..., tuple[dict[str, object], str]]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Ask a server for one sample: what it was sent, and the text that came of its answer."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    config = EngineConfig(
        kind=EngineKind.SERVER, server=ServerConfig(url=f"http://127.0.0.1:{http.server_port}/v1", concurrency=1)
    )
    chat = (Message(role="system", content="You judge."), Message(role="user", content="?"))

    def asked(content: str, ending: str = "stop", **model: object) -> tuple[dict[str, object], str]:
        Recorder.asked, Recorder.said, Recorder.ending = [], {"content": content}, ending
        if "|" in content:
            reasoning, _, rest = content.partition("|")
            Recorder.said = {"reasoning_content": reasoning, "content": rest or None}
        engine = open_engine(config, ModelConfig.model_validate({"name": "any", **model}), None)
        request = Request(id="r", messages=chat, n=1, sampling=Sampling(), seed=1)
        [completion] = engine.sample([request], lambda key: True)
        engine.close()
        return Recorder.asked[0], completion.text

    yield asked
    http.shutdown()
    http.server_close()


def served(folder: Path, name: str) -> str:
    """Write the tokenizer of a template family into a folder that looks like a model."""
    next(one for one in families() if one.name == name).tokenizer.save_pretrained(folder)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"")
    return str(folder)


def test_a_template_that_opens_the_reasoning_is_not_given_the_prefix(ask: Ask, tmp_path: Path) -> None:
    path = served(tmp_path, "r1_distill")
    body, text = ask("hm\n</think>\n\nyes", path=path, reasoning_prefix="<think>\n")
    assert [turn["role"] for turn in body["messages"]] == ["system", "user"]
    assert "continue_final_message" not in body
    assert text == "<think>\nhm\n</think>\n\nyes"


def test_a_template_that_does_not_open_the_reasoning_goes_on_from_the_prefix(ask: Ask, tmp_path: Path) -> None:
    path = served(tmp_path, "r1_distill_first")
    body, text = ask("hm\n</think>\nyes", path=path, reasoning_prefix="<think>\n")
    assert body["messages"][-1] == {"role": "assistant", "content": "<think>\n"}
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    assert text == "<think>\nhm\n</think>\nyes"


def test_without_a_tokenizer_here_the_configuration_is_believed(ask: Ask) -> None:
    body, text = ask("hm\n</think>\nyes", reasoning_prefix="<think>\n")
    assert body["continue_final_message"] is True
    assert text == "<think>\nhm\n</think>\nyes"
    body, text = ask("hm, and never an end", reasoning="yes")
    assert "continue_final_message" not in body
    assert text == "<think>\nhm, and never an end"


def test_arguments_and_a_folded_system_turn_are_sent(ask: Ask, tmp_path: Path) -> None:
    body, _ = ask("yes", path=served(tmp_path, "gemma2"), template_arguments={"enable_thinking": False})
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert body["messages"] == [{"role": "user", "content": "You judge.\n\n?"}]


def test_the_text_begins_with_the_opening_by_the_configured_marks(ask: Ask) -> None:
    marks = {"reasoning_start": "[THINK]", "reasoning_end": "[/THINK]"}
    assert ask("hm|yes", **marks)[1] == "[THINK]\nhm\n[/THINK]\nyes"
    assert ask("hm[/THINK]yes", **marks)[1] == "[THINK]\nhm[/THINK]yes"
    assert ask("[THINK]hm[/THINK]yes", reasoning="yes", **marks)[1] == "[THINK]hm[/THINK]yes"
    assert ask("yes", **marks)[1] == "yes"


def test_reasoning_that_was_cut_stays_open(ask: Ask) -> None:
    assert ask("hm, and so|", "length")[1] == "<think>\nhm, and so"


class Adapters(BaseHTTPRequestHandler):
    """Loads and unloads adapters as vLLM does: a second load is refused, and so is a request for one that is gone."""

    loaded: ClassVar[set[str]] = set()
    lock: ClassVar[threading.Lock] = threading.Lock()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with Adapters.lock:
            status, answer = self._answer(self.path.rpartition("/v1/")[2], body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        name = body.get("lora_name", body.get("model"))
        known = name in Adapters.loaded or name == "base"
        if path == "load_lora_adapter":
            Adapters.loaded.add(name)
            message = f"The lora adapter '{name}' has already been loaded."
            return (400, {"error": {"message": message}}) if known else (200, {})
        if path == "unload_lora_adapter":
            Adapters.loaded.discard(name)
        if not known:
            return 404, {"error": {"message": f"'{name}' does not exist"}}
        if path == "completions":
            return 200, {"choices": [{"logprobs": {"token_logprobs": [None, -1.0 if name == "base" else -2.0, -3.0]}}]}
        choice = {"finish_reason": "stop", "message": {"content": "Answer: equivalent"}}
        return 200, {"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def adapters() -> Iterator[str]:
    Adapters.loaded.clear()
    http = ThreadingHTTPServer(("127.0.0.1", 0), Adapters)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}/v1"
    http.shutdown()
    http.server_close()


def test_jobs_that_share_an_adapter_do_not_take_it_from_each_other(adapters: str, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"weights")
    server = ServerConfig(url=adapters, retries=0, patience_seconds=0, concurrency=2, model="base", dynamic_lora=True)
    message = Message(role="user", content="?")

    def job(number: int) -> int:
        engine = open_engine(EngineConfig(kind=EngineKind.SERVER, server=server), ModelConfig(name="base"), tmp_path)
        request = Request(id=f"r{number}", messages=(message,), n=5, sampling=Sampling(), seed=number)
        try:
            return len(list(engine.sample([request], lambda key: True)))
        finally:
            engine.close()

    with ThreadPoolExecutor(4) as jobs:
        assert list(jobs.map(job, range(12))) == [5] * 12
