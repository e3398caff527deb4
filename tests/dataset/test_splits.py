"""Splits have no leaks, and the account of a dataset adds up."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqplay.dataset.build import Made, check_account, ended
from seqplay.dataset.near import NearIndex, program, prose, similarity
from seqplay.dataset.records import (
    Agreement,
    Candidate,
    DroppedRow,
    Ending,
    Instruction,
    Semantics,
    Tier,
    Validation,
)
from seqplay.dataset.splits import SPLITS, cluster, split
from seqplay.dataset_config import SplitConfig
from seqplay.errors import ToolError
from seqplay.records import Verdict

THRESHOLD = 0.6
WORDS = (
    *("sum", "list", "of", "the", "even", "odd", "numbers", "string"),
    *("reverse", "count", "longest", "word", "pair", "first", "last", "sorted"),
)


def sentences(seed: int, count: int) -> dict[str, str]:
    """Sentences of which every third is another one with a word changed."""
    draw = random.Random(seed)
    made: list[str] = []
    for n in range(count):
        if n % 3 == 2:
            words = draw.choice(made).split()
            words[draw.randrange(len(words))] = draw.choice(WORDS)
        else:
            words = draw.choices(WORDS, k=draw.randint(6, 20))
        made.append(" ".join(words))
    return {f"{n:03}": text for n, text in enumerate(made)}


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_nothing_in_one_split_is_like_anything_in_another(seed: int) -> None:
    texts = {key: (prose(text),) for key, text in sentences(seed, 60).items()}
    found = split(cluster(texts, THRESHOLD, {}), SplitConfig(validation=0.2, test=0.2), seed)
    assert found.keys() == texts.keys()
    leaks = [
        (a, b)
        for a in texts
        for b in texts
        if a < b and found[a] != found[b] and similarity(texts[a][0], texts[b][0]) >= THRESHOLD
    ]
    assert leaks == []


def test_samples_of_one_instruction_are_in_one_split() -> None:
    texts = {key: (prose(text),) for key, text in sentences(1, 40).items()}
    joined = {key: str(int(key) % 20) for key in texts}
    found = split(cluster(texts, THRESHOLD, joined), SplitConfig(validation=0.2, test=0.2), 0)
    assert all(found[key] == found[f"{int(key) % 20:03}"] for key in found)


def test_the_order_of_the_items_does_not_matter() -> None:
    texts = {key: (prose(text),) for key, text in sentences(2, 50).items()}
    other = dict(reversed(texts.items()))
    shares = SplitConfig(validation=0.1, test=0.1)
    assert split(cluster(texts, THRESHOLD, {}), shares, 7) == split(cluster(other, THRESHOLD, {}), shares, 7)


def test_shares_are_kept_and_every_split_that_is_asked_for_has_something() -> None:
    names = {str(n): str(n) for n in range(100)}
    found = split(names, SplitConfig(validation=0.1, test=0.05), 0)
    assert [list(found.values()).count(name) for name in SPLITS] == [85, 10, 5]
    small = split({str(n): str(n) for n in range(4)}, SplitConfig(validation=0.05, test=0.05), 0)
    assert set(small.values()) == set(SPLITS)


@pytest.mark.parametrize(
    ("a", "b", "near"),
    [
        ("Compute the factorial of a non-negative integer. For a negative number return 0.",
         "Compute the factorial of a non-negative integer. For a negative integer return 0.", True),
        ("Return the sum of a list of integers.", "return the  SUM of a list, of integers", True),
        ("Return the longest word of a sentence.", "Return the last word of a sentence, or nothing.", False),
    ],
)  # fmt: skip
def test_near_duplicates_are_found_and_others_are_not(a: str, b: str, near: bool) -> None:
    index = NearIndex(THRESHOLD)
    index.add("a", prose(a))
    assert (index.near(prose(b)) == ["a"]) is near


def test_programs_that_differ_in_an_operator_are_told_apart() -> None:
    a, b = program("f x y = x + y * (x - 1) `div` y\n"), program("f x y = x - y + (x * 1) `mod` y\n")
    assert similarity(a, b) < THRESHOLD


def instruction(row: int) -> Instruction:
    return Instruction(id=f"i{row}", row=row, name=f"row {row}", instruction="do", python="def f(): pass\n")


CODES = st.sampled_from(["", "unparsed", "duplicate", "contaminated"])
CHECKS = st.sampled_from(
    [(Tier.NONE, Verdict.INFRA_ERROR), (Tier.NONE, Verdict.REJECTED), (Tier.A, Verdict.REJECTED),
     (Tier.B, Verdict.REJECTED), (Tier.B, Verdict.TIMEOUT), (Tier.C, Verdict.ACCEPTED)]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(data=st.data(), rows=st.integers(0, 12), samples=st.integers(1, 3))
def test_every_row_and_sample_ends_once_whatever_the_stages_said(data: st.DataObject, rows: int, samples: int) -> None:
    dropped, sources, candidates, validations, semantics = [], {}, [], {}, {}
    for row in range(rows):
        if data.draw(st.booleans()):
            dropped.append(DroppedRow(row=row, name=f"row {row}", reason="filtered"))
            continue
        sources[f"i{row}"] = instruction(row)
        for sample in range(samples):
            key, reason = f"{row}/{sample}", data.draw(CODES)
            code = None if reason == "unparsed" else "f = 1\n"
            candidates.append(Candidate(id=key, instruction_id=f"i{row}", sample=sample, code=code, reason=reason))
            if reason:
                continue
            tier, verdict = data.draw(CHECKS)
            validations[key] = Validation(id=key, tier=tier, verdict=verdict, reason="r", message="")
            if tier is Tier.C and data.draw(st.booleans()):
                semantics[key] = Semantics(id=key, agreement=data.draw(st.sampled_from(list(Agreement))), reason="r")
    made = Made(
        instructions=sources, dropped=dropped, candidates=candidates, validations=validations, semantics=semantics
    )
    found = list(ended(made))
    check_account(made, found, samples)
    assert len(found) == len(dropped) + samples * len(sources)
    assert all((one.tier is Tier.C_PLUS) <= (one.reason == "agrees") for one in found)


def test_a_sample_counted_twice_or_not_at_all_is_an_error() -> None:
    made = Made(instructions={"i0": instruction(0)}, dropped=[], candidates=[], validations={}, semantics={})
    end = Ending(row=0, name="row 0", instruction_id="i0", sample=0, tier=Tier.A, reason="r")
    with pytest.raises(ToolError, match="row 0, sample 0 has no ending"):
        check_account(made, [], 1)
    with pytest.raises(ToolError, match="more than one ending"):
        check_account(made, [end, end], 1)
    with pytest.raises(ToolError, match="no instruction"):
        check_account(made, [end, end.model_copy(update={"row": 5})], 1)
