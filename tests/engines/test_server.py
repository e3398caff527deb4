"""What the `server` engine promises where no server answers, or it must be asked again."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from seqplay.config import EngineConfig, EngineKind, ModelConfig, Sampling, ServerConfig
from seqplay.engines import server as server_engine
from seqplay.engines.base import Request
from seqplay.engines.registry import open_engine
from seqplay.errors import EngineError
from seqplay.records import Completion, Message


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


def sampled(url: str, retries: int, n: int = 6) -> list[Completion]:
    config = EngineConfig(kind=EngineKind.SERVER, server=ServerConfig(url=url, retries=retries, concurrency=2))
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
