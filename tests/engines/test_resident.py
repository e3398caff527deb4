"""Engines that stay: nothing that is killed loses a completion, and no two adapters are confused."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seqplay.config import EngineConfig, EngineKind, ModelConfig, Sampling
from seqplay.engines.base import Request
from seqplay.engines.registry import open_engine
from seqplay.engines.replay import Recording
from seqplay.engines.resident import ResidentEngine, open_stage_engine
from seqplay.errors import EngineError, ToolError
from seqplay.files import write_records
from seqplay.records import Completion, Message
from seqplay.runtime import daemons, owner
from seqplay.runtime.daemons import MARK, Address, addresses
from seqplay.runtime.gpus import lock_folder
from tests.engines.resident import own_machine

MODEL = ModelConfig()


@pytest.fixture(autouse=True)
def machine(tmp_path: Path) -> Iterator[None]:
    with own_machine(tmp_path):
        yield


def asked(n: int = 3) -> list[Request]:
    sampling = Sampling(temperature=1.0, max_tokens=6)
    return [
        Request(id=name, messages=(Message(role="user", content=name * 9),), n=n, sampling=sampling, seed=7)
        for name in ("a", "b")
    ]


def replay(folder: Path, seconds: float = 0.0) -> EngineConfig:
    path = folder / "replay.jsonl"
    write_records(path, [Recording(contains=(), texts=("one", "another"), seconds=seconds)])
    return EngineConfig(kind=EngineKind.REPLAY, replay_file=str(path), resident="yes")


def drawn(config: EngineConfig, model: ModelConfig, adapter: Path | None = None) -> list[Completion]:
    engine = open_stage_engine(config, model, adapter)
    try:
        return list(engine.sample(asked(), lambda key: True))
    finally:
        engine.close()


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_stage_finds_the_engine_of_the_one_before(tmp_path: Path) -> None:
    config = replay(tmp_path)
    drawn(config, MODEL)
    (first,) = addresses()
    drawn(config, MODEL)
    assert addresses() == [first]


def test_another_model_is_another_engine(tmp_path: Path) -> None:
    config = replay(tmp_path)
    drawn(config, MODEL)
    drawn(config, ModelConfig(max_length=1024))
    first, second = addresses()
    assert first.pid != second.pid
    assert first.identity != second.identity


def test_adapters_go_in_and_out_and_change_what_they_should(
    tmp_path: Path, tiny: Path, live_adapter: Path, dead_adapter: Path
) -> None:
    stays = EngineConfig(kind=EngineKind.TRANSFORMERS, batch_size=4, threads=1, resident="yes")
    model = ModelConfig(path=str(tiny), dtype="float32", max_length=256)
    copy = shutil.copytree(live_adapter, tmp_path / "moved")
    for adapter in (None, live_adapter, None, copy):
        own = list(open_engine(stays, model, adapter).sample(asked(), lambda key: True))
        assert drawn(stays, model, adapter) == own
    assert len({address.pid for address in addresses()}) == 1
    with pytest.raises(EngineError, match="changes no log-probability"):
        drawn(stays, model, dead_adapter)


def test_stages_that_come_at_once_take_turns_each_with_its_own_adapter(tiny: Path, live_adapter: Path) -> None:
    stays = EngineConfig(kind=EngineKind.TRANSFORMERS, batch_size=4, threads=1, resident="yes")
    model = ModelConfig(path=str(tiny), dtype="float32", max_length=256)
    players = [None, live_adapter] * 2
    with ThreadPoolExecutor(len(players)) as stages:
        found = list(stages.map(lambda adapter: drawn(stays, model, adapter), players))
    own = [list(open_engine(stays, model, adapter).sample(asked(), lambda key: True)) for adapter in players[:2]]
    assert own[0] != own[1]
    assert found == own * 2
    assert len(addresses()) == 1


def test_an_adapter_that_was_overwritten_is_loaded_again(tmp_path: Path, tiny: Path, live_adapter: Path) -> None:
    from tests.engines.tiny import tiny_adapter

    stays = EngineConfig(kind=EngineKind.TRANSFORMERS, batch_size=4, threads=1, resident="yes")
    model = ModelConfig(path=str(tiny), dtype="float32", max_length=256)
    folder = shutil.copytree(live_adapter, tmp_path / "adapter")
    before = drawn(stays, model, folder)
    shutil.rmtree(folder)
    tiny_adapter(folder, tiny, 0.3)
    after = drawn(stays, model, folder)
    assert after == list(open_engine(stays, model, folder).sample(asked(), lambda key: True)) != before


def test_a_killed_daemon_is_started_again_and_nothing_is_drawn_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqplay.engines.resident.PAUSE", 0.0)
    found = []
    for completion in open_stage_engine(replay(tmp_path, 0.3), MODEL, None).sample(asked(), lambda key: True):
        found.append(completion.key)
        if len(found) == 2:
            os.kill(addresses()[0].pid, signal.SIGKILL)
    assert sorted(found) == ["a/0", "a/1", "a/2", "b/0", "b/1", "b/2"]


def test_a_daemon_that_cannot_go_on_says_why(tmp_path: Path) -> None:
    config = replay(tmp_path)
    (tmp_path / "replay.jsonl").write_text("no recording\n", encoding="utf-8")
    with pytest.raises(EngineError, match=r"replay\.jsonl"):
        drawn(config, MODEL)


def test_one_that_dies_each_time_ends_the_stage_with_the_cause_in_its_log(
    tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("seqplay.engines.resident.PAUSE", 0.0)
    (tmp_path / "transformers.py").write_text("raise AssertionError('planted')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    caplog.set_level("INFO")
    stays = EngineConfig(kind=EngineKind.TRANSFORMERS, resident="yes")
    with pytest.raises(EngineError, match="its process ended 3 times, with 6 completions missing"):
        drawn(stays, ModelConfig(path=str(tiny)))
    assert caplog.text.count("planted") >= 3


def test_a_stage_that_is_killed_leaves_a_daemon_that_serves_the_next(tmp_path: Path) -> None:
    config = replay(tmp_path, 0.2)
    samples = open_stage_engine(config, MODEL, None).sample(asked(), lambda key: True)
    next(samples)
    (before,) = addresses()
    samples.close()
    assert len(drawn(config, MODEL)) == 6
    assert addresses() == [before]


def test_a_daemon_ends_with_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", "from seqplay.runtime.owner import Owner; import sys;"
         "print(Owner.this_process().model_dump_json(), flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert run.stdout is not None
    monkeypatch.setenv(owner.VARIABLE, run.stdout.readline())
    drawn(replay(tmp_path), MODEL)
    (address,) = addresses()
    run.kill()
    run.wait()
    until(lambda: not address.alive())
    assert addresses() == []
    assert not isinstance(open_stage_engine(replay(tmp_path), MODEL, None), ResidentEngine)


def test_who_does_not_know_the_token_gets_nothing(tmp_path: Path) -> None:
    config = replay(tmp_path)
    drawn(config, MODEL)
    (address,) = addresses()
    stranger = address.model_copy(update={"token": "00"})
    assert not stranger.ask("stop", 5)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(address.socket)
        silent.sendall(b"\xff not even JSON\n")
    assert len(drawn(config, MODEL)) == 6
    assert addresses() == [address]


def test_what_a_killed_daemon_left_behind_is_ended(tmp_path: Path) -> None:
    left = subprocess.Popen(["sleep", "60"], start_new_session=True, env=os.environ | {MARK: "engine-0"})
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    address = Address(name="engine-0", identity="", devices=("0",), pid=left.pid, socket=str(tmp_path / "none/socket"),
                      token="00", log="")  # fmt: skip
    daemons.publish(address)
    daemons.end_all(["1"])
    assert left.poll() is None
    daemons.end_all(["0", "1"])
    assert left.wait(5) == -signal.SIGTERM
    assert addresses() == []
    address.model_copy(update={"pid": other.pid}).end()
    assert other.poll() is None
    other.kill()


def test_a_training_gets_the_room_and_the_next_stage_the_engine(tmp_path: Path, tiny: Path) -> None:
    stays = EngineConfig(kind=EngineKind.TRANSFORMERS, batch_size=4, threads=1, resident="yes")
    model = ModelConfig(path=str(tiny), dtype="float32", max_length=256)
    before = drawn(stays, model)
    (address,) = addresses()
    assert address.ask("sleep", 10)
    assert drawn(stays, model) == before
    assert addresses() == [address]


def test_a_folder_that_others_may_write_to_is_refused() -> None:
    daemons.folder()
    lock_folder().chmod(0o777)
    with pytest.raises(ToolError, match="others can write there"):
        addresses()
    lock_folder().chmod(0o700)
