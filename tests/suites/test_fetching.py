"""``seqplay suites fetch``: pinned, checked, stored with its licence, and one line where it cannot be had."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from seqplay.downloads import PIN, Source, fetch
from seqplay.errors import InputError, ToolError
from seqplay.suites import fetching
from seqplay.suites.fetching import fetch_suite
from seqplay.suites.known import KNOWN

LINES = b'{"task_id": 1, "prompt": "f :: Int -> Int", "test": "main = return ()"}\n'
OTHER = LINES.replace(b"1", b"2")
HASH = hashlib.sha256(LINES).hexdigest()
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Host(BaseHTTPRequestHandler):
    """A file behind an address, and a hub with one data set that has one file."""

    content = LINES
    asked: list[str]

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        type(self).asked.append(f"{self.command} {self.path}")
        resolved = f"/datasets/ours/tasks/resolve/{COMMIT}/data/test.jsonl"
        if self.path.startswith("/api/datasets/ours/tasks/revision/") or self.path == "/api/datasets/ours/tasks":
            told = {"id": "ours/tasks", "sha": COMMIT, "tags": ["license:mit"], "siblings": [], "private": False,
                    "downloads": 0, "likes": 0, "gated": False, "disabled": False}  # fmt: skip
            self.send(json.dumps(told).encode(), "application/json", body)
        elif self.path in (resolved, "/test.jsonl"):
            self.send(type(self).content, "application/octet-stream", body)
        else:
            self.send_error(404)

    def send(self, content: bytes, kind: str, body: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Host, "asked", [], raising=False)
    http = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


def seqplay(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder, in a process of its own: the hub's client reads its settings when imported."""
    known = {"HF_HOME": str(folder / "hub"), "HF_HUB_DISABLE_TELEMETRY": "1", **environment}
    return subprocess.run(
        [sys.executable, "-c", "from seqplay.cli import main; main()", "suites", "fetch", *arguments],
        cwd=folder, env={**os.environ, **known}, capture_output=True, text=True,
    )  # fmt: skip


def test_an_address_is_stored_with_hash_and_licence_and_not_fetched_twice(tmp_path: Path, host: str) -> None:
    source = Source(url=f"{host}/test.jsonl", sha256=HASH, licence="mit")
    items, pinned = fetch_suite("ours", source, tmp_path)
    assert items.read_bytes() == LINES
    assert json.loads((tmp_path / "ours" / PIN).read_text())["licence"] == "mit"
    assert fetch_suite("ours", None, tmp_path) == (items, pinned)
    assert Host.asked == ["GET /test.jsonl"]

    items.unlink()
    assert fetch_suite("ours", None, tmp_path)[0].read_bytes() == LINES


def test_other_bytes_than_the_hash_are_not_stored(tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(url=f"{host}/test.jsonl", sha256=HASH)
    fetch(source, tmp_path / "there")
    monkeypatch.setattr(Host, "content", OTHER)
    with pytest.raises(ToolError, match="wrong content"):
        fetch(source, tmp_path / "new")
    assert not list((tmp_path / "new").iterdir())
    (tmp_path / "there/test.jsonl").write_bytes(b"broken")
    with pytest.raises(ToolError, match="wrong content"):
        fetch(source, tmp_path / "there")
    assert (tmp_path / "there/test.jsonl").read_bytes() == b"broken", "nothing is replaced by what is wrong"


def test_a_data_set_of_the_hub_is_pinned_by_commit_hash_and_licence_in_one_line(tmp_path: Path, host: str) -> None:
    asked = ("ours", "--hub", "ours/tasks", "--file", "data/test.jsonl")
    done = seqplay(tmp_path, *asked, HF_ENDPOINT=host)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        f"suites/ours/test.jsonl: from hub ours/tasks at {COMMIT}, data/test.jsonl; licence mit; sha256 {HASH}\n"
    )
    assert (tmp_path / "suites/ours/test.jsonl").read_bytes() == LINES
    assert {path.name for path in (tmp_path / "suites/ours").iterdir()} == {"test.jsonl", PIN}
    pinned = json.loads((tmp_path / "suites/ours" / PIN).read_text())
    assert (pinned["revision"], pinned["sha256"], pinned["licence"]) == (COMMIT, HASH, "mit")

    before = len(Host.asked)
    again = seqplay(tmp_path, "ours", HF_ENDPOINT=host)
    assert (again.stdout, len(Host.asked)) == (done.stdout, before), "what is there is not asked for"


@pytest.mark.parametrize(
    ("environment", "says"),
    [({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set"), ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "cannot be fetched")],
)
def test_offline_it_says_so_in_one_line_and_leaves_nothing_half_done(
    tmp_path: Path, environment: dict[str, str], says: str
) -> None:
    done = seqplay(tmp_path, "ours", "--hub", "ours/tasks", "--file", "data/test.jsonl", **environment)
    assert done.returncode == 3
    assert done.stdout == ""
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list((tmp_path / "suites/ours").iterdir())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ours"], "give a source"),
        (["../ours"], "found the name"),
        (["ours", "--url", "https://example.org/a.jsonl"], "sha256"),
        (["ours", "--hub", "tasks", "--file", "a"], "OWNER/NAME"),
        (["ours", "--hub", "a/b", "--file", "c", "--url", "https://example.org/a.jsonl"], "one of them"),
        (["ours", "--url", "file:///etc/passwd", "--sha256", HASH], "https://"),
    ],
)
def test_a_request_that_is_none_is_told_in_one_line(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = seqplay(tmp_path, *arguments)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert says in done.stderr


def test_the_papers_suites_need_only_their_names(tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"humaneval_hs": Source(url=f"{host}/test.jsonl", sha256=HASH, licence="mit")}
    monkeypatch.setattr(fetching, "KNOWN", known)
    assert fetch_suite("humaneval_hs", None, tmp_path)[0].read_bytes() == LINES
    with pytest.raises(InputError, match="known without one: humaneval_hs"):
        fetch_suite("ours", None, tmp_path)


def test_a_known_suite_never_takes_the_place_of_a_pin(tmp_path: Path, host: str) -> None:
    fetch_suite("mbpp_hs", Source(url=f"{host}/test.jsonl", sha256=HASH), tmp_path)
    assert fetch_suite("mbpp_hs", None, tmp_path)[1].url == f"{host}/test.jsonl"


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_suite_is_pinned_or_comes_from_the_hub(name: str) -> None:
    source = KNOWN[name]
    assert source.sha256 is not None or source.revision == "refs/convert/parquet"
    assert source.name.endswith((".jsonl", ".parquet"))


def test_a_pinned_suite_is_not_replaced_by_another_one(tmp_path: Path, host: str) -> None:
    seqplay(tmp_path, "ours", "--url", f"{host}/test.jsonl", "--sha256", HASH)
    done = seqplay(tmp_path, "ours", "--hub", "ours/tasks", "--file", "data/other.jsonl", HF_ENDPOINT=host)
    assert done.returncode == 2
    assert "remove the folder" in done.stderr


def test_parquet_becomes_json_lines(tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow
    from pyarrow import parquet

    rows = [{"task_id": "a/1", "prompt": "é", "test": "t"}, {"task_id": "a/2", "prompt": "p", "test": None}]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "rows.parquet")
    content = (tmp_path / "rows.parquet").read_bytes()
    source = Source(url=f"{host}/test.jsonl", sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(Host, "content", content)
    monkeypatch.setattr(Source, "name", property(lambda self: "test.parquet"))
    items, _ = fetch_suite("ours", source, tmp_path)
    assert [json.loads(line) for line in items.read_text().splitlines()] == rows
