"""A sweep of four small experiments through Slurm: what they share is one set of jobs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.slurm.experiment import SlurmExperiment, kill
from tests.workflow.experiment import ROOT, corpus

pytestmark = [pytest.mark.slurm, pytest.mark.slow, pytest.mark.timeout(1800)]


def test_a_sweep_of_four_runs_its_shared_stages_once(slurm: None, tmp_path: Path) -> None:
    settings = yaml.safe_load((ROOT / "config/experiments/sweep_no_model.yaml").read_text())
    settings["programs"] |= {"source": "programs.jsonl", "max_characters": 0, "per_iteration": 4}
    settings["alice"] |= {"retries": 0}
    sweep = SlurmExperiment(tmp_path / "x", settings, corpus(6))
    run = sweep.start()
    try:
        sweep.finish(run, 1700)
    finally:
        kill(run)
    results = sweep.folder / "results"
    sent = Counter(log.relative_to(results / "slurm_logs").parts[0] for log in results.glob("slurm_logs/*/**/*.log"))
    once = {"prepare_programs": 1, "propose": 2, "validate": 2, "vote": 1, "score_votes": 1}
    assert {rule: sent[f"rule_{rule}"] for rule in once} == once, "what they share, in its two shards"
    assert sent["rule_train"] == 4 * 2, "two agents for each of the four"
    names = [path.name for path in results.iterdir() if path.is_dir() and path.name.startswith("rehearsal.")]
    assert len(names) == 4
    proposals = {(results / name / "iter_1/proposals/attempt_0.jsonl").read_bytes() for name in names}
    assert len(proposals) == 1
    assert all(name in (results / "rehearsal.comparison.md").read_text() for name in names)
