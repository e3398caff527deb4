"""Proofs: the theorem that the pipeline writes, the audit of a model's proof, tactics, and Liquid Haskell's verdict."""

from seqplay.proof.liquid.locate import find_liquid, proofs_needed

__all__ = ["find_liquid", "proofs_needed"]
