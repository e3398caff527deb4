"""The kernel's opinion of a proof: it agrees, has none, or knows a value that refutes what the proof rests on."""

from __future__ import annotations

import time
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from seqplay.proof.kernel.checking import Checking, NotShown
from seqplay.proof.kernel.definitions import Definitions
from seqplay.proof.kernel.reading import PROOF, read
from seqplay.proof.kernel.solver import BUDGET, Exhausted, Solver
from seqplay.proof.kernel.terms import Unsupported
from seqplay.proof.kernel.values import refutation
from seqplay.proof.theorem.problem import Problem
from seqplay.proof.theorem.submission import submission


class Stand(StrEnum):
    """What the kernel says of a proof."""

    AGREES = "agrees"
    """The proof proves the theorem, over mathematical integers; every definition and lemma is total and terminates."""
    UNDECIDED = "undecided"
    """The proof may be one, or not."""
    REFUTES = "refutes"
    """The theorem or a lemma is false for a value, or a recursion does not end on one."""


class Opinion(BaseModel):
    """What the kernel says, and why."""

    model_config = ConfigDict(frozen=True)

    stand: Stand
    reason: str
    """``shown``; ``unsupported``, ``budget``, or the rule that fails; ``value`` or ``loop``: it refutes."""
    message: str
    spent: int = 0
    """By z3's own count."""
    seconds: float = 0.0
    """Processor time."""


def opinion(problem: Problem, proof: str, budget: int = BUDGET) -> Opinion:
    """Return the kernel's opinion of an audited proof of a theorem; it trusts neither audit nor translation of it."""
    began = time.process_time()
    solver = None
    try:
        given = submission(problem, proof)
        reading = read(problem, given.text)
        definitions = Definitions(problem, reading, given.metric)
        solver = Solver(definitions.data, budget)
        try:
            Checking(definitions, solver).show(PROOF)
            found = Opinion(stand=Stand.AGREES, reason="shown", message="the kernel shows the theorem by this proof")
        except NotShown as error:
            found = Opinion(stand=Stand.UNDECIDED, reason=error.rule, message=str(error))
            against = refutation(definitions, sorted(reading.lines.keys() - {PROOF}))
            if against is not None:
                found = Opinion(stand=Stand.REFUTES, reason=against.reason, message=against.message)
    except Unsupported as error:
        found = Opinion(stand=Stand.UNDECIDED, reason="unsupported", message=str(error))
    except Exhausted as error:
        found = Opinion(stand=Stand.UNDECIDED, reason="budget", message=str(error))
    except RecursionError:
        found = Opinion(stand=Stand.UNDECIDED, reason="budget", message="the proof nests too deeply")
    spent = solver.spent if solver is not None else 0
    return found.model_copy(update={"spent": spent, "seconds": round(time.process_time() - began, 3)})
