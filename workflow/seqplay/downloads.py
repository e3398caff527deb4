"""What a user downloads: pinned, checked by its hash, and stored with its licence; never during a run.

A file comes from the hub (repository, file, revision) or from an address. ``fetch`` stores it in a folder with
``source.json`` beside it, which says where it comes from; called with that pin again, it stores just these bytes, or
fails.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from seqplay.errors import InputError, ToolError
from seqplay.files import write_text
from seqplay.records import Record

PIN = "source.json"
SECONDS = 20.0
"""How long a host may take to answer, or to send the next piece."""
CHUNK = 1 << 20
UNKNOWN = "unknown"


OFFLINE = "HF_HUB_OFFLINE"
"""The environment variable that keeps the hub's libraries from asking it."""
WHERE_TO_FETCH = "run `seqplay fetch CONFIG` where there is a network (the hub's cache is in HF_HOME)"
Kind = Literal["model", "dataset"]
NEEDED: dict[str, list[str] | None] = {
    "model": ["*.safetensors", "*.safetensors.index.json", "*.json", "*.jinja", "*.model", "merges.txt", "vocab.txt"],
    "dataset": None,
}
"""The files of a repository that are read; none: all. Weights in a second format would double what is stored."""


class Source(Record):
    """Where a file comes from. After ``fetch`` every field is known that the source tells."""

    hub: str | None = None
    """Repository on the hub, ``OWNER/NAME``."""
    kind: str = Field("dataset", pattern="^(dataset|model)$")
    """What the repository holds."""
    file: str | None = None
    """Path of the file in the repository."""
    revision: str | None = None
    """Branch, tag or commit; after ``fetch`` the commit."""
    url: str | None = None
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    """Of the bytes. An address needs it beforehand; of the hub's files it is stored at the first time."""
    licence: str = UNKNOWN
    """As the repository names it, or as the user does."""

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        if (self.hub is None) == (self.url is None):
            raise ValueError("give a hub repository or a url, one of them")
        if self.hub is not None and (self.hub.count("/") != 1 or not self.file):
            raise ValueError("a hub repository is OWNER/NAME, and needs the path of a file in it")
        if self.url is not None and (self.sha256 is None or urlsplit(self.url).scheme not in {"http", "https"}):
            raise ValueError("a url begins with https://, and needs the sha256 of what is behind it")
        return self

    @property
    def name(self) -> str:
        """The file's name."""
        return Path(self.file or urlsplit(self.url or "").path).name or "items"

    def __str__(self) -> str:
        place = f"hub {self.hub} at {self.revision}, {self.file}" if self.hub else str(self.url)
        return f"{place}; licence {self.licence}; sha256 {self.sha256}"


def fetch(source: Source, folder: Path) -> Source:
    """Store a source's file and its pin in a folder, and return the pin; what is there already is not fetched again.

    Raises ``ToolError`` in one line where the source cannot be reached or gives other bytes than its hash.
    """
    target = folder / source.name
    if source.sha256 is not None and target.is_file() and sha256_of(target) == source.sha256:
        known = read_pin(folder)
        if known is not None and known.sha256 == source.sha256:
            return known
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch.", dir=folder) as scratch:
        found, got = (_from_hub if source.hub else _from_url)(source, Path(scratch))
        digest = sha256_of(got)
        if source.sha256 not in (None, digest):
            raise ToolError(
                f"{source.hub or source.url}: wrong content (SHA-256 {digest}, expected {source.sha256}); "
                "the source has changed, or the hash is another file's"
            )
        got.replace(target)
    pinned = found.model_copy(update={"sha256": digest})
    write_text(folder / PIN, pinned.model_dump_json(indent=2, exclude_none=True) + "\n")
    return pinned


def offline() -> bool:
    """Say whether the hub is switched off: in the jobs of a run it is, whose inputs were fetched before."""
    return os.environ.get(OFFLINE, "0") not in {"", "0"}


def fetch_repository(name: str, kind: Kind, revision: str | None) -> Path:
    """Store what is needed of a repository in the hub's cache, and return its folder, whose name is the commit.

    What is there already is not asked for again, and what was broken off goes on. A gated repository wants the user's
    token (``hf auth login``, or ``HF_TOKEN``). Raises ``ToolError`` in one line.
    """
    with _in_one_line(f"hub {name}"):
        stored = stored_repository(name, kind, revision)
    if stored is not None:
        return stored
    if offline():
        raise ToolError(f"hub {name}: not stored on this machine, and {OFFLINE} is set; {WHERE_TO_FETCH}")
    from huggingface_hub import snapshot_download

    with _in_one_line(f"hub {name}"):
        folder = Path(snapshot_download(name, repo_type=kind, revision=revision, allow_patterns=NEEDED[kind]))
    if kind == "model" and not any(folder.glob("*.safetensors")):
        raise ToolError(f"hub {name}: has no weights as safetensors; convert them, and name the folder in model.path")
    write_text(_whole_mark(folder), "")
    return folder


def stored_repository(name: str, kind: Kind, revision: str | None) -> Path | None:
    """Return the folder of a repository in the hub's cache; none where it is not there whole."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(
            snapshot_download(
                name, repo_type=kind, revision=revision, allow_patterns=NEEDED[kind], local_files_only=True
            )
        )
    except LocalEntryNotFoundError:
        return None
    return folder if _whole_mark(folder).is_file() or (kind == "model" and _has_weights(folder)) else None


def _whole_mark(folder: Path) -> Path:
    """Return the file beside a repository's snapshots that says that all of this one is there: of a dataset whose fetch
    was broken off, nothing else does."""
    return folder.parent.parent / f"seqplay-whole-{folder.name}"


def _has_weights(folder: Path) -> bool:
    """Say whether all weights that a model's index names are there, whoever fetched it."""
    indices = list(folder.glob("*.safetensors.index.json"))
    named = {file for index in indices for file in json.loads(index.read_text("utf-8"))["weight_map"].values()}
    weights = named or {"model.safetensors"}
    return all((folder / name).is_file() for name in ("config.json", *weights))


def read_pin(folder: Path) -> Source | None:
    """Return the pin that a folder holds; raises ``InputError`` where it is none."""
    path = folder / PIN
    if not path.is_file():
        return None
    try:
        return Source.model_validate_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: no pin of a source; remove it, or restore it ({_first_line(error)})") from error


def sha256_of(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _from_url(source: Source, scratch: Path) -> tuple[Source, Path]:
    import httpx

    assert source.url is not None
    got = scratch / source.name
    with (
        _in_one_line(source.url),
        httpx.stream("GET", source.url, follow_redirects=True, timeout=SECONDS) as response,
        got.open("wb") as handle,
    ):
        response.raise_for_status()
        for chunk in response.iter_bytes(CHUNK):
            handle.write(chunk)
    return source, got


def _from_hub(source: Source, scratch: Path) -> tuple[Source, Path]:
    from huggingface_hub import HfApi

    assert source.hub is not None
    if offline():
        raise ToolError(
            f"hub {source.hub}: HF_HUB_OFFLINE is set; unset it, or copy the folder from where it was fetched"
        )
    api = HfApi()
    with _in_one_line(f"hub {source.hub}"):
        info = api.repo_info(source.hub, revision=source.revision, repo_type=source.kind, timeout=SECONDS)
        got = api.hf_hub_download(
            source.hub, source.file or "", revision=info.sha, repo_type=source.kind, local_dir=scratch
        )
    licence = source.licence if source.licence != UNKNOWN else _licence(info)
    return source.model_copy(update={"revision": info.sha, "licence": licence}), Path(got)


def _licence(info: Any) -> str:
    """Return the licence that a repository's card names."""
    named = [tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:")]
    return ", ".join(named) or UNKNOWN


@contextmanager
def _in_one_line(place: str) -> Iterator[None]:
    """Turn whatever a client throws into one line."""
    try:
        yield
    except Exception as error:  # the hub's client and its transport have no common base
        raise ToolError(
            f"{place}: cannot be fetched ({type(error).__name__}: {_first_line(error)}); "
            "nothing was stored: check the name and the network, or copy the folder from a machine that has it"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no details"])[0][:200]


def open_hub_dataset(name: str, split: str, revision: str | None) -> Any:
    """Stream a dataset of the hub: as it was fetched, or from the hub itself where it was not and there is a network.

    Raises ``ToolError`` where it was not, and the hub is switched off.
    """
    import datasets

    stored = stored_repository(name, "dataset", revision)
    if stored is not None:
        return datasets.load_dataset(str(stored), split=split, streaming=True)
    if offline():
        raise ToolError(f"hub dataset {name}: not stored on this machine; {WHERE_TO_FETCH}")
    return datasets.load_dataset(name, split=split, revision=revision, streaming=True)
