"""Inputs that reach what testing seldom meets: both programs are run on values that a solver chooses, path by path.

Liquid Haskell's Int has no end, so `3 * x /= 1` is proved, and false at one Int of 2^64. Here the translated programs
are evaluated with 64-bit integers: each run follows one path on concrete values and notes the conditions that decided
it; z3 then looks for values under which one condition, or one result, is different (concolic execution). Arguments are
made as they are looked at. What is found is only an input to try: the programs themselves are run on it.
"""

from __future__ import annotations

from contextlib import suppress
from heapq import heappop, heappush
from typing import NamedTuple

from seqplay.haskell.syntax import LitKind, TyCon
from seqplay.proof.language.core import Lit
from seqplay.proof.language.library import OPAQUE
from seqplay.proof.language.terms import rhs_terms, subterms
from seqplay.proof.second_opinion.lazy_inputs import FLOATING, Inputs, Seed, Writer
from seqplay.proof.second_opinion.path_run import DEEP, Run, places
from seqplay.proof.second_opinion.solver import PATIENCE, STEPS, Solver
from seqplay.proof.theorem.problem import Problem
from seqplay.proof.theorem.reflected import reflected

SECONDS = 20.0
"""Wall time of one search; on a machine that is not busy, z3's own limit ends a hard one before."""
RUNS = 80
"""Paths that are followed."""
SHORT_RUNS, SHORT_QUESTIONS = 24, 40
"""Paths and questions to z3 of a short search."""
SHORT_STEPS = STEPS // 10
"""z3's steps for a question of it."""
IDLE = 7
"""What numbers that decide nothing are besides 0, so that results which z3 cannot make differ may."""
LONGEST, MOST_LENGTHS = 50, 9
"""Lists that are longer than the search makes them by itself, where a number of the programs may be a length."""


class Turn(NamedTuple):
    """A path to follow, which leaves another one at its last turn. Of the queue the least depth comes first."""

    depth: int
    """At which turn it leaves the other; the turns up to there are fixed, so that no path is made twice."""
    number: int
    """In which order they were made: between two of one depth, the older one comes first."""
    seed: Seed
    wanted: tuple[tuple[str, bool], ...]
    """What the solver must satisfy for it; nothing where a choice of the seed does."""


def path_inputs(problem: Problem, *, short: bool = False) -> Inputs:
    """Return inputs for the entries, one Haskell expression for each argument, those that may tell them apart first.

    A ``short`` search follows fewer paths, and asks of none for results that differ. Raises ``ToolError`` where z3
    cannot be started.
    """
    with Solver(SECONDS, SHORT_STEPS if short else STEPS) as solver:
        return _Search(problem, solver, short=short).inputs()


class _Search:
    """The paths of one theorem's programs."""

    def __init__(self, problem: Problem, solver: Solver, *, short: bool) -> None:
        self.problem = problem
        self.solver = solver
        self.short = short
        self.types = {each.name: each for each in problem.data}
        hidden = {f"L.{name}" for name in OPAQUE}
        library = {name: each for name, each in reflected().functions.items() if name not in hidden}
        self.functions = {**library, **{each.name: each for each in problem.functions}}

    def inputs(self) -> Inputs:
        """Follow the paths, and return an input for each."""
        telling: list[Seed] = []
        followed: list[Seed] = []
        # Where a path turns off first is tried first: of a loop its first rounds.
        queue = [Turn(0, at, seed, ()) for at, seed in enumerate([Seed(), *_long(self.problem)])]
        count = len(queue)
        ended = True
        while queue and len(followed) < (SHORT_RUNS if self.short else RUNS) and self.solver.left > 0:
            if self.short and (self.solver.questions >= SHORT_QUESTIONS or self.solver.given_up >= PATIENCE):
                break
            turn = heappop(queue)
            seed = turn.seed
            if turn.wanted:
                values = self.solver.solve(turn.wanted)
                if values is None:
                    continue
                seed = Seed(values, seed.choices)
            run = Run(self.functions, self.types, self.solver, seed)
            found = run.follow(self.problem, results=not self.short)
            if run.ended:
                (telling if run.differs else followed).append(run.seed)
            ended = ended and run.ended
            telling += found
            for other in _others(run, turn.depth):
                heappush(queue, other._replace(number=count))
                count += 1
        seeds = [*telling, *followed]
        doubles = FLOATING if self.problem.constraints else ()
        types, names = self.types, self.problem.constructors
        plain = [Writer(types, names), Writer(types, names, idle=IDLE)]
        return Inputs(
            self._written(seeds, plain),
            self._written(seeds, [Writer(types, names, doubles=each) for each in doubles]),
            all_paths=ended and not queue and self.solver.answered,
        )

    def _written(self, seeds: list[Seed], writers: list[Writer]) -> list[list[str]]:
        rows: dict[tuple[str, ...], None] = {}
        for writer in writers:
            for seed in seeds:
                with suppress(LookupError, RecursionError):
                    rows[tuple(writer.row(places(self.problem), seed))] = None
        return [list(row) for row in rows]


def _long(problem: Problem) -> list[Seed]:
    """Return lists as long as the programs' numbers say: no condition of the solver's leads to a length."""
    numbers = {
        int(term.text)
        for function in problem.functions
        for equation in function.equations
        for term in rhs_terms(equation.rhs)
        for term in subterms(term)
        if isinstance(term, Lit) and term.kind is LitKind.INTEGER
    }
    lengths = sorted({n + step for n in numbers if DEEP < n < LONGEST for step in (-1, 0, 1)})[:MOST_LENGTHS]
    lists = [path for path, kind in places(problem) if isinstance(kind, TyCon) and kind.name == "[]"]
    return [Seed({}, {path + "_1" * at: 1 for path in lists for at in range(n)}) for n in lengths if lists]


def _others(run: Run, fixed: int) -> list[Turn]:
    """Return the paths that turn off from a run, behind the turns that are fixed."""
    made: list[Turn] = []
    before: list[tuple[str, bool]] = []
    depth = 0
    for turn in run.trail:
        depth += turn.choices != 1
        if not turn.choices:
            if depth > fixed:
                made.append(Turn(depth, 0, run.seed, (*before, (turn.name, not turn.taken))))
            before.append((turn.name, bool(turn.taken)))
        elif depth > fixed and turn.choices > 1:
            for other in range(turn.choices):
                if other != turn.taken:
                    made.append(Turn(depth, 0, Seed(run.seed.numbers, {**run.seed.choices, turn.name: other}), ()))
    return made
