"""The words that records use: goals, verdicts, evidence, answers, and who said what."""

from __future__ import annotations

from enum import StrEnum

UNPARSED = "unparsed"
"""The reason of what no answer could be read from."""


class Goal(StrEnum):
    """What Alice is asked for."""

    SEQ = "seq"
    """An equivalent, different program, with a proof."""
    SINQ = "sinq"
    """An inequivalent program, with a diverging input."""


class Verdict(StrEnum):
    """The one outcome of a validated item."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    INFRA_ERROR = "infra_error"
    """A tool failed, not the program: retried, and never a label."""


class Evidence(StrEnum):
    """What a label rests on."""

    PROOF = "proof"
    """Liquid Haskell accepted a proof of the pipeline's theorem, warm and cold, the kernel does not refute it, and
    testing found no contradiction."""
    KERNEL = "kernel"
    """The kernel alone accepted a proof of the pipeline's theorem (Liquid Haskell was not there), and testing found no
    contradiction."""
    BOUNDED = "bounded"
    """Differential testing alone: no difference found within the budget. Not a proof."""
    WITNESS = "witness"
    """Both programs were run on the input and they differ."""


class KernelSays(StrEnum):
    """What the proof kernel says of a proof that was accepted."""

    AGREES = "agrees"
    """It accepts the proof too."""
    UNDECIDED = "undecided"
    """It has no opinion: the proof uses what it does not know, or needs more than its budget."""


class Overflow(StrEnum):
    """What is known of a proved pair where Int overflows: proofs are about integers without an end."""

    EXCLUDED = "excluded"
    """The programs are equal on 64-bit integers too: that is proved."""
    SEARCHED = "searched"
    """Each path of the programs on small inputs was followed, and no overflow was found that tells them apart."""
    POSSIBLE = "possible"
    """The search for such an overflow found none, and came to its limits."""


class Answer(StrEnum):
    """What a vote of Bob says."""

    EQUIVALENT = "equivalent"
    INEQUIVALENT = "inequivalent"
    UNPARSED = "unparsed"
    """No answer could be read: counts as wrong, and is counted as unparsed."""


class Role(StrEnum):
    """The two players."""

    ALICE = "alice"
    BOB = "bob"


class Decoding(StrEnum):
    """How a completion was drawn."""

    SAMPLED = "sampled"
    """At the configured temperature, from a seed of its own."""
    GREEDY = "greedy"
    """The most likely token at each step: what the model says without chance (evaluations)."""


class Source(StrEnum):
    """Who wrote the output of a training example."""

    MODEL = "model"
    """The player itself: its whole answer, reasoning and all."""
    MUTATE = "mutate"
    """A rewriting rule; the answer is rendered in the form that the prompt asks for."""
    TACTIC = "tactic"
    """A tactic found the proof; rendered likewise."""
    LABEL = "label"
    """The bare label of a pair that Bob never solved (``train.bob_unsolved: label``)."""


class ProposedBy(StrEnum):
    """Who proposes a program Q."""

    MODEL = "model"
    MUTATE = "mutate"
    """A rewriting rule, without a model."""


class Kept(StrEnum):
    """What became of an accepted pair in the curriculum."""

    HARD = "hard"
    """Difficulty above the threshold: trained on."""
    EASY_SAMPLE = "easy_sample"
    """Drawn from the easy ones: trained on."""
    LEARNABLE = "learnable"
    """``curriculum.select: learnability``, and 4p(1 - p) is high enough: trained on."""
    EASY_NOT_SAMPLED = "easy_not_sampled"
    NOT_LEARNABLE = "not_learnable"
    SEEN_BEFORE = "seen_before"
    """An equal pair (normal forms) was trained on in an earlier iteration, or stands earlier in this one."""
    NEAR_HELDOUT = "near_heldout"
    """Its Q is a near-duplicate of a held-out program or pair."""
    UNRELIABLE = "unreliable"
    """Too many of its votes could not be read: its difficulty says nothing."""
    NOT_ASKED = "not_asked"
    """Bob was not asked: other proposals for its program promised more (``alice.ask``)."""
    NO_VOTES = "no_votes"

    @property
    def trained_on(self) -> bool:
        """Whether the pair teaches the players."""
        return self in {Kept.HARD, Kept.EASY_SAMPLE, Kept.LEARNABLE}
