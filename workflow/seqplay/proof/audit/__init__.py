"""The audit: what a proof may say, and what P and Q may be where a proof speaks of them, by allow-list.

``audit_proof`` refuses every annotation, declaration, expression, pattern and name that is not known to be sound;
termination, totality and the theorem itself are Liquid Haskell's to check. The refinement on ``proof`` is always the
pipeline's: one that the text gives must be well formed, and is then dropped. ``audit_program`` does not look at
annotations: the theorem's modules are composed from the syntax tree, in which P's and Q's comments do not occur.
"""

from seqplay.proof.audit.names import THEOREM, Scope
from seqplay.proof.audit.programs import audit_program
from seqplay.proof.audit.proofs import ProofText, audit_proof, read_proof
from seqplay.proof.audit.refusal import Refusal

__all__ = ["THEOREM", "ProofText", "Refusal", "Scope", "audit_program", "audit_proof", "read_proof"]
