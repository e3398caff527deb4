"""Records: what a line of each file is.

JSON lines, one frozen model a kind, ``schema_version`` in each. Ids are content hashes: same content, same id, on any
machine. Wall times live in ``timing.jsonl`` alone, so that every other file is byte for byte reproducible.
"""

# The order is that of the reference page.
# fmt: off
# isort: off
from seqplay.records.base import (
    SCHEMA_VERSION as SCHEMA_VERSION, ADAPTER_ACCOUNT as ADAPTER_ACCOUNT, Record as Record,
)
from seqplay.records.words import (
    UNPARSED as UNPARSED, Goal as Goal, Verdict as Verdict, Evidence as Evidence, KernelSays as KernelSays,
    Overflow as Overflow, Answer as Answer, Role as Role, Decoding as Decoding, Source as Source,
    ProposedBy as ProposedBy, Kept as Kept,
)
from seqplay.records.programs import (
    Program as Program, Lineage as Lineage, SampledProgram as SampledProgram, SkippedLine as SkippedLine,
)
from seqplay.records.chat import (
    Message as Message, Completion as Completion, FinishReason as FinishReason,
)
from seqplay.records.lemmas import (
    StoredLemma as StoredLemma,
)
from seqplay.records.proposals import (
    Rewrites as Rewrites, RuleRewrite as RuleRewrite,
    Proposal as Proposal, Coverage as Coverage, Judgement as Judgement, ProofProposal as ProofProposal,
    ProofAttempt as ProofAttempt, Pair as Pair,
)
from seqplay.records.votes import (
    Prediction as Prediction, Ballot as Ballot, Vote as Vote,
)
from seqplay.records.learning import (
    Example as Example, TrainingExample as TrainingExample, ProposalOutcome as ProposalOutcome, Outcome as Outcome,
    Alarm as Alarm, GuardReport as GuardReport, Summary as Summary,
)
from seqplay.records.evaluation import (
    Accuracy as Accuracy, Estimate as Estimate, BobScores as BobScores, PredictionScores as PredictionScores,
    LooksScores as LooksScores,
    Measured as Measured, Evaluation as Evaluation,
)
from seqplay.records.base import Timing as Timing
