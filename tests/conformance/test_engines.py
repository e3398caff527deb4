"""What every engine must keep, whichever it is; `tests/engines/test_vllm.py` asks the same of the real vLLM."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest

from seqplay.config import EngineConfig, EngineKind, ModelConfig, Sampling
from seqplay.engines.base import Engine, Request
from seqplay.engines.replay import Recording
from seqplay.engines.resident import open_stage_engine
from seqplay.files import derive_seed, write_records
from seqplay.records import Message
from tests.engines.resident import own_machine
from tests.engines.tiny import tiny_model

Opener = Callable[[], Engine]


@pytest.fixture(scope="module", params=["replay", "transformers", "resident replay", "resident transformers"])
def opener(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    folder = tmp_path_factory.mktemp("engine")
    resident = request.param.startswith("resident")
    stays = "yes" if resident else "no"
    if request.param.endswith("replay"):
        path = folder / "replay.jsonl"
        write_records(path, [Recording(contains=(), texts=("one answer", "another"))])
        config, model = EngineConfig(kind=EngineKind.REPLAY, replay_file=str(path), resident=stays), ModelConfig()
    else:
        config = EngineConfig(kind=EngineKind.TRANSFORMERS, batch_size=3, threads=1, resident=stays)
        model = ModelConfig(path=str(tiny_model(folder / "model")), dtype="float32", max_length=256)
    with own_machine(folder) if resident else nullcontext():
        yield lambda: open_stage_engine(config, model, None)


def requests() -> list[Request]:
    sampling = Sampling(temperature=1.0, max_tokens=6)
    return [
        Request(id=name, messages=(Message(role="user", content=name * 9),), n=n, sampling=sampling, seed=n)
        for name, n in (("a", 1), ("b", 4))
    ]


def test_every_wanted_sample_comes_exactly_once(opener: Opener) -> None:
    keys = [one.key for one in opener().sample(requests(), lambda key: True)]
    assert sorted(keys) == ["a/0", "b/0", "b/1", "b/2", "b/3"]


def test_what_is_not_wanted_is_not_drawn(opener: Opener) -> None:
    assert [one.key for one in opener().sample(requests(), {"b/2"}.__contains__)] == ["b/2"]
    assert list(opener().sample(requests(), lambda key: False)) == []


def test_a_sample_carries_its_own_seed(opener: Opener) -> None:
    for one in opener().sample(requests(), lambda key: True):
        seed = next(request.seed for request in requests() if request.id == one.request_id)
        assert one.seed == derive_seed(seed, one.sample)


def test_tokens_are_counted_and_limits_kept(opener: Opener) -> None:
    for one in opener().sample(requests(), lambda key: True):
        assert one.prompt_tokens > 0
        assert 0 <= one.completion_tokens <= 6


def test_the_same_call_gives_the_same_completions(opener: Opener) -> None:
    first, second = (list(opener().sample(requests(), lambda key: True)) for _ in range(2))
    assert first == second


def test_an_engine_samples_again_and_closes_twice(opener: Opener) -> None:
    engine = opener()
    first, second = (list(engine.sample(requests(), lambda key: True)) for _ in range(2))
    assert first == second
    engine.close()
    engine.close()
