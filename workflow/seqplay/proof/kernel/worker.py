"""The jailed process: it reads pickled requests of the pipeline's from its input, and answers each by a line of JSON.

It limits itself before the first request: memory, processor time for each request, no files.
"""

from __future__ import annotations

import json
import pickle
import resource
import struct
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

MEMORY_MIB = 4096
SECONDS = 60
"""Processor seconds of one request: a last stop, z3's own count comes first."""
STACK_MIB = 512
DEPTH = 40_000


def answer(kind: str, arguments: tuple[Any, ...]) -> Any:
    """Return the answer to a request as plain data."""
    from seqplay.proof.kernel.opinion import opinion
    from seqplay.proof.kernel.trial import candidates_that_fail, definitions_refused

    match kind:
        case "opinion":
            return opinion(*arguments).model_dump(mode="json")
        case "definitions":
            return definitions_refused(*arguments)
        case "candidates":
            return candidates_that_fail(*arguments)
    raise ValueError(kind)


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer until there are no more requests."""
    while head := requests.read(4):
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        kind, arguments = pickle.loads(requests.read(struct.unpack("<I", head)[0]))
        try:
            reply: Any = {"answer": answer(kind, arguments)}
        except (RecursionError, MemoryError) as error:
            reply = {"limit": type(error).__name__}
        replies.write(json.dumps(reply).encode() + b"\n")
        replies.flush()


def with_deep_stack(run: Callable[[], None]) -> None:
    """Run something that recurses as deeply as proofs may be, and wait for its end."""
    sys.setrecursionlimit(DEPTH)
    threading.stack_size(STACK_MIB << 20)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join()


def main() -> None:
    """Serve under limits."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MIB << 20, MEMORY_MIB << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    replies.write(json.dumps({"ready": True}).encode() + b"\n")
    replies.flush()
    with_deep_stack(lambda: serve(requests, replies))
