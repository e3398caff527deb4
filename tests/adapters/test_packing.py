"""Packing keeps every example whole, once, and to itself."""

from __future__ import annotations

import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import example, tiny_model

from seqplay.adapters.attention import AttentionPath, choose_path, implementation, unpackable
from seqplay.adapters.data import IGNORE, tokenize
from seqplay.adapters.fused_lora import lean
from seqplay.adapters.losses import batch_loss, hidden_states
from seqplay.adapters.model import trainee
from seqplay.adapters.packing import epoch_bins, pack, pad, plan_epochs, prefix_groups, shared_prefix
from seqplay.config import LoraConfig, TrainConfig
from seqplay.errors import ConfigError


def plan_steps(*plan):
    return [step for epoch in plan_epochs(*plan) for step in epoch]


LENGTHS = st.lists(st.integers(1, 300), min_size=1, max_size=80)
CPU = torch.device("cpu")


@given(LENGTHS, st.integers(50, 400), st.booleans(), st.integers(0, 9))
def test_an_epoch_has_every_example_once_and_no_micro_batch_is_too_large(lengths, capacity, packed, seed):
    bins = epoch_bins(lengths, capacity, packed, seed)
    assert sorted(index for members in bins for index in members) == list(range(len(lengths)))
    for members in bins:
        sizes = [lengths[index] for index in members]
        assert len(members) == 1 or (sum(sizes) if packed else max(sizes) * len(sizes)) <= capacity


def test_rows_are_nearly_full():
    generator = random.Random(0)
    lengths = [min(3000, max(300, int(generator.lognormvariate(6.7, 0.5)))) for _ in range(2000)]
    bins = epoch_bins(lengths, 8192, True, 0)
    assert sum(lengths) / (8192 * len(bins)) > 0.97


def test_the_order_depends_on_the_seed_alone_and_differs_between_epochs():
    lengths = [10 + n for n in range(40)]
    assert plan_steps(lengths, 64, True, 3, 2, 2, 0) == plan_steps(lengths, 64, True, 3, 2, 2, 0)
    assert plan_steps(lengths, 64, True, 3, 1, 1, 0) != plan_steps(lengths, 64, True, 4, 1, 1, 0)
    two = plan_steps(lengths, 64, True, 3, 2, 1, 0)
    assert two[: len(two) // 2] != two[len(two) // 2 :]


@pytest.mark.parametrize(("epochs", "steps"), [(1, 10), (0.5, 5), (2.5, 25)])
def test_a_broken_epoch_count_trains_on_that_share(epochs, steps):
    assert len(plan_steps([64] * 10, 64, True, 0, epochs, 1, 0)) == steps


def test_max_steps_is_a_limit_and_no_target():
    assert len(plan_steps([64] * 10, 64, True, 0, 3, 2, 4)) == 4
    assert len(plan_steps([64] * 10, 64, True, 0, 1, 2, 400)) == 5


@pytest.fixture(scope="module")
def tokens(chatml):
    texts = ["Answer: equivalent", "Because x + 1 is 1 + x.\nAnswer: equivalent", "no", "f x = x + 1\n" * 9]
    return [tokenize(chatml, example(number, text), 512, "refuse") for number, text in enumerate(texts)]


def player(kind, path, vocabulary):
    model = tiny_model(kind, vocabulary)
    found = trainee(model, LoraConfig(dropout=0.0), TrainConfig(packing="none"), 0)
    model.set_attn_implementation(implementation(path))
    found.path = path
    for number, parameter in enumerate(found.parameters.values()):
        parameter.data = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number)) * 0.1
    return found


@pytest.mark.parametrize("path", [AttentionPath.SDPA, AttentionPath.FLEX])
@pytest.mark.parametrize("kind", ["qwen2", "llama"])
@torch.no_grad()
def test_packed_logits_are_those_of_each_example_alone(kind, path, tokens, chatml):
    packed, alone = player(kind, path, len(chatml)), player(kind, AttentionPath.NONE, len(chatml))
    longest = max(len(t.input_ids) for t in tokens)
    together = packed.head(hidden_states(packed, pack(tokens, pad_to=700), longest))
    apart = torch.cat([alone.head(hidden_states(alone, pad([one]), longest)) for one in tokens])
    torch.testing.assert_close(together, apart, atol=5e-4, rtol=1e-4)  # logits spread over about 10


@pytest.mark.parametrize("kind", ["qwen2", "llama"])
def test_packed_losses_and_gradients_are_those_of_the_examples_alone(kind, tokens, chatml):
    packed, alone = player(kind, AttentionPath.SDPA, len(chatml)), player(kind, AttentionPath.NONE, len(chatml))
    longest = max(len(t.input_ids) for t in tokens)
    together = batch_loss(packed, pack(tokens), longest, fused=True)
    together.backward()
    apart = sum(batch_loss(alone, pad([one]), longest, fused=True) for one in tokens)
    apart.backward()
    torch.testing.assert_close(together, apart, rtol=1e-5, atol=1e-5)
    for name, parameter in packed.parameters.items():
        torch.testing.assert_close(parameter.grad, alone.parameters[name].grad, rtol=1e-3, atol=1e-4)


def few_shot(tokenizer, number, output=None, rule="Judge whether both programs compute the same, for all inputs."):
    """An example with a long system prompt, as few-shot prompts have."""
    return tokenize(tokenizer, example(number, output).model_copy(update={"system_prompt": rule}), 512, "refuse")


@pytest.mark.parametrize("kind", ["qwen2", "llama"])
def test_a_shared_beginning_computed_once_gives_the_same_losses_and_gradients(kind, chatml):
    packed, alone = player(kind, AttentionPath.SDPA, len(chatml)), player(kind, AttentionPath.NONE, len(chatml))
    tokens = [few_shot(chatml, number) for number in range(4)]
    row = pack(tokens, share=True)
    assert row.prefix >= 32
    assert row.input_ids.shape[1] == sum(len(t.input_ids) for t in tokens) - 3 * row.prefix
    together = batch_loss(packed, row, 512, fused=True)
    together.backward()
    apart = sum(batch_loss(alone, pad([one]), 512, fused=True) for one in tokens)
    apart.backward()
    torch.testing.assert_close(together, apart, rtol=1e-5, atol=1e-5)
    for name, parameter in packed.parameters.items():
        torch.testing.assert_close(parameter.grad, alone.parameters[name].grad, rtol=1e-3, atol=1e-4)


def test_what_is_learnt_is_never_shared(chatml):
    same = [few_shot(chatml, 1, text) for text in ("Answer: equivalent", "Answer: inequivalent")]
    first_learnt = next(i for i, target in enumerate(same[0].targets) if target != IGNORE)
    assert shared_prefix(same) == first_learnt
    assert shared_prefix([same[0], same[0]]) == first_learnt


def test_rows_are_packed_by_what_they_begin_with_and_filled_by_what_they_add(chatml):
    both = [few_shot(chatml, n) for n in range(10)]
    both += [few_shot(chatml, n, rule="Write a Haskell program, and nothing else at all; no words.") for n in range(10)]
    groups = prefix_groups(both)
    assert sorted(index for group in groups for index in group.members) == list(range(20))
    lengths = [len(one.input_ids) for one in both]
    bins = epoch_bins(lengths, 300, True, 0, groups)
    assert sorted(index for members in bins for index in members) == list(range(20))
    assert all(len({index < 10 for index in members}) == 1 for members in bins)
    assert all(pack([both[i] for i in members], share=True).input_ids.shape[1] <= 300 for members in bins)
    assert len(bins) < len(epoch_bins(lengths, 300, True, 0))


@pytest.mark.parametrize("kind", ["qwen2", "llama"])
def test_padded_rows_give_the_loss_of_the_examples_alone(kind, tokens, chatml):
    alone = player(kind, AttentionPath.NONE, len(chatml))
    together = batch_loss(alone, pad(tokens), 0, fused=True)
    apart = sum(batch_loss(alone, pad([one]), 0, fused=True) for one in tokens)
    torch.testing.assert_close(together, apart, rtol=1e-5, atol=1e-5)


def test_lean_lora_layers_compute_what_peft_computes(tokens, chatml):
    theirs, ours = (player("qwen2", AttentionPath.NONE, len(chatml)) for _ in range(2))
    lean(ours.model)
    losses = [batch_loss(one, pad(tokens), 0, fused=True) for one in (theirs, ours)]
    for loss in losses:
        loss.backward()
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-5, atol=1e-5)
    for name, parameter in theirs.parameters.items():
        torch.testing.assert_close(parameter.grad, ours.parameters[name].grad, rtol=1e-3, atol=1e-4)
    with torch.no_grad(), theirs.model.disable_adapter(), ours.model.disable_adapter():
        plain = [batch_loss(one, pad(tokens), 0, fused=True) for one in (theirs, ours)]
    torch.testing.assert_close(plain[0], plain[1])
    assert not torch.allclose(plain[0], losses[0])


@torch.no_grad()
def test_the_loss_is_the_models_own_over_the_same_labels(tokens, chatml):
    alone = player("qwen2", AttentionPath.NONE, len(chatml))
    for one in tokens:
        labels = torch.tensor([[-100, *one.targets[:-1]]])
        theirs = alone.model(input_ids=torch.tensor([one.input_ids]), labels=labels).loss
        ours = batch_loss(alone, pad([one]), 0, fused=True) / one.learnt
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_changing_one_packed_example_leaves_the_others_logits_untouched(tokens, chatml):
    packed = player("qwen2", AttentionPath.SDPA, len(chatml))
    other = tokenize(chatml, example(99, "Answer: inequivalent"), 512, "refuse")
    with torch.no_grad():
        before = hidden_states(packed, pack([tokens[0], tokens[1]]), 512)
        after = hidden_states(packed, pack([other, tokens[1]]), 512)
    torch.testing.assert_close(before[-tokens[1].learnt :], after[-tokens[1].learnt :], atol=2e-5, rtol=1e-4)


def test_models_that_cannot_be_packed_get_padded_rows_and_a_clear_refusal():
    config = tiny_model("qwen2", 300).config
    assert choose_path("auto", config, CPU, torch.float32) is AttentionPath.SDPA
    assert unpackable(config) is None
    config.attention_dropout = 0.1
    assert choose_path("auto", config, CPU, torch.float32) is AttentionPath.NONE
    with pytest.raises(ConfigError, match=r"train\.packing: found sdpa, but this model has attention dropout"):
        choose_path("sdpa", config, CPU, torch.float32)


@pytest.mark.parametrize("setting", ["varlen", "flex"])
def test_a_path_that_needs_a_gpu_is_refused_without_one(setting):
    with pytest.raises(ConfigError, match=r"train\.packing.*allowed here: auto, sdpa, none"):
        choose_path(setting, tiny_model("llama", 300).config, CPU, torch.float32)
