"""Conjectures tried on small values: what one assignment refutes is never sent to the prover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seqplay.haskell.syntax import Type
from seqplay.proof.language.interpreter import FUEL, Interpreter, Undefined
from seqplay.proof.language.values import Closure, Data, Sampler, Table, Value
from seqplay.proof.tactics.goal import Equality, World

ROUNDS = 70
"""Assignments that are drawn."""
LEAST = 12
"""On so many both sides must have a value, or agreement says nothing."""
_SIZES = (0, 1, 1, 2, 2, 3, 3, 4)
"""Sizes of values in turn: most errors of a guess show on the smallest."""


@dataclass
class Refuter:
    """Tries equalities on assignments that are drawn once for each list of types."""

    world: World
    calls: int = FUEL
    """Calls that one evaluation may make."""
    _drawn: dict[tuple[Type, ...], list[tuple[Value, ...]]] = field(default_factory=dict)
    """Assignments by the types of the variables; none for a type without values here."""

    def survives(self, equality: Equality) -> bool:
        """Whether both sides have equal values wherever both have one, and that often enough."""
        agreed = self.agreements(equality)
        return agreed is not None and agreed >= (LEAST if equality.variables else 1)

    def agreements(self, equality: Equality) -> int | None:
        """Return on how many assignments both sides have equal values; none where one refutes the equality."""
        interpreter = Interpreter(self.world.evaluated, self.calls)
        agreed = 0
        for values in self._assignments([kind for _, kind in equality.variables]):
            assignment = dict(zip(equality.names, values, strict=True))
            try:
                left = interpreter.evaluate(equality.left, assignment)
                right = interpreter.evaluate(equality.right, assignment)
            except Undefined:
                continue
            if not _is_data(left) or not _is_data(right):
                continue
            if left != right:
                return None
            agreed += 1
        return agreed

    def _assignments(self, kinds: Sequence[Type]) -> list[tuple[Value, ...]]:
        key = tuple(kinds)
        if key not in self._drawn:
            sampler = Sampler(self.world.types)
            try:
                self._drawn[key] = [
                    tuple(sampler.value(kind, _SIZES[i % len(_SIZES)]) for kind in kinds) for i in range(ROUNDS)
                ]
            except (LookupError, RecursionError):
                self._drawn[key] = []
        return self._drawn[key]


def _is_data(value: Value) -> bool:
    if isinstance(value, Closure | Table):
        return False
    return all(_is_data(each) for each in value.fields) if isinstance(value, Data) else True
