"""The index of near-duplicates finds what comparing all pairs finds, in a bounded part of the memory."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from seqplay.dataset.similarity import lsh_index
from seqplay.dataset.similarity.near_duplicates import NearIndex
from seqplay.dataset.similarity.shingles import Shingles, prose, similarity

WORDS = [f"{a}{b}" for a in ("sum", "list", "odd", "word", "pair") for b in ("", "s", "ed", "ing", "er")]


def texts(count: int, seed: int) -> list[Shingles]:
    """Texts of which every second is another one with some words changed."""
    draw = random.Random(seed)
    made: list[list[str]] = []
    for n in range(count):
        words = list(draw.choice(made)) if n % 2 else draw.choices(WORDS, k=draw.randint(3, 30))
        for _ in range(draw.randrange(4) if n % 2 else 0):
            words[draw.randrange(len(words))] = draw.choice(WORDS)
        made.append(words)
    return [prose(" ".join(words)) for words in made]


def reference(found: list[Shingles], threshold: float) -> list[list[str]]:
    """For each text the near-duplicates among those before it, each pair of whole sets compared."""
    return [
        sorted(str(other) for other in range(n) if similarity(text, found[other]) >= threshold)
        for n, text in enumerate(found)
    ]


@pytest.mark.parametrize("threshold", [0.3, 0.6, 0.9, 1.0])
def test_the_same_near_duplicates_as_by_comparing_all_pairs(threshold: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lsh_index, "LEAST_WAITING", 32)  # so that some are sorted, and some wait
    found = texts(400, 7)
    index, near = NearIndex(threshold), []
    for n, text in enumerate(found):
        near.append(index.near(text))
        index.add(str(n), text)
    assert near == reference(found, threshold)
    assert sum(map(len, near)) > 50


def test_an_empty_text_is_near_nothing() -> None:
    index = NearIndex(0.6)
    index.add("empty", prose(""))
    assert index.near(prose("")) == []
    index.add("some", prose("sum of odd words"))
    assert index.near(prose("")) == []
    assert index.near(prose("Sum of odd words.")) == ["some"]


def test_memory_does_not_grow_with_the_length_of_the_texts() -> None:
    peaks = []
    for length in (20, 200):
        draw = random.Random(1)
        tracemalloc.start()
        index = NearIndex(0.6)
        for n in range(600):
            index.add(str(n), prose(" ".join(str(draw.randrange(10**6)) for _ in range(length))))
        peaks.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]
