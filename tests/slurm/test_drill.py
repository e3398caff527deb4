"""Disasters on a real Slurm: whatever happens, the experiment ends with the files of an undisturbed one."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from seqplay.errors import InputError
from seqplay.runtime import cluster
from tests.slurm import lab
from tests.slurm.experiment import NO_MODEL, SlurmExperiment, kill, wait_for
from tests.workflow.experiment import Experiment, corpus, record_answers

pytestmark = [pytest.mark.slurm, pytest.mark.slow, pytest.mark.timeout(1500)]

PROGRAMS = 6
PLAIN = {**NO_MODEL, "alice": {**NO_MODEL["alice"], "retries": 0}}
SHARDED = {**PLAIN, "shards": {"propose": 2, "validate": 2}}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of the same experiment, played here in one go and without shards."""
    quiet = Experiment(tmp_path_factory.mktemp("quiet") / "x", PLAIN, corpus(PROGRAMS))
    quiet.play()
    return final(quiet)


def final(experiment: Experiment) -> dict[str, str]:
    """Return the hashes of what must not depend on shards: all but the shards' own files and Slurm's logs."""
    return {name: sha for name, sha in experiment.files().items() if "shard" not in name and "slurm_logs" not in name}


@pytest.fixture(autouse=True)
def _healthy(slurm: None) -> Iterator[None]:
    """Each drill begins and ends with every daemon up and no job left."""
    yield
    lab.up()
    lab.run("scancel", "--user=root", check=False)


def test_cancelled_jobs_of_every_kind_are_sent_again(undisturbed: dict[str, str], tmp_path: Path) -> None:
    drill = SlurmExperiment(tmp_path / "x", SHARDED, corpus(PROGRAMS))
    run = drill.start()
    try:
        for rule in ("prepare_programs", "propose", "validate", "vote", "score_votes", "train"):
            lab.run("scancel", wait_for(lambda rule=rule: drill.running(rule), 240))
        drill.finish(run, 900)
    finally:
        kill(run)
    assert final(drill) == undisturbed


def test_a_lost_node_and_a_lost_controller_cost_time_and_no_result(undisturbed: dict[str, str], tmp_path: Path) -> None:
    drill = SlurmExperiment(tmp_path / "x", SHARDED, corpus(PROGRAMS))
    run = drill.start()
    try:
        job = wait_for(lambda: drill.running("prepare_programs"))
        node = lab.run("squeue", "--noheader", f"--jobs={job}", "--format=%N").strip()
        lab.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=drill")
        wait_for(lambda: drill.running("propose"), 240)
        wait_for(lab.written_down())
        lab.stop_controller()
        lab.start_controller()
        drill.finish(run, 900)
    finally:
        kill(run)
    assert final(drill) == undisturbed


def test_a_killed_snakemake_leaves_nothing_that_writes_beside_the_next_one(
    undisturbed: dict[str, str], tmp_path: Path
) -> None:
    drill = SlurmExperiment(tmp_path / "x", SHARDED, corpus(PROGRAMS))
    run = drill.start()
    wait_for(lambda: drill.running("propose"), 240)
    with pytest.raises(InputError, match="still runs here"):
        cluster.recover(drill.folder)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    left = cluster.orphans(drill.folder)
    assert left
    assert all(orphan.rule.startswith("rule_propose") for orphan in left)
    with pytest.raises(InputError, match="seqplay cluster recover"):
        cluster.refuse_orphans(drill.folder)
    assert cluster.recover(drill.folder) == left
    assert cluster.orphans(drill.folder) == []
    drill.finish(drill.start(), 900)
    assert final(drill) == undisturbed


def test_a_job_that_runs_out_of_time_goes_on_in_a_longer_one(slurm: None, tmp_path: Path) -> None:
    programs = corpus(PROGRAMS)
    target = "results/demo/iter_1/proposals/attempt_0.jsonl"
    replay = {
        **NO_MODEL,
        "engine": {"kind": "replay", "replay_file": "answers.jsonl"},
        "model": {"name": "replayed"},
        "alice": {"proposers": [{"name": "model", "weight": 1}]},
    }
    quick = Experiment(tmp_path / "quick", replay, programs)
    record_answers(quick.folder / "answers.jsonl", programs)
    quick.play(target)
    slow = SlurmExperiment(tmp_path / "slow", replay, programs)
    record_answers(slow.folder / "answers.jsonl", programs, seconds=25)
    roles = {**slow.settings["resources"]}
    slow.write({**slow.settings, "resources": {**roles, "engine": {**roles["engine"], "minutes": 1}}})
    slow.finish(slow.start(target), 900)
    assert (
        slow.files()["demo/iter_1/proposals/attempt_0.jsonl"] == quick.files()["demo/iter_1/proposals/attempt_0.jsonl"]
    )
    finished = (lab.FOLDER / "finished_jobs").read_text()
    assert "JobState=TIMEOUT" in finished


def test_a_full_disk_ends_in_one_line_and_what_was_finished_is_kept(
    undisturbed: dict[str, str], tmp_path: Path
) -> None:
    drill = SlurmExperiment(tmp_path / "x", SHARDED, corpus(PROGRAMS))
    results = drill.folder / "results"
    results.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(results)], check=False).returncode:
        pytest.skip("this container may not mount a tmpfs")
    try:
        printed = drill.play(expect=1, flags=("--retries", "0"))
        assert "No space left" in printed + "".join(log.read_text() for log in results.rglob("*.log"))
        subprocess.run(["mount", "-o", "remount,size=64m", str(results)], check=True)
        drill.finish(drill.start(), 900)
        assert final(drill) == undisturbed
    finally:
        subprocess.run(["umount", str(results)], check=True)


def test_settings_edited_while_jobs_wait_are_refused_by_the_next_job(slurm: None, tmp_path: Path) -> None:
    drill = SlurmExperiment(tmp_path / "x", NO_MODEL, corpus(PROGRAMS))
    drill.strict = True
    target = "results/demo/heldout_pairs.jsonl"
    run = drill.start(target, flags=("--retries", "0"))
    wait_for(lambda: (drill.folder / "results/demo/logs/prepare_programs.log").exists())
    drill.write({**drill.settings, "seed": 5})
    assert run.wait(300) == 1
    assert "configuration: edited since this run began" in (drill.folder / "run.log").read_text()
    assert not (drill.folder / target).exists()
