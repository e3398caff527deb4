"""Just enough arithmetic to decide a guard from the guards above it: polynomials and bounds on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seqplay.haskell.syntax import LitKind
from seqplay.proof.language.core import App, Expr, Lit, Var

Monomial = tuple[str, ...]
Polynomial = Mapping[Monomial, int]

ONE: Monomial = ()
COMPARISONS = ("<", "<=", ">", ">=", "==", "/=")


def polynomial(expr: Expr) -> dict[Monomial, int]:
    """Return a term as a polynomial over what is not arithmetic in it."""
    match expr:
        case Lit(LitKind.INTEGER, text):
            return _tidy({ONE: int(text, 0)})
        case App(Var("negate"), (operand,)):
            return scaled(polynomial(operand), -1)
        case App(Var("+"), (left, right)):
            return added(polynomial(left), polynomial(right))
        case App(Var("-"), (left, right)):
            return added(polynomial(left), scaled(polynomial(right), -1))
        case App(Var("*"), (left, right)):
            result: dict[Monomial, int] = {}
            for a, x in polynomial(left).items():
                for b, y in polynomial(right).items():
                    key = tuple(sorted((*a, *b)))
                    result[key] = result.get(key, 0) + x * y
            return _tidy(result)
    return {(repr(expr),): 1}


def _tidy(terms: Mapping[Monomial, int]) -> dict[Monomial, int]:
    return {monomial: factor for monomial, factor in terms.items() if factor}


def added(left: Polynomial, right: Polynomial) -> dict[Monomial, int]:
    """Return the sum."""
    return _tidy({key: left.get(key, 0) + right.get(key, 0) for key in {**left, **right}})


def scaled(terms: Polynomial, factor: int) -> dict[Monomial, int]:
    """Return a multiple."""
    return _tidy({monomial: factor * each for monomial, each in terms.items()})


def constant(terms: Polynomial) -> int | None:
    """Return the value of a polynomial without variables."""
    return terms.get(ONE, 0) if all(monomial == ONE for monomial in terms) else None


class Bounds:
    """What comparisons that are known say about polynomials: each of ``at_most_zero`` is, none of ``not_zero`` is."""

    def __init__(self) -> None:
        self._at_most_zero: list[dict[Monomial, int]] = []
        self._not_zero: list[dict[Monomial, int]] = []

    def learn(self, operator: str, left: Expr, right: Expr, holds: bool) -> None:
        """Take a comparison of integers, or its negation, as known."""
        difference = added(polynomial(left), scaled(polynomial(right), -1))
        operator = operator if holds else _NEGATED[operator]
        if operator == "/=":
            self._not_zero.append(difference)
        else:
            self._at_most_zero.extend(_as_at_most_zero(operator, difference))

    def decide(self, operator: str, left: Expr, right: Expr) -> bool | None:
        """Return whether a comparison of integers holds, if that follows."""
        difference = added(polynomial(left), scaled(polynomial(right), -1))
        if operator in ("/=", "=="):
            equal = self._equal(difference)
            return None if equal is None else equal == (operator == "==")
        if self._all_hold(_as_at_most_zero(operator, difference)):
            return True
        if self._all_hold(_as_at_most_zero(_NEGATED[operator], difference)):
            return False
        return None

    def _equal(self, difference: dict[Monomial, int]) -> bool | None:
        if self._all_hold(_as_at_most_zero("==", difference)):
            return True
        known = difference in self._not_zero or scaled(difference, -1) in self._not_zero
        apart = any(self._all_hold(_as_at_most_zero(sign, difference)) for sign in "<>")
        return False if known or apart else None

    def _all_hold(self, wanted: Iterable[dict[Monomial, int]]) -> bool:
        return all(self._holds(each) for each in wanted)

    def _holds(self, wanted: dict[Monomial, int]) -> bool:
        fixed = constant(wanted)
        if fixed is not None:
            return fixed <= 0
        for known in self._at_most_zero:
            gap = constant(added(wanted, scaled(known, -1)))
            if gap is not None and gap <= 0:
                return True
        return False


_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "/=", "/=": "=="}


def _as_at_most_zero(operator: str, difference: dict[Monomial, int]) -> list[dict[Monomial, int]]:
    negated = scaled(difference, -1)
    match operator:
        case "<=":
            return [difference]
        case "<":
            return [added(difference, {ONE: 1})]
        case ">=":
            return [negated]
        case ">":
            return [added(negated, {ONE: 1})]
    return [difference, negated]
