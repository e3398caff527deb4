"""Where Liquid Haskell is on this machine, and whether an experiment's SEQ labels need its proofs."""

from __future__ import annotations

import os
from pathlib import Path

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import ToolError

VARIABLE = "SEQPLAY_LIQUID_PACKAGE_DB"
"""The environment variable that names Liquid Haskell's package database; it overrides the configuration."""


def find_liquid(haskell: HaskellConfig) -> Path | None:
    """Return the package database of Liquid Haskell, or none where the machine has none.

    Raises ``ToolError`` where one is named that does not hold the package.
    """
    named = os.environ.get(VARIABLE) or haskell.liquid_package_db
    if not named:
        return None
    database = Path(named)
    if not any(database.glob("liquidhaskell-*.conf")):
        raise ToolError(
            f"{VARIABLE} or haskell.liquid_package_db: {database} holds no package liquidhaskell; "
            "name the package database that it was installed into, or none"
        )
    return database


def proofs_needed(proof: ProofConfig, haskell: HaskellConfig) -> bool:
    """Say whether SEQ labels need a proof here.

    Raises ``ToolError`` where the configuration asks for proofs and the machine has no Liquid Haskell.
    """
    if proof.evidence == "bounded":
        return False
    if find_liquid(haskell) is not None:
        return True
    if proof.evidence == "proof":
        raise ToolError(
            f"proof.evidence is proof, and there is no Liquid Haskell: install it (`make liquid`) and name its package "
            f"database in {VARIABLE}, or set proof.evidence to bounded_if_no_tool"
        )
    return False
