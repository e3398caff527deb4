"""The dataset pipeline: Haskell programs from Python instruction data, in tiers.

instructions (read, filtered, ordered, deduplicated, decontaminated) → completions (an engine) → candidates
(extracted, deduplicated) → checks (GHC, inputs, outputs; the Python solution in a jail) → dataset (tiers, splits
without leaks, card).

Tier A is a program that was extracted and parses; B typechecks and has a usable entry; C runs on inputs, with its
outputs recorded; C+ agrees with the Python solution that it was made from. Nothing is thrown away: each sample ends in
one tier with one reason.
"""
