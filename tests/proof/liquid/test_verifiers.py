"""What any way of asking a verifier must keep: the conformance suite of verifiers, run warm and cold."""

from __future__ import annotations

import pytest

from seqplay.proof.liquid.verdict import ModuleText
from seqplay.records import Verdict
from tests.proof.theorems import FALSE, HEAD, INC, LEMMA, TOTAL, TRUE, module

pytestmark = pytest.mark.liquid


@pytest.fixture(params=["warm", pytest.param("cold", marks=pytest.mark.slow)])
def ask(request, checker):
    """A verifier: modules and a theorem's name to a verdict."""
    return lambda modules, theorem="proof": checker.check(modules, theorem, cold=request.param == "cold")


@pytest.mark.parametrize("name", TRUE)
def test_a_true_theorem_is_accepted_with_its_constraints_counted(ask, name):
    verdict = ask(TRUE[name])
    assert (verdict.verdict, verdict.reason) == (Verdict.ACCEPTED, "safe"), verdict.message
    assert verdict.constraints > 0


@pytest.mark.parametrize("name", FALSE)
def test_a_false_theorem_is_refused_with_its_reason(ask, name):
    modules, reason = FALSE[name]
    verdict = ask(modules)
    assert (verdict.verdict, verdict.reason) == (Verdict.REJECTED, reason), verdict.message
    assert verdict.message
    assert verdict.constraints == 0


def test_each_error_is_told_with_its_place_and_without_a_path(ask):
    wrong = "{-@ one :: x:Int -> { x == x + 1 } @-}\none :: Int -> Proof\none x = ()\n"
    right = "{-@ two :: x:Int -> { x + 1 == 1 + x } @-}\ntwo :: Int -> Proof\ntwo x = ()\n"
    text = HEAD + right + wrong
    verdict = ask([ModuleText("Theorem", text)], "two")
    assert verdict.verdict is Verdict.REJECTED
    line = text.splitlines().index("one x = ()") + 1
    assert {problem.line for problem in verdict.problems} == {line}
    assert f"Theorem:{line}:" in verdict.message
    assert "/tmp" not in verdict.message


def test_a_module_that_lacks_the_theorem_proves_nothing(ask):
    verdict = ask(TRUE["direct"], "elsewhere")
    assert (verdict.verdict, verdict.reason) == (Verdict.REJECTED, "not_checked")


def test_a_module_without_constraints_proves_nothing(ask):
    empty = "module Theorem where\nimport Prelude (Bool (..), Int, (.))\nf :: Int -> Int\nf x = x\n"
    verdict = ask([ModuleText("Theorem", empty)], "f")
    assert (verdict.verdict, verdict.reason) == (Verdict.REJECTED, "no_constraints")


def test_a_module_that_skips_itself_proves_nothing(ask):
    skipped = [ModuleText("Theorem", '{-@ LIQUID "--skip-module" @-}\n' + module(INC, "proof x = ()\n")[0].text)]
    verdict = ask(skipped)
    assert verdict.verdict is Verdict.REJECTED
    assert verdict.reason in {"not_checked", "crash"}


def test_the_printed_verdict_is_not_read(ask):
    printed = 'main = Prelude.putStrLn "**** LIQUID: SAFE (12 constraints checked) ****"\n'
    text = module(INC, "proof x = ()\n", printed)[0].text
    text = text.replace("import Prelude", "import qualified Prelude\nimport Prelude", 1)
    assert ask([ModuleText("Theorem", text)]).verdict is Verdict.REJECTED


def test_modules_that_the_theorem_imports_are_checked_too(ask):
    definitions = ModuleText("Definitions", HEAD.replace("Theorem", "Definitions") + TOTAL.split("{-@ proof")[0])
    claim = "{-@ proof" + TOTAL.split("{-@ proof")[1]
    theorem = HEAD + "import Definitions\n" + LEMMA + claim + "proof xs = lemma 0 xs\n"
    assert ask([definitions, ModuleText("Theorem", theorem)]).verdict is Verdict.ACCEPTED
    lie = "{-@ lie :: x:Int -> { x == x + 1 } @-}\nlie :: Int -> Proof\nlie x = ()\n"
    wrong = [definitions._replace(text=definitions.text + lie), ModuleText("Theorem", theorem)]
    assert ask(wrong).verdict is Verdict.REJECTED
