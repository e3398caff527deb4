"""A process of the prover's own (``prover_pool``): it answers a stage's questions, one after the other.

What is said is in ``prover_messages``. The process ends with its standard input, so that it outlives no stage.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from seqplay.errors import SeqplayError
from seqplay.files import dump_line
from seqplay.proof.prover import Prover
from seqplay.proof.prover_messages import END_SECONDS, Bug, Order, Question, Reply
from seqplay.proof.results import ProofResult
from seqplay.proof.tactics.lemma_store.recall import LemmaStore
from seqplay.runtime.log import attach_log
from seqplay.runtime.mistake import Mistake


def main() -> None:
    """Answer questions until the standard input ends."""
    attach_log()
    output, lines = _own_output(), queue.SimpleQueue[bytes]()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    try:
        _serve(lines, output)
    except BrokenPipeError:  # the stage has ended
        os._exit(1)


def _serve(lines: queue.SimpleQueue[bytes], output: BinaryIO) -> None:
    order = lines.get()
    if not order:
        return
    try:
        prover = _opened(Order.model_validate_json(order))
    except Exception as error:
        _send(output, _failed(error))
        return
    with prover:
        _send(output, dump_line(Reply(tools=prover.tools)))
        while line := lines.get():
            _send(output, _answered(prover, line))


def _opened(order: Order) -> Prover:
    """Open the prover; raises ``ToolError`` as ``Prover.open``."""
    store = None if order.lemmas is None else LemmaStore(order.lemmas)
    return Prover.open(order.haskell, order.proof, store)


def _answered(prover: Prover, line: bytes) -> str:
    """Return the reply to a question: whatever breaks is the reply."""
    try:
        question = Question.model_validate_json(line)
        ask: Callable[..., ProofResult] = getattr(prover, question.name)
        arguments: dict[str, Any] = question.arguments
        return dump_line(Reply(result=ask(**arguments)))
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> str:
    if isinstance(error, SeqplayError):
        return dump_line(Reply(mistake=Mistake.of(error)))
    return dump_line(Reply(bug=Bug.of(error)))


def _send(output: BinaryIO, line: str) -> None:
    output.write(line.encode() + b"\n")
    output.flush()


def _own_output() -> BinaryIO:
    """Return the standard output for replies alone: what anything else prints goes to the standard error."""
    own = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(own, "wb")


def _listen(lines: queue.SimpleQueue[bytes]) -> None:
    """Hand on whole lines, then an empty one; and end the process if it does not do so by itself."""
    with os.fdopen(sys.stdin.fileno(), "rb", closefd=False) as stdin:
        while (line := stdin.readline()).endswith(b"\n"):
            lines.put(line)
    lines.put(b"")
    time.sleep(END_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
