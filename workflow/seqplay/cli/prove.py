"""``seqplay prove``: is P equal to Q for all arguments, by a proof that Liquid Haskell accepts?

The kernel is asked about each such proof too, and judges alone where there is no Liquid Haskell (evidence ``kernel``).
With ``--proof`` the fragment is audited and checked; without it the tactics look for a proof. Exit 0: proved, and no
test contradicts it. Exit 1: not, with the reason. The command ends within 120 s whatever the input.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer

from seqplay.cli.programs import AsJson, EntryName, PFile, QFile, print_json, read_source
from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import SeqplayError
from seqplay.haskell import Executor
from seqplay.haskell.analysis.source import parse
from seqplay.haskell.results import Reason
from seqplay.proof.prover import Prover
from seqplay.proof.results import ProofResult
from seqplay.proof.tactics.discovery.discover import WORK
from seqplay.records import Verdict

SECONDS = 112.0
"""After so long the command ends, whatever it is doing."""

Answer = tuple[int, dict[str, Any]]
"""An exit code, and the fields of the answer."""

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
    asking = threading.Event()

    def answer() -> Answer:
        p_text, q_text, given = read_source(p), read_source(q), read_source(proof) if proof else None
        unfit = _unfit(p_text, q_text, entry)
        if unfit is not None:
            return unfit
        with Prover.open(HaskellConfig(workers=1), ProofConfig(discovery_steps=WORK)) as prover:
            asking.set()
            if given is None:
                return _proved(prover.prove(p_text, q_text, entry, seed=seed), entry)
            return _proved(prover.check(p_text, q_text, given, entry, seed=seed), entry)

    try:
        code, fields = _within(answer, asking)
    except SeqplayError as error:
        if not as_json:
            raise
        broken = error.exit_code == 3
        verdict = Verdict.INFRA_ERROR if broken else Verdict.REJECTED
        reason = "tool_error" if broken else "bad_input"
        code, fields = error.exit_code, _fields(verdict, reason, str(error))
    if as_json:
        print_json({"command": "prove", **fields})
    else:
        _show_words(fields)
    sys.stdout.flush()
    sys.stderr.flush()
    if _left() <= 0:
        os._exit(code)  # the work goes on in a thread; the jails end with the process
    sys.exit(code)


def _left() -> float:
    """Seconds that are left of the command's time, Python's own start included."""
    return SECONDS - (time.time() - psutil.Process().create_time())


def _within(answer: Callable[[], Answer], asking: threading.Event) -> Answer:
    """Return the answer, or after the command's time a timeout (the tools had started) or a failure (they had not)."""
    found: list[Answer | BaseException] = []

    def work() -> None:
        try:
            found.append(answer())
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(max(0.0, _left()))
    if not found:
        if asking.is_set():
            return 1, _fields(Verdict.TIMEOUT, "timeout", f"no answer within {SECONDS:.0f} s")
        return 3, _fields(
            Verdict.INFRA_ERROR, "tool_error", f"the tools did not start within {SECONDS:.0f} s; try again"
        )
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def _unfit(p: str, q: str, entry: str | None) -> Answer | None:
    """Return the answer where P or Q is no program that a theorem could be about, for the reason `check` gives."""
    with Executor.open(HaskellConfig(workers=1)) as executor:
        first = executor.check(p, entry)
        same = first.entry.name if first.entry is not None and first.entry.name in parse(q).defined else None
        second = executor.check(q, same)
    for name, found in (("P", first), ("Q", second)):
        if found.exit_code in {2, 3}:
            fields = _fields(found.verdict, found.reason, f"{name}: {found.message}")
            return found.exit_code, fields
    return None


def _proved(result: ProofResult, entry: str | None) -> Answer:
    """Return exit code 0 for proved, 3 where a tool failed, 2 where nothing can be tested, else 1, and the fields."""
    code = 2 if result.reason in {Reason.NO_ENTRY, Reason.NOTHING_TESTABLE, Reason.UNPRINTABLE} else 1
    code = {Verdict.ACCEPTED: 0, Verdict.INFRA_ERROR: 3}.get(result.verdict, code)
    return code, {"entry": entry, **result.model_dump(mode="json", exclude={"lemmas"})}


def _fields(verdict: Verdict, reason: str, message: str) -> dict[str, Any]:
    return {"verdict": verdict, "reason": reason, "message": message, "entry": None}


def _show_words(fields: dict[str, Any]) -> None:
    """Print the theorem and the proof on standard output, and what is wrong on standard error."""
    for name in ("theorem", "proof"):
        if fields.get(name):
            print(fields[name])
    stream = sys.stdout if fields["verdict"] == Verdict.ACCEPTED else sys.stderr
    print(f"{fields['reason']}: {fields['message']}" if fields["message"] else fields["reason"], file=stream)
    if fields.get("kernel"):
        print(f"kernel: {fields['kernel']}: {fields['kernel_message']}")
    if fields.get("overflow"):
        print(": ".join(filter(None, ("overflow", fields["overflow"], fields["overflow_message"]))))
