"""What Bob is asked about: of several proposals for a program the most promising, then the newest."""

from __future__ import annotations

from pathlib import Path

from seqplay.config import CurriculumConfig
from seqplay.files import read_records
from seqplay.game.choose import choose_pairs
from seqplay.game.curriculum import select_examples
from seqplay.records import Example, Pair, Prediction
from tests.game.builders import memory, pair, played, prediction, votes


def candidates() -> list[Pair]:
    codes = ["f :: Int -> Int\nf x = 0 + x\n", "f :: Int -> Int\nf x = sum [x, 0]\n", "f :: Int -> Int\nf x = x + 0\n"]
    return [pair(0).model_copy(update={"id": str(n), "q": code}) for n, code in enumerate(codes)]


def asked(folder: Path, ask: int, said: dict[str, float] | None = None, **more: object) -> list[str]:
    pairs = candidates()
    predictions: list[Prediction] = [prediction(one, (said or {})[one.id]) for one in pairs if said]
    earlier: list[Example] = more.pop("earlier", [])  # type: ignore[assignment]
    settings = CurriculumConfig.model_validate(more)
    choose_pairs(pairs, predictions, earlier, folder / "asked.jsonl", ask=ask, curriculum=settings)
    return [one.id for one in read_records(folder / "asked.jsonl", Pair)]


def test_the_hardest_by_prediction_are_asked_about(tmp_path: Path) -> None:
    assert asked(tmp_path, 2, {"0": 9.0, "1": 2.0, "2": 7.0}) == ["0", "2"]


def test_for_learnability_those_in_the_middle_are(tmp_path: Path) -> None:
    assert asked(tmp_path, 1, {"0": 9.0, "1": 5.0, "2": 1.0}, select="learnability") == ["1"]


def test_without_predictions_the_one_least_like_p_is(tmp_path: Path) -> None:
    assert asked(tmp_path, 1) == ["1"]


def test_a_kind_of_edit_that_was_accepted_often_is_asked_about_last(tmp_path: Path) -> None:
    before = [candidates()[1].model_copy(update={"id": f"x{n}", "program_id": f"x{n}"}) for n in range(5)]
    earlier = select_examples(played(before, []), memory(), curriculum=CurriculumConfig(), seed=0, iteration=1)
    assert asked(tmp_path, 1, earlier=earlier) == ["1"]
    assert asked(tmp_path, 1, earlier=earlier, max_same_edit=5) != ["1"]
    assert asked(tmp_path, 1, {"0": 1.0, "1": 9.0, "2": 1.0}, earlier=earlier, max_same_edit=5) == ["1"]


def test_what_was_asked_in_an_earlier_iteration_is_not_new(tmp_path: Path) -> None:
    before = candidates()[1]
    (example,) = select_examples(
        played([before], votes(before, 0, 4)), memory(), curriculum=CurriculumConfig(), seed=0, iteration=1
    )
    assert asked(tmp_path, 1, earlier=[example]) != ["1"]


def test_all_are_asked_about_where_there_are_no_more_than_that(tmp_path: Path) -> None:
    assert asked(tmp_path, 5) == ["0", "1", "2"]
