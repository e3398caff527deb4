"""Profiles: `--profile slurm` by its bare name is the Slurm executor with what a cluster needs."""

from __future__ import annotations

import pytest
import yaml
from snakemake.cli import parse_args

from tests.workflow.experiment import ROOT


def test_the_bare_name_is_slurm_although_the_default_profile_is_merged_into_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    _, parsed = parse_args(["--profile", "slurm", "--workflow-profile", "profiles/default"])
    assert parsed.executor == "slurm"
    assert parsed.retries == 2, "each try a new Slurm job"
    assert parsed.slurm_status_command == "squeue"
    assert parsed.slurm_requeue
    assert parsed.slurm_keep_successful_logs
    assert parsed.rerun_incomplete, "from profiles/default"


def test_the_default_profile_leaves_executor_and_resources_to_others() -> None:
    keys = set(yaml.safe_load((ROOT / "profiles/default/config.yaml").read_text()))
    assert not keys & {"executor", "jobs", "cores", "default-resources", "set-resources", "retries"}
