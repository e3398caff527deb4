"""From a configuration file to typed experiments; which keys a stage depends on.

A key that is wrong gets one line: the key, what was found, what is allowed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from seqplay.config.experiment import Config
from seqplay.config.presets import with_preset
from seqplay.config.section import Section
from seqplay.config.sweep import variants
from seqplay.errors import ConfigError
from seqplay.files import canonical_json, content_id


def _allowed(error: dict[str, Any], model: type[BaseModel]) -> str:
    """Say what is allowed at an error's place."""
    context = error.get("ctx") or {}
    if error["type"] == "extra_forbidden":
        current: Any = model
        for part in error["loc"][:-1]:
            field = getattr(current, "model_fields", {}).get(part)
            current = field.annotation if field else None
        keys = sorted(getattr(current, "model_fields", {}))
        return f"no such key; allowed here: {', '.join(keys)}" if keys else "no such key"
    if "expected" in context:
        return f"allowed: {context['expected']}"
    return str(error["msg"]).removeprefix("Value error, ")


def parse_config(raw: dict[str, Any]) -> Config:
    """Return the typed configuration of one experiment.

    Raises ``ConfigError`` naming the first wrong key, what was found, and what is allowed.
    """
    try:
        return Config.model_validate(with_preset(raw))
    except ValidationError as failure:
        error: dict[str, Any] = dict(failure.errors()[0])
        where = ".".join(str(part) for part in error["loc"])
        if not where:
            raise ConfigError(f"config: {_allowed(error, Config)}") from failure
        found = json.dumps(error["input"], default=str)
        raise ConfigError(f"config key {where}: found {found}; {_allowed(error, Config)}") from failure


def parse_experiments(raw: dict[str, Any]) -> dict[str, Config]:
    """Return the experiments of a configuration file by name: one, or those of its ``experiments`` or ``sweep``."""
    found = {name: parse_config(keys) for name, keys in variants(raw).items()}
    if len({config.results for config in found.values()}) > 1:
        raise ConfigError("config key results: found several in one file; allowed: one folder for all its experiments")
    return found


OPERATIONAL = frozenset(
    {
        "haskell.workers",
        "haskell.items_per_session",
        "engine.batch_size",
        "engine.resident",
        "engine.threads",
        "engine.server.concurrency",
        "engine.server.retries",
        "engine.server.timeout_seconds",
        "engine.vllm.memory_share",
        "train.save_steps",
    }
)
"""Keys that change how fast a stage runs, not what it computes: an edited one reruns nothing."""


def stage_settings(config: Config, *keys: str) -> dict[str, Any]:
    """Return what a stage's result depends on: dotted keys with their values, sections without operational keys."""
    plain = config.model_dump(mode="json", by_alias=True)
    result: dict[str, Any] = {}
    for key in keys:
        value: Any = plain
        for part in key.split("."):
            value = value[part]
        result[key] = _without_operational(value, key)
    return result


def fingerprint(*parts: Section | str | int) -> str:
    """Return a hash of what decides a result: sections without their operational keys, seeds, names."""
    names = {type(getattr(Config(), name)): name for name in Config.model_fields}
    plain = [
        _without_operational(part.model_dump(mode="json"), names.get(type(part), ""))
        if isinstance(part, Section)
        else part
        for part in parts
    ]
    return content_id(canonical_json(plain))


def _without_operational(value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        key: _without_operational(inner, f"{where}.{key}")
        for key, inner in value.items()
        if f"{where}.{key}" not in OPERATIONAL
    }


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a configuration file; ``ConfigError`` where it is no YAML mapping."""
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: found {type(value).__name__}; allowed: a mapping of configuration keys")
    return value
