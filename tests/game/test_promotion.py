"""Hard accepted Q's are programs of later iterations: with their lineage, unlike all others, drawn by the seed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqplay.config import AliceConfig, ProgramsConfig
from seqplay.files import content_id, read_records
from seqplay.game.programs import sample_programs
from seqplay.game.promotion import Promoted, promoted
from seqplay.records import Example, Kept, Program, SampledProgram
from tests.game.builders import pair, program

PROGRAMS = [program(n) for n in range(4)]
LONG = "f :: Int -> Int\nf x = foldr (\\y acc -> y * 3 + acc) 3 (filter even [x .. x + 3])\n"


def accepted(index: int, q: str, kept: Kept = Kept.HARD, iteration: int = 1, of: Program | None = None) -> Example:
    p = of or PROGRAMS[index % len(PROGRAMS)]
    one = pair(index).model_copy(update={"id": f"pair{index}", "q": q, "p": p.code, "program_id": p.id, "q_entry": "f"})
    fields = {"votes": 4, "correct": 1, "unparsed": 0, "difficulty": 7.5, "difficulty_low": 5, "difficulty_high": 9}
    return Example(iteration=iteration, pair=one, kept=kept, **fields)  # type: ignore[arg-type]


def found(earlier: Sequence[Example], held: Sequence[Program] = (), longest: int = 0) -> list[Promoted]:
    return promoted(earlier, PROGRAMS, held, near_duplicate=0.8, max_characters=longest)


@pytest.mark.parametrize("kept", Kept)
def test_only_what_was_hard_or_learnable_is_promoted(kept: Kept) -> None:
    assert bool(found([accepted(0, LONG, kept)])) == (kept in {Kept.HARD, Kept.LEARNABLE})


def test_a_promoted_program_says_where_it_comes_from() -> None:
    (one,) = found([accepted(1, LONG, iteration=3)])
    assert one.program == Program(
        id=content_id("program", LONG, "f"), code=LONG, entry="f", type="Int -> Int", name="p1, iteration 3"
    )
    assert one.lineage.model_dump() == {
        "iteration": 3, "pair_id": "pair1", "program_id": PROGRAMS[1].id, "generation": 1,
    }  # fmt: skip


def test_generations_are_counted() -> None:
    first = accepted(0, LONG)
    (one,) = found([first])
    other = "f :: Int -> Int\nf n = sum (map negate (takeWhile (< n) [0, 3 ..]))\n"
    second = accepted(1, other, iteration=2, of=one.program)
    assert [each.lineage.generation for each in found([first, second])] == [1, 2]
    assert found([first, second])[1].program.name == "p0, iteration 1, iteration 2"


@pytest.mark.parametrize(
    "q",
    [
        PROGRAMS[2].code,
        "f :: Int -> Int\nf value = value + 2\n",
        "-- adds\nf x = x + 2\n",
    ],
    ids=["the text of a program", "a program with other names", "a program without its signature"],
)
def test_what_is_another_program_once_more_is_not_promoted(q: str) -> None:
    assert found([accepted(0, q)]) == []


def test_a_near_duplicate_of_a_program_that_is_read_held_out_or_promoted_is_not() -> None:
    body = LONG + "".join(f"\ng{n} :: Int -> Int\ng{n} y = y * {n} + negate y\n" for n in range(6))
    changed = body.replace("filter even", "filter odd")
    assert len(found([accepted(0, body)])) == 1
    assert len(found([accepted(0, body), accepted(1, changed)])) == 1
    assert found([accepted(0, body)], [program(9).model_copy(update={"code": changed, "id": "held"})]) == []


def test_a_held_out_program_with_other_names_is_not_promoted() -> None:
    renamed = "h a = foldr (\\b c -> b * 3 + c) 3 (filter even [a .. a + 3])\n"
    held = program(9).model_copy(update={"code": renamed, "entry": "h"})
    assert found([accepted(0, LONG)]) != []
    assert found([accepted(0, LONG)], [held]) == []


def test_what_is_longer_than_programs_may_be_is_not_promoted() -> None:
    assert found([accepted(0, LONG)], longest=len(LONG))
    assert not found([accepted(0, LONG)], longest=len(LONG) - 1)


def sampled(folder: Path, share: float, iteration: int = 2, extra: int = 30) -> list[SampledProgram]:
    pool = [program(n) for n in range(100, 140)]
    many = [Promoted(program(n), found([accepted(0, LONG)])[0].lineage) for n in range(extra)]
    settings = ProgramsConfig(per_iteration=20, promoted_share=share)
    output = folder / "programs.jsonl"
    sample_programs(pool, many, output, programs=settings, alice=AliceConfig(), seed=3, iteration=iteration)
    return read_records(output, SampledProgram)


def test_so_large_a_share_of_an_iteration_is_promoted_as_far_as_there_are_any(tmp_path: Path) -> None:
    def promoted_of(share: float, extra: int = 30) -> int:
        every = sampled(tmp_path, share, extra=extra)
        assert len(every) == len({one.program.id for one in every}) == 20
        return sum(one.lineage is not None for one in every)

    assert [promoted_of(share) for share in (0.0, 0.25, 1.0)] == [0, 5, 20]
    assert promoted_of(0.5, extra=3) == 3
    assert promoted_of(0.5, extra=0) == 0


def test_without_promotion_the_sample_is_what_it_was(tmp_path: Path) -> None:
    assert sampled(tmp_path, 0.0) == sampled(tmp_path, 0.0, extra=0) == sampled(tmp_path, 0.5, extra=0)
    assert sampled(tmp_path, 0.5) == sampled(tmp_path, 0.5)


@given(st.lists(st.integers(0, 30), max_size=8))
def test_what_was_promoted_stays_so_when_more_is_accepted(numbers: list[int]) -> None:
    codes = [f"f :: Int -> Int\nf x = x * {n} + length (show {n})\n" for n in numbers]
    every = [accepted(place, code, iteration=place + 1) for place, code in enumerate(codes)]
    before, after = found(every[:-1]), found(every)
    assert after[: len(before)] == before
    assert len({one.program.id for one in after}) == len(after)
