"""The executor: a pool of warm jailed sessions that answers questions about programs."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from seqplay.config import HaskellConfig
from seqplay.errors import SeqplayError, ToolError, WorkerLost, bug_report
from seqplay.haskell.execution import differential, questions, showing, trial
from seqplay.haskell.execution.entry import Refused
from seqplay.haskell.execution.search import COMPARISON_SECONDS, COMPARISON_WORK, Comparison
from seqplay.haskell.execution.trial import Task
from seqplay.haskell.results import Checked, Compared, Diverged, Ran, Reason, Result, Tried
from seqplay.haskell.sandbox.build import Build, ensure_worker
from seqplay.haskell.sandbox.jail import Jail, JailInfo, open_jail, shown_folders
from seqplay.haskell.sandbox.session import Session, SessionLimits
from seqplay.records import Verdict

R = TypeVar("R", bound=Result)
T = TypeVar("T")

_LOST = "the worker died twice in the middle of this item: {}"


def _jail(config: HaskellConfig) -> Jail:
    return open_jail(config.jail, config.ghc, config.bwrap)


class _Failure(NamedTuple):
    """Why a question has no answer."""

    reason: Reason
    message: str


class Executor:
    """Answers `check`, `run`, `diverge` and `compare`. Thread-safe: as many questions at once as there are workers."""

    def __init__(self, build: Build, jail: Jail, config: HaskellConfig) -> None:
        """Use ``open`` or ``open_for_trials`` instead."""
        self._build = build
        self._jail = jail
        self._config = config
        self._limits = SessionLimits(
            memory_mib=config.memory_mib, items=config.items_per_session, folders=shown_folders(config)
        )
        self._idle: queue.LifoQueue[Session] = queue.LifoQueue()
        self._slots = threading.Semaphore(self.workers)
        self._closed = False

    @classmethod
    def open(cls, config: HaskellConfig | None = None) -> Self:
        """Build the worker where the cache has none, find a jail that holds, and start a first session as a probe.

        Raises ``ToolError`` where GHC or the jail is missing or fails.
        """
        config = config or HaskellConfig()
        executor = cls(
            ensure_worker(config.ghc, config.ghc_pkg), open_jail(config.jail, config.ghc, config.bwrap), config
        )
        executor._idle.put(executor._start())
        return executor

    @classmethod
    def open_for_trials(cls, config: HaskellConfig) -> Self:
        """Open an executor that is warmed up for ``attempt``; raises as ``open``."""
        executor = cls(
            ensure_worker(config.ghc, config.ghc_pkg), open_jail(config.jail, config.ghc, config.bwrap), config
        )
        executor._limits = executor._limits.for_trials()
        executor._idle.put(executor._start())
        return executor

    @property
    def workers(self) -> int:
        """How many questions are worked on at once."""
        return self._config.workers or len(os.sched_getaffinity(0))

    @property
    def jail(self) -> JailInfo:
        """The jail that holds, for the records."""
        return self._jail.info

    @property
    def tools(self) -> str:
        """The compiler with its version, for the records."""
        return f"GHC {self._build.compiler.version}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all sessions that are idle now; one in use ends when its question is answered."""
        self._closed = True
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def check(self, code: str, entry: str | None = None) -> Checked:
        """Say whether a program can play as P."""
        return self._ask(Checked, lambda session: questions.check(session, self._config, code, entry))

    def run(self, code: str, args: Sequence[str], entry: str | None = None) -> Ran:
        """Run a program's entry on arguments, each one whole Haskell expression."""
        return self._ask(Ran, lambda session: questions.run(session, self._config, code, args, entry))

    def show(self, code: str, inputs: Sequence[Sequence[Sequence[str]]], entry: str | None = None) -> list[Ran]:
        """Run a program's entry on several inputs; the output is what the program's own ``show`` writes.

        An input is one or more ways to read it, each a list of whole Haskell expressions; the entry's arity decides.
        """
        answer = self._attempt(lambda session: showing.show(session, self._config, code, inputs, entry))
        if isinstance(answer, _Failure):
            lost = Ran(message=answer.message, verdict=Verdict.INFRA_ERROR, reason=answer.reason)
            return [lost for _ in inputs]
        return answer

    def diverge(
        self,
        p: str,
        q: str,
        args: Sequence[str],
        entry: str | None = None,
        instance: Mapping[str, str] | None = None,
    ) -> Diverged:
        """Run two programs on one input and say whether they differ.

        ``instance`` says what P's type variables run at, as a witness's entry does. Without one the first that the
        arguments fit is run, and where the programs agree there, the others that ``compare`` tries.
        """
        return self._ask(
            Diverged, lambda session: questions.diverge(session, self._config, p, q, args, entry, instance)
        )

    def examples(self, code: str, entry: str | None = None, seed: int = 0, count: int = 5) -> list[list[str]]:
        """Return inputs for a program's entry, one Haskell expression for each argument; none where it has no use.

        Raises ``ToolError`` where the session is lost, or seqplay itself fails.
        """
        with self._slots:
            session = self._take()
            try:
                found = questions.examples(session, code, entry, seed, count)
            except Refused:
                found = []
            except WorkerLost as error:
                session.close()
                raise ToolError(f"the worker died: {error}") from error
            except Exception as error:
                session.close()
                raise ToolError(bug_report(error)) from error
            self._give(session)
            return found

    def compare(
        self,
        p: str,
        q: str,
        entry: str | None = None,
        seed: int = 0,
        evaluations: int | None = None,
        *,
        one_sided: bool = True,
        min_coverage: float | None = None,
        guided: bool = True,
        probed: bool = True,
        work: int = COMPARISON_WORK,
        seconds: float = COMPARISON_SECONDS,
    ) -> Compared:
        """Look for an input on which two programs differ: small, boundary and random ones, at several instances.

        A small input on which one ends and the other does not is no agreement, unless ``one_sided`` is false. Nor is it
        one where the inputs reached less of a program than ``min_coverage`` (by default the configuration's).
        Without ``guided`` nothing is learnt from what inputs reach: another test, to judge this one by; without
        ``probed`` either, nothing is known of it. After so many wall ``seconds`` the inputs tried so far count.
        """
        asked = Comparison(
            p,
            q,
            entry,
            seed,
            self._config.evaluations if evaluations is None else evaluations,
            one_sided=one_sided,
            min_coverage=self._config.min_coverage if min_coverage is None else min_coverage,
            guided=guided,
            probed=guided or probed,
            work=work,
            seconds=seconds,
        )
        return self._ask(Compared, lambda session: differential.compare(session, self._config, asked))

    def attempt(self, task: Task, answer: str) -> Tried:
        """Say whether an answer passes a task's test, in a process that serves nothing before it and nothing after.

        The answer is a whole program if it defines the entry, else what stands behind the prompt.
        """
        return self._ask(Tried, lambda session: trial.attempt(session, self._config, task, answer))

    def _start(self) -> Session:
        return Session(self._build, self._jail, self._limits)

    def _ask(self, kind: type[R], question: Callable[[Session], R]) -> R:
        """Ask a session; where it is lost in the middle, ask a fresh one, once."""
        answer = self._attempt(question)
        if isinstance(answer, _Failure):
            return kind(message=answer.message, verdict=Verdict.INFRA_ERROR, reason=answer.reason)
        return answer

    def _attempt(self, question: Callable[[Session], T]) -> T | _Failure:
        """Ask a session, and a fresh one where it is lost; return what lost the second, or what failed in seqplay."""
        with self._slots:
            lost = "no session"
            for _ in range(2):
                try:
                    session = self._take()
                except ToolError as error:
                    lost = str(error)
                    continue
                try:
                    answer = question(session)
                except WorkerLost as error:
                    session.close()
                    lost = str(error)
                except SeqplayError:
                    session.close()
                    raise
                except Exception as error:
                    session.close()
                    logging.exception("an item's question failed")
                    return _Failure(Reason.BUG, bug_report(error))
                except BaseException:
                    session.close()
                    raise
                else:
                    self._give(session)
                    return answer
            return _Failure(Reason.WORKER_LOST, _LOST.format(lost))

    def _take(self) -> Session:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self._start()

    def _give(self, session: Session) -> None:
        if self._closed:
            session.close()
        else:
            self._idle.put(session)
