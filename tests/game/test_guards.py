"""Collapse guards: what a ruined player shows raises an alarm, what the base does as well does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqplay.config import GuardsConfig
from seqplay.files import read_records
from seqplay.game.guards import alarms, guard
from seqplay.records import Answer, GuardReport, Judgement, Proposal, Verdict, Vote
from tests.game.builders import judgement, said, sampled

GUARDS = GuardsConfig()
GOOD = {
    "unparsed_votes": 0.02, "one_answer": 0.6, "unparsed_proposals": 0.1, "accepted": 0.2, "same_program": 0.1,
    "first_lines": 0.8,
}  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "value", "raised"),
    [
        ("unparsed_votes", 0.6, "unparsed"),
        ("unparsed_proposals", 0.6, "unparsed"),
        ("one_answer", 0.95, "one_answer"),
        ("accepted", 0.05, "accepted_drop"),
        ("same_program", 0.5, "same_program_rise"),
        ("first_lines", 0.1, "first_lines_drop"),
    ],
)
def test_each_sign_of_collapse_raises_its_guard_and_says_what_it_was_before(
    measure: str, value: float, raised: str
) -> None:
    (alarm,) = alarms({**GOOD, measure: value}, [GOOD], GUARDS)
    assert alarm.guard == raised
    assert f"{value:.0%}" in alarm.message
    assert "is allowed" in alarm.message


def test_a_good_iteration_raises_none() -> None:
    assert alarms(GOOD, [GOOD, GOOD], GUARDS) == []


def test_what_the_base_does_as_well_is_no_collapse() -> None:
    one_sided = {**GOOD, "one_answer": 0.98, "same_program": 0.7, "accepted": 0.01, "first_lines": 0.05}
    assert alarms(one_sided, [one_sided], GUARDS) == []


def test_a_fall_from_the_iteration_before_counts_as_one_from_the_base() -> None:
    risen = {**GOOD, "accepted": 0.6}
    assert alarms({**GOOD, "accepted": 0.2}, [GOOD], GUARDS) == []
    (alarm,) = alarms({**GOOD, "accepted": 0.2}, [GOOD, risen], GUARDS)
    assert alarm.guard == "accepted_drop"


def test_the_base_itself_is_refused_only_where_it_cannot_be_read() -> None:
    assert alarms({**GOOD, "one_answer": 1.0}, [], GUARDS) == []
    assert [alarm.guard for alarm in alarms({**GOOD, "unparsed_votes": 1.0}, [], GUARDS)] == ["unparsed"]


def proposals(
    texts: list[str], verdict: Verdict, reason: str, first: int = 0
) -> tuple[list[Proposal], list[Judgement]]:
    made = [said(sampled(first + n), text) for n, text in enumerate(texts)]
    return made, [judgement(one, verdict, reason) for one in made]


def report(tmp_path: Path, copies: int, votes: list[Answer], earlier: list[GuardReport], iteration: int) -> GuardReport:
    code = "```haskell\nf x = x\n```"
    good, well = proposals([f"Change: {n}\n{code}" for n in range(30 - copies)], Verdict.ACCEPTED, "no_difference")
    bad, ill = proposals([code] * copies, Verdict.REJECTED, "same_program", 100)
    cast = [
        Vote(pair_id=f"pair{n}", sample=0, answer=answer, correct=False, tokens=1) for n, answer in enumerate(votes)
    ]
    output = tmp_path / "guards.jsonl"
    guard([*good, *bad], [*well, *ill], cast, earlier, output, guards=GUARDS, action="stop", iteration=iteration)
    (found,) = read_records(output, GuardReport)
    return found


def test_a_report_counts_copies_first_lines_and_answers(tmp_path: Path) -> None:
    both = [Answer.EQUIVALENT] * 15 + [Answer.INEQUIVALENT] * 15
    base = report(tmp_path, 3, both, [], 1)
    assert base.measures["accepted"] == pytest.approx(27 / 30, abs=1e-6)
    assert base.measures["first_lines"] == pytest.approx(28 / 30, abs=1e-6)
    assert base.alarms == []
    later = report(tmp_path, 27, [Answer.EQUIVALENT] * 30, [base], 2)
    found = {alarm.guard for alarm in later.alarms}
    assert found == {"one_answer", "accepted_drop", "same_program_rise", "first_lines_drop"}


def test_many_votes_on_few_pairs_raise_no_alarm(tmp_path: Path) -> None:
    base = report(tmp_path, 0, [Answer.EQUIVALENT, Answer.INEQUIVALENT] * 15, [], 1)
    cast = [Vote(pair_id=f"p{n % 5}", sample=n, answer=Answer.UNPARSED, correct=False, tokens=1) for n in range(50)]
    output = tmp_path / "guards.jsonl"
    guard([], [], cast, [base], output, guards=GUARDS, action="stop", iteration=2)
    assert read_records(output, GuardReport)[0].alarms == []


def test_a_handful_raises_no_alarm(tmp_path: Path) -> None:
    base = report(tmp_path, 0, [Answer.EQUIVALENT, Answer.INEQUIVALENT] * 15, [], 1)
    few = report(tmp_path, 0, [Answer.UNPARSED] * 5, [base], 2)
    assert few.measures["unparsed_votes"] is None
    assert few.alarms == []
