"""The schedule that `seqplay watch` counts with is what the workflow would run, file for file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from seqplay.config import parse_config
from seqplay.operations.inputs import Inputs
from seqplay.operations.schedule import SETTINGS, Job, Settings, announce, read_settings, schedule
from tests.slurm.experiment import NO_MODEL
from tests.workflow.experiment import ROOT, Experiment, corpus

SPLIT = {"propose": 3, "validate": 2, "vote": 2}
TRIED: dict[str, dict[str, Any]] = {
    "with an evaluation, in shards": {"iterations": 2, "shards": SPLIT, "evaluation": {"enabled": True}},
    "without an evaluation": {"iterations": 1, "evaluation": {"enabled": False}},
}


class Wildcards(dict[str, str]):
    """A job's, as Snakemake hands them over."""

    experiment = "demo"

    @property
    def play(self) -> str:
        return self["play"]


@pytest.mark.parametrize("name", TRIED)
def test_its_files_are_those_that_the_workflow_would_make(name: str, tmp_path: Path) -> None:
    settings = {**NO_MODEL, **TRIED[name]}
    experiment = Experiment(tmp_path / "x", settings, corpus(3))
    told = experiment.play(flags=("--summary",))
    config = parse_config(settings)
    folder = f"results/{config.experiment}/"
    would = {
        line.split("\t")[0].removeprefix(folder): line.split("\t")[2]
        for line in told.splitlines()
        if line.startswith(folder)
    }
    jobs = schedule(Settings(config=config, proofs=False))
    assert {str(job.output): rule_of(job) for job in jobs}.items() <= would.items()
    unwatched = {rule for output, rule in would.items() if rule not in {rule_of(job) for job in jobs}}
    assert not unwatched - {"merge_shards"}
    assert not (tmp_path / "x" / folder / SETTINGS).exists()


def rule_of(job: Job) -> str:
    """The rule as the workflow calls it: one for both players."""
    return job.rule.removesuffix("_alice").removesuffix("_bob")


def test_its_logs_and_benchmarks_are_where_the_rules_keep_them() -> None:
    rules = "".join(path.read_text() for path in sorted((ROOT / "rules").glob("*.smk")))
    kept = {}
    for name, body in re.findall(r"^rule (\w+):\n(.+?)(?=^\S|\Z)", rules, re.MULTILINE | re.DOTALL):
        found = re.search(r'    log:\n +f"{R}/(.+)",\n    benchmark:\n +f"{R}/(.+)"', body)
        if found:
            kept[name] = [re.sub(r"\\{\\{\w+\\}\\}", r"\\w+", re.escape(pattern)) for pattern in found.groups()]
    for job in schedule(Settings(config=parse_config({"shards": SPLIT}), proofs=True)):
        log, benchmark = kept[rule_of(job)]
        assert re.fullmatch(log, str(job.log)), job
        assert re.fullmatch(benchmark, str(job.benchmark)), job


def test_every_job_comes_after_those_that_it_needs() -> None:
    for proofs in (False, True):
        seen: set[str] = set()
        for job in schedule(Settings(config=parse_config({"iterations": 3, "shards": SPLIT}), proofs=proofs)):
            assert set(job.needs) <= seen
            seen.add(job.group)


def test_proof_rounds_are_played_only_where_seq_needs_a_proof() -> None:
    config = parse_config({"iterations": 1, "proof": {"rounds": 2}})
    rules = [job.rule for job in schedule(Settings(config=config, proofs=True)) if job.play == "iter_1"]
    assert rules.count("verify_proofs") == 3
    assert rules.count("propose_proofs") == 2
    assert not any("proofs" in job.rule for job in schedule(Settings(config=config, proofs=False)))


def test_lemmas_are_gathered_for_a_later_iteration_that_uses_them_alone() -> None:
    for used in (True, False):
        config = parse_config({"iterations": 3, "proof": {"lemma_store": used}})
        jobs = [job for job in schedule(Settings(config=config, proofs=True)) if job.rule == "gather_lemmas"]
        assert [job.play for job in jobs] == (["iter_1", "iter_2"] if used else [])


def test_an_evaluation_proves_without_the_lemmas_of_iterations() -> None:
    files = Inputs("x", {"demo": parse_config({})}, {"demo": True})
    read = {
        (play, round_): files.lemmas_before(Wildcards(play=play, round=round_))
        for play in ("iter_1", "iter_2", "eval_1")
        for round_ in ("0", "1")
    }
    assert {key for key, file in read.items() if file} == {("iter_2", "0")}


def test_what_was_announced_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = parse_config({"experiment": "one", "shards": SPLIT})
    announce({"one": config}, {"one": True})
    assert read_settings(tmp_path / "results/one") == Settings(config=config, proofs=True)
    assert read_settings(tmp_path / "results") is None


def test_held_out_theorems_are_asked_and_checked_before_each_evaluation_that_needs_proofs() -> None:
    config = parse_config({"iterations": 1})
    jobs = [job for job in schedule(Settings(config=config, proofs=True)) if job.play == "eval_1"]
    rules = [job.rule for job in jobs]
    assert rules[-3:] == ["propose_heldout_proofs", "verify_heldout_proofs", "evaluate"]
    assert "eval_1/verify_heldout_proofs" in jobs[-1].needs


def test_a_plan_of_too_many_jobs_is_refused_with_the_way_to_do_it(tmp_path: Path) -> None:
    shards = dict.fromkeys(("propose", "validate", "prove", "vote"), 16)
    many = {"iterations": 100, "shards": shards, "programs": {"source": "programs.jsonl", "per_iteration": 500}}
    sweep = {**NO_MODEL, **many, "experiments": {f"e{seed}": {"seed": seed} for seed in range(8)}}
    experiment = Experiment(tmp_path / "x", sweep, corpus(3))
    told = experiment.play(flags=("-n",), expect=1)
    assert (found := re.search(r"\d+ jobs, which.*such as (\S+report\.html)", told)), told
    assert "sample_programs" in experiment.play(found[1], flags=("-n", "-q", "rules"))
