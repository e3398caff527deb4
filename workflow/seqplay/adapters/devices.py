"""The devices of one training: one process each."""

from __future__ import annotations

import torch
from accelerate import PartialState
from torch import Tensor


class Devices:
    """The processes of this training: one a device, by ``accelerate launch``; or just this one."""

    def __init__(self) -> None:
        """Join the process group where this process was launched as one of several."""
        self._state = PartialState(cpu=not torch.cuda.is_available())
        self.rank, self.count = int(self._state.process_index), int(self._state.num_processes)
        self.device = torch.device(self._state.device)
        if self.device.type == "cuda" and self.device.index is None:
            self.device = torch.device("cuda", torch.cuda.current_device())

    def sum(self, tensor: Tensor) -> Tensor:
        """Return the sum of a tensor over all processes."""
        if self.count > 1:
            torch.distributed.all_reduce(tensor)
        return tensor

    def wait(self) -> None:
        """Wait until every process is here."""
        self._state.wait_for_everyone()
