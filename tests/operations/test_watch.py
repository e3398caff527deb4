"""Watching: what a snapshot says of an experiment's files, and that it leaves them alone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from seqplay.cli import app
from seqplay.config import parse_config
from seqplay.errors import InputError
from seqplay.operations.schedule import Job, Settings, announce, read_settings, schedule
from seqplay.operations.watch import Snapshot, State, Watcher, experiments

START = "2026-01-01 10:00:00,000 INFO root: rule x {}\n"
END = "2026-01-01 10:00:09,000 INFO root: done\n"


class Played:
    """An experiment's folder, in which jobs are done by hand."""

    def __init__(self, root: Path, proofs: bool = False, **settings: Any) -> None:
        config = parse_config({"experiment": "x", "results": str(root), "iterations": 2, **settings})
        announce({config.experiment: config}, {config.experiment: proofs})
        self.folder = root / config.experiment
        self.jobs = schedule(Settings(config=config, proofs=proofs))
        self.watcher = Watcher(self.folder)

    def look(self) -> Snapshot:
        return self.watcher.snapshot()

    def job(self, play: str, rule: str, part: str = "") -> Job:
        return next(job for job in self.jobs if (job.play, job.rule) == (play, rule) and job.part.startswith(part))

    def write(self, path: Path | str, text: str) -> Path:
        full = self.folder / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text)
        return full

    def do(self, until: Callable[[Job], bool] = lambda job: False, seconds: float = 10.0) -> None:
        """Finish jobs in their order, up to the first that is not to be finished."""
        for job in self.jobs:
            if until(job):
                return
            self.write(job.log, START + END)
            self.write(job.benchmark, f"s\th:m:s\n{seconds}\t0:00:10\n")
            if not (self.folder / job.output).exists():
                self.write(job.output, "")

    def say(self, job: Job, **told: Any) -> None:
        """Have a job tell its log how far it is."""
        line = f"2026-01-01 10:00:01,000 INFO seqplay.progress: {json.dumps({'label': job.rule, **told})}\n"
        self.write(job.log, START + line)


def verdict(program: str, goal: str, verdict: str = "accepted", proposal: str = "") -> str:
    return json.dumps({"program_id": program, "proposal_id": proposal or program, "goal": goal, "verdict": verdict})


@pytest.fixture
def played(tmp_path: Path) -> Played:
    return Played(tmp_path / "results", alice={"retries": 1})


def test_an_experiment_that_has_just_been_announced_waits(played: Played) -> None:
    found = played.look()
    assert (found.finished, found.jobs_done, found.stages, found.plays) == (False, 0, [], [])
    assert found.jobs == len(played.jobs)


def test_a_running_stage_shows_done_total_rate_and_time_left(played: Played) -> None:
    vote = played.job("iter_1", "vote")
    played.do(until=lambda job: job is vote)
    played.say(vote, done=5, total=25, before=1, seconds=2.0)
    (stage,) = [stage for stage in played.look().stages if stage.play == "iter_1"]
    assert (stage.rule, stage.state, stage.done, stage.total) == ("vote", State.RUNNING, 5, 25)
    assert stage.rate == pytest.approx(2.0)
    assert stage.left == pytest.approx(10.0)
    assert stage.silent is not None


def test_items_that_the_log_does_not_tell_yet_are_counted_in_the_partial_file(played: Played) -> None:
    vote = played.job("iter_1", "vote")
    played.say(vote, done=0, total=25, before=0, seconds=0.0)
    partial = played.write(vote.output.with_name(f".{vote.output.name}.partial"), '{"fingerprint":"f"}\n{}\n{}\n{"tor')
    (stage,) = played.look().stages
    assert (stage.done, stage.rate, stage.left) == (2, None, None)
    with partial.open("a") as handle:
        handle.write('n":1}\n')
    assert played.look().stages[0].done == 3


def test_a_failed_job_says_why(played: Played) -> None:
    job = played.job("", "prepare_programs")
    played.write(job.log, f"{START}2026-01-01 10:00:02,000 ERROR root: no disk\n")
    (stage,) = played.look().stages
    assert (stage.state, stage.message) == (State.FAILED, "no disk")
    trace = "ERROR root: failed\nTraceback (most recent call last):\n  x\nKeyError: 'y'\n"
    played.write(job.log, f"{START}2026-01-01 10:00:02,000 {trace}")
    assert played.look().stages[0].message == "KeyError: 'y'"


def test_stages_beside_the_game_are_shown_by_their_logs(played: Played) -> None:
    told = json.dumps({"label": "dataset", "done": 3, "total": 9, "before": 0, "seconds": 1.0})
    played.write("logs/dataset/generate/shard_1.log", f"{START}2026-01-01 INFO seqplay.progress: {told}\n")
    played.write("logs/dataset/build.log", START + END)
    played.write("logs/iter_1/merge_shards/proposals.log", "")
    (stage,) = played.look().stages
    assert (stage.play, stage.rule, stage.part, stage.done, stage.total) == ("dataset", "generate", "shard_1", 3, 9)


def test_a_killed_job_is_said_to_be_silent(played: Played) -> None:
    job = played.job("", "prepare_programs")
    log = played.write(job.log, START)
    os.utime(log, (1, 1))
    (stage,) = played.look().stages
    assert stage.silent is not None
    assert stage.silent > 10**6


def test_old_files_behind_an_unfinished_stage_do_not_count(played: Played) -> None:
    played.do()
    assert played.look().finished
    (played.folder / played.job("iter_1", "score_votes").output).unlink()
    found = played.look()
    assert not found.finished
    after = [job for job in played.jobs if job.play in {"iter_2", "eval_1", "eval_2"}]
    still = {"sample_programs", "evaluation_programs", "rewrite"}
    here = ["score_votes", "guard", "curriculum", "train_alice", "train_bob", "summarise", "iteration_report"]
    pages = ["summary_page", "report"]
    waiting = len(here) + sum(job.rule not in still for job in after) + len(pages)
    assert found.jobs_done == found.jobs - waiting


def test_the_rest_is_timed_by_the_same_stages_before(played: Played) -> None:
    first = played.job("iter_1", "propose")
    played.do(until=lambda job: job is first, seconds=7.0)
    found = played.look()
    assert "train_alice" in found.untimed
    assert "propose" not in found.untimed
    played.do(seconds=7.0)
    for page in ("summary.md", "report.html", "iter_2/report.html"):
        (played.folder / page).unlink()
    (played.folder / played.job("iter_2", "summarise").output).unlink()
    found = played.look()
    assert (found.left, found.untimed) == (28.0, [])


def test_acceptance_counts_each_program_once_by_its_latest_attempt(played: Played) -> None:
    played.write("iter_1/programs.jsonl", "{}\n{}\n{}\n{}\n")
    played.write(
        "iter_1/verdicts/attempt_0.jsonl", verdict("a", "seq") + "\n" + verdict("b", "sinq", "rejected") + "\n"
    )
    head = '{"fingerprint":"f"}\n'
    partial = ".attempt_1.shard_0.jsonl.partial"
    played.write(f"iter_1/verdicts/{partial}", head + verdict("b", "sinq") + "\n" + verdict("c", "sinq")[:20])
    (play,) = played.look().plays
    assert (play.programs, play.judged, play.accepted, play.unproved) == (4, 2, {"seq": 1, "sinq": 1}, 0)


def test_a_seq_pair_counts_when_its_proof_is_found(tmp_path: Path) -> None:
    played = Played(tmp_path / "results", proofs=True)
    played.write("iter_1/programs.jsonl", "{}\n{}\n")
    played.write("iter_1/verdicts/attempt_0.jsonl", verdict("a", "seq") + "\n" + verdict("b", "seq") + "\n")
    proof = json.dumps({"proposal_id": "a", "verdict": "accepted"})
    played.write("iter_1/proofs/.round_0.shard_0.jsonl.partial", f'{{"fingerprint":"f"}}\n{proof}\n')
    (play,) = played.look().plays
    assert (play.accepted["seq"], play.unproved) == (1, 1)


def test_a_shard_that_is_finished_between_two_looks_is_not_counted_twice(played: Played) -> None:
    played.write("iter_1/programs.jsonl", "{}\n")
    partial = played.write("iter_1/verdicts/.attempt_0.shard_0.jsonl.partial", "{}\n" + verdict("a", "seq") + "\n")
    assert played.look().plays[0].judged == 1
    played.write("iter_1/verdicts/attempt_0.shard_0.jsonl", verdict("a", "seq") + "\n")
    assert played.look().plays[0].judged == 1
    partial.unlink()
    assert played.look().plays[0].accepted["seq"] == 1


def test_a_file_that_was_made_anew_is_read_anew(played: Played) -> None:
    path = played.write("iter_1/programs.jsonl", "{}\n{}\n{}\n")
    assert played.look().plays[0].programs == 3
    path.unlink()
    assert played.look().plays == []
    played.write("iter_1/programs.jsonl", "{}\n")
    assert played.look().plays[0].programs == 1


def test_lines_that_are_no_records_are_passed_over(played: Played) -> None:
    played.write("iter_1/programs.jsonl", "{}\n")
    played.write("iter_1/verdicts/attempt_0.jsonl", f"\x00\n[]\nnull\n{verdict('a', 'sinq')}\n")
    played.write("iter_1/seq_summary.jsonl", "{torn")
    (play,) = played.look().plays
    assert (play.judged, play.summary) == (1, None)


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")}


def test_watching_writes_nothing(played: Played) -> None:
    played.do(until=lambda job: job.play == "iter_2")
    before = tree(played.folder)
    for flags in ([], ["--json"]):
        assert CliRunner().invoke(app, ["watch", str(played.folder), "--once", *flags]).exit_code == 0
    assert tree(played.folder) == before


def test_json_is_one_object_with_all_experiments_of_a_sweep(tmp_path: Path) -> None:
    for name in ("one", "two"):
        Played(tmp_path / "results", experiment=name)
    (tmp_path / "results/other").mkdir()
    told = json.loads(CliRunner().invoke(app, ["watch", str(tmp_path / "results"), "--json"]).output)
    assert (told["command"], told["finished"]) == ("watch", False)
    assert [one["experiment"] for one in told["experiments"]] == ["one", "two"]


def test_it_ends_by_itself_when_the_experiment_is_finished(played: Played) -> None:
    played.do()
    ended = CliRunner().invoke(app, ["watch", str(played.folder)])
    assert ended.exit_code == 0
    assert "finished" in ended.output


def test_once_shows_stage_progress_and_acceptance(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    vote = played.job("iter_1", "vote")
    played.write("iter_1/programs.jsonl", "{}\n{}\n")
    played.write("iter_1/verdicts/attempt_0.jsonl", verdict("a", "seq") + "\n")
    played.do(until=lambda job: job is vote)
    played.say(vote, done=6, total=25, before=0, seconds=2.0)
    shown = CliRunner().invoke(app, ["watch", str(played.folder), "--once"]).output
    for word in ("vote", "shard 0", "6/25", "3.00/s", "100%"):
        assert word in shown


def test_a_folder_without_an_experiment_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="start snakemake"):
        experiments(tmp_path / "nothing")
    assert read_settings(tmp_path) is None
