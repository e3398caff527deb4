"""``seqplay prove``: is P equal to Q for all arguments, by a proof that Liquid Haskell accepts?

With ``--proof`` the fragment is audited and checked; without it the tactics look for a proof. Exit 0: proved, and no
test contradicts it. Exit 1: not, with the reason. The command ends within 120 s whatever the input.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from seqplay.cli.programs import AsJson, EntryName, PFile, QFile, print_json, read_source
from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import SeqplayError
from seqplay.proof.prover import ProofResult, Prover
from seqplay.records import Verdict

SECONDS = 100.0
"""How long a question may take once the tools have started."""

ProofFile = Annotated[
    Path | None,
    typer.Option("--proof", metavar="PROOF.hs", help="A fragment that defines `proof` with P's arguments in order."),
]


def prove(
    p: PFile,
    q: QFile,
    proof: ProofFile = None,
    entry: EntryName = None,
    seed: Annotated[int, typer.Option(help="Seed of the random inputs of the second opinion.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Prove that P and Q are equal for all arguments: exit 0 if proved and not contradicted, 1 if not."""
    try:
        texts = read_source(p), read_source(q), read_source(proof) if proof else None
        with Prover.open(HaskellConfig(workers=1), ProofConfig()) as prover:
            result = _within(SECONDS, lambda: _ask(prover, *texts, entry, seed), lambda: _too_long(as_json))
    except SeqplayError as error:
        if not as_json:
            raise
        broken = error.exit_code == 3
        verdict = Verdict.INFRA_ERROR if broken else Verdict.REJECTED
        reason = "tool_error" if broken else "bad_input"
        _show_json({"verdict": verdict, "reason": reason, "message": str(error), "entry": None})
        sys.exit(error.exit_code)
    if as_json:
        _show_json(result.model_dump(mode="json"))
    else:
        _show_words(result)
    sys.exit(result.exit_code)


def _ask(prover: Prover, p: str, q: str, proof: str | None, entry: str | None, seed: int) -> ProofResult:
    return prover.prove(p, q, entry, seed=seed) if proof is None else prover.check(p, q, proof, entry, seed=seed)


def _within(seconds: float, question: Callable[[], ProofResult], too_long: Callable[[], None]) -> ProofResult:
    """Return the answer; after so many seconds call ``too_long`` and end the process, jails and all, with exit code 1."""
    found: list[ProofResult | BaseException] = []

    def answer() -> None:
        try:
            found.append(question())
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        too_long()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def _too_long(as_json: bool) -> None:
    message = f"no answer within {SECONDS:.0f} s"
    if as_json:
        _show_json({"verdict": Verdict.TIMEOUT, "reason": "timeout", "message": message, "entry": None})
    else:
        print(f"timeout: {message}", file=sys.stderr)


def _show_json(fields: dict[str, Any]) -> None:
    print_json({"command": "prove", **fields})


def _show_words(result: ProofResult) -> None:
    """Print the theorem and the proof on standard output, and what is wrong on standard error."""
    proved = result.verdict is Verdict.ACCEPTED
    if result.theorem:
        print(result.theorem)
    if result.proof:
        print(result.proof)
    stream = sys.stdout if proved else sys.stderr
    print(f"{result.reason}: {result.message}" if result.message else str(result.reason), file=stream)
