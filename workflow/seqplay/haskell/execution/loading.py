"""Loading programs into a worker: what GHC and the audit say of one, and whether two are comparable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seqplay.errors import WorkerLost
from seqplay.haskell.analysis.normalise import same_program
from seqplay.haskell.execution import driver as drive
from seqplay.haskell.execution.entry import (
    Chosen,
    Instance,
    Refused,
    choose,
    instances,
    mismatch,
    refuse_actions,
    renaming,
)
from seqplay.haskell.execution.facts import Facts, read_facts
from seqplay.haskell.parsing.literate import plain
from seqplay.haskell.results import Reason, visible
from seqplay.haskell.sandbox.session import Session
from seqplay.records import Verdict

CHECK_SECONDS = 10.0
"""Wall limit of typechecking the programs of an item."""
RESOURCES = {"wall": Reason.TIMEOUT, "stall": Reason.TIMEOUT, "memory": Reason.MEMORY, "stack": Reason.STACK}
_HEAP_EXHAUSTED = 251
_SEGMENTATION_FAULT = -11


class Crashed(WorkerLost):
    """GHC's runtime crashed while a program ran."""


def verdict_of(reason: Reason) -> Verdict:
    """Return the verdict of a reason why something is not accepted."""
    return Verdict.TIMEOUT if reason is Reason.TIMEOUT else Verdict.REJECTED


def lost_reason(reply: dict[str, Any]) -> Reason | None:
    """Return which limit the child hit when it was lost; none where it was not.

    Raises ``WorkerLost`` where it died for no reason of the program's, ``Crashed`` by a segmentation fault.
    """
    if "lost" not in reply:
        return None
    if reply["lost"] in RESOURCES:
        return RESOURCES[reply["lost"]]
    if reply["lost"] == "died" and reply.get("code") == _HEAP_EXHAUSTED:
        return Reason.MEMORY
    lost = Crashed if reply.get("code") == _SEGMENTATION_FAULT else WorkerLost
    raise lost(f"a child was lost: {reply}")


def require_loaded(problem: dict[str, Any]) -> None:
    """Raise ``WorkerLost`` where a child was asked to run what another one, that is gone, had loaded."""
    if problem["message"] == "nothing is loaded":
        raise WorkerLost("the child that had loaded the programs is gone")


def source_text(code: str) -> str:
    """Return the program that a text holds: without byte order mark, and out of its literate document."""
    return plain(code.removeprefix("\ufeff"))


def load(session: Session, programs: Sequence[str], *, literals: bool = False) -> list[Facts]:
    """Load programs as a new item and return their facts.

    Raises ``Refused`` for the first that is no such program.
    """
    fields = ["load", "with literals" if literals else "programs alone"]
    for slot, code in zip("PQ", programs, strict=False):
        fields += [slot, source_text(code)]
    reply = session.ask(fields, seconds=CHECK_SECONDS)
    if (limit := lost_reason(reply)) is not None:
        which = "the program" if len(programs) == 1 else "one of the programs"
        raise Refused(limit, f"checking {which} ran into the {limit} limit")
    facts = []
    for slot, data in zip("PQ", reply["programs"], strict=False):
        if "problem" in data:
            raise problem(data["problem"], "" if len(programs) == 1 else f"{slot}, ")
        facts.append(read_facts(data))
    return facts


def problem(data: dict[str, Any], where: str) -> Refused:
    """Return what GHC or the audit found wrong, as one sentence with its place."""
    reason, message = Reason(data["reason"]), visible(" ".join(str(data["message"]).split()))
    if reason is Reason.TYPE_ERROR and "an't be safely imported" in message:
        reason = Reason.UNSAFE_IMPORT
    place = f"line {data['line']}" + (f", column {data['column']}" if data["column"] else "") if data["line"] else ""
    head = f"{where}{place}".removesuffix(", ") if where and not place else f"{where}{place}"
    return Refused(reason, f"{head}: {message}" if head else message)


@dataclass(frozen=True)
class Pair:
    """Two loaded programs whose entries have one type."""

    p: Facts
    q: Facts
    p_entry: Chosen
    q_entry: Chosen
    instances: list[Instance]
    """In P's names of the variables."""
    renaming: dict[str, str]
    """P's variables as Q calls them."""

    def for_q(self, instance: Instance) -> Instance:
        """Return an instance in Q's names."""
        return {self.renaming[name]: ty for name, ty in instance.items()}


def load_pair(session: Session, p: str, q: str, entry: str | None, *, literals: bool) -> Pair:
    """Load P and Q, choose their entries, and see that they are two programs of one type.

    Raises ``Refused``.
    """
    facts = load(session, [p, q], literals=literals)
    p_entry = choose(facts[0], entry)
    q_entry = choose(facts[1], None, like=p_entry.name)
    for chosen in (p_entry, q_entry):
        refuse_actions(chosen)
    why = mismatch(facts[0], facts[1], p_entry, q_entry)
    if why is not None:
        raise Refused(Reason.TYPE_MISMATCH, f"P and Q do not have the same type: {why}")
    if same_program(source_text(p), source_text(q), p_entry.name, q_entry.name):
        raise Refused(Reason.SAME_PROGRAM, "Q is P up to names, layout, comments, signatures and order of declarations")
    names = renaming(p_entry.declaration, q_entry.declaration) or {}
    return Pair(facts[0], facts[1], p_entry, q_entry, instances(p_entry, q_entry), names)


def subject(codecs: drive.Codecs, chosen: Chosen, instance: Instance) -> str:
    """Return the driver's expression for an entry at an instance.

    Raises ``Refused`` where the result cannot be shown or an argument cannot be made.
    """
    arguments, result = chosen.arrows(instance)
    where = f"line {chosen.declaration.line}: {chosen.name} :: {chosen.declaration.show()}"
    try:
        codecs.codec(result, shown=True)
    except drive.Unsupported as error:
        raise Refused(Reason.UNPRINTABLE, f"{where}: the result cannot be shown: {error}") from error
    try:
        return codecs.subject(chosen.name, arguments, result)
    except drive.Unsupported as error:
        raise Refused(Reason.NOTHING_TESTABLE, f"{where}: no values of an argument can be made: {error}") from error
