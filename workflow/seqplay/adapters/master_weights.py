"""fp32 master weights: the adapter computes in the base's precision, and learns in fp32.

A step of 2e-4 on a bf16 number near 0.01 is mostly rounded away. So the optimiser steps an fp32 copy, gradients are
summed in fp32, and the copy is what is saved. All of it is three flat vectors: one norm, one all-reduce, one file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

BETAS = (0.9, 0.999)
CLIP = 1.0
"""Largest norm of a step's gradient (the Hugging Face default)."""


class MasterWeights:
    """The adapter in fp32, with AdamW (no weight decay)."""

    def __init__(self, parameters: Mapping[str, nn.Parameter]) -> None:
        """Copy the parameters' present values."""
        self.names = list(parameters)
        self._parameters = list(parameters.values())
        self._shapes = [tuple(parameter.shape) for parameter in self._parameters]
        self.flat = torch.cat([p.detach().float().flatten() for p in self._parameters])
        self._gradient = torch.zeros_like(self.flat)
        self._views = self._split(self.flat)
        self._gradient_views = self._split(self._gradient)
        self._optimizer = torch.optim.AdamW([self.flat], betas=BETAS, weight_decay=0.0, fused=self.flat.is_cuda)
        self.flat.grad = self._gradient

    def _split(self, flat: Tensor) -> list[Tensor]:
        """Return views of a flat vector in the parameters' shapes."""
        parts = torch.split(flat, [parameter.numel() for parameter in self._parameters])
        return [part.view(shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def collect(self) -> None:
        """Add the parameters' gradients to the step's, in fp32, and clear them."""
        found = [
            (view, parameter.grad)
            for view, parameter in zip(self._gradient_views, self._parameters, strict=True)
            if parameter.grad is not None
        ]
        if found:
            views, gradients = zip(*found, strict=True)
            torch._foreach_add_(list(views), [gradient.float() for gradient in gradients])
        for parameter in self._parameters:
            parameter.grad = None

    def step(self, learning_rate: float, reduce: Callable[[Tensor], Tensor]) -> float:
        """Take one optimiser step with the summed gradient; return its norm before clipping (NaN: nothing was changed).

        ``reduce`` sums a vector over all devices.
        """
        self._gradient.copy_(reduce(self._gradient))
        norm = float(self._gradient.norm())
        if norm == norm and norm != float("inf"):
            self._gradient.mul_(min(1.0, CLIP / (norm + 1e-6)))
            self._optimizer.param_groups[0]["lr"] = learning_rate
            self._optimizer.step()
            self.publish()
        self._gradient.zero_()
        return norm

    @torch.no_grad()
    def publish(self) -> None:
        """Copy the master values into the parameters that compute."""
        torch._foreach_copy_([parameter.data for parameter in self._parameters], self._views)

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Take over weights by name (onward training)."""
        for name, view in zip(self.names, self._views, strict=True):
            view.copy_(weights[name])
        self.publish()

    def weights(self) -> dict[str, Tensor]:
        """Return the learnt weights by name: fp32, on the CPU."""
        flat = self.flat.detach().cpu()
        return {name: view.clone() for name, view in zip(self.names, self._split(flat), strict=True)}

    def state(self) -> dict[str, Tensor]:
        """Return everything that a checkpoint needs, on the CPU."""
        moments = self._optimizer.state.get(self.flat, {})
        state = {"weights": self.flat, **{key: moments[key] for key in ("exp_avg", "exp_avg_sq", "step") if moments}}
        return {key: value.detach().cpu().clone() for key, value in state.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a checkpoint's state."""
        self.flat.copy_(state["weights"])
        if "step" in state:
            device = self.flat.device
            counter = state["step"].to(device) if self.flat.is_cuda else state["step"].clone()
            self._optimizer.state[self.flat] = {
                "step": counter,
                "exp_avg": state["exp_avg"].to(device),
                "exp_avg_sq": state["exp_avg_sq"].to(device),
            }
        self.publish()
