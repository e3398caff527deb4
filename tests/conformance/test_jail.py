"""What every jail backend promises, whichever this machine has: a command gets what it is given and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from seqplay.errors import ToolError
from seqplay.haskell.sandbox.jail import PROGRAMS, Bubblewrap, Jail, Landlock, NoJail, open_jail, probe

BACKENDS = ("bubblewrap", "landlock")


@pytest.fixture(params=BACKENDS)
def jail(request: pytest.FixtureRequest) -> Jail:
    try:
        return open_jail(request.param)
    except ToolError as error:
        pytest.skip(str(error))


def shell(jail: Jail, script: str, **given: list[Path]) -> subprocess.CompletedProcess[str]:
    readable = [*PROGRAMS, *given.get("readable", [])]
    command = jail.command(["/bin/sh", "-c", script], readable=readable, writable=given.get("writable", []))
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


def test_the_probe_passes(jail: Jail) -> None:
    assert probe(jail) is None
    assert jail.info.name in BACKENDS


def test_a_command_runs_and_its_exit_code_comes_back(jail: Jail) -> None:
    done = shell(jail, "echo hello; exit 7")
    assert (done.stdout, done.returncode) == ("hello\n", 7)


def test_files_are_hidden_unless_given(jail: Jail, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    assert "secret" not in shell(jail, f"cat {tmp_path}/secret").stdout
    assert shell(jail, f"cat {tmp_path}/secret", readable=[tmp_path]).stdout == "secret"


def test_what_is_readable_is_not_writable(jail: Jail, tmp_path: Path) -> None:
    shell(jail, f"echo x > {tmp_path}/new", readable=[tmp_path])
    assert not (tmp_path / "new").exists()


def test_what_is_writable_is_written(jail: Jail, tmp_path: Path) -> None:
    shell(jail, f"echo x > {tmp_path}/new", writable=[tmp_path])
    assert (tmp_path / "new").read_text() == "x\n"


def test_the_environment_is_the_one_given(jail: Jail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQPLAY_SECRET", "secret")
    assert "secret" not in shell(jail, "env; set").stdout


def test_other_processes_cannot_be_signalled(jail: Jail) -> None:
    victim = subprocess.Popen(["sleep", "60"])
    try:
        shell(jail, f"kill -9 {victim.pid}")
        assert victim.poll() is None
    finally:
        victim.kill()
        victim.wait()


def test_without_a_jail_the_probe_fails() -> None:
    assert probe(NoJail()) is not None


def test_auto_never_takes_a_jail_that_keeps_less_than_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    """A weaker wall has to be asked for by name: bubblewrap is gone, and Landlock is one that lets signals out."""

    def missing(command: str) -> Bubblewrap:
        raise ToolError("bubblewrap is not installed")

    old = Landlock(Path("/nowhere"), 5)
    monkeypatch.setattr(Bubblewrap, "find", staticmethod(missing))
    monkeypatch.setattr(Landlock, "find", staticmethod(lambda ghc: old))
    monkeypatch.setattr("seqplay.haskell.sandbox.jail.probe", lambda jail: None)
    with pytest.raises(ToolError, match=r"signals.*haskell\.jail: landlock"):
        open_jail("auto")
    assert open_jail("landlock") is old
