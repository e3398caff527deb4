"""Rewrites that keep what a program computes, one file for each family; each rule's docstring says why it holds.

"Keeps" is meant as the pipeline means it: same value or same exception on every input that ends. The laws of ``Int``
hold under wraparound; where a law fails for ``Double`` (NaN, -0.0, rounding) or for a class instance of the
program's own, the rule asks for a known type.
"""

from __future__ import annotations

from seqplay.mutate.laws import arithmetic, bindings, booleans, branches, lambdas, lists, recursion
from seqplay.mutate.subject import Rule

RULES: dict[str, Rule] = {
    **branches.RULES,
    **booleans.RULES,
    **arithmetic.RULES,
    **lists.RULES,
    **lambdas.RULES,
    **bindings.RULES,
    **recursion.RULES,
}
