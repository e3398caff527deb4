"""The checker: limits become verdicts, sessions are replaced, verdicts are kept, and cold has the last word."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import ToolError
from seqplay.proof.liquid import checker as checking
from seqplay.proof.liquid.cache import VerdictCache
from seqplay.proof.liquid.checker import Checker, LiquidReason
from seqplay.proof.liquid.toolchain import find_toolchain
from seqplay.proof.liquid.verdict import LiquidVerdict, ModuleText, Outcome, read_outcome
from seqplay.records import Verdict
from tests.proof.theorems import HEAD, INC, TOTAL, TRUE, module

MODULES = [ModuleText("Theorem", "module Theorem where\n")]
SAFE = '{"o_result":{"tag":"Safe","contents":{"numChck":3}},"o_types":[[{},[["Theorem.proof","()"]]]]}'


@pytest.mark.parametrize(
    ("ended", "log", "result", "reason"),
    [
        ("exited 0", "", SAFE, "safe"),
        ("exited 1", "", SAFE, "crash"),
        ("exited 0", "", "", "not_checked"),
        ("exited 0", "**** LIQUID: SAFE (3 constraints checked) ****", "", "not_checked"),
        ("exited 0", "", SAFE.replace("Safe", "Unsafe"), "not_checked"),
        ("exited 0", "", SAFE.replace('"numChck":3', '"numChck":0'), "no_constraints"),
        ("exited 0", "", SAFE.replace("Theorem.proof", "Theorem.other"), "not_checked"),
        ("exited 0", "", SAFE.replace("Theorem.proof", "proof"), "not_checked"),
        ("exited 0", "", '["not", "an", "object"]', "not_checked"),
        ("wall", "", SAFE, "timeout"),
        ("killed 24", "", SAFE, "timeout"),
        ("killed 11", "", "", "crash"),
        ("exited 251", "", "", "memory"),
        ("exited 2", "uncaught: heap overflow", "", "memory"),
    ],
)
def test_only_safe_with_constraints_about_the_theorem_is_accepted(ended, log, result, reason):
    verdict = read_outcome(MODULES, "proof", Outcome(ended, log, (result,)))
    assert verdict.reason == reason
    assert (verdict.verdict is Verdict.ACCEPTED) == (reason == "safe")


ERROR = '{"span":{"file":"Theorem.hs","startLine":3,"endLine":4},"doc":"Liquid Type Mismatch",%s}'


@pytest.mark.parametrize(
    ("kind", "reason", "places"),
    [
        ('"severity":"SevError"', "unsafe", [(3, 4)]),
        ('"severity":"SevWarning"', "crash", []),
        ('"messageClass":"MCDiagnostic SevError ErrorWithoutFlag Nothing"', "unsafe", [(3, 4)]),
        ('"messageClass":"MCDiagnostic SevError ErrorWithoutFlag Just GHC-83865"', "unsafe", [(3, 4)]),
        ('"messageClass":"MCDiagnostic SevWarning (WarningWithFlag Opt_WarnTabs) Nothing"', "crash", []),
    ],
)
def test_an_error_is_told_from_a_warning_by_every_compilers_word_for_it(kind, reason, places):
    outcome = Outcome("exited 1", ERROR % kind, (SAFE.replace("Safe", "Unsafe"),))
    verdict = read_outcome(MODULES, "proof", outcome)
    assert verdict.reason == reason
    assert [(problem.line, problem.end_line) for problem in verdict.problems] == places


def test_a_verdict_depends_on_every_text_the_theorem_the_way_and_the_tools(tmp_path, fake_tools):
    cache = VerdictCache(tmp_path, fake_tools, [])
    verdict = LiquidVerdict(verdict=Verdict.ACCEPTED, reason=LiquidReason.SAFE, message="", constraints=3)
    cache.put("warm", MODULES, "proof", verdict)
    assert cache.get("warm", MODULES, "proof") == verdict
    assert cache.get("cold", MODULES, "proof") is None
    assert cache.get("warm", MODULES, "other") is None
    assert cache.get("warm", [MODULES[0]._replace(text="module Theorem where\n\n")], "proof") is None
    assert VerdictCache(tmp_path, fake_tools.with_seconds(99), []).get("warm", MODULES, "proof") is None
    assert VerdictCache(tmp_path, fake_tools, MODULES).get("warm", MODULES, "proof") is None


@pytest.mark.parametrize("reason", [LiquidReason.TIMEOUT, LiquidReason.MEMORY, LiquidReason.CRASH, LiquidReason.INFRA])
def test_what_depends_on_the_machines_load_is_not_kept(tmp_path, fake_tools, reason):
    cache = VerdictCache(tmp_path, fake_tools, [])
    word = {LiquidReason.TIMEOUT: Verdict.TIMEOUT, LiquidReason.INFRA: Verdict.INFRA_ERROR}.get(
        reason, Verdict.REJECTED
    )
    cache.put("warm", MODULES, "proof", LiquidVerdict(verdict=word, reason=reason, message="", constraints=0))
    assert cache.get("warm", MODULES, "proof") is None


def test_a_missing_liquid_haskell_is_a_tool_error(monkeypatch, tmp_path):
    monkeypatch.setenv("SEQPLAY_LIQUID_PACKAGE_DB", str(tmp_path))
    with pytest.raises(ToolError, match="holds no package liquidhaskell"):
        find_toolchain(HaskellConfig(), ProofConfig())
    monkeypatch.delenv("SEQPLAY_LIQUID_PACKAGE_DB")
    with pytest.raises(ToolError, match="make liquid"):
        find_toolchain(HaskellConfig(), ProofConfig())


@pytest.mark.ghc
def test_a_version_that_does_not_match_the_compiler_is_a_tool_error(monkeypatch, tmp_path):
    (tmp_path / "liquidhaskell-0.8.10.7-abc.conf").touch()
    monkeypatch.setenv("SEQPLAY_LIQUID_PACKAGE_DB", str(tmp_path))
    with pytest.raises(ToolError, match="does not match GHC"):
        find_toolchain(HaskellConfig(), ProofConfig())


@pytest.mark.liquid
def test_a_checker_that_takes_a_false_theorem_for_true_does_not_start(checker, monkeypatch):
    monkeypatch.setattr(checking, "BAD", checking.GOOD)
    with pytest.raises(ToolError, match="accepts a false theorem"):
        checker.verify_warm()


@pytest.mark.liquid
def test_the_environments_options_change_nothing(checker, monkeypatch):
    monkeypatch.setenv("LIQUIDHASKELL_OPTS", "--no-termination --no-totality")
    loops = module(INC, "proof x = proof x\n", f"-- {time.time()}\n")
    assert checker.check(loops, "proof").verdict is Verdict.REJECTED
    assert checker.check(loops, "proof", cold=True).verdict is Verdict.REJECTED


@pytest.mark.liquid
def test_a_lost_session_is_replaced_and_asked_again(checker):
    assert checker.check(TRUE["direct"], "proof").verdict is Verdict.ACCEPTED
    session, used = checker._idle.get()
    checker._idle.put((session, used))
    if session is None:
        checker.verify_warm()
        session, used = checker._idle.get()
        checker._idle.put((session, used))
    os.killpg(session.pid, signal.SIGKILL)
    again = module(INC.replace("x + 2", "1 + x"), "proof x = ()\n", f"-- {time.time()}\n")
    assert checker.check(again, "proof").verdict is Verdict.ACCEPTED


@pytest.mark.liquid
@pytest.mark.slow
def test_a_check_that_never_ends_is_a_timeout_and_leaves_nothing_behind(checker):
    endless = module(
        "{-@ reflect down @-}\n{-@ down :: n:Int -> Int / [if n < 0 then 0 else n] @-}\ndown :: Int -> Int\n"
        "down n = if n < 1 then 0 else down (n - 1)\n",
        *(
            f"{{-@ lemma{i} :: x:Int -> y:Int -> {{ x * x * y * {i} + y == down (x * y * y * x) }} @-}}\n"
            f"lemma{i} :: Int -> Int -> Proof\nlemma{i} x y = ()\n"
            for i in range(2, 40)
        ),
        "{-@ proof :: x:Int -> { x == x } @-}\nproof :: Int -> Proof\nproof x = ()\n",
    )
    started = time.monotonic()
    impatient = Checker(checker.tools.with_seconds(2), 1, 10, [])
    with impatient:
        verdict = impatient.check(endless, "proof")
        assert verdict.verdict in {Verdict.TIMEOUT, Verdict.REJECTED}
        assert "z3" not in [process.name() for process in psutil.Process().children(recursive=True)]
        good = impatient.check(module(INC.replace("x + 2", "1 + x"), "proof x = ()\n", "-- after\n"), "proof")
        assert good.reason in {"safe", "timeout"}
    assert time.monotonic() - started < 90


@pytest.mark.liquid
@pytest.mark.slow
def test_the_library_is_imported_without_being_checked_again(checker):
    text = HEAD.replace("Theorem", "Shared") + TOTAL.split("{-@ proof")[0]
    shared = ModuleText("Shared", text)
    uses = HEAD + "import Shared\n{-@ proof :: { total [] == 0 } @-}\nproof :: Proof\nproof = ()\n"
    with Checker.open(HaskellConfig(), ProofConfig(), [shared]) as library:
        assert library.check([shared, ModuleText("Theorem", uses)], "proof").verdict is Verdict.ACCEPTED
        assert library.confirm([ModuleText("Theorem", uses)], "proof").verdict is Verdict.ACCEPTED
        wrong = uses.replace("== 0", "== 1")
        assert library.confirm([ModuleText("Theorem", wrong)], "proof").verdict is Verdict.REJECTED
        with pytest.raises(ValueError, match="library"):
            library.check([ModuleText("Shared", text + "\n"), ModuleText("Theorem", uses)], "proof")


@pytest.mark.liquid
@pytest.mark.slow
def test_a_library_that_is_not_safe_stops_the_pipeline(checker):
    lie = "{-@ lie :: x:Int -> { x == x + 1 } @-}\nlie :: Int -> Proof\nlie x = ()\n"
    with pytest.raises(ToolError, match="Liar is not accepted"):
        Checker(checker.tools, 1, 10, [ModuleText("Liar", HEAD.replace("Theorem", "Liar") + lie)])
