"""The README's set-up and the tests of the Haskell core on other Debians: a root of each is made by debootstrap.

``make test-systems`` makes the roots below ``$SEQPLAY_ROOTS`` (some minutes each, root and Debian's archive needed) and
runs this; without the variable nothing here runs. What needs torch is left out: its wheel may be of another Python.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOTS = os.environ.get("SEQPLAY_ROOTS", "")
WITHOUT = "torch|transformers|peft|accelerate|datasets|gguf|liger|nvidia|triton|snakemake|setuptools"
INCLUDED = "ghc,gcc,g++,make,git,ca-certificates,python3,python3-dev,python3-venv,python3-pip,bubblewrap,z3"
ENTER = """
mount --bind "$0" "$0"
mkdir -p "$0/source" "$0/outside"
for place in proc dev sys; do mount --rbind "/$place" "$0/$place"; done
mount --bind "$1" "$0/source"
cp /etc/resolv.conf "$0/etc/resolv.conf"
trusted=/etc/ssl/certs/ca-certificates.crt; [ ! -e $trusted ] || cp $trusted "$0$trusted"
for config in /etc/pip.conf "$HOME/.config/pip/pip.conf"; do [ ! -e "$config" ] || cp "$config" "$0/etc/pip.conf"; done
cd "$0"; pivot_root . outside; umount -l /outside; cd /source
shift; exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  PIP_CERT=$trusted PYTHONPATH=/source/workflow "$@"
"""
"""A chroot cannot make namespaces, which the jail needs; a mount namespace of its own with a pivoted root can."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(9000),
    pytest.mark.skipif(
        not ROOTS or os.geteuid() != 0 or shutil.which("debootstrap") is None,
        reason="needs SEQPLAY_ROOTS, root and debootstrap: make test-systems",
    ),
]


def enter(root: Path, script: str, seconds: float) -> subprocess.CompletedProcess[str]:
    command = ["unshare", "--mount", "--propagation", "private", "bash", "-euc", ENTER, str(root), str(ROOT)]
    return subprocess.run([*command, "bash", "-c", script], capture_output=True, text=True, timeout=seconds)


@pytest.fixture(scope="module", params=["trixie", "sid"])
def root(request: pytest.FixtureRequest) -> Path:
    """A Debian with GHC, a jail and a Python that has what the Haskell core needs."""
    folder = Path(ROOTS) / request.param
    if not (folder / "usr/bin/ghc").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={INCLUDED}", request.param, str(folder)],
            capture_output=True,
            text=True,
        )
        if made.returncode != 0:
            pytest.skip(f"no root of {request.param} can be made here: {made.stdout.strip().splitlines()[-1:]}")
    if enter(folder, "true", 60).returncode != 0:
        pytest.skip("no root can be entered here: mount namespaces are refused")
    packages = f"grep -viE '^({WITHOUT})' requirements.txt > /tmp/wanted"
    ended = enter(
        folder,
        f"[ -x /venv/bin/python ] || python3 -m venv /venv; {packages}; "
        "/venv/bin/pip install --quiet -r /tmp/wanted || "
        "for one in $(grep -oE '^[A-Za-z0-9_.-]+==[^ ;]+' /tmp/wanted); do "
        "/venv/bin/pip install --quiet $one || true; done; "
        "/venv/bin/python -c 'import hypothesis, pydantic, pytest, tree_sitter, typer'",
        3600,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return folder


def test_set_up_finds_what_is_there(root: Path) -> None:
    ended = enter(root, "python3 workflow/seqplay/haskell/sandbox/system.py setup", 300)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_worker_is_built_without_a_warning_and_runs_a_program(root: Path) -> None:
    ended = enter(root, "SEQPLAY_CACHE=/var/cache/seqplay /venv/bin/python -m seqplay.operations.prepare", 900)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_haskell_core_passes_its_tests(root: Path) -> None:
    command = "/venv/bin/python -m pytest -q -p no:cacheprovider -m 'not slow' tests/haskell"
    ended = enter(root, f"SEQPLAY_CACHE=/var/cache/seqplay {command}", 7200)
    assert ended.returncode == 0, ended.stdout[-3000:]


def test_labels_are_those_of_this_machine(root: Path, tmp_path: Path) -> None:
    played = "benchmarks/same_labels.py play 8"
    there = enter(root, f"SEQPLAY_CACHE=/var/cache/seqplay /venv/bin/python {played}", 3600)
    here = subprocess.run([sys.executable, *played.split()], cwd=ROOT, capture_output=True, text=True, timeout=3600)
    files = [tmp_path / "here.jsonl", tmp_path / "there.jsonl"]
    for file, ended in zip(files, (here, there), strict=True):
        assert ended.returncode == 0, ended.stderr[-2000:]
        file.write_text(ended.stdout)
    command = [sys.executable, "benchmarks/same_labels.py", "compare", *map(str, files)]
    compared = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert compared.returncode == 0, compared.stdout
