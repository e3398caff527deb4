"""Bands of MinHash sketches: texts that share one are candidates. A table in 12 bytes for each text and band."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
LEAST_WAITING, SHARE_WAITING = 1024, 16
"""Texts wait until there are so many, or this part of those that are sorted: then all are sorted again."""
_ODD = np.uint64(0x9E3779B97F4A7C15)


class Bands:
    """Tells which of the texts so far share a band with another one; texts are numbered as they come, from 0."""

    def __init__(self, bands: int, rows: int) -> None:
        """Take the first ``bands * rows`` numbers of each sketch as so many bands."""
        self.bands, self.rows = bands, rows
        self._keys: Numbers = np.zeros(0, np.uint64)
        self._texts: Numbers = np.zeros(0, np.int32)
        self._waiting: Numbers = np.zeros((LEAST_WAITING, bands), np.uint64)
        self._sorted = self._count = 0

    def add(self, sketch: Numbers) -> None:
        """Take in the next text."""
        if self._count - self._sorted == len(self._waiting):
            self._sort()
        self._waiting[self._count - self._sorted] = self._hashed(sketch)
        self._count += 1

    def sharing(self, sketch: Numbers) -> Numbers:
        """Return the numbers of the texts that share a band, in order."""
        wanted = self._hashed(sketch)
        firsts, lasts = (np.searchsorted(self._keys, wanted, side) for side in ("left", "right"))
        found = [self._texts[first:last] for first, last in zip(firsts, lasts, strict=True) if first < last]
        waiting = self._waiting[: self._count - self._sorted]
        late = np.flatnonzero((waiting == wanted).any(axis=1)) + self._sorted
        return np.unique(np.concatenate([*found, late.astype(np.int32)]))

    def _hashed(self, sketch: Numbers) -> Numbers:
        """Return 64 bits for each band; those of two bands hardly ever meet."""
        keys = np.arange(1, self.bands + 1, dtype=np.uint64)
        for column in sketch[: self.bands * self.rows].reshape(self.bands, self.rows).T:
            keys = (keys ^ column) * _ODD
            keys ^= keys >> np.uint64(29)
        return keys

    def _sort(self) -> None:
        """Sort the waiting texts in."""
        texts = np.arange(self._sorted, self._count, dtype=np.int32).repeat(self.bands)
        keys = np.concatenate([self._keys, self._waiting.ravel()])
        order = np.argsort(keys, kind="stable")
        self._keys, self._texts = keys[order], np.concatenate([self._texts, texts])[order]
        self._sorted = self._count
        room = max(LEAST_WAITING, self._sorted // SHARE_WAITING)
        self._waiting = np.zeros((room, self.bands), np.uint64)
