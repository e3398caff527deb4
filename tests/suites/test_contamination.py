"""Items that are near-duplicates of training programs are found, listed and scored apart."""

from __future__ import annotations

from pathlib import Path

from seqplay.config import SuiteConfig
from seqplay.files import read_records
from seqplay.game.intervals import Bootstrap
from seqplay.records import Program
from seqplay.suites.contamination import near_training
from seqplay.suites.records import SuiteResult, SuiteScore
from seqplay.suites.results import write_results
from seqplay.suites.tables import results_frame
from tests.suites.test_stages import write

TRAINED = "total :: [Int] -> Int\ntotal xs = foldr (\\x acc -> x + acc) 0 (filter even xs)\n"
PROMPT = "-- | The sum of all even numbers of a list, which may be empty, in one pass over it.\ntotal :: [Int] -> Int\n"
SOLUTION = "total ys = foldr (\\x acc -> x + acc) 0 (filter even ys)\n".replace("ys", "xs")
OTHER = {
    "task_id": "other",
    "prompt": "twice :: Int -> Int\n",
    "test": "main = pure ()",
    "canonical_solution": "twice n = n + n",
}
NEAR = {"task_id": "near", "prompt": PROMPT, "test": "main = pure ()", "canonical_solution": SOLUTION}


def programs() -> list[Program]:
    return [Program(id="p", code=TRAINED, entry="total", type="[Int] -> Int", name="total")]


def suites(folder: Path) -> list[SuiteConfig]:
    pairs = [
        {"program_1_code": TRAINED, "program_2_code": "f x = x", "truth_label": True, "task_id": 1},
        {"program_1_code": "g y = y * 2", "program_2_code": "f x = x", "truth_label": True, "task_id": 2},
    ]
    files = {"humaneval_hs": [NEAR, OTHER], "equibench": pairs}
    return [
        SuiteConfig.model_validate({"name": name, "format": name, "items": write(folder / f"{name}.jsonl", lines)})
        for name, lines in files.items()
    ]


def test_a_task_whose_solution_is_trained_on_is_found_whatever_its_prompt_says(tmp_path: Path) -> None:
    assert near_training(suites(tmp_path), programs(), 0.8) == {"humaneval_hs": ["near"], "equibench": [1]}
    assert near_training(suites(tmp_path), [], 0.8) == {"humaneval_hs": [], "equibench": []}


def scores(near: bool, other: bool) -> list[SuiteScore]:
    right = {"near": near, "other": other}
    return [
        SuiteScore(
            suite="humaneval_hs", task_id=task_id, sample=0, correct=correct, reason="passed" if correct else "failed"
        )
        for task_id, correct in right.items()
    ]


def test_they_are_scored_apart_from_the_others(tmp_path: Path) -> None:
    chosen = suites(tmp_path)
    near = near_training(chosen, programs(), 0.8)
    output = tmp_path / "suites.jsonl"
    found = {"base": scores(near=False, other=False), "bob": scores(near=True, other=False)}
    bootstrap = Bootstrap(200, 0)
    write_results(chosen, found, found["base"], output, bootstrap=bootstrap, experiment="e", iteration=1, near=near)
    base, bob = read_records(output, SuiteResult)
    assert (bob.accuracy.value, bob.near_training) == (0.5, ["near"])
    assert bob.near_accuracy is not None
    assert bob.apart_accuracy is not None
    assert bob.apart_difference is not None
    assert (bob.near_accuracy.value, bob.apart_accuracy.value, bob.apart_difference.value) == (1.0, 0.0, 0.0)
    assert base.apart_difference is None, "the base is not compared with itself"
    assert list(results_frame([base, bob])["near training"]) == ["1", "1"]


def test_without_such_items_nothing_is_apart(tmp_path: Path) -> None:
    output = tmp_path / "suites.jsonl"
    found = {"base": scores(near=True, other=True)}
    write_results(
        suites(tmp_path), found, found["base"], output, bootstrap=Bootstrap(200, 0), experiment="e", iteration=0,
        near={"humaneval_hs": []},
    )  # fmt: skip
    (line,) = read_records(output, SuiteResult)
    assert (line.near_training, line.near_accuracy, line.apart_accuracy) == ([], None, None)
    assert "near training" not in results_frame([line])
