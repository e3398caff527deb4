"""LoRA layers that drop while they multiply: the same gradients as autograd's, masks that can be drawn again."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn.functional import linear, silu
from transformers import Qwen2Config, Qwen2ForCausalLM
from transformers.modeling_layers import GradientCheckpointingLayer

from seqplay.adapters.fused_lora import fuse, lean
from seqplay.adapters.lora_ops import feed_forward, project
from seqplay.adapters.lora_reference import kept_share, masks
from seqplay.adapters.model import adapter_parameters, add_adapter
from seqplay.config import LoraConfig

T, K, F, R, DROPOUT, SCALING = 50, 32, 48, 8, 0.25, 2.0
SEED = torch.tensor([123, -456], dtype=torch.int32)
SALT, OTHER_SALT = torch.tensor([[789, 1011], [1213, 1415]], dtype=torch.int32)


def drawn(*shapes):
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator).requires_grad_() for shape in shapes]


def lora(x, weight, bias, down, up, mask):
    """One LoRA projection, as peft has it, with a given mask."""
    return linear(x, weight, bias) + SCALING * linear(linear(x * mask / kept_share(DROPOUT), down), up)


def agree(mine, expected, inputs):
    torch.testing.assert_close(mine, expected, rtol=1e-5, atol=1e-4)
    weight = torch.randn(expected.shape, generator=torch.Generator().manual_seed(1))
    found = torch.autograd.grad((mine * weight).sum(), inputs)
    wanted = torch.autograd.grad((expected * weight).sum(), inputs)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("biased", [True, False])
def test_projections_have_the_results_and_gradients_of_plain_autograd(count, biased):
    widths = [F, 16, 24][:count]
    x, *rest = drawn((T, K), *[(n, K) for n in widths], *[(R, K)] * count, *[(n, R) for n in widths])
    weights, down, up = ([*rest[start : start + count]] for start in (0, count, 2 * count))
    weights = [weight.detach() for weight in weights]
    biases = [torch.arange(float(n)) for n in widths] if biased else []
    kept = masks((T, K), count, SEED, SALT, DROPOUT)
    mine = project(x, weights, biases, down, up, SEED, SALT, SCALING, DROPOUT)[:-1]
    expected = [
        lora(x, w, b, a, c, m) for w, b, a, c, m in zip(weights, biases or [None] * count, down, up, kept, strict=True)
    ]
    agree(torch.cat(mine, dim=1), torch.cat(expected, dim=1), [x, *down, *up])


def test_a_feed_forward_block_has_the_results_and_gradients_of_plain_autograd():
    shapes = [(F, K), (F, K), (K, F), (R, K), (R, K), (R, F), (F, R), (F, R), (K, R)]
    x, *rest = drawn((T, K), *shapes)
    with torch.no_grad():
        for tensor in rest:
            tensor.mul_(0.2)
    weights, down, up = [weight.detach() for weight in rest[:3]], rest[3:6], rest[6:]
    kept = masks((T, K), 2, SEED, SALT, DROPOUT)
    [below] = masks((T, F), 1, SEED, OTHER_SALT, DROPOUT)
    mine = feed_forward(x, weights, down, up, SEED, [SALT, OTHER_SALT], SCALING, DROPOUT)[0]
    gate, above = (lora(x, weights[i], None, down[i], up[i], kept[i]) for i in range(2))
    expected = lora(silu(gate) * above, weights[2], None, down[2], up[2], below)
    agree(mine, expected, [x, *down, *up])


def test_masks_drop_the_wanted_share_and_have_nothing_in_common():
    size = (400, 1000)
    found = (
        masks(size, 3, SEED, SALT, 0.05) + masks(size, 3, SEED, OTHER_SALT, 0.05) + masks(size, 1, -SEED, SALT, 0.05)
    )
    dropped = [~mask for mask in found]
    for number, mask in enumerate(dropped):
        assert float(mask.float().mean()) == pytest.approx(0.05, abs=2e-3)
        neighbours = [mask[:, 1:] & mask[:, :-1], mask[1:] & mask[:-1], *[mask & other for other in dropped[:number]]]
        for both in neighbours:
            assert float(both.float().mean()) == pytest.approx(0.05**2, abs=4e-4)


class Tiny:
    """A model of two layers with an adapter that has learnt something."""

    def __init__(self, arrange, dropout=0.05, checkpointed=False):
        torch.manual_seed(0)
        sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
        model = Qwen2ForCausalLM(Qwen2Config(vocab_size=64, num_key_value_heads=2, **sizes))
        self.model = add_adapter(model, LoraConfig(dropout=dropout), 0).train()
        self.parameters = adapter_parameters(self.model)
        for parameter in self.parameters.values():
            torch.nn.init.normal_(parameter, std=0.05)
        self.causal = self.model.get_base_model()
        if checkpointed:
            self.causal.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        arrange(self.causal)

    def step(self, seed=5):
        """Return loss and gradients as one vector."""
        torch.manual_seed(seed)
        ids = torch.arange(40).view(1, 40)
        loss = self.model(input_ids=ids, labels=ids, use_cache=False).loss
        gradients = torch.autograd.grad(loss, list(self.parameters.values()))
        return torch.cat([loss.detach()[None], *[gradient.flatten() for gradient in gradients]])


def fused(causal):
    fuse(causal, causal.get_decoder())


def fused_and_compiled(causal):
    fused(causal)
    for layer in causal.modules():
        if isinstance(layer, GradientCheckpointingLayer):
            layer.compile(dynamic=False, backend="aot_eager")


def test_without_dropout_a_fused_model_learns_what_a_lean_one_does():
    torch.testing.assert_close(Tiny(fused, dropout=0.0).step(), Tiny(lean, dropout=0.0).step(), rtol=1e-4, atol=1e-6)


def test_masks_come_from_the_seed_alone():
    tiny = Tiny(fused)
    first = tiny.step()
    assert not torch.equal(first, tiny.step(seed=6))
    assert torch.equal(first, tiny.step())
    assert torch.equal(first, Tiny(fused).step())


@pytest.mark.parametrize("checkpointed", [True, False])
@pytest.mark.parametrize("arrange", [fused, fused_and_compiled])
def test_layers_computed_again_or_compiled_have_the_same_masks(arrange, checkpointed):
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    torch.testing.assert_close(Tiny(arrange, checkpointed=checkpointed).step(), Tiny(fused).step(), rtol=0, atol=0)
    assert not torch._dynamo.utils.counters["graph_break"]


def test_a_disabled_adapter_and_an_evaluation_drop_nothing():
    tiny, other = Tiny(fused), Tiny(lean)
    ids = torch.arange(40).view(1, 40)
    with torch.no_grad():
        with tiny.model.disable_adapter(), other.model.disable_adapter():
            torch.testing.assert_close(tiny.model(ids).logits, other.model(ids).logits)
        torch.testing.assert_close(tiny.model.eval()(ids).logits, other.model.eval()(ids).logits)


@pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="needs Triton")
def test_interpreted_kernels_agree_with_plain_torch():
    script = Path(__file__).parent / "lora_kernel_check.py"
    environment = os.environ | {"TRITON_INTERPRET": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize(("dtype", "limit"), [(torch.float32, 1e-4), (torch.bfloat16, 1e-2)])
def test_kernels_agree_with_plain_torch_on_a_gpu(dtype, limit):
    from lora_kernel_check import disagreements

    assert disagreements("cuda", dtype, limit, tokens=1000, width=3584, features=2000) == []
