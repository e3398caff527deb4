"""Hostile programs, pairs and inputs: each is contained, gets its verdict in time, and the pool goes on."""

from __future__ import annotations

import time

import psutil
import pytest

from seqplay.config import HaskellConfig
from seqplay.haskell import Diverged, Executor, Ran
from seqplay.haskell.sandbox.jail import Jail
from seqplay.records import Verdict
from tests.escape import compilation, inputs, modules, resources, values
from tests.escape.attack import Ask, Attack
from tests.escape.conftest import SECONDS, Places

ATTACKS = [*compilation.ATTACKS, *modules.ATTACKS, *values.ATTACKS, *resources.ATTACKS, *inputs.ATTACKS]
SLOW = {"compiles_long_line"}
"""Half a minute of GHC."""
GOOD = "double :: Int -> Int\ndouble n = n * 2\n"
LIMIT = 45.0 + 4 * SECONDS
"""Checking, compiling for the input and evaluating have their own limits; one busy core may take twice that."""


def ask(executor: Executor, attack: Attack, places: Places) -> Ran | Diverged:
    code, args = places.fill(attack.code), [places.fill(arg) for arg in attack.args]
    if attack.ask is Ask.DIVERGE:
        return executor.diverge(code, places.fill(attack.other), args)
    return executor.run(code, args)


def texts(value: object) -> list[str]:
    """All texts inside an answer."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    return [text for inner in value for text in texts(inner)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    "attack",
    [pytest.param(one, id=one.name, marks=[pytest.mark.slow] if one.name in SLOW else []) for one in ATTACKS],
)
def test_attack_is_contained_and_the_pool_goes_on(executor: Executor, attack: Attack, places: Places) -> None:
    started = time.monotonic()
    answer = ask(executor, attack, places)
    taken = time.monotonic() - started
    shown = f"{answer.verdict} {answer.reason}: {answer.message[:300]}"
    assert answer.verdict is not Verdict.INFRA_ERROR, f"the answer is no verdict on the program: {shown}"
    assert answer.reason in attack.contained, f"{attack.tries}: expected {sorted(attack.contained)}, got {shown}"
    assert taken < LIMIT, f"the verdict took {taken:.1f} s"
    assert not places.witness.exists(), "code ran outside: the witness file is there"
    said = texts(answer.model_dump(mode="json"))
    assert not any(places.token in text for text in said), "the secret shows up in the answer"
    assert not any("\x1b" in text or "\x00" in text for text in said), "a control character reaches the reader raw"
    if attack.output is not None and isinstance(answer, Ran):
        assert answer.output == attack.output
    again = executor.run(GOOD, ["21"])
    assert (again.verdict, again.output) == (Verdict.ACCEPTED, "42"), f"the next good program fails: {again.message}"


def test_no_process_outlives_the_pool(jail: Jail) -> None:
    others = set(psutil.Process().children(recursive=True))
    with Executor.open(HaskellConfig(jail=jail.info.name, workers=1)) as executor:
        assert executor.run(GOOD, ["21"]).output == "42"
        mine = set(psutil.Process().children(recursive=True)) - others
        assert mine, "a warm session is a process"
    _, alive = psutil.wait_procs(mine, timeout=10)
    assert not alive, f"left behind: {alive}"


def test_suite_names_at_least_sixty_five_attacks_each_with_its_reasons() -> None:
    names = [attack.name for attack in ATTACKS]
    assert len(names) == len(set(names)) >= 65
    assert all(attack.tries and attack.fails_because and attack.contained for attack in ATTACKS)
