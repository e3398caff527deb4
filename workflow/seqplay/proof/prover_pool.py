"""The prover in processes: what a stage asks from many threads, each thread in a process of its own.

Theorem, search and the paths of the second opinion are Python, so that threads of one process would share one core; and
the search, which counts seconds, would find that they are over. The lemma store does not change within a stage, so each
process has a copy. No answer depends on which process gives it: what one keeps of earlier questions saves time alone.
Processes are started by a command, since ``multiprocessing`` would run the script of Snakemake's job in each. Each
imports the prover and opens its tools anew, which the stage itself does not: few pairs share a process.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from math import ceil
from types import TracebackType
from typing import Self

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import ReportedBug, ToolError
from seqplay.files import dump_line
from seqplay.haskell.results import Reason
from seqplay.proof.prover_messages import END_SECONDS, Order, Question, Reply
from seqplay.proof.results import ProofResult
from seqplay.records import StoredLemma, Verdict
from seqplay.runtime.daemon_start import python_path

COMMAND = [sys.executable, "-m", "seqplay.proof.prover_process"]
ATTEMPTS = 2
"""Processes that a question may cost."""
PAIRS_A_PROCESS = 2
"""Pairs for which a further process is worth its start, which takes as long as a pair or two."""


class ProverPool:
    """Answers the questions of ``Prover`` for ``workers`` threads at once; use as a context manager.

    A thread's process starts with its first question, which raises ``ToolError`` where the process does not start, or
    ``Prover.open`` does. One that is lost in the middle of a question is replaced, and the new one asked once more.
    """

    def __init__(
        self,
        haskell: HaskellConfig,
        proof: ProofConfig,
        lemmas: Sequence[StoredLemma] | None = None,
        pairs: int | None = None,
    ) -> None:
        """Prepare to start processes with these settings.

        ``lemmas``: of the lemma store, none where there is no store. ``pairs``: how many will be asked about at most.
        """
        workers = haskell.workers or len(os.sched_getaffinity(0))
        self.workers = workers if pairs is None else min(workers, ceil(pairs / PAIRS_A_PROCESS))
        one = haskell.model_copy(update={"workers": 1})
        self._order = Order(haskell=one, proof=proof, lemmas=None if lemmas is None else tuple(lemmas))
        self._own = threading.local()
        self._lock = threading.Lock()
        self._running: set[_Process] = set()

    @property
    def tools(self) -> str:
        """What judges, with versions, for the records."""
        with self._lock:
            found = next((each.tools for each in self._running), None)
        return found if found is not None else self._process().tools

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            process.hang_up()
        for process in self._running:
            process.end(2 * END_SECONDS)

    # ------------------------------------------------------------ questions

    def theorem(self, p: str, q: str, entry: str | None = None) -> ProofResult:
        """Ask ``Prover.theorem``."""
        return self._ask(Question(name="theorem", arguments={"p": p, "q": q, "entry": entry}))

    def refuse(self, p: str, q: str, entry: str | None, reason: str, message: str) -> ProofResult:
        """Ask ``Prover.refuse``."""
        arguments = {"p": p, "q": q, "entry": entry, "reason": reason, "message": message}
        return self._ask(Question(name="refuse", arguments=arguments))

    def check(self, p: str, q: str, proof: str, entry: str | None = None, seed: int = 0) -> ProofResult:
        """Ask ``Prover.check``."""
        arguments = {"p": p, "q": q, "proof": proof, "entry": entry, "seed": seed}
        return self._ask(Question(name="check", arguments=arguments))

    def prove(self, p: str, q: str, entry: str | None = None, seed: int = 0) -> ProofResult:
        """Ask ``Prover.prove``."""
        return self._ask(Question(name="prove", arguments={"p": p, "q": q, "entry": entry, "seed": seed}))

    def _ask(self, question: Question) -> ProofResult:
        """Return the answer; raises the ``SeqplayError`` of the process, and ``ReportedBug`` where it breaks."""
        lost = ""
        for _ in range(ATTEMPTS):
            process = self._process()
            try:
                return process.ask(question)
            except _Died as error:
                lost = str(error)
                logging.warning("%s in the middle of an item", lost)
                self._forget(process)
        return ProofResult(
            verdict=Verdict.INFRA_ERROR,
            reason=Reason.WORKER_LOST,
            message=f"the prover's process died twice in the middle of this item: {lost}",
        )

    # ------------------------------------------------------------ processes

    def _process(self) -> _Process:
        """Return the calling thread's process, started where it has none.

        All questions about a pair come from one thread: its process has the definitions, checked, from the first on.
        """
        found: _Process | None = getattr(self._own, "process", None)
        if found is None:
            found = self._own.process = _Process(self._order)
            with self._lock:
                self._running.add(found)
        return found

    def _forget(self, process: _Process) -> None:
        del self._own.process
        with self._lock:
            self._running.discard(process)
        process.end(0)


class _Died(Exception):
    """A process ended before it answered; not a ``WorkerLost``, which its own tools may have raised."""


class _Process:
    """One process, its prover open."""

    def __init__(self, order: Order) -> None:
        """Start; raises ``ToolError``."""
        try:
            # In a session of its own, Ctrl-C reaches the stage alone, which then ends its processes.
            self._process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
                # With the same hashes, sets have the same order in each process.
                env=os.environ | {"PYTHONPATH": python_path(), "PYTHONHASHSEED": "0"},
            )
        except OSError as error:
            raise ToolError(f"a process of the prover cannot be started: {error}") from error
        try:
            self.tools = self._opened(order)
        except BaseException:
            self.end(0)
            raise

    def _opened(self, order: Order) -> str:
        try:
            reply = self._exchanged(dump_line(order))
        except _Died as lost:
            raise ToolError(f"{lost} at its start; the cause, if it is known, stands above") from lost
        if reply.mistake is not None:
            raise reply.mistake.error()
        if reply.bug is not None:
            logging.error("a process of the prover does not start\n%s", reply.bug.trace)
            cause = reply.bug.trace.splitlines()[-1]
            raise ToolError(f"a process of the prover does not start ({cause}): the log has the traceback")
        assert reply.tools is not None
        return reply.tools

    def ask(self, question: Question) -> ProofResult:
        """Return the answer; raises ``_Died``, else as ``ProverPool`` does."""
        reply = self._exchanged(dump_line(question))
        if reply.mistake is not None:
            raise reply.mistake.error()
        if reply.bug is not None:
            broken = ReportedBug(reply.bug.report)
            broken.add_note(f"In the prover's process:\n{reply.bug.trace}")
            raise broken
        assert reply.result is not None
        return reply.result

    def _exchanged(self, line: str) -> Reply:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with suppress(OSError):  # a process that is gone does not answer either
            stdin.write(line.encode() + b"\n")
            stdin.flush()
        answer = stdout.readline()
        if not answer.endswith(b"\n"):
            raise _Died(f"a process of the prover {self._ending()}")
        return Reply.model_validate_json(answer)

    def _ending(self) -> str:
        """Say how a process ended that does not answer."""
        try:
            status = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            return "has gone silent"
        return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"

    def hang_up(self) -> None:
        """Tell the process to end."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def end(self, seconds: float) -> None:
        """Wait so long for the end, and then kill."""
        self.hang_up()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
