"""Accepted Q's become programs of the next iteration, and a second call has nothing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqplay.files import read_records
from seqplay.records import Example, SampledProgram
from tests.slurm.experiment import NO_MODEL
from tests.workflow.experiment import Experiment, corpus, record_answers


@pytest.mark.slow
def test_hard_programs_are_played_with_in_the_next_iteration(tmp_path: Path) -> None:
    programs = corpus(6)
    settings = {
        **NO_MODEL,
        "iterations": 2,
        "programs": {**NO_MODEL["programs"], "promoted_share": 0.5},
        "engine": {"kind": "replay", "replay_file": "answers.jsonl"},
        "model": {"name": "replayed"},
        "alice": {"proposers": [{"name": "model", "weight": 1}]},
        "curriculum": {"threshold": 3},
        "evaluation": {"enabled": False, "near_duplicate": 1.0},
        "train": {"agents": ["bob"]},
    }
    experiment = Experiment(tmp_path / "x", settings, programs)
    record_answers(experiment.folder / "answers.jsonl", programs)
    target = "results/demo/iter_2/programs.jsonl"
    experiment.play(target)
    results = experiment.folder / "results/demo"
    hard = {one.pair.id: one for one in read_records(results / "iter_1/iteration_data.jsonl", Example)}
    first, second = (read_records(results / f"iter_{n}/programs.jsonl", SampledProgram) for n in (1, 2))
    assert len(second) == len(first) == 4
    assert not [one for one in first if one.lineage]
    lineages = [(one.program, one.lineage) for one in second if one.lineage]
    assert len(lineages) == 2
    for program, lineage in lineages:
        assert program.code == hard[lineage.pair_id].pair.q
        assert lineage.program_id == hard[lineage.pair_id].pair.program_id
    assert "Nothing to be done" in experiment.play(target)
