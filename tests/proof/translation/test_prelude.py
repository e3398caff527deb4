"""Every function of the reflected Prelude means what base's function means, and Liquid Haskell accepts them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor
from seqplay.haskell.results import Reason
from seqplay.haskell.syntax import Signature, TyCon
from seqplay.haskell.syntax.printing import prefix_name, signature_text
from seqplay.proof.language.library import AT_DOUBLE, FLOATING, NAMES, OPAQUE, PARTIAL
from seqplay.proof.liquid.verdict import LiquidReason, ModuleText
from seqplay.proof.theorem.merge import replace_variables
from seqplay.proof.theorem.module import NAME, definitions
from seqplay.proof.theorem.reflected import reflected
from tests.proof.problems import compared, posed

INNER = {
    "reverseOnto", "takeUntil", "dropUntil", "remove", "gcdNat", "enumUp", "enumDown", "bindList", "fmapMaybe",
    "bindMaybe", "apMaybe", "traverseMaybe", "sequenceMaybe", "fmapEither", "bindEither", "pair", "triple", "just",
    "left", "right", "cons", "singleton", "doubleUnequal", "doubleGreater", "doubleGreaterEqual", "doubleSum",
    "doubleProduct",
}  # fmt: skip
"""Functions that stand for no single name of base: tested by the programs that reach them."""

BASE = {target: name for name, target in NAMES.items() if not name.endswith("'") and name not in {"$!", "isLetter"}}
NARROW = {"Integral": "Integer", "Num": "Integer"}
"""Without the ends of Int, at which the logic and Haskell disagree: the second opinion is there for those."""
GUARDS = {
    "head": "not (null x1)", "tail": "not (null x1)", "last": "not (null x1)", "init": "not (null x1)",
    "maximum": "not (null x1)", "minimum": "not (null x1)", "foldr1": "not (null x2)", "foldl1": "not (null x2)",
    "index": "x2 >= 0 && x2 < length x1", "div": "x2 /= 0", "mod": "x2 /= 0", "quot": "x2 /= 0", "rem": "x2 /= 0",
    "divMod": "x2 /= 0", "quotRem": "x2 /= 0", "power": "x2 >= 0 && x2 < 20", "enumFromTo": "x2 - x1 < 100",
    "enumFromThenTo": "x1 /= x2 && abs (x3 - x1) < 100",
    "replicate": "x1 < 1000",
}  # fmt: skip
"""What the annotations of partial functions ask for, and bounds on sizes."""

pytestmark = pytest.mark.ghc


MODULES = ("Bool", "Char", "Either", "Function", "List", "Maybe", "Ord", "Tuple")


def program(name: str, numbers: Mapping[str, str] = NARROW) -> str:
    """Return a program that calls a function of base, wherever the reflected one is defined."""
    scheme = reflected().schemes[f"L.{name}"]
    arity = reflected().arities.arities[name]
    variables = {each.type.name: each.name for each in scheme.constraints}
    narrow = {variable: TyCon(numbers[cls]) for variable, cls in variables.items() if cls in numbers}
    kept = tuple(each for each in scheme.constraints if each.type.name not in narrow)
    front, result = [], replace_variables(scheme.type, narrow)
    for _ in range(arity):
        argument, result = result.args
        front.append(argument)
    whole = TyCon("Maybe", (result,))
    for each in reversed(front):
        whole = TyCon("->", (each, whole))
    arguments = " ".join(f"x{number + 1}" for number in range(arity))
    value = f"Just ({prefix_name(BASE.get(name, name))} {arguments})"
    body = f"if {GUARDS[name]} then {value} else Nothing" if name in GUARDS else value
    imports = "".join(f"import Data.{module}\n" for module in MODULES)
    return f"{imports}{signature_text(Signature(('f',), kept, whole))}\nf {arguments} = {body}\n"


def modelled() -> list[str]:
    reflected_names = [name.removeprefix("L.") for name in reflected().functions]
    doubles = {*AT_DOUBLE.values(), *FLOATING.values()}
    return [n for n in reflected_names if n not in INNER and n not in OPAQUE and n not in doubles]


@pytest.fixture(scope="module")
def executor():
    with Executor.open(HaskellConfig(workers=1, evaluations=300)) as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize("name", modelled())
def test_the_reflected_function_is_base_s(executor, name):
    result = compared(executor, program(name), "f")
    assert result.reason is Reason.NO_DIFFERENCE, (result.reason, result.message)


MACHINE = {"Integral": "Int", "Num": "Int"}


def numeric() -> list[str]:
    """Return the functions that take or give a number of any type."""
    return [n for n in modelled() if {each.name for each in reflected().schemes[f"L.{n}"].constraints} & MACHINE.keys()]


@pytest.mark.slow
@pytest.mark.parametrize("name", numeric())
def test_run_at_machine_integers_it_is_base_s_to_their_ends(executor, name):
    result = compared(executor, program(name, MACHINE), "f")
    assert result.reason is Reason.NO_DIFFERENCE, (result.reason, result.message)


def test_every_partial_function_states_its_condition():
    for name in PARTIAL:
        assert "{" in reflected().specs[name], name


@pytest.mark.liquid
def test_liquid_haskell_accepts_the_whole_library(checker):
    problem = replace(posed("f :: Int -> Int\nf x = x\n"), converts=checker.tools.converts)
    lines = definitions(problem, needs=frozenset(reflected().functions))
    verdict = checker.check([ModuleText(NAME, "\n".join(lines) + "\n")], "append")
    assert verdict.reason is LiquidReason.SAFE, verdict.message
