"""Closed answers: read strictly, read as in the paper, and measured over all and over those read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqplay.prompts.answers import Unparsed
from seqplay.suites.classification import as_in_paper, label_of, metrics, parsed_only, read_strictly
from seqplay.suites.records import Labelled

WORDS = ("true", "false")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```\ntrue\n```", "true"),
        ("They differ.\n\n```\nfalse\n```\n", "false"),
        ("true", "true"),
        ("**False**", "false"),
        ("Final answer: true.", "true"),
        ("<think>true? no, false</think>\n```\ntrue\n```", "true"),
        ("first ```\ntrue\n``` but then\n```\nfalse\n```", "false"),
    ],
)
def test_an_answer_that_is_given_as_such_is_read(text: str, said: str) -> None:
    assert read_strictly(text, WORDS) == said


@pytest.mark.parametrize(
    "text",
    ["", "It is true that they differ.", "maybe", "```\ntrue or false\n```", "<think>true", "true\nBut I am not sure",
     "```", "not true", "1"],
)  # fmt: skip
def test_what_is_no_answer_is_unparsed_with_its_reason(text: str) -> None:
    found = read_strictly(text, WORDS)
    assert isinstance(found, Unparsed)
    assert found.reason


@pytest.mark.parametrize(
    ("text", "digits", "said"),
    [
        ("```\ntrue\n```", False, True),
        ("<think>false``` was my first idea</think>\n```\ntrue\n```", False, False),
        ("A piano is no program: ```\ntrue\n```", False, True),
        ("a piano", False, False),
        ("<answer>true</answer> and no more", False, True),
        ("I know that it is so", False, None),
        ("line 1 is fine", True, True),
        ("line 1 is fine", False, None),
        ("it takes 10 steps", True, False),
    ],
)
def test_the_loose_reading_takes_the_first_word_that_looks_like_an_answer(
    text: str, digits: bool, said: bool | None
) -> None:
    assert as_in_paper(text, digits=digits) is said


def labelled(cells: dict[tuple[bool, bool | None], int]) -> list[Labelled]:
    return [Labelled(label=label, predicted=said) for (label, said), count in cells.items() for _ in range(count)]


def test_metrics_over_all_count_what_could_not_be_read_as_wrong() -> None:
    answers = labelled(
        {(True, True): 6, (True, False): 1, (True, None): 3, (False, False): 4, (False, True): 2, (False, None): 4}
    )
    found, read = metrics(answers), metrics(parsed_only(answers))
    assert (found.answers, found.unparsed, read.answers, read.unparsed) == (20, 7, 13, 0)
    assert found.accuracy == 10 / 20
    assert read.accuracy == 10 / 13
    assert (found.precision, found.recall) == (6 / 8, 6 / 10)
    assert found.f1 == pytest.approx(2 * (6 / 8) * (6 / 10) / (6 / 8 + 6 / 10))
    assert found.balanced_accuracy == pytest.approx((6 / 10 + 4 / 10) / 2)
    assert found.confusion["positive"] == {"positive": 6, "negative": 1, "unparsed": 3}


def test_metrics_are_those_of_scikit_learn_where_everything_is_read() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    answers = labelled({(True, True): 5, (True, False): 3, (False, True): 2, (False, False): 7})
    labels, said = [a.label for a in answers], [a.predicted for a in answers]
    found = metrics(answers)
    assert found.accuracy == pytest.approx(sklearn.accuracy_score(labels, said))
    assert found.precision == pytest.approx(sklearn.precision_score(labels, said))
    assert found.recall == pytest.approx(sklearn.recall_score(labels, said))
    assert found.f1 == pytest.approx(sklearn.f1_score(labels, said))
    assert found.balanced_accuracy == pytest.approx(sklearn.balanced_accuracy_score(labels, said))


def test_metrics_of_nothing_are_none() -> None:
    found = metrics([])
    assert (found.accuracy, found.precision, found.recall, found.f1, found.balanced_accuracy) == (None,) * 5


@given(st.text())
def test_no_text_breaks_a_reader(text: str) -> None:
    read_strictly(text, WORDS)
    as_in_paper(text, digits=True)


@pytest.mark.parametrize(
    ("value", "label"), [(True, True), (0, False), (1, True), ("security", True), ("non-security", False), ("x", False)]
)
def test_labels_of_known_columns_are_understood(value: object, label: bool) -> None:
    assert label_of(value, ("security", "true", "1")) is label
