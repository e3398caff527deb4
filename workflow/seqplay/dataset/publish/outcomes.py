"""The account: each row was dropped, or has so many samples, each with one ending. In 16 bytes for each of them."""

from __future__ import annotations

from array import array

import numpy as np

from seqplay.errors import ToolError

_SAMPLES = 1 << 20


class Account:
    """Rows and samples that are expected to end, and those that have; sample -1 is a row that was dropped."""

    def __init__(self) -> None:
        self._expected, self._ended = array("q"), array("q")

    def expect(self, row: int, sample: int) -> None:
        """Count on one ending."""
        self._expected.append(row * _SAMPLES + sample + 1)

    def end(self, row: int, sample: int) -> None:
        """Take an ending."""
        self._ended.append(row * _SAMPLES + sample + 1)

    @property
    def rows(self) -> int:
        """How many rows have an ending."""
        return int(np.unique(np.array(self._ended, np.int64) // _SAMPLES).size)

    def check(self) -> None:
        """Raise ``ToolError`` unless each expected one has ended, once, and nothing else has."""
        expected = np.unique(np.array(self._expected, np.int64))
        found, times = np.unique(np.array(self._ended, np.int64), return_counts=True)
        for what, keys in (
            ("more than one ending", found[times > 1]),
            ("no ending", np.setdiff1d(expected, found, assume_unique=True)),
            ("an ending, but no instruction", np.setdiff1d(found, expected, assume_unique=True)),
        ):
            if keys.size:
                row, sample = divmod(int(keys[0]), _SAMPLES)
                raise ToolError(f"the account does not add up: row {row}, sample {sample - 1} has {what}")
