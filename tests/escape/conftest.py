"""What the escape suite needs: secrets to steal, witnesses to leave, and every jail backend of this machine.

``SEQPLAY_ESCAPE_JAILS`` names the backends to test (comma-separated, default ``bubblewrap,landlock``); one that does
not hold on this machine is skipped by name, and the suite fails if none is left.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from seqplay.config import HaskellConfig
from seqplay.errors import ToolError
from seqplay.haskell import Executor
from seqplay.haskell.sandbox.jail import Jail, open_jail

BACKENDS = tuple(os.environ.get("SEQPLAY_ESCAPE_JAILS", "bubblewrap,landlock").split(","))
SECONDS = 2.0
"""Time limit of one evaluation in the suite."""


class Places(NamedTuple):
    """Files of the host that attacks are after."""

    folder: Path
    secret: Path
    token: str
    witness: Path
    script: Path

    def fill(self, text: str) -> str:
        """Return a text with the places put in."""
        names = {"@SCRIPT@": self.script, "@WITNESS@": self.witness, "@SECRET@": self.secret, "@FOLDER@": self.folder}
        for name, path in names.items():
            text = text.replace(name, str(path))
        return text


@pytest.fixture
def places(tmp_path: Path) -> Places:
    token = f"stolen-{secrets.token_hex(8)}"
    folder = tmp_path / "host"
    (folder / "private").mkdir(parents=True)
    secret = folder / "private" / "secret.h"
    secret.write_text(f"{token} = 1\n")
    (folder / "Secret.hs").write_text(f'module Secret where\nsecret :: Int\nsecret = length "{token}"\n')
    witness = folder / "witness"
    script = folder / "script"
    script.write_text(f'#!/bin/sh\ntouch "{witness}"\ncp "$2" "$3"\n')
    script.chmod(0o755)
    return Places(folder, secret, token, witness, script)


def holds(name: str) -> Jail:
    """Return the backend of a name, or skip the test where it does not hold here."""
    try:
        jail = open_jail(name)
    except ToolError as error:
        pytest.skip(f"{name}: {error}")
    if jail.info.name != name:
        pytest.skip(f"{name} is not a backend of this version")
    return jail


@pytest.fixture(scope="module", params=BACKENDS)
def jail(request: pytest.FixtureRequest) -> Jail:
    return holds(request.param)


@pytest.fixture(scope="module", params=BACKENDS)
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    holds(request.param)
    with Executor.open(HaskellConfig(jail=request.param, workers=1, seconds=SECONDS)) as opened:
        yield opened


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hostile program, under a name that no other process has."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    assert compiler, "a C compiler is needed (GHC brings gcc on every distribution)"
    folder = tmp_path_factory.mktemp("hostile")
    folder.chmod(0o755)
    program = folder / f"hostile-{secrets.token_hex(6)}"
    source = Path(__file__).with_name("hostile.c")
    subprocess.run([compiler, "-O0", "-o", str(program), str(source)], check=True, timeout=120)
    return program
