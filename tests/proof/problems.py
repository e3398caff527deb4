"""Programs posed against themselves: the translation alone, to look at or to run."""

from __future__ import annotations

from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.proof.second_opinion.opinion import aliased
from seqplay.proof.theorem.module import ENTRY, runnable
from seqplay.proof.theorem.problem import Problem, pose


def posed(code: str, entry: str | None = None, type_: str | None = None) -> Problem:
    """Return the theorem that a program is equal to itself."""
    source = parse(code)
    name = choose_entry(source, entry).name
    return pose(source, source, name, name, (type_, type_))


def text_of(code: str, entry: str | None = None) -> str:
    """Return P's functions as they are printed."""
    problem = posed(code, entry)
    return "\n".join(problem.printer.function(function) for function in problem.functions)


def compared(executor, code: str, entry: str | None = None):
    """Run a program against its translation."""
    source = parse(code)
    name = choose_entry(source, entry).name
    type_ = None
    if not any(each.name == name for each in source.signatures):
        checked = executor.check(code, name)
        type_ = checked.entry.type if checked.entry else None
    problem = posed(code, entry, type_)
    # What the translation takes along of the library need not be reached.
    return executor.compare(aliased(source, name), runnable(problem, problem.p_entry), ENTRY, min_coverage=0)
