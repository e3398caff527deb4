"""What was measured goes to a tracker once, whatever is exported again."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from seqplay.errors import InputError, ToolError
from seqplay.files import write_records
from seqplay.operations import export
from seqplay.operations.export import Tracker
from seqplay.records import GuardReport

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("SEQPLAY_EXTRAS_PYTHON", ROOT / ".seqplay" / "extras" / "bin" / "python"))
READ = {
    "trackio": """
from trackio.sqlite_storage import SQLiteStorage
for run in SQLiteStorage.get_runs("seqplay"):
    print(run, [line["step"] for line in SQLiteStorage.get_logs("seqplay", run)])
""",
    "mlflow": """
from mlflow.tracking import MlflowClient
client = MlflowClient(tracking_uri=OUT.resolve().as_uri())
[project] = [one for one in client.search_experiments() if one.name == "seqplay"]
for run in client.search_runs([project.experiment_id], order_by=["attributes.run_name"]):
    name = min(run.data.metrics)
    print(run.info.run_name, [one.step for one in client.get_metric_history(run.info.run_id, name)])
""",
    "wandb": """
for folder in sorted(OUT.glob("wandb/offline-run-*/run-*.wandb")):
    print(folder.stem, folder.stat().st_size > 0)
""",
}


def played(folder: Path, iterations: int, share: float = 0.5) -> Path:
    """An experiment of so many iterations: guards, and Bob's training of three steps."""
    for number in range(1, iterations + 1):
        measures = {"copies": share, "unparsed": None}
        report = GuardReport(iteration=number, measures=measures, alarms=[], action="stop")
        write_records(folder / f"iter_{number}" / "guards.jsonl", [report])
        curve = folder / f"iter_{number}" / "bob_adapters" / "loss_curve.jsonl"
        curve.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps({"step": step, "loss": 1 / step}) + "\n" for step in (1, 2, 3)]
        curve.write_text("".join(lines), encoding="utf-8")
    return folder


def test_an_experiment_and_each_training_are_runs_of_what_was_measured(tmp_path: Path) -> None:
    game, *trainings = export.finished_runs(played(tmp_path / "mine", 2))
    assert game.name == "mine"
    assert game.points == [(number, {"guards/measures/copies": 0.5}) for number in (1, 2)]
    assert [run.name for run in trainings] == ["mine/iter_1/bob", "mine/iter_2/bob"]
    assert trainings[0].points[1] == (2, {"train/loss": 0.5})


def test_a_tracker_that_is_missing_and_an_experiment_without_records_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"export: trackio is not installed here; .*\.\[trackio\]"):
        export.export(played(tmp_path / "mine", 1), Tracker.TRACKIO, tmp_path / "out")
    with pytest.raises(InputError, match="no iteration is finished"):
        export.finished_runs(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON.exists(), reason="no trackers here: `make extras-env`")
@pytest.mark.parametrize("tracker", list(Tracker))
def test_the_tracker_itself_reads_each_step_once(tracker: Tracker, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shown = {"TRACKIO_DIR": str(out), "MLFLOW_ALLOW_FILE_STORE": "true"}
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow")} | shown

    def call(script: str) -> list[str]:
        said = subprocess.run([PYTHON, "-c", script], env=environment, capture_output=True, text=True, check=True)
        return said.stdout.splitlines()

    def exported(iterations: int, share: float = 0.5) -> list[str]:
        folder = played(tmp_path / "mine", iterations, share)
        command = ["export", str(folder), "--to", tracker.value, "--out", str(out)]
        said = call(f"import sys; sys.argv[1:] = {command}; from seqplay.cli import main; main()")
        return [line for line in said if line.endswith("steps added")]

    def read() -> list[str]:
        return call(f"from pathlib import Path\nOUT = Path({str(out)!r})\n{READ[tracker]}")

    assert exported(1) == ["mine: 1 steps added", "mine/iter_1/bob: 3 steps added"]
    once = read()
    assert exported(1) == ["mine: 0 steps added", "mine/iter_1/bob: 0 steps added"]
    assert read() == once
    assert exported(2)[0] == "mine: 1 steps added"
    later = read()
    assert exported(2, share=0.9)[0] == "mine-2: 2 steps added"
    if tracker is Tracker.WANDB:  # a folder for each time that something was added
        assert (len(once), len(later), len(read())) == (2, 4, 5)
        assert all(line.endswith("True") for line in read())
        return
    assert once == ["mine [1]", "mine/iter_1/bob [1, 2, 3]"]
    assert later == ["mine [1, 2]", "mine/iter_1/bob [1, 2, 3]", "mine/iter_2/bob [1, 2, 3]"]
    assert sorted(read()) == sorted([*later, "mine-2 [1, 2]"])
