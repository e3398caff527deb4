"""Splits have no leaks, and the account of a dataset adds up."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqplay.config.dataset import SplitConfig
from seqplay.dataset.publish.build import Made, endings, expect
from seqplay.dataset.publish.outcomes import Account
from seqplay.dataset.records import (
    Agreement,
    Candidate,
    DroppedRow,
    Instruction,
    Semantics,
    Tier,
    Validation,
)
from seqplay.dataset.similarity.near_duplicates import NearIndex
from seqplay.dataset.similarity.shingles import Shingles, program, prose, similarity
from seqplay.dataset.similarity.splits import SPLITS, Clusters, split
from seqplay.errors import ToolError
from seqplay.files import write_records
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


def cluster(texts: Mapping[str, Shingles], groups: Mapping[str, str]) -> dict[str, str]:
    """Return the clusters of items with one text each; an item without a group is one of its own."""
    found = Clusters(THRESHOLD, 1)
    for key, text in texts.items():
        found.add(key, [text], groups.get(key, key))
    return found.found()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_nothing_in_one_split_is_like_anything_in_another(seed: int) -> None:
    texts = {key: prose(text) for key, text in sentences(seed, 60).items()}
    found = split(cluster(texts, {}), SplitConfig(validation=0.2, test=0.2), seed)
    assert found.keys() == texts.keys()
    leaks = [
        (a, b)
        for a in texts
        for b in texts
        if a < b and found[a] != found[b] and similarity(texts[a], texts[b]) >= THRESHOLD
    ]
    assert leaks == []


def test_samples_of_one_instruction_are_in_one_split() -> None:
    texts = {key: prose(text) for key, text in sentences(1, 40).items()}
    joined = {key: str(int(key) % 20) for key in texts}
    found = split(cluster(texts, joined), SplitConfig(validation=0.2, test=0.2), 0)
    assert all(found[key] == found[f"{int(key) % 20:03}"] for key in found)


def test_the_order_of_the_items_does_not_matter() -> None:
    texts = {key: prose(text) for key, text in sentences(2, 50).items()}
    other = dict(reversed(texts.items()))
    shares = SplitConfig(validation=0.1, test=0.1)
    assert split(cluster(texts, {}), shares, 7) == split(cluster(other, {}), shares, 7)


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
def test_every_row_and_sample_ends_once_whatever_the_stages_said(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, rows: int, samples: int
) -> None:
    dropped, sources, candidates, validations, semantics = [], [], [], [], []
    for row in range(rows):
        if data.draw(st.booleans()):
            dropped.append(DroppedRow(row=row, name=f"row {row}", reason="filtered"))
            continue
        sources.append(instruction(row))
        for sample in range(samples):
            key, reason = f"{row}/{sample}", data.draw(CODES)
            code = None if reason == "unparsed" else "f = 1\n"
            candidates.append(Candidate(id=key, instruction_id=f"i{row}", sample=sample, code=code, reason=reason))
            if reason:
                continue
            tier, verdict = data.draw(CHECKS)
            validations.append(Validation(id=key, tier=tier, verdict=verdict, reason="r", message=""))
            if tier is Tier.C and data.draw(st.booleans()):
                semantics.append(Semantics(id=key, agreement=data.draw(st.sampled_from(list(Agreement))), reason="r"))
    made = Made(
        *(tmp_path_factory.mktemp("made") / f"{name}.jsonl" for name in ("instructions", "dropped", "candidates")),
        checked=[tmp_path_factory.mktemp("checked") / "0.jsonl"],
        agreement=[tmp_path_factory.mktemp("agreement") / "0.jsonl"],
    )
    write_records(made.instructions, sources)
    write_records(made.dropped, dropped)
    write_records(made.candidates, candidates)
    write_records(made.checked[0], validations)
    write_records(made.agreement[0], semantics)
    found, account = [end for end, _ in endings(made)], Account()
    expect(made, account, samples)
    for end in found:
        account.end(end.row, end.sample)
    account.check()
    assert account.rows == rows
    assert len(found) == len(dropped) + samples * len(sources)
    assert all((one.tier is Tier.C_PLUS) <= (one.reason == "agrees") for one in found)


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ([], "row 0, sample 0 has no ending"),
        ([(0, 0), (0, 0)], "row 0, sample 0 has more than one ending"),
        ([(0, 0), (5, 0)], "row 5, sample 0 has an ending, but no instruction"),
        ([(0, 0), (0, -1)], "row 0, sample -1 has an ending, but no instruction"),
    ],
)
def test_a_sample_counted_twice_or_not_at_all_is_an_error(ended: list[tuple[int, int]], said: str) -> None:
    account = Account()
    account.expect(0, 0)
    for row, sample in ended:
        account.end(row, sample)
    with pytest.raises(ToolError, match=said):
        account.check()
