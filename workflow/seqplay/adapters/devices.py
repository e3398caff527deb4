"""The devices of one training: one process each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from accelerate import PartialState
from torch import Tensor


class Turn(NamedTuple):
    """A micro-batch that this process computes."""

    number: int
    counts: bool
    """False where it is another process's: computed to keep step, and worth nothing."""


class Devices:
    """The processes of this training: one a device, by ``accelerate launch``; or just this one."""

    in_step = False
    """Whether all must compute the same number of micro-batches: they hold the base together."""

    def __init__(self) -> None:
        """Join the process group where this process was launched as one of several."""
        self._state = PartialState(cpu=not torch.cuda.is_available())
        self.rank, self.count = int(self._state.process_index), int(self._state.num_processes)
        self.device = torch.device(self._state.device)
        if self.device.type == "cuda" and self.device.index is None:
            self.device = torch.device("cuda", torch.cuda.current_device())

    def turns(self, count: int) -> Iterator[Turn]:
        """Yield this process's share of so many micro-batches."""
        for first in range(0, count, self.count):
            number = first + self.rank
            if number < count:
                yield Turn(number, counts=True)
            elif self.in_step:
                yield Turn(first, counts=False)

    def sum(self, tensor: Tensor) -> Tensor:
        """Return the sum of a tensor over all processes."""
        if self.count > 1:
            torch.distributed.all_reduce(tensor)
        return tensor

    def wait(self) -> None:
        """Wait until every process is here."""
        self._state.wait_for_everyone()
