"""A hub on loopback with a few small repositories, for what is fetched before a run."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BROKEN_SECONDS = 3.0
"""What a busy machine takes to store the small files that are fetched at the same time."""


class Hub(ThreadingHTTPServer):
    """A server that knows its repositories, what it was asked for, and what it lists and does not give."""

    folders: dict[str, Path]
    asked: list[str]
    broken: Collection[str]


class Host(BaseHTTPRequestHandler):
    """Answers as the hub does, as far as its client asks."""

    server: Hub

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        """Answer for the repository that the path is about."""
        self.server.asked.append(f"{self.command} {self.path}")
        for name, folder in self.server.folders.items():
            found = self.of(name, folder, self.path.partition("?")[0])
            if found is not None:
                return self.send(found, body)
        return self.send_error(404)

    def of(self, name: str, folder: Path, path: str) -> bytes | None:
        """Return what a path of a repository gives."""
        plain = name.removeprefix("models/")
        files = {one.relative_to(folder).as_posix(): one for one in sorted(folder.rglob("*")) if one.is_file()}
        if path.startswith(f"/api/{name}/revision/"):
            told = {"id": plain.removeprefix("datasets/"), "sha": COMMIT, "private": False, "gated": False,
                    "disabled": False, "downloads": 0, "likes": 0, "tags": [],
                    "siblings": [{"rfilename": file} for file in files]}  # fmt: skip
            return json.dumps(told).encode()
        if path == f"/api/{name}/tree/{COMMIT}":
            listed = [
                {"type": "file", "path": file, "size": one.stat().st_size, "oid": "0" * 40}
                for file, one in files.items()
            ]
            return json.dumps(listed).encode()
        for revision in (COMMIT, "main"):
            file = path.removeprefix(f"/{plain}/resolve/{revision}/")
            if file != path and file in files:
                if file in self.server.broken:
                    time.sleep(BROKEN_SECONDS)
                    return None
                return files[file].read_bytes()
        return None

    def send(self, content: bytes, body: bool) -> None:
        """Send what a repository gives."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def hub(
    models: Mapping[str, Path], datasets: Mapping[str, Path], asked: list[str], broken: Collection[str] = ()
) -> Iterator[str]:
    """Serve folders as repositories, each with one commit; give the address. What is asked for is noted.

    Files named ``broken`` are listed, and refused after a while: what is asked for beside them is stored by then.
    """
    http = Hub(("127.0.0.1", 0), Host)
    http.folders = {f"models/{name}": path for name, path in models.items()}
    http.folders |= {f"datasets/{name}": path for name, path in datasets.items()}
    http.asked, http.broken = asked, broken
    Thread(target=http.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        http.server_close()
