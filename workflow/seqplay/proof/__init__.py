"""Proofs: the theorem that the pipeline writes, the audit of a model's proof, tactics, and the checkers' verdicts."""

from seqplay.proof.liquid.locate import find_liquid, proofs_needed, proofs_tried

__all__ = ["find_liquid", "proofs_needed", "proofs_tried"]
