"""What is too like the held-out side does not reach the training side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqplay.config import HaskellConfig, ProgramsConfig
from seqplay.errors import InputError
from seqplay.files import read_records
from seqplay.game.heldout import near_heldout
from seqplay.game.programs import prepare_programs
from seqplay.records import Program, SkippedLine
from tests.game.builders import pair, program

LONG = "f :: Int -> Int\nf x\n  | x > 10 = f (x - 1) + 2\n  | x < 0 = f (x + 1) * 3\n  | otherwise = x * x + {}\n"
OTHER = "g :: [Int] -> [Int]\ng xs = map (+ 1) (filter even xs)\n"


def held(code: str) -> Program:
    return program(0).model_copy(update={"code": code})


def test_a_text_with_another_constant_is_near_a_held_out_program_and_another_program_is_not() -> None:
    is_near = near_heldout([held(LONG.format(1))], [], 0.8)
    assert is_near(LONG.format(1))
    assert is_near(LONG.format(2))
    assert not is_near(OTHER)
    assert not near_heldout([held(LONG.format(1))], [], 1.0)(LONG.format(2))


def test_both_sides_of_a_held_out_pair_are_kept_away() -> None:
    asked = pair(1).model_copy(update={"p": OTHER, "q": LONG.format(1)})
    is_near = near_heldout([], [asked], 0.8)
    assert is_near(OTHER)
    assert is_near(LONG.format(2))
    assert not near_heldout([], [], 0.8)(OTHER)


def prepare(folder: Path, codes: list[str], near_duplicate: float, **keys: int) -> None:
    source = folder / "source.jsonl"
    source.write_text("".join(json.dumps({"code": code}) + "\n" for code in codes))
    prepare_programs(
        ProgramsConfig(source=str(source), max_characters=0, **keys),
        HaskellConfig(workers=1),
        folder / "train.jsonl",
        folder / "heldout.jsonl",
        folder / "skipped.jsonl",
        near_duplicate=near_duplicate,
    )


@pytest.mark.ghc
def test_a_near_duplicate_of_a_held_out_program_is_skipped_with_the_reason(tmp_path: Path) -> None:
    codes = [LONG.format(constant) for constant in range(5, 8)]
    prepare(tmp_path, [*codes, OTHER], 1.0, heldout=1)
    assert len(read_records(tmp_path / "train.jsonl", Program)) == 3
    prepare(tmp_path, [*codes, OTHER], 0.8, heldout=1)
    sides = [read_records(tmp_path / f"{side}.jsonl", Program) for side in ("train", "heldout")]
    skipped = read_records(tmp_path / "skipped.jsonl", SkippedLine)
    names = [{one.name for one in side} for side in sides]
    assert names[0] == {"line 4"}
    assert names[1] < {"line 1", "line 2", "line 3"}
    assert {f"line {line.line}" for line in skipped} == {"line 1", "line 2", "line 3"} - names[1]
    assert all("near-duplicate of a held-out program" in line.reason for line in skipped)


@pytest.mark.ghc
def test_a_source_of_near_duplicates_alone_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="near-duplicates of held-out ones"):
        prepare(tmp_path, [LONG.format(constant) for constant in range(3)], 0.8, heldout=1)
