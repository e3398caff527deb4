"""Suites in the loop: the base and each iteration's players are asked, and compared with the base."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqplay.engines.replay import Recording
from seqplay.files import read_records, write_records
from seqplay.suites.records import SuiteResult
from tests.suites.tasks import TASKS
from tests.workflow.experiment import Experiment, corpus, record_answers
from tests.workflow.test_game import with_replay

pytestmark = [pytest.mark.ghc, pytest.mark.slow]


def test_the_game_asks_base_and_players_about_suites_and_an_edited_suite_reruns_only_them(
    tmp_path: Path, tiny_base: Path
) -> None:
    items = [task.item for task in TASKS if "canonical_solution" in task.item]
    suite = {
        "name": "ours",
        "format": "humaneval_hs",
        "items": "items.jsonl",
        "samples": 2,
        "players": ["alice", "bob"],
    }
    programs = corpus(8)
    settings = with_replay(tiny_base, iterations=1, evaluation={"pairs": 2, "votes": 2, "suites": [suite]})
    experiment = Experiment(tmp_path / "game", settings, programs)
    (experiment.folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    record_answers(experiment.folder / "answers.jsonl", programs)
    recordings = read_records(experiment.folder / "answers.jsonl", Recording)
    known = [
        Recording(
            contains=(str(task.item["prompt"]).strip("\n"),),
            texts=(f"```haskell\n{task.right[0]}\n```", f"```haskell\n{task.wrong[0]}\n```"),
        )
        for task in TASKS
    ]
    write_records(experiment.folder / "answers.jsonl", [*known, *recordings])
    experiment.play("suites")
    results = experiment.folder / "results/small"
    base = read_records(results / "eval_0/suites.jsonl", SuiteResult)
    after = read_records(results / "eval_1/suites.jsonl", SuiteResult)
    assert [(line.player, line.accuracy.value, line.difference) for line in base] == [("base", 0.5, None)]
    assert [(line.player, line.accuracy.value) for line in after] == [("alice", 0.5), ("bob", 0.5)]
    assert all(line.difference is not None and line.difference.value == 0 for line in after), "the same recordings"

    assert "Nothing to be done" in experiment.play("suites")
    edited = {**suite, "players": ["bob"]}
    experiment.write({**settings, "evaluation": {"pairs": 2, "votes": 2, "suites": [edited]}})
    printed = experiment.play("suites", flags=("--dry-run",))
    assert "ask_suites" in printed
    assert "propose" not in printed


def test_shipped_suites_are_asked_about_by_their_names(tmp_path: Path, tiny_base: Path) -> None:
    programs = corpus(8)
    named = {"pairs": 2, "votes": 2, "suites": ["haskell_tasks", "haskell_pairs"]}
    experiment = Experiment(tmp_path / "game", with_replay(tiny_base, iterations=1, evaluation=named), programs)
    record_answers(experiment.folder / "answers.jsonl", programs)
    printed = experiment.play("suites", flags=("--dry-run",))
    assert "ask_suites              2" in printed, "the base, and Bob after the iteration"
