"""The accounting invariant, drawn: what the report shows adds up to the records, or no report is written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqplay.errors import InputError
from seqplay.records import Goal
from seqplay.report import write_report
from seqplay.report.drawing.sankey import HEIGHT, bands, boxes
from seqplay.report.reading.experiment import covered_types, new_pairs, read_experiment
from seqplay.report.reading.flow import Flow, Link, check_conservation, flow
from seqplay.report.reading.journey import Station
from tests.report.played import ACCEPTED, FATES, Fate, config, write_iteration, write_usual

ENDS = {"unparsed": Station.UNREADABLE, "type_error": Station.REJECTED, "timeout": Station.TIMEOUT,
        "worker_lost": Station.INFRA, "unproved": Station.UNPROVED, "hard": Station.HARD,
        "easy_sample": Station.EASY, "easy_not_sampled": Station.NOT_SAMPLED, "seen_before": Station.SEEN,
        "no_votes": Station.NO_VOTES}  # fmt: skip
fates = st.lists(
    st.builds(Fate, st.sampled_from(FATES), st.sampled_from(Goal), st.sampled_from(["model", "mutate"])), max_size=30
).map(lambda found: [one._replace(goal=Goal.SEQ) if one.fate == "unproved" else one for one in found])


@given(fates)
@settings(max_examples=40, deadline=None)
def test_every_sampled_program_is_drawn_from_the_sample_to_its_end(chosen: list[Fate]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name) / "any"
        write_iteration(folder, 1, chosen)
        found = flow(read_experiment(folder, config(folder)).journeys)
    assert found.sampled == len(chosen)
    for fate, station in ENDS.items():
        assert found.stations.get(station, 0) == sum(one.fate == fate for one in chosen)
    assert found.stations.get(Station.PAIR, 0) == sum(one.fate in ACCEPTED for one in chosen)
    for station, count in found.stations.items():
        inward = sum(link.count for link in found.links if link.target is station)
        assert inward == (0 if station is Station.SAMPLED else count)


@given(fates.filter(bool))
@settings(max_examples=40, deadline=None)
def test_the_drawing_keeps_to_its_frame_and_every_band_lies_on_its_bars(chosen: list[Fate]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name) / "any"
        write_iteration(folder, 1, chosen)
        found = flow(read_experiment(folder, config(folder)).journeys)
    bars = {box.station.value: box for box in boxes(found).values()}
    assert all(0 <= box.top < box.bottom <= HEIGHT + 30 for box in bars.values())
    for one in bands(found):
        assert bars[one.source].x < one.x <= bars[one.target].x
        assert -0.1 <= one.top < one.bottom <= HEIGHT + 32


def test_a_station_that_loses_programs_is_refused() -> None:
    leaky = Flow(
        (Link(Station.SAMPLED, Station.SEQ, Goal.SEQ, 5), Link(Station.SEQ, Station.VALIDATED, Goal.SEQ, 4)),
        {Station.SAMPLED: 5, Station.SEQ: 5, Station.VALIDATED: 4},
    )
    with pytest.raises(InputError, match="'SEQ', 4 leave it"):
        check_conservation(leaky, Counter({Station.VALIDATED: 4}))


def edit(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    change(lines[0])
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("seq_summary.jsonl", lambda line: line.update(sampled=99)),
        ("seq_summary.jsonl", lambda line: line["outcomes"].update({"kept:hard": 1})),
        ("seq_summary.jsonl", lambda line: line["kept"].update(hard=1)),
        ("seq_summary.jsonl", lambda line: line.update(votes=1)),
        ("seq_summary.jsonl", lambda line: line["accepted"].update(seq=1)),
        ("outcomes.jsonl", lambda line: line.update(outcome="kept:easy_sample")),
        ("iteration_data.jsonl", lambda line: line.update(kept="seen_before")),
        ("votes.jsonl", lambda line: line.update(correct=True)),
    ],
)
def test_records_that_do_not_add_up_give_an_error_and_no_report(
    file: str, change: Callable[[dict[str, object]], object], tmp_path: Path
) -> None:
    folder = tmp_path / "usual"
    settings_ = write_usual(folder)
    edit(folder / "iter_1" / file, change)
    with pytest.raises(InputError, match="iteration 1"):
        write_report(folder, settings_, folder / "report.html")
    assert not (folder / "report.html").exists()


def test_a_lost_program_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "usual"
    settings_ = write_usual(folder)
    path = folder / "iter_2/outcomes.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(InputError, match="was sampled and has no outcome"):
        write_report(folder, settings_, folder / "report.html")


def test_pairs_of_an_earlier_iteration_are_not_new(tmp_path: Path) -> None:
    folder = tmp_path / "again"
    same = Fate("hard", p="f :: Int -> Int\nf x = x * 2\n")
    write_iteration(folder, 1, [same, Fate("hard")])
    write_iteration(folder, 2, [same, Fate("hard"), Fate("type_error")])
    found = read_experiment(folder, config(folder))
    assert new_pairs(found) == {1: (2, 2), 2: (1, 2)}
    assert covered_types(found) == {1: (0, 0), 2: (0, 0)}
