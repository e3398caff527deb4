"""What an experiment needs from elsewhere, fetched before any job runs: nodes that compute often have no network.

Models and datasets of the hub are stored in its cache, pinned to the commit; files are known by their hash. Suites of
items are fetched by name (``seqplay suites fetch``), since they lie where the configuration says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from seqplay import models
from seqplay.config import Config, EngineKind
from seqplay.downloads import Kind, fetch_repository
from seqplay.errors import InputError
from seqplay.files import file_id
from seqplay.records import Record

Say = Callable[[str], None]


class Input(Record):
    """Something that an experiment reads and did not make."""

    what: str
    """``model``, ``programs``, ``instructions``, ``suite NAME``, or ``adapter of alice``."""
    source: str
    commit: str | None = None
    """Of a repository of the hub."""
    content: str | None = None
    """A hash, of a file or of an embedded model."""

    def __str__(self) -> str:
        pinned = f" at {self.commit}" if self.commit else ""
        return f"{self.what}: {self.source}{pinned}"


def fetch_inputs(config: Config, say: Say) -> list[Input]:
    """Fetch what an experiment reads and is not here, and return all that it reads.

    Raises ``SeqplayError`` where something cannot be had.
    """
    return list(_inputs(config, say))


def _inputs(config: Config, say: Say) -> Iterator[Input]:
    if _loads_a_model(config):
        yield _model(config, say)
    yield _data("programs", config.programs.source, config.programs.revision)
    yield _data("instructions", config.dataset.instructions.source, config.dataset.instructions.revision)
    for suite in config.evaluation.suites:
        if not suite.path.is_file():
            raise InputError(f"suite {suite.name}: {suite.path} is not there; `seqplay suites fetch` stores one")
        yield Input(what=f"suite {suite.name}", source=suite.items, content=file_id(suite.path))
    for agent, folder in config.train.initial_adapter.model_dump().items():
        if folder is not None:
            weights = Path(folder) / "adapter_model.safetensors"
            if not weights.is_file():
                raise InputError(f"config key train.initial_adapter.{agent}: {weights} is not there")
            yield Input(what=f"adapter of {agent}", source=folder, content=file_id(weights))


def _loads_a_model(config: Config) -> bool:
    kind = config.engine.kind
    trained = kind is EngineKind.SERVER and bool(config.train.agents)
    return kind in (EngineKind.TRANSFORMERS, EngineKind.VLLM) or trained


def _model(config: Config, say: Say) -> Input:
    model = config.model
    if model.path is None and model.name in models.EMBEDDED:
        models.fetch(models.EMBEDDED[model.name], say=say)
    if models.on_hub(model):
        folder = fetch_repository(model.name, "model", model.revision)
        return Input(what="model", source=model.name, commit=folder.name)
    return Input(what="model", source=models.resolve(model), content=models.identity(model))


def _data(what: str, source: str, revision: str | None) -> Input:
    kind: Kind = "dataset"
    path = Path(source)
    if path.is_file():
        return Input(what=what, source=source, content=file_id(path))
    if path.is_dir():
        return Input(what=what, source=source)
    return Input(what=what, source=source, commit=fetch_repository(source, kind, revision).name)
