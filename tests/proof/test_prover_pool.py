"""The prover in processes: the same answers as a lone prover's, and whatever happens to a process."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from seqplay import errors
from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import SeqplayError, ToolError
from seqplay.files import read_records
from seqplay.game.lemma_store import gathered
from seqplay.game.proof_rounds import verify_proofs
from seqplay.proof import prover_pool
from seqplay.proof.liquid.locate import VARIABLE
from seqplay.proof.prover import Prover
from seqplay.proof.prover_messages import END_SECONDS
from seqplay.proof.prover_pool import ProverPool
from seqplay.proof.results import ProofResult
from seqplay.proof.tactics.lemma_store.recall import LemmaStore
from seqplay.records import Goal, Program, ProofAttempt, Proposal, ProposedBy, SampledProgram, Verdict
from seqplay.runtime import log
from tests.proof.suites import read_suite
from tests.proof.tactics.test_lemma_store import DOUBLE, TWICE

TWO = HaskellConfig(workers=2)
FAKE = """
import logging, os, signal, time
from pathlib import Path
from seqplay.haskell.execution.loading import Crashed
from seqplay.proof import prover_process
from seqplay.proof.results import ProofResult

class Fake:
    tools = "fake"

    def __enter__(self):
        return self

    def __exit__(self, *found):
        pass

    def prove(self, p, q, entry, seed):
        print("what a library prints is no reply")
        logging.info("asked about %s", p)
        if p == "odd":
            raise RecursionError("too deep")
        if p == "crashed":
            raise Crashed("the whole stage ends")
        if p == "slow":
            Path(q).write_text(str(os.getpid()))
            time.sleep(600)
        if p == "dies" or (p == "dies once" and not Path(q).exists()):
            Path(q).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return ProofResult(verdict="rejected", reason="not_proved", message=str(os.getpid()))

prover_process.Prover.open = lambda haskell, proof, store: Fake()
prover_process.main()
"""


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes whose prover needs no GHC, and does as the first program says."""
    monkeypatch.setattr(prover_pool, "COMMAND", [sys.executable, "-c", FAKE])


def running(pid: int) -> bool:
    """Say whether a process is there, and no zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def gone(pids: list[int], seconds: float) -> bool:
    """Say whether processes end in time."""
    end = time.monotonic() + seconds
    while any(running(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def below() -> list[int]:
    """Return what runs below this process."""
    return [each.pid for each in psutil.Process().children(recursive=True)]


def stage(programs: list[str], folder: Path, haskell: HaskellConfig = TWO) -> list[ProofAttempt]:
    """Run a stage of tactics."""
    items = [
        (
            SampledProgram(
                program=Program(id=code, code=code, entry="f", type="Int", name=code),
                goal=Goal.SEQ,
                proposer=ProposedBy.MUTATE,
                target_difficulty=8.0,
            ),
            Proposal.make(
                program_id=code, goal=Goal.SEQ, proposer=ProposedBy.MUTATE, attempt=0, code=str(folder / code)
            ),
            None,
        )
        for code in programs
    ]
    output = folder / "proofs.jsonl"
    verify_proofs(items, [], output, haskell=haskell, proof=ProofConfig(), seed=0, round_=0)
    return read_records(output, ProofAttempt)


# ---------------------------------------------------------------- the same answers


@pytest.mark.parametrize("name", ["theorem", "refuse", "check", "prove"])
def test_each_question_is_asked_as_of_a_prover(name: str) -> None:
    assert inspect.signature(getattr(ProverPool, name)) == inspect.signature(getattr(Prover, name))


@pytest.mark.ghc
def test_the_answers_are_those_of_a_lone_prover_and_nothing_is_left_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    pairs = [(pair["p"], pair["q"]) for pair in read_suite("pairs")[:3]]
    questions: list[Callable[[Prover | ProverPool], ProofResult]] = [
        lambda prover: prover.prove(TWICE, DOUBLE, None, 7),
        *(lambda prover, pair=pair: prover.prove(*pair) for pair in pairs),
        lambda prover: prover.check(*pairs[0], "proof xs = ()\n"),
        lambda prover: prover.theorem(*pairs[1]),
        lambda prover: prover.theorem("f :: Int ->", "λ"),
        lambda prover: prover.refuse(*pairs[2], None, "unparsed", "“no answer”\n"),
    ]
    with Prover.open(HaskellConfig(workers=1), ProofConfig(), LemmaStore()) as alone:
        store = LemmaStore(gathered(alone.prove(TWICE, DOUBLE).lemmas))
        assert store.lemmas
        alone._store = store
        alone._prepared.clear()
        expected, tools = [ask(alone) for ask in questions], alone.tools
    before = set(below())
    with ProverPool(TWO, ProofConfig(), store.lemmas) as pool:
        with ThreadPoolExecutor(pool.workers) as threads:
            found = list(threads.map(lambda ask: ask(pool), reversed(questions)))
        started = [pid for pid in below() if pid not in before]
        assert len([each for each in psutil.Process().children() if each.pid in started]) == 2
        assert pool.tools == tools
    assert found[::-1] == expected
    assert any(each.verdict is Verdict.ACCEPTED for each in found)
    assert any("stored" in each.finder for each in found)
    assert gone(started, 5)


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.usefixtures("fake")
def test_a_process_that_dies_is_replaced_and_a_second_death_is_no_label(tmp_path: Path) -> None:
    lost, again, *others = stage(["dies", "dies once", "a", "b"], tmp_path)
    assert (lost.verdict, lost.reason, lost.tools) == (Verdict.INFRA_ERROR, "worker_lost", "fake")
    assert "signal 9" in lost.message
    assert {each.reason for each in (again, *others)} == {"not_proved"}


@pytest.mark.usefixtures("fake")
def test_an_odd_item_is_its_own_outcome_with_the_traceback_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    odd, other = stage(["odd", "a"], tmp_path)
    assert (odd.verdict, odd.reason, other.reason) == (Verdict.INFRA_ERROR, "bug", "not_proved")
    assert "(RecursionError: too deep in <string>, line " in odd.message
    assert "in prove\nRecursionError: too deep" in caplog.text


@pytest.mark.usefixtures("fake")
def test_few_items_share_a_process_that_ends_with_the_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, started = set(below()), []
    start = prover_pool._Process
    monkeypatch.setattr(prover_pool, "_Process", lambda order: started.append(order) or start(order))
    stage(["a", "b", "c"], tmp_path, HaskellConfig(workers=8))
    assert 0 < len(started) <= 2
    assert set(below()) <= before
    with ProverPool(TWO, ProofConfig()):
        assert set(below()) <= before, "none before the first question"


def test_a_stage_does_not_import_the_prover_itself() -> None:
    heavy = ("seqplay.proof.prover", "seqplay.proof.tactics", "seqplay.proof.kernel", "z3")
    code = f"import sys, seqplay.game.proof_rounds; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


@pytest.mark.usefixtures("fake")
def test_an_error_of_the_environment_ends_the_stage_as_the_nearest_known_kind(tmp_path: Path) -> None:
    with pytest.raises(SeqplayError, match=r"^the whole stage ends$") as raised:
        stage(["crashed", "a"], tmp_path)
    assert type(raised.value) is errors.WorkerLost


def test_an_error_at_opening_is_the_provers_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    nowhere = HaskellConfig(workers=2, ghc="no-such-ghc")
    with pytest.raises(ToolError) as alone:
        Prover.open(nowhere, ProofConfig())
    with pytest.raises(ToolError) as raised:
        stage(["a", "b", "c"], tmp_path, nowhere)
    assert (type(raised.value), str(raised.value)) == (type(alone.value), str(alone.value))
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("start", "why"),
    [
        ("raise SystemExit(7)", "ended with status 7 at its start"),
        ("raise OSError('no room')", r"\(OSError: no room\)"),
    ],
)
def test_a_process_that_does_not_start_ends_the_stage_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str, why: str
) -> None:
    code = f"from seqplay.proof import prover_process as own\ndef fail(*_):\n    {start}\n"
    monkeypatch.setattr(prover_pool, "COMMAND", [sys.executable, "-c", f"{code}own.Prover.open = fail\nown.main()"])
    with pytest.raises(ToolError, match="a process of the prover") as raised:
        stage(["a"], tmp_path)
    assert raised.match(why)


# ---------------------------------------------------------------- the end of a stage

KILLED = """
import sys
from pathlib import Path
from seqplay.config import HaskellConfig, ProofConfig
from seqplay.proof import prover_pool
if sys.argv[1]:
    prover_pool.COMMAND = [sys.executable, "-c", sys.argv[1]]
with prover_pool.ProverPool(HaskellConfig(workers=1), ProofConfig()) as pool:
    pool.theorem("f :: Int -> Int\\nf x = x\\n", "f x = x\\n") if not sys.argv[1] else None
    print("open", flush=True)
    pool.prove("slow", sys.argv[2]) if sys.argv[1] else sys.stdin.read()
"""


@pytest.fixture(params=[FAKE, pytest.param("", marks=pytest.mark.ghc)], ids=["busy", "idle, with all that it starts"])
def killed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[int]]:
    """What ran below a stage that was killed."""
    busy = tmp_path / "busy"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, request.param, str(busy)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {VARIABLE: ""},
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"open\n"
        while request.param and not busy.exists():
            time.sleep(0.05)
        started = [each.pid for each in psutil.Process(run.pid).children(recursive=True)]
        run.send_signal(signal.SIGKILL)
        run.wait()
        yield started
    for pid in started:
        if running(pid):
            os.kill(pid, signal.SIGKILL)


def test_no_process_outlives_a_stage_that_is_killed(killed: list[int]) -> None:
    assert killed
    assert gone(killed, 3 * END_SECONDS)


@pytest.mark.usefixtures("fake")
def test_a_process_writes_into_the_log_of_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(log.VARIABLE, str(tmp_path / "log"))
    stage(["a"], tmp_path)
    assert "INFO root: asked about a" in (tmp_path / "log").read_text()
