"""What `replay` promises: recordings by key first, then by what the prompt contains, the same every time."""

from pathlib import Path

import pytest

from seqplay.config import EngineConfig, EngineKind, ModelConfig, Sampling
from seqplay.engines.base import Request
from seqplay.engines.registry import open_engine
from seqplay.engines.replay import Recording, ReplayEngine, record
from seqplay.errors import EngineError, InputError
from seqplay.files import write_records
from seqplay.records import Message


def request(text: str, n: int = 1, seed: int = 1) -> Request:
    messages = (Message(role="system", content="the word banana"), Message(role="user", content=text))
    return Request(id=text, messages=messages, n=n, sampling=Sampling(), seed=seed)


def texts(engine: ReplayEngine, asked: Request) -> list[str]:
    return [completion.text for completion in engine.sample([asked], lambda key: True)]


def test_texts_are_dealt_out_to_the_samples() -> None:
    engine = ReplayEngine([Recording(contains=(), texts=("one", "two"))], "here")
    assert texts(engine, request("x", n=3)) == ["one", "two", "one"]


def test_the_first_line_whose_strings_all_occur_answers() -> None:
    lines = [Recording(contains=("apple", "pear"), texts=("both",)), Recording(contains=("pear",), texts=("pear",))]
    engine = ReplayEngine(lines, "here")
    assert texts(engine, request("a pear and an apple")) == ["both"]
    assert texts(engine, request("a pear")) == ["pear"]


def test_only_the_last_message_is_searched() -> None:
    lines = [Recording(contains=("banana",), texts=("system",)), Recording(contains=(), texts=("else",))]
    assert texts(ReplayEngine(lines, "here"), request("x")) == ["else"]


def test_a_real_completion_replays_under_its_own_seed_alone() -> None:
    asked = request("x", n=2)
    first, second = ReplayEngine([Recording(contains=(), texts=("one", "two"))], "here").sample(
        [asked], lambda key: True
    )
    lines = [record(asked, first), record(asked, second), Recording(contains=(), texts=("pattern",))]
    assert texts(ReplayEngine(lines, "here"), asked) == ["one", "two"]
    assert texts(ReplayEngine(lines, "here"), request("x", seed=2)) == ["pattern"]


def test_a_request_without_a_recording_is_named() -> None:
    with pytest.raises(EngineError, match="x/0"):
        texts(ReplayEngine([], "here"), request("x"))


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "replay.jsonl"
    write_records(path, [Recording(contains=(), texts=("one",))])
    path.write_text(path.read_text() + '{"texts": ["neither key nor contains"]}\n')
    with pytest.raises(InputError, match=r"replay\.jsonl:2"):
        open_engine(EngineConfig(kind=EngineKind.REPLAY, replay_file=str(path)), ModelConfig(), None)
