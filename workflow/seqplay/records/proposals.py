"""Proposals: a program Q for each P, what it was judged to be, its proofs, and the pair that it may become."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from seqplay.files import content_id
from seqplay.records.base import Record
from seqplay.records.chat import Completion
from seqplay.records.lemmas import StoredLemma
from seqplay.records.words import Decoding, Evidence, Goal, KernelSays, Overflow, Verdict


class RuleRewrite(BaseModel):
    """A program that one or two rewriting rules make of P."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    code: str


class Rewrites(Record):
    """What `mutate` can propose for one program, as many as its attempts may ask for, in the order they are taken."""

    program_id: str
    rewrites: list[RuleRewrite]
    """Fewer than may be asked for: there are no more."""
    why_none: str = ""
    """Why there is none, where the rules themselves failed on the program."""


class Proposal(Record):
    """What Alice proposes for one program: a candidate Q, and her evidence, or why none could be read.

    A sampled program has one proposal for each attempt that was made; ``id`` hashes its content.
    """

    id: str
    program_id: str
    goal: Goal
    proposer: str
    """``model`` or ``mutate`` (with the rule in ``rule``)."""
    attempt: int
    """0 for the first try; retries count up."""
    sample: int = 0
    """Of the ``alice.samples`` proposals of one attempt."""
    decoding: Decoding = Decoding.SAMPLED
    code: str | None
    """Q, or none when the completion was unparsed."""
    diverging_input: list[str] | None = None
    """SINQ: one Haskell expression for each argument."""
    proof: str | None = None
    """SEQ: a proof that Alice gave together with Q, checked where the tactics fail."""
    rule: str | None = None
    unparsed: str | None = None
    """Why no proposal could be read from the completion."""
    system_prompt: str | None = None
    user_prompt: str | None = None
    completion: Completion | None = None

    @staticmethod
    def make(**fields: Any) -> Proposal:
        """Build a proposal whose id is the hash of program, goal, proposer, attempt, sample, code and input."""
        sample, decoding = fields.get("sample", 0), fields.get("decoding", Decoding.SAMPLED)
        key = content_id(
            "proposal",
            fields["program_id"],
            fields["goal"],
            fields["proposer"],
            str(fields["attempt"]),
            fields["code"] or "",
            "\0".join(fields.get("diverging_input") or []),
            *([str(sample)] if sample else []),
            *([decoding] if decoding is Decoding.GREEDY else []),
        )
        return Proposal(id=key, **fields)


class Coverage(BaseModel):
    """What agreeing inputs reached of both programs: of their functions, branches and outcomes of conditions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    p: int
    """Probes in P."""
    p_reached: int
    q: int
    q_reached: int
    unreached: list[str] = Field(default_factory=list)
    """By program and line: ``Q line 3: is True``. The first 20 of each program."""

    @property
    def share(self) -> float:
        """The smaller of both programs' shares."""
        return min(reached / probes if probes else 1.0 for reached, probes in self._parts)

    @property
    def _parts(self) -> tuple[tuple[int, int], ...]:
        return (self.p_reached, self.p), (self.q_reached, self.q)


class Judgement(Record):
    """The pipeline's verdict on one proposal: exactly one of the four, with its reason and what it rests on."""

    proposal_id: str
    program_id: str
    goal: Goal
    verdict: Verdict
    reason: str
    """What was accepted (``diverges``, ``no_difference``) or why not: a ``haskell.results.Reason``, or ``unparsed``."""
    message: str
    evidence: Evidence | None = None
    """None until a label rests on something."""
    entry: dict[str, Any] | None = None
    q_entry: str | None = None
    diverging_input: list[str] | None = None
    instance: dict[str, str] = Field(default_factory=dict)
    """What P's type variables ran at on the diverging input: it need not diverge at another instance."""
    p_output: str | None = None
    q_output: str | None = None
    evaluations: int = 0
    """Inputs on which both ended."""
    coverage: Coverage | None = None
    """What they reached of both programs, where nothing but them backs the label."""
    jail: str = ""
    tools: str = ""
    """The compiler that judged, with its version; none where nothing was run."""


class ProofProposal(Record):
    """What Alice answers when she is asked for a proof, before it is checked."""

    proposal_id: str
    round: int
    task: Literal["prove", "repair"] = "prove"
    """Which prompt asked: for a first proof, or for a repair of one that was refused."""
    proof: str | None
    unparsed: str | None = None
    system_prompt: str
    user_prompt: str
    completion: Completion


class ProofAttempt(Record):
    """One attempt to prove the theorem of an accepted-so-far SEQ proposal, kept whether it holds or not."""

    proposal_id: str
    round: int
    """0: tactics; from 1: Alice."""
    finder: str
    """``tactic:<name>`` or ``alice:round<r>``."""
    theorem: str
    names: list[str]
    """What a proof may refer to."""
    proof: str | None
    verdict: Verdict
    reason: str
    message: str
    provable: bool = True
    """False where no proof could be accepted: the pair is not handed to Alice."""
    asked: ProofProposal | None = None
    """Alice's prompt and raw answer, where she was asked."""
    tools: str = ""
    """What judged (Liquid Haskell, kernel, solver, compiler), with versions."""
    evidence: Evidence | None = None
    """``proof`` or ``kernel`` for an accepted proof; records before the kernel have none, and mean ``proof``."""
    kernel: KernelSays | None = None
    """What the kernel says of an accepted proof."""
    kernel_message: str = ""
    """Why, in its words."""
    overflow: Overflow | None = None
    """What is known of an accepted proof where Int overflows; none in records of earlier versions."""
    lemmas: list[StoredLemma] = Field(default_factory=list)
    """What the search of round 0 has proved besides, and of the lemma store what an accepted proof needs."""

    @property
    def rests_on(self) -> Evidence | None:
        """What a label rests on by this attempt; none where no proof was accepted."""
        return (self.evidence or Evidence.PROOF) if self.verdict is Verdict.ACCEPTED else None


class Pair(Record):
    """An accepted pair (P, Q) with its label and what the label rests on: what Bob is asked about."""

    id: str
    program_id: str
    proposal_id: str
    goal: Goal
    """The label: ``seq`` is equivalent, ``sinq`` is not."""
    proposer: str
    rule: str | None = None
    p: str
    q: str
    entry: str
    q_entry: str
    type: str
    evidence: Evidence
    kernel: KernelSays | None = None
    """What the kernel says of the proof, where there is one."""
    overflow: Overflow | None = None
    """What is known of the proof where Int overflows, where there is one."""
    diverging_input: list[str] | None = None
    instance: dict[str, str] = Field(default_factory=dict)
    """What P's type variables ran at on the diverging input: it need not diverge at another instance."""
    p_output: str | None = None
    q_output: str | None = None
    proof: str | None = None
    theorem: str | None = None
    proof_finder: str | None = None
    evaluations: int = 0
    """Inputs on which both ended and agreed (SEQ)."""
    coverage: Coverage | None = None
    """What they reached of both programs."""
    normal_id: str
    """Hash of the pair's normal forms: a pair seen in an earlier iteration is not trained on twice."""
    level: int = 1
    """Held-out pairs: how many rewrites lie between P and Q."""
    direction: Literal["forward", "backward"] = "forward"
    """Held-out pairs: ``backward`` asks about (Q, P)."""
