"""A theorem as the search sees it: its world, its goal, and the module that candidates are tried in."""

from __future__ import annotations

from dataclasses import replace

from seqplay.haskell.syntax import TyVar
from seqplay.proof.tactics.goal import Equality
from seqplay.proof.tactics.search import Task
from seqplay.proof.tactics.world import make_world
from seqplay.proof.theorem.module import PROOF, assemble
from seqplay.proof.theorem.problem import Problem
from seqplay.proof.theorem.reflected import reflected


def task_of(problem: Problem) -> Task:
    """Return the search's task for a settled problem."""
    own = [replace(f, metric=problem.metrics.get(f.name) or f.metric) for f in problem.functions]
    world = make_world([*own, *reflected().functions.values()], problem.data)
    context = tuple((c.name, c.type.name) for c in problem.constraints if isinstance(c.type, TyVar))
    goal = Equality(PROOF, problem.variables, problem.left, problem.right, (), context)

    def module(fragment: str) -> tuple[str, int]:
        text = assemble(problem, fragment, theorem=False)
        return text.module.text, text.before

    return Task(world, goal, problem.printer, module)
