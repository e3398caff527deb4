"""Compare the Triton kernels of LoRA layers with plain torch: on a GPU, or interpreted (``TRITON_INTERPRET=1``).

python tests/adapters/lora_kernel_check.py
"""

from __future__ import annotations

import sys

import torch
from torch import Tensor

from seqplay.adapters import fused_loss, lora_kernels, lora_reference

R = 8


def results(module, device, dtype, tokens, width, features, dropout) -> dict[str, list[Tensor]]:
    """Return what each function of a module gives for the same numbers."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape):
        return torch.randn(shape, generator=generator).to(device, dtype)

    x, dx, down, dh = draw(tokens, width), draw(tokens, width), draw(3, R, width), draw(3, tokens, R)
    gate, up, dproduct = draw(3, tokens, features)
    h, raising, lowering, dhd = draw(2, tokens, R), draw(2, features, R), draw(R, features), draw(tokens, R)
    seed, salt = torch.tensor([[123, -456], [789, 1011]], dtype=torch.int32, device=device)
    found = {}
    for count in (1, 2, 3):
        first = list(down[:count])
        found[f"lower {count}"] = [module.lower(x, first, seed, salt, 1.5, dropout)]
        sum_ = dx.clone()
        found[f"lower_backward {count}"] = [
            module.lower_backward(x, sum_, first, dh[:count].contiguous(), seed, salt, dropout),
            sum_,
        ]
    found["raise_backward"] = list(module.raise_backward(gate, raising[0], h[0], 1.5))
    found["swiglu"] = list(module.swiglu(gate, up, h, list(raising), lowering, seed, salt, 1.5, dropout))
    found["swiglu_backward"] = list(
        module.swiglu_backward(gate, up, dproduct, h, dhd, list(raising), lowering, seed, salt, 1.5, dropout)
    )
    return found


def disagreements(device, dtype, limit, tokens=150, width=192, features=200) -> list[str]:
    """Return what differs by more than a share of its norm, or from one time to the next."""
    bad = []
    for dropout in (0.0, 0.05):
        sizes = (device, dtype, tokens, width, features, dropout)
        expected = results(lora_reference, *sizes)
        mine, again = results(lora_kernels, *sizes), results(lora_kernels, *sizes)
        for name, values in mine.items():
            for number, (value, second, other) in enumerate(zip(values, again[name], expected[name], strict=True)):
                error = float((value.float() - other.float()).norm() / other.float().norm())
                if not error < limit or not torch.equal(value, second):
                    bad.append(f"{name} [{number}], dropout {dropout}: {error:.1e} apart")
    return bad


def loss_disagreements(device, limit, rows=20, vocabulary=5003) -> list[str]:
    """Return where our loss differs from torch's, when it is computed in two parts."""
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(rows, 16, generator=generator).to(device).requires_grad_()
    weight = torch.randn(vocabulary, 16, generator=generator).to(device)
    targets = torch.randint(vocabulary, (rows,), generator=generator).to(device)
    fused_loss.ROWS = rows // 2 + 1
    loss = fused_loss.SummedLoss.apply(hidden, weight, targets)
    [mine] = torch.autograd.grad(loss * 0.5, hidden)
    other = torch.nn.functional.cross_entropy(hidden @ weight.t(), targets, reduction="sum")
    [expected] = torch.autograd.grad(other * 0.5, hidden)
    errors = {
        "loss": float((loss - other).abs() / other),
        "gradient": float((mine - expected).norm() / expected.norm()),
    }
    return [f"{name}: {error:.1e} apart" for name, error in errors.items() if not error < limit]


if __name__ == "__main__":
    where = "cuda" if torch.cuda.is_available() else "cpu"
    wrong = disagreements(where, torch.float32, 1e-4) + loss_disagreements(where, 1e-4)
    print("\n".join(wrong) or "the kernels agree with plain torch")
    sys.exit(bool(wrong))
