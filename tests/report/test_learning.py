"""What is told of learning, in summary, report and comparison: also of evaluations by an earlier version."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqplay.config import Config
from seqplay.files import read_records, write_text
from seqplay.game.comparison import paired, write_comparison
from seqplay.game.measures import Measures
from seqplay.game.summary import write_summary_page
from seqplay.records import Alarm, Evaluation, Measured, Role, Summary
from seqplay.report import write_report, write_sweep_report
from seqplay.report.learning import alarms, learning_section
from seqplay.report.reading.experiment import Experiment, read_experiment
from tests.report.played import Fate, config, held_out, write_evaluations, write_iteration
from tests.report.test_page import read

SCHEMA_1 = Path(__file__).parents[1] / "game/evaluation_schema_1.jsonl"
ALARM = Alarm(agent=Role.BOB, guard="one_answer", message="0.98 of his votes say equivalent")


def write(folder: Path, right: dict[int, int], **keys: dict[int, Alarm]) -> Config:
    """Write an experiment whose evaluations have so many of ten right."""
    for number in range(1, max(1, *right) + 1):
        write_iteration(folder, number, [Fate("hard", proved=True)])
    write_evaluations(folder, right, **keys)
    return config(folder, iterations=max(1, *right))


def write_old(folder: Path) -> Config:
    """Write an experiment that an earlier version evaluated."""
    write_iteration(folder, 1, [Fate("hard", proved=True)])
    line = SCHEMA_1.read_text(encoding="utf-8")
    for number in (0, 1):
        text = line.replace('"demo"', f'"{folder.name}"').replace('"iteration":0', f'"iteration":{number}')
        write_text(folder / f"eval_{number}/evaluation.jsonl", text)
    return config(folder, iterations=1)


def evaluations(folder: Path) -> list[Evaluation]:
    found = sorted(folder.glob("eval_*/evaluation.jsonl"))
    return [line for path in found for line in read_records(path, Evaluation)]


def summaries(folder: Path) -> list[Summary]:
    found = sorted(folder.glob("iter_*/seq_summary.jsonl"))
    return [line for path in found for line in read_records(path, Summary)]


def page_of(folder: Path) -> str:
    write_summary_page(summaries(folder), evaluations(folder), folder / "summary.md")
    return (folder / "summary.md").read_text()


def experiment(folder: Path, settings: Config) -> Experiment:
    return read_experiment(folder, settings)


def test_the_summary_has_balanced_accuracy_beside_its_paired_difference_and_the_greedy_one(tmp_path: Path) -> None:
    write(tmp_path / "x", {0: 3, 1: 8})
    page = page_of(tmp_path / "x")
    for head in ("balanced accuracy", "against the base", "greedy", "answers", "copies of P", "proving"):
        assert head in page
    lines = page.splitlines()
    base, last = lines[lines.index(next(line for line in lines if line.startswith("| Bob |"))) + 2 :][:2]
    assert base.startswith("| base | 0.30 [")
    assert last.startswith("| after iteration 1 | 0.80 [")
    assert last.count("+0.50 [+0.") == 2
    assert base.count("–") == 4
    assert "prediction error" in page


@pytest.mark.parametrize("kind", ["summary", "report", "sweep"])
def test_an_alarm_stands_in_large_letters(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "x"
    settings = write(folder, {0: 3, 1: 8}, alarms={1: ALARM})
    if kind == "summary":
        assert "# BOB COLLAPSES IN THE EVALUATION AFTER ITERATION 1: 0.98 of his votes" in page_of(folder)
        return
    if kind == "report":
        write_report(folder, settings, tmp_path / "page.html")
    else:
        write_sweep_report("s", {"x": settings}, [("experiment", "seed"), ("x", "0")], tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if "BOB COLLAPSES" in line]
    assert line.strip().startswith('<p class="evidence unproved">')
    assert "0.98 of his votes say equivalent" in line


def test_the_report_draws_balanced_accuracy_answers_and_paired_differences(tmp_path: Path) -> None:
    settings = write(tmp_path / "x", {0: 3, 1: 8, 2: 9})
    section = learning_section(experiment(tmp_path / "x", settings))
    figures = {figure.id: figure for figure in section.figures}
    assert not [figure.id for figure in section.figures if figure.empty_message]
    assert {"learning-balanced", "learning-answers", "learning-differences"} <= {
        figure.id for figure in section.figures if figure.spec
    }
    balanced, changed = figures["learning-balanced"].table, figures["learning-differences"].table
    assert balanced is not None
    assert changed is not None
    assert balanced.head[1:] == ("sampled", "greedy")
    bob = [row for row in changed.rows if row[1] == "Bob, balanced"]
    assert [row[0] for row in bob] == [1, 2]
    assert str(bob[1][2]).startswith("+0.60 [")
    assert str(bob[1][3]).startswith("+0.10 [")


def test_evaluations_of_schema_1_are_still_shown(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    settings = write_old(folder)
    assert "0.62 [0.30, 0.87] of 8" in page_of(folder)
    write_report(folder, settings, tmp_path / "report.html")
    text = read(tmp_path / "report.html").text
    assert "62 % [30, 87] of 8" in text
    assert "of an earlier version" in text
    assert alarms(experiment(folder, settings)) == []
    new = write(tmp_path / "new", {0: 3, 1: 8})
    rows = [("experiment", "seed"), ("old", "0"), ("new", "1")]
    write_sweep_report("both", {"old": settings, "new": new}, rows, tmp_path / "sweep.html")
    assert "not measured in both" in read(tmp_path / "sweep.html").text


def comparison(tmp_path: Path, measured: dict[str, list[Measured]]) -> str:
    folders = [tmp_path / name for name in measured]
    for place, folder in enumerate(folders):
        write(folder, {0: 3, 1: 4 + 4 * place})
    write_comparison(
        [("experiment", "seed"), *((name, str(place)) for place, name in enumerate(measured))],
        {folder.name: summaries(folder) for folder in folders},
        {folder.name: evaluations(folder) for folder in folders},
        measured,
        tmp_path / "comparison.md",
    )
    return (tmp_path / "comparison.md").read_text()


def test_experiments_on_the_same_pairs_are_compared_item_by_item(tmp_path: Path) -> None:
    page = comparison(tmp_path, {"a": list(held_out(4).measures()), "b": list(held_out(8).measures())})
    (line,) = [line for line in page.splitlines() if line.startswith("| b − a |")]
    assert line.startswith("| b − a | +0.40 [+0.")
    assert "overlap" not in page
    (of_b,) = [line for line in page.splitlines() if line.startswith("| b | 1 |")]
    assert "+0.50 [+0." in of_b


def test_experiments_on_other_pairs_are_not_compared(tmp_path: Path) -> None:
    other = [one.model_copy(update={"item": f"{one.item}x"}) for one in held_out(8).measures()]
    page = comparison(tmp_path, {"a": list(held_out(4).measures()), "b": other})
    assert "cannot be paired: other held-out items (20 and 20, 0 in common)" in page


def test_each_two_experiments_have_a_row() -> None:
    same = list(held_out(5).measures())
    rows = paired({"a": same, "b": same, "c": []})
    assert [row[0] for row in rows] == ["b − a", "c − a", "c − b"]
    assert rows[0][1].startswith("+0.00 [")
    assert set(rows[1][1:]) == {"not measured in both"}
    assert Measures(same).items("bob")
