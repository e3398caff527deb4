"""Inputs at which the logic and Haskell disagree: the ends of Int, NaN and infinite Doubles, and what is made of them.

Liquid Haskell's integers have no end. Differential testing samples; these inputs are tried whatever it sampled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from seqplay.haskell import syntax as hs
from seqplay.proof.language.core import DataType
from seqplay.proof.second_opinion.lazy_inputs import Inputs
from seqplay.proof.theorem.problem import Problem

MOST = 24
"""Inputs that are tried for one theorem."""
_LARGEST, _LEAST = 2**63 - 1, -(2**63)
_PLAIN: Mapping[str, tuple[str, ...]] = {
    "Int": (str(_LARGEST), f"({_LEAST})", str(_LARGEST - 1), "(-1)", "0", "4611686018427387904", "3037000500"),
    "Integer": (str(2**70), f"({-(2**70)})", "0", "(-1)"),
    "Double": ("(0/0)", "(1/0)", "(-1/0)", "(-0.0)", "0.1", "1.0e308", "1.0e-320"),
    "Bool": ("True", "False"),
    "Char": ("'a'", "'\\1114111'", "'\\0'"),
    "Ordering": ("LT", "EQ", "GT"),
    "()": ("()",),
}
_DEPTH = 2


def extreme_inputs(problem: Problem) -> Inputs:
    """Return inputs for the entries, one expression for each argument; none where an argument has no such value."""
    # At a Double, what a class promises of a type variable's values does not hold.
    doubles = _extreme(problem, ("(0/0)", "(-0.0)", "0.0", "1.5")) if problem.constraints else []
    return Inputs(_extreme(problem, ("(1 :: Int)", "0", "2")), doubles)


def _extreme(problem: Problem, anything: Sequence[str]) -> list[list[str]]:
    data = {each.name: each for each in problem.data}
    columns = [_values(kind, data, _DEPTH, anything) for _, kind in problem.variables]
    if not columns or not all(columns):
        return []
    width = max(size for size in range(1, 5) if size == 1 or size ** len(columns) <= MOST)
    rows = [list(row) for row in product(*(column[:width] for column in columns))]
    for step in range(MOST):
        # Each further argument runs at its own pace, so that equal and different ends both meet.
        pace = 1 if step < MOST // 2 else 2
        rows.append([column[(step * (1 + at * (pace - 1))) % len(column)] for at, column in enumerate(columns)])
    return [list(row) for row in dict.fromkeys(map(tuple, rows))][:MOST]


def _values(kind: hs.Type, data: Mapping[str, DataType], depth: int, anything: Sequence[str]) -> list[str]:
    match kind:
        case hs.TyVar():
            return list(anything)
        case hs.TyCon(name, ()) if name in _PLAIN:
            return list(_PLAIN[name])
        case hs.TyCon("[]", (inner,)):
            found = _values(inner, data, depth, anything)
            pairs = [f"[{a}, {b}]" for a, b in zip(found, [*found[1:], *found[:1]], strict=True)]
            return [f"[{each}, {each}]" for each in found[:3]] + pairs + [f"[{each}]" for each in found[:2]] + ["[]"]
        case hs.TyCon("Maybe", (inner,)):
            return [*(f"(Just {each})" for each in _values(inner, data, depth, anything)), "Nothing"]
        case hs.TyCon("Either", (left, right)):
            lefts = [f"(Left {each})" for each in _values(left, data, depth, anything)]
            return [*lefts, *(f"(Right {each})" for each in _values(right, data, depth, anything))]
        case hs.TyCon(name, args) if name.startswith("(,"):
            return [f"({', '.join(row)})" for row in _rows([_values(each, data, depth, anything) for each in args])]
        case hs.TyCon(name, args) if name in data and depth > 0:
            return _made(data[name], args, data, depth - 1, anything)
        case _:
            return []


def _made(
    declared: DataType, args: Sequence[hs.Type], data: Mapping[str, DataType], depth: int, anything: Sequence[str]
) -> list[str]:
    values = dict(zip(declared.params, args, strict=False))
    made: list[str] = []
    for name, fields in declared.constructors:
        kinds = [values.get(field.name, field) if isinstance(field, hs.TyVar) else field for field in fields]
        for row in _rows([_values(kind, data, depth, anything) for kind in kinds])[:4]:
            made.append(f"({' '.join([name, *row])})" if row else name)
    return made


def _rows(columns: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return as many rows as the longest column is long; one empty row for no columns, none for an empty column."""
    if not all(columns):
        return []
    return [[column[at % len(column)] for column in columns] for at in range(max(map(len, columns), default=1))]
