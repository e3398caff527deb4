"""What a sampling stage promises: every completion once, in order, also after a kill."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from seqplay.config import Sampling
from seqplay.engines.base import Engine, IsPending, Request, pending_samples
from seqplay.engines.stage import complete
from seqplay.errors import EngineError
from seqplay.files import write_records
from seqplay.records import Completion, Message


class CountingEngine:
    """Gives completions in reverse order, remembers which, and may fail after some of them."""

    name = "counting"

    def __init__(self, fail_after: int | None = None, forget: str = "") -> None:
        self.given: list[str] = []
        self.closed = False
        self._fail_after, self._forget = fail_after, forget

    def sample(self, requests: Sequence[Request], wanted: IsPending) -> Iterator[Completion]:
        for draw in reversed(pending_samples(requests, wanted)):
            if self._fail_after is not None and len(self.given) >= self._fail_after:
                raise KeyboardInterrupt
            if draw.key == self._forget:
                continue
            self.given.append(draw.key)
            yield Completion(
                request_id=draw.request.id,
                sample=draw.sample,
                text=draw.key,
                finish_reason="stop",
                prompt_tokens=1,
                completion_tokens=1,
                seed=draw.seed,
            )

    def close(self) -> None:
        self.closed = True


def requests(*ids: str, n: int = 2) -> list[Request]:
    message = Message(role="user", content="?")
    return [Request(id=one, messages=(message,), n=n, sampling=Sampling(), seed=7) for one in ids]


def run(engine: Engine, asked: list[Request], output: Path, player: str = "player") -> list[str]:
    with complete(lambda: engine, asked, output, "test", player) as completions:
        write_records(output, completions)
        return [completion.key for completion in completions]


def test_completions_come_ordered_by_request_then_sample(tmp_path: Path) -> None:
    assert run(CountingEngine(), requests("b", "a"), tmp_path / "out.jsonl") == ["b/0", "b/1", "a/0", "a/1"]


def test_a_killed_stage_draws_only_what_is_missing(tmp_path: Path) -> None:
    first, second = CountingEngine(fail_after=3), CountingEngine()
    with pytest.raises(KeyboardInterrupt):
        run(first, requests("a", "b"), tmp_path / "out.jsonl")
    run(second, requests("a", "b"), tmp_path / "out.jsonl")
    assert sorted(first.given + second.given) == ["a/0", "a/1", "b/0", "b/1"]


def test_a_resumed_stage_writes_the_same_bytes(tmp_path: Path) -> None:
    run(CountingEngine(), requests("a", "b"), tmp_path / "whole.jsonl")
    with pytest.raises(KeyboardInterrupt):
        run(CountingEngine(fail_after=2), requests("a", "b"), tmp_path / "resumed.jsonl")
    run(CountingEngine(), requests("a", "b"), tmp_path / "resumed.jsonl")
    assert (tmp_path / "whole.jsonl").read_bytes() == (tmp_path / "resumed.jsonl").read_bytes()


def test_the_engine_is_not_opened_when_nothing_is_missing(tmp_path: Path) -> None:
    def no_engine() -> Engine:
        raise AssertionError("opened")

    output = tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt), complete(CountingEngine, requests("a"), output, "test", "player"):
        raise KeyboardInterrupt  # the stage was killed after its last completion
    with complete(no_engine, requests("a"), output, "test", "player") as completions:
        assert len(completions) == 2


def test_what_another_player_drew_is_drawn_again(tmp_path: Path) -> None:
    second = CountingEngine()
    with pytest.raises(KeyboardInterrupt):
        run(CountingEngine(fail_after=3), requests("a", "b"), tmp_path / "out.jsonl", "before")
    run(second, requests("a", "b"), tmp_path / "out.jsonl", "after")
    assert len(second.given) == 4


def test_the_engine_is_closed_when_the_stage_fails(tmp_path: Path) -> None:
    engine = CountingEngine(fail_after=1)
    with pytest.raises(KeyboardInterrupt):
        run(engine, requests("a"), tmp_path / "out.jsonl")
    assert engine.closed


def test_two_requests_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="a/0"):
        run(CountingEngine(), requests("a", "a"), tmp_path / "out.jsonl")


def test_an_engine_that_leaves_one_out_fails_the_stage(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="b/1"):
        run(CountingEngine(forget="b/1"), requests("a", "b"), tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


class Overlong(CountingEngine):
    """Finds the prompts of some requests too long."""

    def __init__(self, *long: str) -> None:
        super().__init__()
        self.long = long

    def sample(self, requests: Sequence[Request], wanted: IsPending) -> Iterator[Completion]:
        for one in super().sample(requests, wanted):
            long = one.request_id in self.long
            yield one.model_copy(update={"text": "", "finish_reason": "overlong"}) if long else one


def test_one_long_prompt_does_not_end_a_stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Overlong("b"), requests("a", "b", n=1), tmp_path / "out.jsonl") == ["a/0", "b/0"]
    assert "overlong 1" in capsys.readouterr().err


def test_a_stage_that_resumes_with_nothing_but_long_prompts_left_ends_well(tmp_path: Path) -> None:
    output, killed = tmp_path / "out.jsonl", CountingEngine(fail_after=1)
    with pytest.raises(KeyboardInterrupt):
        run(killed, requests("b", "a", n=1), output)
    assert killed.given == ["a/0"]
    assert run(Overlong("b"), requests("b", "a", n=1), output) == ["b/0", "a/0"]


def test_where_all_prompts_are_too_long_the_configuration_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"every prompt is longer .* raise model\.max_length"):
        run(Overlong("a", "b"), requests("a", "b", n=1), tmp_path / "out.jsonl")
