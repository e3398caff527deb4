"""Learning by reward: advantages, the clipped loss and its gradient, and a task that is learnt from rewards alone."""

from __future__ import annotations

import math
from collections import defaultdict

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import example
from torch.nn.functional import log_softmax

from seqplay.adapters import has_adapter, train_adapter
from seqplay.adapters.data import chat_messages
from seqplay.adapters.policy import Sampled, clipped_loss
from seqplay.adapters.rollouts import advantages, too_few_groups
from seqplay.adapters.training_job import TrainingJob
from seqplay.config import EngineConfig, GrpoConfig, LoraConfig, ModelConfig, Sampling, TrainConfig
from seqplay.engines.base import Request
from seqplay.engines.transformers import TransformersEngine
from seqplay.errors import InputError
from seqplay.records import Goal, Role

GRPO = TrainConfig(
    method="grpo", max_steps=0, epochs=1, batch_tokens=256, max_length=300, learning_rate=1e-3, min_examples=1
)


def answer(question: int, reward: float | None, text: str = "Answer: equivalent", goal: Goal = Goal.SEQ):
    """An answer to one of several questions, with what it earned."""
    return example(question, text).model_copy(update={"reward": reward, "group": f"q{question}", "goal": goal})


rewards = st.lists(st.lists(st.sampled_from([-0.5, 0.0, 0.25, 1.0]), min_size=1, max_size=6), min_size=1, max_size=6)


@given(rewards, st.sampled_from(["group", "none"]))
def test_the_advantages_of_a_group_add_up_to_nothing(groups, scale):
    examples = [answer(number, reward) for number, group in enumerate(groups) for reward in group]
    found = iter(advantages(examples, GrpoConfig(scale=scale), "none"))
    for group in groups:
        mine = [next(found) for _ in group]
        assert math.isclose(sum(mine), 0, abs_tol=1e-9)
        assert any(mine) == (len(set(group)) > 1)
        assert sorted(range(len(group)), key=lambda i: (group[i], i)) == sorted(
            range(len(group)), key=lambda i: (round(mine[i], 9), i)
        )
        if scale == "group" and len(set(group)) > 1:
            assert math.isclose(sum(value**2 for value in mine) / len(mine), 1, rel_tol=1e-9)


def test_both_classes_of_bobs_weigh_the_same():
    many = [answer(n, reward, goal=Goal.SEQ) for n in range(6) for reward in (0.0, 1.0)]
    few = [answer(n, reward, goal=Goal.SINQ) for n in range(6, 8) for reward in (0.0, 1.0)]
    found = advantages([*many, *few], GrpoConfig(), "weights")
    seq, sinq = (sum(map(abs, part)) for part in (found[: len(many)], found[len(many) :]))
    assert seq == pytest.approx(sinq)
    assert seq + sinq == pytest.approx(sum(map(abs, advantages([*many, *few], GrpoConfig(), "none"))))


@pytest.mark.parametrize("scale", ["group", "none"])
def test_a_program_whose_edits_are_worth_little_weighs_little(scale):
    def learnt(worth: float) -> float:
        group = [answer(0, worth, goal=Goal.SINQ), answer(0, 0.0), answer(0, 0.0)]
        found = [group[0].model_copy(update={"worth": worth, "task": "propose_sinq"})]
        found += [one.model_copy(update={"task": "propose_sinq"}) for one in group[1:]]
        return sum(map(abs, advantages(found, GrpoConfig(scale=scale), "weights")))

    assert learnt(0.25) == pytest.approx(learnt(1.0) / 4)
    assert learnt(0.0) == 0


def test_a_rare_kind_of_edit_wins_over_a_common_one_at_full_weight():
    rare, common, refused = answer(0, 1.0), answer(0, 0.1), answer(0, 0.0)
    group = [rare.model_copy(update={"worth": 1.0}), common.model_copy(update={"worth": 0.1}), refused]
    found = advantages(group, GrpoConfig(), "none")
    assert found[0] > 0 > found[1] > found[2]
    assert sum(value**2 for value in found) / 3 == pytest.approx(1)


def test_a_group_without_a_choice_counts_for_nothing():
    same = [answer(0, 1.0), answer(0, 1.0)]
    mixed = [answer(1, 1.0), answer(1, 0.0)]
    assert too_few_groups([*same, *mixed], "none", 1) is None
    assert "1 groups whose answers differ" in (too_few_groups([*same, *mixed], "none", 2) or "")
    assert "1 SEQ and 0 SINQ" in (too_few_groups([*same, *mixed], "weights", 1) or "")


def test_an_example_without_a_reward_is_refused():
    with pytest.raises(InputError, match="has no reward"):
        advantages([answer(0, None)], GrpoConfig(), "none")


def plain_loss(now, before, base, advantage, grpo):
    """The loss of one token, as the paper writes it, in plain floats."""
    ratio = math.exp(now - before)
    bounded = min(max(ratio, 1 - grpo.clip_low), 1 + grpo.clip_high)
    gain = min(ratio * advantage, bounded * advantage)
    return -(gain - grpo.kl * (math.exp(base - now) - (base - now) - 1))


logs = st.floats(-8, -0.01)


@given(st.lists(st.tuples(logs, logs, logs, st.floats(-3, 3)), min_size=1, max_size=20), st.sampled_from([0.0, 0.1]))
def test_the_loss_is_the_papers(tokens, kl):
    grpo = GrpoConfig(kl=kl)
    now, before, base, advantage = (torch.tensor(part, dtype=torch.float64) for part in zip(*tokens, strict=True))
    found = clipped_loss(now, Sampled(before, advantage, torch.ones_like(now), base if kl else None), grpo).loss
    expected = sum(plain_loss(*(float(x) for x in token[:3]), token[3], grpo) for token in tokens)
    assert float(found) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("packing", ["sdpa", "none"])
@pytest.mark.parametrize("kl", [0.0, 0.2])
def test_gradients_are_those_of_a_plain_implementation(base, base_model, chatml, packing, kl):
    """Packed, shared beginnings, chunks and masters against one forward pass an answer and autograd."""
    from seqplay.adapters.attention import AttentionPath
    from seqplay.adapters.devices import Devices
    from seqplay.adapters.loop import TrainingPlan, collate, configure, measure_policy
    from seqplay.adapters.model import load_base, trainee
    from seqplay.adapters.packing import epoch_bins
    from seqplay.adapters.policy import Policy
    from seqplay.adapters.rollouts import prepare_rollouts

    texts = ["Answer: equivalent", "Answer: inequivalent", "I do not know", "map foldr where", "I do not know"]
    examples = [answer(n, float(len(text)), text) for n in range(3) for text in texts]
    train = GRPO.model_copy(update={"packing": packing, "grpo": GrpoConfig(kl=kl)})
    job = TrainingJob(
        examples=tuple(examples), base=str(base), base_model=base_model, lora=LoraConfig(dropout=0.0), train=train,
        previous=None, output=base / "x", seed=3, agent=Role.BOB, iteration=1, temperatures={"judge": 0.75},
    )  # fmt: skip
    data = prepare_rollouts(chatml, job, 300)
    assert sorted(one.copies for one in data.train) == [1] * 9 + [2] * 3  # what was said twice is computed once
    device = Devices()
    player = trainee(load_base(base, base_model, device).double(), job.lora, train, 3)
    configure(player, train, False)
    lengths = [len(one.input_ids) for one in data.train]
    bins = epoch_bins(lengths, 10_000, player.path is not AttentionPath.NONE, 0, None)
    plan = TrainingPlan(data.train, [bins], max(lengths), 0, train, 3, policy=Policy(train.grpo))
    measure_policy(player, plan, device)

    generator = torch.Generator().manual_seed(1)
    for parameter in player.parameters.values():  # a policy that has moved away from the one that sampled
        parameter.data += 0.05 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
    for members in bins:
        plan.policy.loss(
            player, plan.tokens, members, collate(plan, members, player.path), plan.longest
        ).loss.backward()
    ours = {name: parameter.grad.clone() for name, parameter in player.parameters.items()}

    for parameter in player.parameters.values():
        parameter.grad = None
    player.model.set_attn_implementation("eager")
    total = torch.zeros((), dtype=torch.float64)
    fresh = {name: parameter.detach().clone() for name, parameter in player.parameters.items()}
    for one in data.train:
        ids = torch.tensor([one.input_ids])
        learnt = [(place, target) for place, target in enumerate(one.targets) if target != -100]

        def log_probabilities(ids=ids, learnt=learnt):
            logits = player.model(input_ids=ids).logits[0] / 0.75
            return torch.stack([log_softmax(logits[place], 0)[target] for place, target in learnt])

        with torch.no_grad(), player.model.disable_adapter():
            reference = log_probabilities()  # the new adapter's B was zero: the policy that sampled is the base
        now = log_probabilities()
        ratio = torch.exp(now - reference)
        gain = torch.minimum(ratio * one.advantage, ratio.clamp(0.8, 1.28) * one.advantage)
        apart = reference - now
        total = total - one.copies * (gain - kl * (torch.exp(apart) - apart - 1)).sum()
    total.backward()
    for name, parameter in player.parameters.items():
        assert torch.equal(parameter, fresh[name])
        assert float((ours[name] - parameter.grad).abs().max()) <= 1e-5 * float(parameter.grad.abs().max()), name


def sample(base, adapter, questions, n, seed):
    engine = TransformersEngine(EngineConfig(threads=1), ModelConfig(path=str(base), dtype="float32"), adapter)
    requests = [
        Request(
            id=one.pair_id, messages=chat_messages(one), n=n, sampling=Sampling(temperature=1, max_tokens=20), seed=seed
        )
        for one in questions
    ]
    found = defaultdict(list)
    for one in engine.sample(requests, lambda key: True):
        found[one.request_id].append(one)
    return found


@pytest.mark.slow
def test_a_task_is_learnt_from_rewards_alone(base, base_model, tmp_path):
    """Say equivalent to an even digit and inequivalent to an odd one: from half right to nearly always right."""
    questions = [
        example(number).model_copy(update={"system_prompt": "", "user_prompt": f"{number} " * 4})
        for number in range(10)
    ]
    words = ("Answer: equivalent", "Answer: inequivalent")

    def right(adapter, seed=99):
        said = sample(base, adapter, questions, 20, seed)
        hits = [one.text == words[number % 2] for number, q in enumerate(questions) for one in said[q.pair_id]]
        return sum(hits) / len(hits)

    lora = LoraConfig(r=16, alpha=32, dropout=0.0)
    both = [one.model_copy(update={"output": word}) for one in questions for word in words]
    warm_up = TrainConfig(
        max_steps=0, epochs=60, batch_tokens=8192, max_length=300, heldout_share=0, learning_rate=5e-3, min_examples=1
    )
    adapter = tmp_path / "start"

    def learn_from(examples, train, previous, output, iteration):
        job = TrainingJob(
            examples=tuple(examples), base=str(base), base_model=base_model, lora=lora, train=train, previous=previous,
            output=output, seed=iteration, agent=Role.BOB, iteration=iteration,
        )  # fmt: skip
        train_adapter(job)

    learn_from(both, warm_up, None, adapter, 1)
    before = right(adapter)
    assert 0.3 < before < 0.7
    learn = GRPO.model_copy(update={"learning_rate": 1e-3, "batch_tokens": 1500, "epochs": 4, "scheduler": "constant"})
    for iteration in range(1, 26):
        said = sample(base, adapter, questions, 16, iteration)
        rollouts = [
            one.model_copy(
                update={
                    "output": completion.text,
                    "finished": completion.finish_reason == "stop",
                    "reward": float(completion.text == words[number % 2]),
                    "group": one.pair_id,
                }
            )
            for number, one in enumerate(questions)
            for completion in said[one.pair_id]
        ]
        new = tmp_path / f"adapter{iteration}"
        learn_from(rollouts, learn, adapter, new, iteration)
        assert has_adapter(new)
        adapter = new
        if iteration >= 4 and right(adapter, iteration) > 0.97:
            break
    assert right(adapter) >= 0.95
