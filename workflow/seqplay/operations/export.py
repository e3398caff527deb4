"""Export of finished records to an experiment tracker: trackio, Weights & Biases or MLflow, into a folder of its own.

One run an experiment, a step an iteration (0: the base model), and one a training, a step an optimiser step. Nothing is
sent anywhere; the trackers' own commands show or upload the folder. A second export adds what was finished meanwhile,
and nothing twice: a state file beside the runs remembers what each holds. Where exported records have changed, or an
export broke off, the run is written anew under the next revision of its name, since trackers take nothing back.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from seqplay.config.sweep import flat
from seqplay.errors import InputError, ToolError
from seqplay.files import canonical_json, content_id, read_records, write_text
from seqplay.operations.manifest import FILE as MANIFEST
from seqplay.operations.manifest import read_manifest
from seqplay.records import Evaluation, GuardReport, Record, Summary

PROJECT = "seqplay"
STATE = "seqplay_export.json"


class Tracker(StrEnum):
    """What the records are exported to."""

    TRACKIO = "trackio"
    WANDB = "wandb"
    MLFLOW = "mlflow"


class Point(NamedTuple):
    """What was measured at a step."""

    step: int
    values: dict[str, float]


class Run(NamedTuple):
    """What becomes one run of the tracker."""

    name: str
    config: dict[str, Any]
    points: Sequence[Point]


class Exported(NamedTuple):
    """A run of the tracker, and how many points were added to it."""

    name: str
    added: int


def export(experiment: Path, tracker: Tracker, out: Path) -> list[Exported]:
    """Add what an experiment's finished records measured to the runs in a folder.

    Raises ``InputError`` where nothing is finished, ``ToolError`` where the tracker's library is missing.
    """
    if importlib.util.find_spec(tracker.value) is None:
        raise ToolError(
            f"export: {tracker} is not installed here; `.venv/bin/pip install --editable '.[{tracker}]'`, or in an "
            "environment of its own (docs/how-to/watch.md)"
        )
    runs = finished_runs(experiment)
    out.mkdir(parents=True, exist_ok=True)
    return [_add(run, tracker, out) for run in runs]


def finished_runs(experiment: Path) -> list[Run]:
    """Return the experiment's run and those of its trainings; ``InputError`` where nothing is finished."""
    runs = [run for run in _runs(experiment) if run.points]
    if not runs:
        raise InputError(f"{experiment}: no iteration is finished")
    return runs


def _runs(experiment: Path) -> Iterator[Run]:
    """Yield the experiment's run, and one a training."""
    manifest = experiment / MANIFEST
    config = flat(read_manifest(manifest).config) if manifest.is_file() else {}
    plain = {key: value for key, value in config.items() if isinstance(value, str | int | float)}
    name = experiment.resolve().name
    yield Run(name, plain, _game(experiment))
    for curve in sorted(experiment.glob("iter_*/*_adapters/loss_curve.jsonl"), key=_order):
        lines = map(json.loads, curve.read_text(encoding="utf-8").splitlines())
        points = [Point(line.pop("step"), dict(_numbers("train", line))) for line in lines]
        agent = curve.parent.name.removesuffix("_adapters")
        yield Run(f"{name}/{curve.parent.parent.name}/{agent}", plain, points)


def _order(curve: Path) -> tuple[int, str]:
    return int(curve.parent.parent.name.removeprefix("iter_")), curve.parent.name


def _game(experiment: Path) -> list[Point]:
    """Return what was measured of the game, by iteration."""
    found: dict[int, dict[str, float]] = {}
    kinds: tuple[tuple[str, type[Record]], ...] = (
        ("iter_*/seq_summary.jsonl", Summary),
        ("eval_*/evaluation.jsonl", Evaluation),
        ("iter_*/guards.jsonl", GuardReport),
    )
    for pattern, kind in kinds:
        for path in experiment.glob(pattern):
            number = int(path.parent.name.partition("_")[2])
            for record in read_records(path, kind):
                found.setdefault(number, {}).update(_values(record))
    return [Point(step, dict(sorted(found[step].items()))) for step in sorted(found)]


def _values(record: Record) -> dict[str, float]:
    """Return the numbers of a record by name, with what they are of; what was not measured is left out."""
    prefix = {Summary: "game", Evaluation: "evaluation", GuardReport: "guards/measures"}[type(record)]
    body = record.measures if isinstance(record, GuardReport) else record.model_dump(mode="json")
    left_out = {"schema_version", "iteration"}
    return dict(_numbers(prefix, {key: value for key, value in body.items() if key not in left_out}))


def _numbers(name: str, value: Any) -> Iterator[tuple[str, float]]:
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield name, float(value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(f"{name}/{key}", inner)


def _add(run: Run, tracker: Tracker, out: Path) -> Exported:
    """Add what is new of a run; before and after, the state says how far it is."""
    path = out / STATE
    state = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known = state.get(run.name, {"revision": 0, "points": [], "open": False})
    points = [content_id(str(point.step), canonical_json(point.values)) for point in run.points]
    if known["points"] != points[: len(known["points"])] or known["open"]:
        known = {"revision": known["revision"] + 1, "points": [], "open": False}
    new = run.points[len(known["points"]) :]
    name = run.name if known["revision"] == 0 else f"{run.name}-{known['revision'] + 1}"
    if new:
        _write(path, state | {run.name: known | {"open": True}})
        _LOG[tracker](run._replace(name=name, points=new), out)
        _write(path, state | {run.name: known | {"points": points}})
    return Exported(name, len(new))


def _write(path: Path, state: dict[str, Any]) -> None:
    write_text(path, canonical_json(state) + "\n")


def _trackio(run: Run, out: Path) -> None:
    """Add points to a run in trackio's database (`TRACKIO_DIR=OUT trackio show`)."""
    os.environ["TRACKIO_DIR"] = str(out.resolve())
    import trackio

    opened = trackio.init(
        project=PROJECT, name=run.name, config=run.config, resume="allow", embed=False, auto_log_gpu=False,
        auto_log_cpu=False,
    )  # fmt: skip
    for point in run.points:
        opened.log(point.values, step=point.step)
    trackio.finish()


def _wandb(run: Run, out: Path) -> None:
    """Write points as an offline run (`wandb sync --append OUT/wandb/offline-run-*`)."""
    import wandb

    settings = wandb.Settings(console="off", silent=True, x_disable_stats=True, x_disable_meta=True)
    with wandb.init(
        project=PROJECT, name=run.name, id=content_id("wandb", run.name), config=run.config, mode="offline",
        dir=str(out), resume="allow", settings=settings,
    ) as opened:  # fmt: skip
        for point in run.points:
            opened.log(point.values, step=point.step)


def _mlflow(run: Run, out: Path) -> None:
    """Add points to a run in MLflow's files (`MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri OUT`)."""
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    from mlflow.entities import Metric, Param
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=out.resolve().as_uri())
    found = client.get_experiment_by_name(PROJECT)
    project = found.experiment_id if found else client.create_experiment(PROJECT)
    mine = client.search_runs([project], f"attributes.run_name = '{run.name}'")
    identity = mine[0].info.run_id if mine else client.create_run(project, run_name=run.name).info.run_id
    if not mine:
        params = [Param(key, str(value)[:500]) for key, value in run.config.items()]
        for start in range(0, len(params), 100):
            client.log_batch(identity, params=params[start : start + 100])
    for point in run.points:
        values = [Metric(key, value, 0, point.step) for key, value in point.values.items()]
        client.log_batch(identity, metrics=values)
    client.set_terminated(identity)


_LOG = {Tracker.TRACKIO: _trackio, Tracker.WANDB: _wandb, Tracker.MLFLOW: _mlflow}
