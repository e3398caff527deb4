"""Where Liquid Haskell is on this machine, and whether an experiment's SEQ labels need its proofs."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import ToolError
from seqplay.haskell.sandbox.build import find_compiler

FOLDER = Path(".seqplay/liquid")
"""Where `make liquid` builds it, in the project's folder."""
STAMP = "installed"
"""The file that says there what is built, once it is."""
VARIABLE = "SEQPLAY_LIQUID_PACKAGE_DB"
"""The environment variable that names Liquid Haskell's package database; it overrides the configuration."""


def find_liquid(haskell: HaskellConfig) -> Path | None:
    """Return the package database of Liquid Haskell, or none where the machine has none.

    The environment variable comes first (empty: none), then the configuration, then what `make liquid` built for this
    compiler. Raises ``ToolError`` where one is named that does not hold the package.
    """
    named = os.environ.get(VARIABLE) or haskell.liquid_package_db
    if not named:
        return None if VARIABLE in os.environ else built(haskell.ghc)
    database = Path(named)
    if not any(database.glob("liquidhaskell-[0-9]*.conf")):
        raise ToolError(
            f"{VARIABLE} or haskell.liquid_package_db: {database} holds no package liquidhaskell; "
            "name the package database that it was installed into, or none"
        )
    return database


def built(ghc: str, folder: Path = FOLDER) -> Path | None:
    """Return the package database that `make liquid` finished for a compiler; none for one under way, or another's."""
    try:
        version = (folder / STAMP).read_text(encoding="utf-8").partition("\n")[0]
        if find_compiler(ghc).version != version:
            return None
    except (OSError, ToolError):
        return None
    found = [
        path for path in folder.glob(f"store/ghc-{version}*/package.db") if any(path.glob("liquidhaskell-[0-9]*.conf"))
    ]
    return found[0].resolve() if found else None


def proofs_needed(proof: ProofConfig, haskell: HaskellConfig) -> bool:
    """Say whether SEQ labels need a proof here.

    Raises ``ToolError`` where the configuration asks for proofs and the machine has no Liquid Haskell, unless it lets
    the kernel take its place.
    """
    if proof.evidence == "bounded":
        return False
    if find_liquid(haskell) is not None:
        return True
    if proof.evidence == "proof" and not proof.accept_kernel:
        raise ToolError(
            f"proof.evidence is proof, and there is no Liquid Haskell: install it (`make liquid`) and name its package "
            f"database in {VARIABLE}, or set proof.evidence to bounded_if_no_tool, or proof.accept_kernel to true"
        )
    return proof.evidence == "proof"


def proofs_tried(proof: ProofConfig, haskell: HaskellConfig) -> bool:
    """Say whether proofs of SEQ pairs are looked for here: where they are needed, and for the kernel's sake.

    Without Liquid Haskell, where labels may rest on testing, what the tactics find and the kernel accepts makes a label
    better, and is needed for none. Raises ``ToolError`` as ``proofs_needed``.
    """
    return proofs_needed(proof, haskell) or (proof.evidence != "bounded" and find_spec("z3") is not None)
