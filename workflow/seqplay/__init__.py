"""seqplay: LLM self-play on Haskell program semantics.

The game. P is a reference Haskell program. Alice, a language model, gets P and one of two goals: SEQ, propose an
equivalent, different program Q with a Liquid Haskell proof; or SINQ, propose an inequivalent Q with a diverging input.
The pipeline validates what she says. Bob, a model too, is asked several times whether P and Q are equivalent;
``difficulty = 10 * (1 - success rate)``. Hard pairs and a stratified sample of the easy ones become training data; LoRA
adapters for both are trained on them; the next iteration plays with the new adapters.

Sources: arXiv 2604.17010 and its predecessor 2505.03818.
"""

__version__ = "0.1.0"
