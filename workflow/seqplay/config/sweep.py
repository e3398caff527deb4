"""Sweeps: several experiments in one configuration file, and what differs between them.

Nothing here knows the configuration's types: settings come in as plain mappings.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from seqplay.errors import ConfigError


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the keys of ``over``, section by section."""
    result = dict(base)
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def nested(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{"a.b": 1}`` as ``{"a": {"b": 1}}``; keys that are nested already stay so."""
    result: dict[str, Any] = {}
    for key, value in keys.items():
        inner = nested(value) if isinstance(value, Mapping) else value
        for part in reversed(str(key).split(".")):
            inner = {part: inner}
        result = merged(result, inner)
    return result


def flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return ``{"a": {"b": 1}}`` as ``{"a.b": 1}``."""
    result: dict[str, Any] = {}
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            result |= flat(inner, f"{prefix}{key}.")
        else:
            result[f"{prefix}{key}"] = inner
    return result


def variants(raw: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the experiments of a configuration file by name, each as its whole mapping of keys.

    ``experiments: {NAME: overrides}`` names each; ``sweep: {grid: {KEY: [values]}}`` takes every combination;
    ``sweep: {list: [overrides]}`` takes each entry. Overrides may be nested or dotted (``curriculum.threshold: 3``).
    """
    rest = {key: value for key, value in raw.items() if key not in {"experiments", "sweep"}}
    named, sweep = raw.get("experiments"), raw.get("sweep")
    if named is not None and sweep is not None:
        raise ConfigError("config keys experiments and sweep: found both; allowed: one of them")
    if named is not None:
        overrides = _named(named)
    elif sweep is not None:
        overrides = _swept(sweep, str(raw.get("experiment", "demo")))
    else:
        return {str(raw.get("experiment", "demo")): rest}
    return {name: merged(rest, {**nested(over), "experiment": name}) for name, over in overrides.items()}


def _named(found: Any) -> dict[str, Mapping[str, Any]]:
    if not isinstance(found, Mapping) or not found:
        raise ConfigError(f"config key experiments: found {_text(found)}; allowed: a mapping from names to keys")
    return {str(name): over or {} for name, over in found.items()}


def _swept(found: Any, base: str) -> dict[str, Mapping[str, Any]]:
    if not isinstance(found, Mapping) or set(found) not in ({"grid"}, {"list"}):
        raise ConfigError(f"config key sweep: found {_text(found)}; allowed: one of `grid` and `list`")
    entries = _grid(found["grid"]) if "grid" in found else _list(found["list"])
    names = [
        str(entry["experiment"]) if "experiment" in entry else f"{base}.{_name(entry, entries)}" for entry in entries
    ]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ConfigError(f"config key sweep: two experiments named {twice}; give each entry its own `experiment`")
    return dict(zip(names, entries, strict=True))


def _grid(axes: Any) -> list[dict[str, Any]]:
    if not isinstance(axes, Mapping) or not axes:
        raise ConfigError(
            f"config key sweep.grid: found {_text(axes)}; allowed: a mapping from keys to lists of values"
        )
    for key, values in axes.items():
        if not isinstance(values, list) or not values:
            raise ConfigError(f"config key sweep.grid.{key}: found {_text(values)}; allowed: a list of values")
    return [dict(zip(axes, chosen, strict=True)) for chosen in itertools.product(*axes.values())]


def _list(entries: Any) -> list[dict[str, Any]]:
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, Mapping) for entry in entries):
        raise ConfigError(f"config key sweep.list: found {_text(entries)}; allowed: a list of mappings of keys")
    return [flat(entry) for entry in entries]


def _name(entry: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> str:
    """Name an entry by its values: ``threshold-3.seed-0``; a value that fits no file name by its place among them."""
    parts = []
    for key, value in entry.items():
        text = value if isinstance(value, str) else _text(value)
        if not all(letter.isalnum() or letter in "_-." for letter in text):
            seen: list[Any] = []
            for other in entries:
                if key in other and other[key] not in seen:
                    seen.append(other[key])
            text = str(seen.index(value))
        tails = [other for other in entry if other.rpartition(".")[2] == key.rpartition(".")[2]]
        parts.append(f"{key.rpartition('.')[2] if len(tails) == 1 else key}-{text}")
    return ".".join(parts)


def _text(value: Any) -> str:
    return json.dumps(value, default=str)


def differences(settings: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return the table of what differs: a head (``experiment`` and the keys), then a row an experiment."""
    plain = {
        name: flat({key: value for key, value in one.items() if key != "experiment"}) for name, one in settings.items()
    }
    keys = list(dict.fromkeys(key for one in plain.values() for key in one))
    differing = [key for key in keys if len({_text(one.get(key)) for one in plain.values()}) > 1]
    rows = [(name, *(_text(one.get(key)) for key in differing)) for name, one in plain.items()]
    return [("experiment", *differing), *rows]
