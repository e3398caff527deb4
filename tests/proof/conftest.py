"""Liquid Haskell, where it is found; what needs it is skipped where not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.haskell.sandbox.build import Compiler
from seqplay.haskell.sandbox.jail import NoJail
from seqplay.proof.liquid.cache import VerdictCache
from seqplay.proof.liquid.checker import Checker
from seqplay.proof.liquid.locate import VARIABLE
from seqplay.proof.liquid.toolchain import Limits, Toolchain
from seqplay.proof.prover import Prover


@pytest.fixture(scope="session")
def checker(tmp_path_factory):
    """A checker with one warm session, and no verdicts from earlier runs."""
    if not os.environ.get(VARIABLE):
        pytest.skip(f"{VARIABLE} is not set")
    with Checker.open(HaskellConfig(), ProofConfig()) as opened:
        opened._cache = VerdictCache(tmp_path_factory.mktemp("verdicts"), opened.tools, [])
        yield opened


@pytest.fixture(scope="session")
def prover(tmp_path_factory):
    """A prover with the configuration of `seqplay prove`, and no verdicts from earlier runs."""
    if not os.environ.get(VARIABLE):
        pytest.skip(f"{VARIABLE} is not set")
    with Prover.open(HaskellConfig(workers=1), ProofConfig()) as opened:
        checker = opened._checker
        checker._cache = VerdictCache(tmp_path_factory.mktemp("proved"), checker.tools, [])
        yield opened


@pytest.fixture
def fake_tools():
    """Tools of which only the versions matter."""
    compiler = Compiler("ghc", "9.0.2", Path("/lib"), Path("/db"), "ghc-pkg")
    return Toolchain(
        compiler, Path("/liquid"), "liquidhaskell-0.9.0.2.1-x", "Z3 4", Path("/usr/bin/z3"), NoJail(), Limits(10, 3072)
    )
