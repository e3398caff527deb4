"""What drawing a token promises: its limits are kept, and a seed decides alone."""

import torch

from seqplay.config import Sampling
from seqplay.engines.sampler import draw

LOGITS = torch.tensor([3.0, 2.0, 1.0, 0.0, -1.0])


def drawn(sampling: Sampling, given: tuple[int, ...] = (), count: int = 400) -> list[int]:
    generator = torch.Generator().manual_seed(0)
    return [draw(LOGITS, sampling, generator, given) for _ in range(count)]


def test_temperature_zero_takes_the_likeliest() -> None:
    assert set(drawn(Sampling(temperature=0))) == {0}


def test_top_k_keeps_k_tokens() -> None:
    assert set(drawn(Sampling(temperature=5, top_p=1, top_k=2))) == {0, 1}


def test_top_p_keeps_the_fewest_tokens_that_hold_p() -> None:
    # shares at temperature 1: 0.636, 0.234, 0.086, 0.032, 0.012
    assert set(drawn(Sampling(temperature=1, top_p=0.6, top_k=0))) == {0}
    assert set(drawn(Sampling(temperature=1, top_p=0.8, top_k=0))) == {0, 1}


def test_without_limits_the_shares_are_those_of_the_softmax() -> None:
    tokens = drawn(Sampling(temperature=1, top_p=1, top_k=0), count=20_000)
    shares = torch.bincount(torch.tensor(tokens), minlength=5) / len(tokens)
    assert torch.allclose(shares, torch.softmax(LOGITS, 0), atol=0.01)


def test_presence_penalty_lowers_what_was_said() -> None:
    assert set(drawn(Sampling(temperature=0, presence_penalty=2), given=(0,))) == {1}


def test_equal_seeds_draw_equal_tokens_and_one_number_a_token() -> None:
    sampling = Sampling(temperature=1, top_p=1, top_k=0)
    assert drawn(sampling) == drawn(sampling)
    generator = torch.Generator().manual_seed(0)
    draw(LOGITS, sampling, generator, ())
    other = torch.Generator().manual_seed(0)
    torch.rand((), generator=other)
    assert torch.equal(generator.get_state(), other.get_state())
