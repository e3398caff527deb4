"""A translated program computes what the program computes: each rule by a program of its own, then the corpus."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor
from seqplay.haskell.results import Reason
from seqplay.proof.language.refusal import Refused
from tests.proof.problems import compared

pytestmark = pytest.mark.ghc
ROOT = Path(__file__).parents[3]

RULES = {
    each["rule"]: each["code"]
    for each in map(json.loads, (ROOT / "tests/proof/suite/rules.jsonl").read_text().splitlines())
}
"""A program for each rule of the translation; its entry is ``f``."""


@pytest.fixture(scope="module")
def executor():
    with Executor.open(HaskellConfig(workers=1)) as opened:
        yield opened


@pytest.mark.parametrize("name", RULES)
def test_each_rule_keeps_what_the_program_computes(executor, name):
    result = compared(executor, RULES[name], "f")
    assert result.reason is Reason.NO_DIFFERENCE, (result.reason, result.message)


def corpus() -> list[tuple[str, str, str | None]]:
    programs = [json.loads(line) for line in (ROOT / "config/data/programs.jsonl").read_text().splitlines()]
    pairs = [json.loads(line) for line in (ROOT / "tests/proof/suite/pairs.jsonl").read_text().splitlines()]
    found = [(each["name"], each["code"], each["entry"]) for each in programs]
    found += [(f"{each['name']}.{side}", each[side], None) for each in pairs for side in "pq"]
    return found


LEAST = str(-(2**63))
"""Where negation and division overflow: the logic has no such end, and the second opinion tries it on P and Q."""
NOT_COMPARED = {Reason.TYPE_MISMATCH, Reason.TIMEOUT, Reason.INCONCLUSIVE}
"""Records and newtypes are other types when translated, and some programs are too slow to say: none counts as tried."""


def same_but_for_exceptions(result) -> bool:
    """Whether the two agree wherever P has a value, the least Int aside (a program that throws is refused later)."""
    if result.reason is Reason.DIVERGES:
        both_throw = "exception" in str(result.p_output) and "exception" in str(result.q_output)
        return both_throw or LEAST in str(result.witness)
    return result.reason is Reason.NO_DIFFERENCE


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_program_of_the_corpus_computes_the_same_when_translated(executor):
    wrong: list[str] = []
    tried = 0
    for name, code, entry in corpus():
        try:
            result = compared(executor, code, entry)
        except Refused:
            continue
        if result.reason in NOT_COMPARED:
            continue
        tried += 1
        if not same_but_for_exceptions(result):
            wrong.append(f"{name}: {result.reason}: {result.message}")
    assert not wrong, "\n".join(wrong)
    assert tried > 700
