"""Suites in the summary, the comparison, the report and the plan."""

from __future__ import annotations

import json
from pathlib import Path

from seqplay.config import Config, SuiteFormat, parse_config
from seqplay.files import write_records
from seqplay.operations.plan import Assumption, work
from seqplay.records import Estimate
from seqplay.report import write_report
from seqplay.report.sections.suites import categories_figures
from seqplay.suites.published import FILE, beside_published
from seqplay.suites.records import SuiteResult
from seqplay.suites.tables import categories_frame, comparison_frame, comparison_lines, results_frame, summary_lines
from tests.report.played import USUAL, write_evaluations, write_iteration


def estimate(value: float, width: float = 0.1) -> Estimate:
    return Estimate(value=value, low=round(value - width, 6), high=round(value + width, 6), items=20)


def line(player: str, iteration: int, share: float, experiment: str = "x", suite: str = "tasks") -> SuiteResult:
    return SuiteResult(
        experiment=experiment,
        iteration=iteration,
        player=player,
        suite=suite,
        items=20,
        answers=200,
        unparsed=3,
        bad_items=0,
        accuracy=estimate(share),
        pass_at={"1": estimate(share), "10": estimate(share + 0.2)} if suite == "tasks" else {},
        difference=None if player == "base" else estimate(round(share - 0.4, 6), 0.05),
    )


LINES = [line("bob", 1, 0.5), line("bob", 2, 0.6), line("base", 0, 0.4), line("base", 0, 0.7, suite="closed")]


def test_the_table_has_a_row_for_each_evaluation_the_base_first() -> None:
    frame = results_frame(LINES)
    tasks = frame[frame["suite"] == "tasks"]
    assert list(tasks["player"]) == ["base", "bob", "bob"]
    assert list(tasks["after iteration"]) == [0, 1, 2]
    assert list(tasks["pass@10"]) == ["0.60 [0.50, 0.70]", "0.70 [0.60, 0.80]", "0.80 [0.70, 0.90]"]
    assert list(frame[frame["suite"] == "closed"]["pass@10"]) == ["–"], "a closed suite has no pass@k"
    assert list(tasks["against the base"]) == ["–", "+0.10 [+0.05, +0.15]", "+0.20 [+0.15, +0.25]"]


def test_the_summary_has_the_table_only_where_there_are_suites() -> None:
    assert summary_lines([]) == []
    text = "\n".join(summary_lines(LINES))
    assert "## Evaluation suites" in text
    assert "0.60 [0.50, 0.70]" in text
    assert "3 of 200" in text


def test_the_summary_has_categories_and_what_looks_alone_reach_where_they_are_known() -> None:
    assert "looks" not in "\n".join(summary_lines(LINES))
    by_level = {"level 1": estimate(0.6), "level 2": estimate(0.5)}
    pairs = [
        line(player, iteration, 0.5, suite="haskell_pairs").model_copy(update={"by_category": by_level})
        for player, iteration in (("base", 0), ("bob", 2))
    ]
    assert list(categories_frame([*LINES, *pairs])["category"]) == ["level 1", "level 2"]
    text = "\n".join(summary_lines([*LINES, *pairs]))
    assert "A classifier that sees only looks reaches 0.51 on haskell_pairs." in text
    assert "0.60 [0.50, 0.70]" in text.split("By category")[1]
    assert [figure.table is not None for figure in categories_figures(pairs)] == [True]
    assert categories_figures(LINES) == []


def test_the_comparison_has_base_last_and_difference_of_each_experiment() -> None:
    found = {"a": LINES, "b": [line("base", 0, 0.4, "b"), line("bob", 1, 0.9, "b")]}
    frame = comparison_frame(found)
    assert list(frame["experiment"]) == ["a", "b"]
    assert list(frame["last"]) == ["0.60 [0.50, 0.70]", "0.90 [0.80, 1.00]"]
    assert list(frame["last − base"]) == ["+0.20 [+0.15, +0.25]", "+0.50 [+0.45, +0.55]"]
    assert comparison_lines({"a": [], "b": []}) == []
    assert "## On evaluation suites" in comparison_lines(found)


def test_the_report_has_a_chapter_on_suites_where_there_are_some(tmp_path: Path) -> None:
    folder, config = tmp_path / "one", parse_config({"experiment": "one", "iterations": 1})
    write_iteration(folder, 1, USUAL)
    write_evaluations(folder, {0: 3, 1: 4})
    write_report(folder, config, folder / "report.html")
    assert "Evaluation suites" not in (folder / "report.html").read_text()
    write_records(folder / "eval_0/suites.jsonl", [line("base", 0, 0.4)])
    write_records(folder / "eval_1/suites.jsonl", [line("bob", 1, 0.5)])
    write_report(folder, config, folder / "report.html")
    page = (folder / "report.html").read_text()
    assert "Evaluation suites" in page
    assert "+0.10 [+0.05, +0.15]" in page


def test_the_plan_counts_what_suites_ask_and_score(tmp_path: Path) -> None:
    items = tmp_path / "items.jsonl"
    items.write_text("{}\n" * 30)
    suite = {"name": "s", "format": "humaneval_hs", "items": str(items), "samples": 10, "k": [1]}
    keys = {"engine": {"kind": "vllm"}, "model": {"name": "mine-7B"}, "iterations": 1, "train": {"agents": ["bob"]}}
    with_suites = Config.model_validate({**keys, "evaluation": {"suites": [suite]}})
    found = [one for one in work(with_suites, Assumption(bob_tokens=100)) if one.stage == "ask_suites"]
    assert [(one.iteration, one.tokens) for one in found] == [(0, 30_000), (1, 30_000)]
    assert not any("suites" in one.stage for one in work(Config.model_validate(keys), Assumption()))


def test_published_figures_stand_beside_ours_with_their_caveats(tmp_path: Path) -> None:
    mine = line("bob", 1, 0.5, suite="equi").model_copy(update={"by_category": {"OJ_V": estimate(0.625)}})
    base = line("base", 0, 0.5, suite="equi").model_copy(update={"by_category": {"OJ_V": estimate(0.5)}})
    frame = beside_published(SuiteFormat.EQUIBENCH, [base, mine])
    assert frame is not None
    (row,) = frame[frame["category"] == "OJ_V"].to_dict("records")
    assert row["published: base"] == "0.565 of 398 read in 1 run"
    assert row["published: trained"] == "0.698 of 3192 read in 8 runs"
    assert (row["here: base"], row["here: last"]) == ("0.50 [0.40, 0.60]", "0.62 [0.53, 0.72]")
    assert beside_published(SuiteFormat.PYSECDB, [base, mine]) is None

    suite = {"name": "equi", "format": "equibench", "items": "items.jsonl"}
    folder = tmp_path / "one"
    config = parse_config({"experiment": "one", "iterations": 1, "evaluation": {"suites": [suite]}})
    write_iteration(folder, 1, USUAL)
    write_evaluations(folder, {0: 3, 1: 4})
    write_records(folder / "eval_0/suites.jsonl", [base])
    write_records(folder / "eval_1/suites.jsonl", [mine])
    write_report(folder, config, folder / "report.html")
    page = (folder / "report.html").read_text()
    assert "published beside here" in page
    assert "The base model was run once" in page


def test_every_published_figure_has_a_source_and_counts_that_fit() -> None:
    published = json.loads(FILE.read_text())
    assert published["caveats"]
    for one in published["results"]:
        assert one["source"].startswith("src/Evaluation/")
        for found in one["categories"].values():
            assert found["answers"] == 400 * found["runs"]
            assert 0 < found["parsed"] <= found["answers"]
            assert 0 <= found["accuracy"] <= 1
