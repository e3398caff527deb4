"""Workers die, are recycled and are watched; none of it becomes a label, and nothing is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from seqplay.config import HaskellConfig
from seqplay.errors import ToolError, WorkerLost
from seqplay.haskell import Executor, Reason
from seqplay.haskell.sandbox.build import OLDEST, TESTED, _series, find_compiler, loaded_files
from seqplay.haskell.sandbox.jail import LIBRARIES, open_jail, shown_folders
from seqplay.haskell.sandbox.session import Session
from seqplay.records import Verdict

pytestmark = pytest.mark.ghc

GOOD = "f :: Int -> Int\nf x = x + 1\n"
SLOW = "f :: Int -> Int\nf x = length (repeat x)\n"
CORPUS = Path(__file__).parents[2] / "config" / "data" / "programs.jsonl"


def family(session: Session) -> list[psutil.Process]:
    return psutil.Process(session.pid).children(recursive=True)


def kill_jails() -> None:
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # the first kill may take the others along
            if process.name() in ("bwrap", "worker"):
                process.send_signal(signal.SIGKILL)


def test_a_session_that_dies_is_replaced_and_the_item_answered() -> None:
    with Executor.open(HaskellConfig(workers=1)) as executor:
        kill_jails()
        assert executor.run(GOOD, ["1"]).output == "2"


def test_a_session_that_dies_twice_in_an_item_is_an_infra_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with Executor.open(HaskellConfig(workers=1)) as executor:

        def lost(*_: object, **__: object) -> None:
            raise WorkerLost("gone")

        with monkeypatch.context() as patched:
            patched.setattr(Session, "ask", lost)
            answer = executor.run(GOOD, ["1"])
        assert (answer.verdict, answer.reason, answer.exit_code) == (Verdict.INFRA_ERROR, Reason.WORKER_LOST, 3)
        assert executor.run(GOOD, ["1"]).output == "2"


def test_a_worker_killed_in_the_middle_of_an_item_never_makes_a_label() -> None:
    with Executor.open(HaskellConfig(workers=1, seconds=4)) as executor:
        timer = threading.Timer(1.0, kill_jails)
        timer.start()
        answer = executor.run(SLOW, ["1"])
        timer.join()
        assert answer.verdict in (Verdict.TIMEOUT, Verdict.INFRA_ERROR)


def test_children_are_recycled_between_items_only() -> None:
    with Executor.open(HaskellConfig(workers=1, items_per_session=3)) as executor:
        for number in range(12):
            assert executor.run(GOOD, [str(number)]).output == str(number + 1)


def test_questions_are_answered_in_parallel() -> None:
    with Executor.open(HaskellConfig(workers=2)) as executor, ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: executor.run(GOOD, [str(n)]).output, range(20)))
    assert answers == [str(n + 1) for n in range(20)]


def test_nothing_is_left_when_the_pool_closes() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with Executor.open(HaskellConfig(workers=1)) as executor:
        executor.run(GOOD, ["1"])
        processes = psutil.Process().children(recursive=True)
        assert processes
    psutil.wait_procs(processes, timeout=5)
    assert not [process for process in processes if process.is_running()]
    assert len(os.listdir("/proc/self/fd")) == before


def test_children_have_given_up_system_calls(executor: Executor) -> None:
    executor.run(GOOD, ["1"])
    workers = [p for p in psutil.Process().children(recursive=True) if p.name() == "worker"]
    filters = [(Path("/proc") / str(p.pid) / "status").read_text() for p in workers]
    assert any("Seccomp:\t2" in status for status in filters)


def test_a_missing_compiler_is_one_clear_line() -> None:
    with pytest.raises(ToolError, match="GHC not found"):
        Executor.open(HaskellConfig(ghc="no-such-ghc"))


def test_versions_are_compared_as_numbers() -> None:
    assert _series("9.10.3") > _series("9.2.8") >= OLDEST
    assert _series("9.10.3") in TESTED
    assert _series("9.1.0") not in TESTED


def test_a_compiler_that_is_too_old_is_one_clear_line(tmp_path: Path) -> None:
    old = tmp_path / "ghc-8.8.4"
    old.write_text("#!/bin/sh\necho 8.8.4\n")
    old.chmod(0o755)
    with pytest.raises(ToolError, match=r"GHC 8\.8\.4 is too old; seqplay needs 9\.0 or later"):
        Executor.open(HaskellConfig(ghc=str(old)))


def test_the_package_tool_is_that_of_the_compiler_in_use(tmp_path: Path) -> None:
    """In a folder of many compilers, as ghcup has it, and not the one that stands first on the path."""
    for name, said in (("ghc-9.4.7", "9.4.7"), ("ghc-pkg", "version 9.6.6"), ("ghc-pkg-9.4.7", "version 9.4.7")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {said}\n")
        (tmp_path / name).chmod(0o755)
    assert find_compiler(str(tmp_path / "ghc-9.4.7")).package_tool == str(tmp_path / "ghc-pkg-9.4.7")
    (tmp_path / "ghc-pkg-9.4.7").unlink()
    find_compiler.cache_clear()
    with pytest.raises(ToolError, match=r"no ghc-pkg of GHC 9\.4\.7 beside .*haskell\.ghc_pkg"):
        find_compiler(str(tmp_path / "ghc-9.4.7"))


def test_a_library_that_lies_elsewhere_is_found_and_shown(tmp_path: Path) -> None:
    """A program of ours whose library is in a folder of its own, as conda and modules have it, runs in the jail."""
    folder, program = tmp_path / "elsewhere", tmp_path / "program"
    folder.mkdir()
    (tmp_path / "one.c").write_text("int one(void) { return 7; }")
    (tmp_path / "main.c").write_text("int one(void); int main(void) { return one(); }")
    shared = folder / "libone.so.1.2"
    subprocess.run(["gcc", "-shared", "-fPIC", "-Wl,-soname,libone.so.1", tmp_path / "one.c", "-o", shared], check=True)
    (folder / "libone.so.1").symlink_to("libone.so.1.2")
    link = ["gcc", tmp_path / "main.c", shared, f"-Wl,-rpath,{folder}", "-o", program]
    subprocess.run(link, check=True)
    jail = open_jail("auto")
    ended = [
        subprocess.run(jail.command([str(program)], readable=[*LIBRARIES, program, *shown])).returncode
        for shown in ((), loaded_files(program))
    ]
    assert ended == [127, 7]
    assert set(loaded_files(program)) == {folder / "libone.so.1", shared}


def test_a_jail_is_not_asked_to_show_everything(tmp_path: Path) -> None:
    assert shown_folders(HaskellConfig(jail_folders=[str(tmp_path)])) == (tmp_path,)
    for folder in ("/", "relative", str(tmp_path / "missing"), str(Path.home())):
        with pytest.raises(ToolError, match=r"haskell\.jail_folders"):
            shown_folders(HaskellConfig(jail_folders=[folder]))


def test_no_jail_means_no_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="bubblewrap is not installed"):
        open_jail("bubblewrap")


def test_memory_stays_flat_over_many_items(executor: Executor) -> None:
    rows = [json.loads(line) for line in CORPUS.read_text().splitlines()[:60]]
    sizes = []
    for _ in range(3):
        for row in rows:
            assert executor.check(row["code"], row["entry"]).verdict is Verdict.ACCEPTED
        sizes.append(sum(p.memory_info().rss for p in psutil.Process().children(recursive=True)))
    assert sizes[-1] < sizes[0] + (200 << 20)


@pytest.mark.slow
def test_a_busy_machine_does_not_change_what_ends_in_time() -> None:
    long = "f :: Int -> Int\nf n = go n 0\n  where go k acc = if k == 0 then acc else go (k - 1) (acc + k `mod` 7)\n"
    busy = [sys.executable, "-c", "while True: pass"]
    with Executor.open(HaskellConfig(workers=1, seconds=5)) as executor:
        assert executor.run(long, ["1000"]).verdict is Verdict.ACCEPTED
        start = time.monotonic()
        assert executor.run(long, ["1000000"]).verdict is Verdict.ACCEPTED
        alone = max(time.monotonic() - start, 0.05)
    with Executor.open(HaskellConfig(workers=1, seconds=2 * alone)) as executor:
        assert executor.run(GOOD, ["1"]).output == "2"
        cores = len(os.sched_getaffinity(0))
        others = [subprocess.Popen(busy, start_new_session=True) for _ in range(3 * cores)]
        try:
            assert executor.run(long, ["1000000"]).verdict is Verdict.ACCEPTED
            assert executor.run("f :: Int -> Int\nf n = f n\n", ["1"]).reason is Reason.TIMEOUT
            assert executor.run(SLOW, ["1"]).reason is Reason.TIMEOUT
        finally:
            for other in others:
                other.kill()
                other.wait()
