"""Near-duplicates: texts whose sets of neighbouring words overlap, found by MinHash and confirmed exactly.

MinHash with banding proposes pairs, and misses fewer than one in a million of those that are just as similar as asked
(``MISSED``; of more similar ones far fewer); the Jaccard similarity of the sets themselves (64 bits of a hash for each
run of words) decides. Independent of the order in which a set of keys is asked for. In memory are 896 bytes of a text
at the similarity 0.6, whatever its length; the sets are in a temporary file.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from array import array
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seqplay.dataset.similarity.lsh_index import Bands, Numbers
from seqplay.dataset.similarity.shingles import Shingles, jaccard

if TYPE_CHECKING:
    from datasketch import MinHash

PERMUTATIONS = 128
MISSED = 1e-6
"""Share of the pairs at the asked similarity that share no band, at most."""
SLACK = 0.25
"""How far below the asked similarity the estimate of a candidate may be: nearly six standard deviations."""
ROOM = 1024
"""Texts that an index has room for at first."""


class Sketch(NamedTuple):
    """What is computed of a text, once."""

    values: Numbers
    """The MinHash: 128 numbers of 32 bits."""
    runs: Numbers
    """64 bits of a hash for each run of words, sorted."""


@cache
def _empty() -> MinHash:
    from datasketch import MinHash  # with much of scipy: half a second of each job and of Snakemake's own start

    return MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=int)


def sketched(found: Shingles) -> Sketch:
    """Return the sketch of a text."""
    hashed = b"".join(hashlib.sha1(text.encode("utf-8", "surrogatepass")).digest() for text in found)
    digests = np.frombuffer(hashed, dtype=np.dtype([("value", "<u4"), ("run", "<u8"), ("rest", "V8")]))
    values = _empty().copy()
    values.update_batch(digests["value"].tolist())
    return Sketch(values.hashvalues, np.sort(digests["run"]))


def rows_of(threshold: float) -> int:
    """Return how many numbers of a sketch make a band: the most with which hardly a pair is missed."""
    fit = [n for n in range(2, PERMUTATIONS + 1) if (1 - threshold**n) ** (PERMUTATIONS // n) <= MISSED]
    return max(fit, default=1)


class NearIndex:
    """A set of texts that can be asked for near-duplicates of another one."""

    def __init__(self, threshold: float) -> None:
        """Count texts as near-duplicates from this Jaccard similarity."""
        self.threshold = threshold
        self.keys: list[str] = []
        """The texts' keys, by number."""
        rows = rows_of(threshold)
        self._bands = Bands(PERMUTATIONS // rows, rows)
        self._marks = np.zeros((ROOM, PERMUTATIONS), np.uint8)
        self._ends = array("q", [0])
        self._runs = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (it closes with the index)

    def likely(self, sketch: Sketch) -> list[int]:
        """Return the numbers of the texts that may be near-duplicates, in order."""
        found = self._bands.sharing(sketch.values)
        shared = (self._marks[found] == sketch.values.astype(np.uint8)).sum(axis=1)
        likely: list[int] = found[shared >= (self.threshold - SLACK) * PERMUTATIONS].tolist()
        return likely

    def alike(self, number: int, sketch: Sketch) -> bool:
        """Tell whether text ``number`` is a near-duplicate."""
        start, end = self._ends[number], self._ends[number + 1]
        runs = np.frombuffer(os.pread(self._runs.fileno(), end - start, start), dtype=sketch.runs.dtype)
        both = np.intersect1d(runs, sketch.runs, assume_unique=True).size
        return jaccard(runs.size, sketch.runs.size, both) >= self.threshold

    def insert(self, key: str, sketch: Sketch) -> None:
        """Take a text into the set; an empty one is never near anything."""
        if not sketch.runs.size:
            return
        if len(self.keys) == len(self._marks):
            self._marks = np.concatenate([self._marks, np.zeros_like(self._marks)])
        self._marks[len(self.keys)] = sketch.values.astype(np.uint8)
        self._ends.append(self._ends[-1] + self._runs.write(sketch.runs.tobytes()))
        self._bands.add(sketch.values)
        self.keys.append(key)

    def near(self, found: Shingles) -> list[str]:
        """Return the keys of all near-duplicates, sorted."""
        if not found or not self.keys:
            return []
        sketch = sketched(found)
        return sorted(self.keys[number] for number in self.likely(sketch) if self.alike(number, sketch))

    def add(self, key: str, found: Shingles) -> None:
        """Take a text into the set, under a key that is not yet in it."""
        self.insert(key, sketched(found))
