"""Untrusted Python: it answers calls, and whatever else it tries, it gets nothing and stops in time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seqplay.config import HaskellConfig
from seqplay.config.dataset import PythonConfig
from seqplay.dataset.python.jail import PythonPool
from seqplay.errors import ToolError

SECONDS = 1.0
pytestmark = pytest.mark.ghc


@pytest.fixture(scope="module")
def pool() -> Iterator[PythonPool]:
    config = PythonConfig(seconds=SECONDS, memory_mib=128, output_bytes=20000)  # soon full, also on a busy machine
    try:
        opened = PythonPool.open(config, HaskellConfig(workers=1))
    except ToolError as error:
        pytest.skip(str(error))
    with opened:
        yield opened


def problem(pool: PythonPool, code: str) -> str:
    called = pool.call(code, "f", [[1]]).calls[0]
    return called.problem or f"value {called.value!r}"


def test_calls_keep_pythons_types(pool: PythonPool) -> None:
    code = "def f(x, y=2):\n    return [x * y, str(x), (1.5, None, True), {1: {2}}]\n"
    report = pool.call(code, "f", [[3], ["a", 3]], ["assert f(1)[0] == 2", "assert False"])
    assert [called.value for called in report.calls] == [
        [6, "3", (1.5, None, True), {1: {2}}],
        ["aaa", "a", (1.5, None, True), {1: {2}}],
    ]
    assert report.passed == 1


def test_each_solution_starts_anew(pool: PythonPool) -> None:
    pool.call("import math\nmath.pi = 3\ndef f(x):\n    return math.pi\n", "f", [[1]])
    assert problem(pool, "import math\ndef f(x):\n    return math.pi\n") == "value 3.141592653589793"


HOSTILE = {
    "fork": ("import os\ndef f(x):\n    return os.fork()", "raises PermissionError"),
    "thread": ("import threading\ndef f(x):\n    threading.Thread(target=print).start()", "raises RuntimeError"),
    "subprocess": ("import subprocess\ndef f(x):\n    subprocess.run(['ls'])", "raises PermissionError"),
    "exec": ("import os\ndef f(x):\n    os.execv('/bin/sh', ['sh'])", "raises "),
    "socket": ("import socket\ndef f(x):\n    socket.socket()", "raises PermissionError"),
    "write tmp": ("def f(x):\n    open('/tmp/x', 'w')", "raises PermissionError"),
    "write shm": ("def f(x):\n    open('/dev/shm/x', 'w')", "raises PermissionError"),
    "make folder": ("import os\ndef f(x):\n    os.mkdir('/tmp/d')", "raises PermissionError"),
    "passwd": ("def f(x):\n    return open('/etc/passwd').read()", "raises FileNotFoundError"),
    "kill parent": ("import os\ndef f(x):\n    os.kill(os.getppid(), 9)", "raises PermissionError"),
    "kill all": ("import os\ndef f(x):\n    os.kill(-1, 9)", "raises PermissionError"),
    "parent's memory": ("import os\ndef f(x):\n    open(f'/proc/{os.getppid()}/mem', 'rb')", "raises PermissionError"),
    "parent's pipe": ("import os\ndef f(x):\n    open(f'/proc/{os.getppid()}/fd/0', 'rb')", "raises PermissionError"),
    "raise limits": ("import resource\ndef f(x):\n    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "raises "),
    "memory": ("def f(x):\n    a = [0]\n    while True: a = a + a", "raises MemoryError"),
    "loop": ("def f(x):\n    while True: pass", "timeout"),
    "sleep": ("import time\ndef f(x):\n    time.sleep(100)", "timeout"),
    "loop through signals": (
        "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, lambda *a: None)\n"
        "    except Exception: pass\n"
        "def f(x):\n    while True: pass",
        "timeout",
    ),
    "flood": ("import os\ndef f(x):\n    while True: os.write(3, b'x' * 1000)", "output_limit"),
    "exit": ("import os\ndef f(x):\n    os._exit(0)", "died"),
    "system exit": ("def f(x):\n    raise SystemExit", "raises SystemExit"),
    "segmentation fault": ("import ctypes\ndef f(x):\n    ctypes.string_at(0)", "died"),
    "forged reply": ("import os\ndef f(x):\n    os.write(3, b'[[[[\\n')", "unreadable"),
    "not Python": ("def f(x:\n", "broken SyntaxError"),
    "no such function": ("g = 1\n", "broken KeyError"),
    "reads input": ("def f(x):\n    return input()", "raises EOFError"),
    "prints": ("def f(x):\n    print('x' * 100000, flush=True)\n    return 7", "value 7"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_python_gets_nothing_and_the_jail_lives_on(pool: PythonPool, name: str) -> None:
    code, expected = HOSTILE[name]
    started = time.monotonic()
    assert problem(pool, code).startswith(expected)
    assert time.monotonic() - started < 4 * SECONDS + 10
    assert problem(pool, "def f(x):\n    return x + 1\n") == "value 2"


def test_the_home_and_other_processes_are_not_there(pool: PythonPool) -> None:
    secret = Path(__file__).resolve()
    assert problem(pool, f"import os\ndef f(x):\n    return os.path.exists({str(secret)!r})\n") == "value False"
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        code = f"import os\ndef f(x):\n    return os.path.exists('/proc/{victim.pid}')\n"
        assert problem(pool, code) == "value False"
    finally:
        victim.kill()
        victim.wait()


def test_deep_huge_and_foreign_results_are_no_values(pool: PythonPool) -> None:
    for body in ("object()", "10 ** 100000", "lambda: 1"):
        called = pool.call(f"def f(x):\n    return {body}\n", "f", [[1]]).calls[0]
        assert type(called.value).__name__ == "Foreign"
    deep = "def f(x):\n    a = []\n    for _ in range(10000): a = [a]\n    return a\n"
    assert pool.call(deep, "f", [[1]]).calls[0].problem in ("", "raises RecursionError")
