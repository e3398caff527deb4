"""``python -m seqplay.operations.prepare [GHC]``: build the worker for a GHC and see it run a program in the jail."""

from __future__ import annotations

import sys
import warnings

from seqplay.config import HaskellConfig
from seqplay.errors import SeqplayError
from seqplay.haskell import Executor
from seqplay.records import Verdict


def main(arguments: list[str]) -> int:
    """Prepare the executor, say in one line what is wrong, and return the exit code."""
    warnings.showwarning = lambda message, *_: print(f"note: {message}", file=sys.stderr)
    try:
        with Executor.open(HaskellConfig(ghc=arguments[0] if arguments else "ghc")) as executor:
            ran = executor.run("double :: Int -> Int\ndouble x = x + x\n", ["21"])
    except SeqplayError as error:
        print(f"seqplay: {error}", file=sys.stderr)
        return error.exit_code
    if ran.verdict is Verdict.ACCEPTED and ran.output == "42":
        return 0
    print(
        f"seqplay: the Haskell worker does not run a program that it must ({ran.reason}: {ran.message})",
        file=sys.stderr,
    )
    return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
