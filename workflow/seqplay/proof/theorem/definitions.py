"""Do Liquid Haskell's checks accept P's and Q's definitions: total, and provably terminating under which metrics?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from seqplay.proof.language import core
from seqplay.proof.liquid.verdict import LiquidReason, LiquidVerdict, ModuleText
from seqplay.proof.theorem.metrics import metrics, recursive_groups
from seqplay.proof.theorem.module import NAME, assemble
from seqplay.proof.theorem.problem import Problem

ROUNDS = 8
Ask = Callable[[ModuleText], LiquidVerdict]


class DefinitionFailure(StrEnum):
    """Why there can be no theorem about definitions."""

    PARTIAL = "partial"
    """A function has no value for some arguments, or Liquid Haskell cannot see that it has."""
    TERMINATION = "termination"
    """A recursion does not provably terminate."""
    NOT_REFLECTED = "not_reflected"
    """Liquid Haskell does not take the definitions into its logic."""
    LIMIT = "limit"
    """The check of the definitions alone exceeds its limits."""


@dataclass(frozen=True)
class CheckedDefinitions:
    """A problem whose definitions are accepted, or why they are not."""

    problem: Problem
    failure: DefinitionFailure | None = None
    message: str = ""


def with_likely_metrics(problem: Problem) -> Problem:
    """Return the problem under the likeliest metrics, which nobody has checked."""
    return problem.with_metrics({name: each[0] for name, each in _guesses(problem).items()})


def _guesses(problem: Problem) -> dict[str, list[str | None]]:
    by_name = {function.name: function for function in problem.functions}
    groups = recursive_groups(problem.functions)
    return {name: metrics(by_name[name], group) for name, group in groups.items()}


def check_definitions(problem: Problem, ask: Ask) -> CheckedDefinitions:
    """Return the problem under metrics that Liquid Haskell accepts, trying the likeliest first."""
    groups = recursive_groups(problem.functions)
    guesses = _guesses(problem)
    chosen = dict.fromkeys(guesses, 0)
    verdict: LiquidVerdict | None = None
    for _ in range(ROUNDS):
        problem = problem.with_metrics({name: guesses[name][at] for name, at in chosen.items()})
        module = assemble(problem, "", theorem=False)
        verdict = ask(module.module)
        if verdict.reason in {LiquidReason.SAFE, LiquidReason.NO_CONSTRAINTS, LiquidReason.NOT_CHECKED} and not (
            verdict.problems
        ):
            return CheckedDefinitions(problem)
        blamed = _blamed(verdict, module.module, problem.functions) & guesses.keys()
        moved = False
        for name in blamed:
            for other in groups[name]:
                if chosen[other] + 1 < len(guesses[other]):
                    chosen[other] += 1
                    moved = True
        if not moved:
            break
    assert verdict is not None
    return CheckedDefinitions(problem, _why(verdict), verdict.message)


def _blamed(verdict: LiquidVerdict, module: ModuleText, functions: Sequence[core.Function]) -> set[str]:
    """Return the functions in whose lines the errors are."""
    lines = module.text.split("\n")
    owner: dict[int, str] = {}
    current = ""
    names = {f"{{-@ reflect {function.name} @-}}": function.name for function in functions}
    for at, line in enumerate(lines, 1):
        current = names.get(line, current)
        owner[at] = current
    return {owner.get(problem.line, "") for problem in verdict.problems if problem.module in {NAME, ""}} - {""}


def _why(verdict: LiquidVerdict) -> DefinitionFailure:
    match verdict.reason:
        case LiquidReason.TERMINATION:
            return DefinitionFailure.TERMINATION
        case LiquidReason.UNSAFE:
            # A metric that does not fall is a type mismatch like any other: its required type is "smaller than before".
            falls = any("| VV < " in problem.text for problem in verdict.problems)
            return DefinitionFailure.TERMINATION if falls else DefinitionFailure.PARTIAL
        case LiquidReason.TIMEOUT | LiquidReason.MEMORY:
            return DefinitionFailure.LIMIT
        case _:
            return DefinitionFailure.NOT_REFLECTED
