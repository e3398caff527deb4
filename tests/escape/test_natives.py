"""The outer wall alone: a hostile native program, run straight in the jail, gets nothing and leaves nothing."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from seqplay.haskell.sandbox.jail import LIBRARIES, Jail, Landlock
from tests.escape import natives
from tests.escape.conftest import Places
from tests.escape.natives import ATTACKS, Ends, Native

VARIABLE = "SEQPLAY_ESCAPE_SUITE_SECRET"
LIMIT = 30.0
MOST_OUTPUT = 1 << 20


class Host(NamedTuple):
    """What of the host a hostile program is given to attack."""

    port: int
    abstract: str
    victim: int
    segment: int
    listeners: tuple[socket.socket, ...]

    def fill(self, text: str) -> str:
        names = {"@TCP@": self.port, "@ABSTRACT@": self.abstract, "@PID@": self.victim, "@SHARED@": self.segment}
        for name, value in names.items():
            text = text.replace(name, str(value))
        for name, kind in {"@PID_NAMESPACE@": "pid", "@MOUNT_NAMESPACE@": "mnt"}.items():
            text = text.replace(name, str(os.stat(f"/proc/self/ns/{kind}").st_ino))
        return text.replace("@VARIABLE@", VARIABLE)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setenv(VARIABLE, "stolen")
    library = ctypes.CDLL(None, use_errno=True)
    segment = library.shmget(0, 4096, 0o1666)
    victim = subprocess.Popen(["sleep", "600"])
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as abstract:
        tcp.bind(("127.0.0.1", 0))
        name = f"seqplay-{secrets.token_hex(6)}"
        abstract.bind(f"\0{name}")
        for listener in (tcp, abstract):
            listener.listen()
            listener.settimeout(0.2)
        try:
            yield Host(tcp.getsockname()[1], name, victim.pid, segment, (tcp, abstract))
        finally:
            victim.kill()
            victim.wait()
            library.shmctl(segment, 0, None)


def living(program: Path) -> list[psutil.Process]:
    """The processes of the hostile program that are alive."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        with contextlib.suppress(psutil.Error):
            words = process.info["cmdline"] or []
            if words and words[0] == str(program) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def gone(program: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while living(program):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def attack_jail(jail: Jail, program: Path, argv: list[str], ends: Ends) -> tuple[int | None, str]:
    """Run the program in the jail; kill the jail's process group after a while where it never ends."""
    command = jail.command([str(program), *argv], readable=[*LIBRARIES, program.parent])
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    assert process.stdout is not None
    code: int | None = None
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(1.5 if ends is Ends.KILLED else LIMIT)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    os.set_blocking(process.stdout.fileno(), False)
    said = process.stdout.read(MOST_OUTPUT) or b""
    process.stdout.close()
    return code, said.decode("utf-8", "replace")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_hostile_program_gets_nothing_and_leaves_nothing(
    jail: Jail, hostile: Path, host: Host, places: Places, attack: Native
) -> None:
    argv = [host.fill(places.fill(word)) for word in attack.argv]
    code, said = attack_jail(jail, hostile, argv, attack.ends)
    beyond = natives.BEYOND.get(jail.info.name, {}).get(attack.name)
    if "ESCAPED" in said and beyond:
        assert isinstance(jail, Landlock)
        assert jail.lacks, "a wall that `auto` takes contains every attack"
        pytest.xfail(f"{jail.info.name} ({jail.info.version}): {beyond}")
    assert "ESCAPED" not in said, f"it {attack.tries}: {said[:300]}"
    if attack.ends is Ends.KILLED:
        assert code is None, f"it was to run until killed, but ended with {code}: {said[:300]}"
    else:
        assert code is not None, f"it did not end within {LIMIT:g} s"
        assert "contained" in said or attack.name == "kills_everything", f"it could not try: {code} {said[:300]}"
    assert places.token not in said
    assert not places.witness.exists(), "it wrote a file of the host"
    left = [] if gone(hostile, 5) else living(hostile)
    for process in left:
        process.kill()
    assert not left, f"processes lived on: {left}"
    assert psutil.pid_exists(host.victim), "a process of the host is dead"
    for listener in host.listeners:
        with pytest.raises(TimeoutError):
            listener.accept()


def test_hostile_program_works_without_a_jail(hostile: Path, host: Host, places: Places) -> None:
    """The attacks are real: outside of a jail they succeed, so that "contained" inside means something."""
    for argv in (["read", "@SECRET@"], ["write", "@WITNESS@"], ["tcp", "@TCP@"], ["processes", "@PID@"],
                 ["abstract", "@ABSTRACT@"], ["environment", "@VARIABLE@"], ["list", "@FOLDER@"]):  # fmt: skip
        words = [host.fill(places.fill(word)) for word in argv]
        done = subprocess.run([str(hostile), *words], capture_output=True, text=True, timeout=LIMIT)
        assert done.returncode == 1, f"{argv[0]} should succeed outside: {done.stdout}"
        assert "ESCAPED" in done.stdout


def test_attacks_that_a_backend_does_not_promise_to_contain_are_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "jail.md").read_text(encoding="utf-8")
    names = {attack.name for attack in ATTACKS}
    for backend, beyond in natives.BEYOND.items():
        assert set(beyond) <= names
        assert all(f"`{name}`" in page for name in (backend, *beyond))


def test_at_least_one_jail_holds_here() -> None:
    from seqplay.haskell.sandbox.jail import open_jail
    from tests.escape.conftest import BACKENDS

    held = []
    for name in BACKENDS:
        with contextlib.suppress(Exception):
            held.append(open_jail(name).info.name)
    assert set(held) & set(BACKENDS), f"none of {BACKENDS} holds on this machine: the suite proves nothing"
