"""Rewrites that usually change what a program computes: one small, typical mistake each, one file for each family.

Not every candidate is a mistake on every program (exchanged guards may not overlap): the diverging input found by
running both programs decides.
"""

from __future__ import annotations

from seqplay.mutate.mistakes import constants, decisions, operators, slips
from seqplay.mutate.subject import Rule

RULES: dict[str, Rule] = {**operators.RULES, **constants.RULES, **decisions.RULES, **slips.RULES}
