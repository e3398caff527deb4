"""A trial: an answer to a task, compiled and put to the task's test in a process that serves nothing else.

The worker (``worker/source/Trial.hs``) compiles prompt, answer and test as modules of their own. A trial is passed only
where the reply, with the nonce of this very request, says that the test's ``main`` returned; the nonce is made here,
after the program is written, and no Safe program can name it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seqplay.config import HaskellConfig
from seqplay.haskell.execution import evaluation, loading
from seqplay.haskell.execution.entry import Refused
from seqplay.haskell.results import Reason, Tried, visible
from seqplay.haskell.sandbox.session import Session
from seqplay.records import Verdict

COMPILE_SECONDS = 20.0
"""Wall limit of compiling answer and test, beyond that of running the test."""
QUICK_SECONDS = 1.0
"""Processor time of the first run of a test."""
_LIMITS = frozenset({Reason.TIMEOUT, Reason.MEMORY, Reason.STACK})


@dataclass(frozen=True)
class Task:
    """What an answer is asked for, and how it is tested."""

    prompt: str
    """Ends in the signature of the entry, or in the left-hand side of its equation."""
    test: str
    """Defines a ``main`` that throws where the answer is wrong."""
    entry: str | None = None
    """The entry's name; by default the prompt's last signature."""
    signature: str = ""
    """A text with the entry's signature, for prompts that have none."""


def attempt(session: Session, config: HaskellConfig, task: Task, answer: str) -> Tried:
    """Answer ``Executor.attempt``; raises ``WorkerLost``.

    Most tests end at once, and compiling costs more than running them; so an answer is first run as byte code comes
    quickest. One that then runs into a limit gets the whole time, simplified by GHC, which is several times faster.
    """
    quick = _ask(session, config, "quick", min(QUICK_SECONDS, config.seconds), task, answer)
    if quick.reason not in _LIMITS:
        return quick
    return _ask(session, config, "thorough", config.seconds, task, answer)


def _ask(session: Session, config: HaskellConfig, effort: str, seconds: float, task: Task, answer: str) -> Tried:
    fields = ["trial", effort, task.entry or "", task.prompt, task.signature, loading.source_text(answer), task.test]
    reply = session.ask(fields, seconds=COMPILE_SECONDS + evaluation.BUSY * seconds, stall_seconds=seconds)
    if (limit := loading.lost_reason(reply)) is not None:
        began = reply.get("board", [0])[0] > 0
        doing = "the test" if began else "compiling answer and test"
        return _tried(limit, f"{doing} ran into the {limit} limit")
    if "problem" in reply:
        return _not_run(reply["fault"], reply["problem"])
    return _ended(reply)


def _ended(reply: dict[str, Any]) -> Tried:
    match reply["ended"]:
        case "passed":
            return _tried(Reason.PASSED, "")
        case "failed":
            message = visible(" ".join(str(reply["message"]).split()))
            return _tried(Reason.FAILED, f"the test throws {reply['exception']}: {message}")
        case limit:
            return _tried(Reason(limit), f"the test ran into the {limit} limit")


def _not_run(fault: str, problem: dict[str, Any]) -> Tried:
    """Say why nothing was run: what is wrong with the answer, or that something is wrong with the item."""
    refused: Refused = loading.problem(problem, "")
    if fault == "item":
        where = str(problem["file"]).removesuffix(".hs").lower() or "prompt"
        return _tried(Reason.BAD_ITEM, f"the item's {where} cannot be used: {refused.message}")
    return _tried(refused.reason, refused.message)


def _tried(reason: Reason, message: str) -> Tried:
    verdict = Verdict.ACCEPTED if reason is Reason.PASSED else loading.verdict_of(reason)
    return Tried(verdict=verdict, reason=reason, message=message)
