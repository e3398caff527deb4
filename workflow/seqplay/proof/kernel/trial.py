"""What a search without Liquid Haskell asks: are the programs' definitions sound, which candidates of many hold."""

from __future__ import annotations

from seqplay.proof.kernel.checking import Checking, NotShown
from seqplay.proof.kernel.definitions import Definitions
from seqplay.proof.kernel.reading import Reading, read
from seqplay.proof.kernel.solver import Exhausted, Solver
from seqplay.proof.kernel.terms import Unsupported
from seqplay.proof.theorem.problem import Problem

DEFINITIONS = 20_000_000
"""What z3 may count for the definitions of two programs."""
CANDIDATE = 3_000_000
"""And for one candidate."""


def definitions_refused(problem: Problem) -> tuple[str, str] | None:
    """Return the rule that a definition of P or Q fails, and how; none where all are shown to be total and to end."""
    definitions = Definitions(problem, Reading({}, {}, frozenset(), {}, {}))
    try:
        checking = Checking(definitions, Solver(definitions.data, DEFINITIONS))
        for each in problem.functions:
            checking.show(each.name)
    except NotShown as error:
        return error.rule, str(error)
    except (Unsupported, Exhausted) as error:
        return "unsupported" if isinstance(error, Unsupported) else "budget", str(error)
    return None


def candidates_that_fail(problem: Problem, text: str) -> list[int] | None:
    """Return the lines, from 1, of the functions in a text that are not shown, each as if all others were.

    The definitions of the programs are taken for shown. None where the text cannot be read at all.
    """
    try:
        reading = read(problem, text)
        definitions = Definitions(problem, reading)
    except Unsupported:
        return None
    return [line for name, line in reading.lines.items() if not _holds(definitions, name)]


def _holds(definitions: Definitions, name: str) -> bool:
    try:
        checking = Checking(definitions, Solver(definitions.data, CANDIDATE))
        checking.take(checking.needs(name).keys() - {name})
        checking.show_alone((name,))
    except (NotShown, Unsupported, Exhausted):
        return False
    return True
