"""One experiment: the keys of the game, section by section.

The defaults are the demo: small enough for a laptop. The published sizes are in ``config/experiments/``. How a file is
read, and what a wrong key gets: ``parsing``.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from seqplay.config.dataset import DatasetConfig
from seqplay.config.engine import EngineConfig, EngineKind, ModelConfig
from seqplay.config.jobs import ResourcesConfig, ShardsConfig
from seqplay.config.section import Sampling, Section
from seqplay.config.suites import Suite
from seqplay.config.training import LoraConfig, TrainConfig


class ProgramsConfig(Section):
    """Where reference programs P come from."""

    source: str = "config/data/programs.jsonl"
    """A JSON lines file, a folder saved by `datasets`, or a hub dataset id (`Trevor0501/OpInstruct-HSx`)."""
    split: str = "train"
    revision: str | None = None
    """The hub revision (commit) to pin."""
    code_column: str = "code"
    entry_column: str = "entry"
    """Column with the entry function's name, where there is one."""
    max_characters: int = Field(160, ge=0)
    """Longer programs are skipped, and listed; 0: no limit. The demo's small model manages short ones."""
    per_iteration: int = Field(16, ge=1)
    """Programs drawn for an iteration."""
    promoted_share: float = Field(0.0, ge=0, le=1)
    """Share of them that are, from the second iteration on, hard accepted Q's of earlier ones, as far as there are any.
    Near-duplicates of other programs are not taken. Experiments of a sweep that differ then share less."""
    heldout: int = Field(6, ge=0)
    """Programs held out for the evaluation, by content hash; never trained on."""


class Proposer(Section):
    """Who proposes, and how often."""

    name: Literal["model", "mutate"]
    weight: float = Field(gt=0)


class PredictConfig(Section):
    """Alice predicts how hard each accepted pair is for Bob."""

    samples: int = Field(0, ge=0)
    """Predictions sampled for a pair; 0: she is not asked, and not taught."""
    few_shot: bool = True
    sampling: Sampling = Sampling(max_tokens=16)


class AliceConfig(Section):
    """Alice, the proposer."""

    proposers: tuple[Proposer, ...] = (Proposer(name="model", weight=1), Proposer(name="mutate", weight=2))
    """A weighted list; each sampled program is given to one of them."""
    seq_share: float = Field(0.5, ge=0, le=1)
    """Share of the programs whose goal is SEQ."""
    retries: int = Field(0, ge=0)
    """Further attempts of the model where an earlier proposal was unparsed or rejected."""
    samples: int = Field(1, ge=1)
    """Proposals for a program in one attempt."""
    ask: int = Field(1, ge=1)
    """Accepted proposals of a program that are put before Bob: those whose predicted difficulty promises most, and of
    these the ones least like what was asked before."""
    target_difficulty: float = Field(8.0, ge=0, le=10)
    """What Alice is asked to aim for, of 10."""
    few_shot: bool = True
    """Two worked examples as earlier chat turns; small models copy the answer's placeholders without them."""
    sampling: Sampling = Sampling(max_tokens=128)
    predict: PredictConfig = PredictConfig()


class ProofConfig(Section):
    """Proofs of SEQ."""

    evidence: Literal["proof", "bounded_if_no_tool", "bounded"] = "bounded_if_no_tool"
    """`proof`: SEQ needs a Liquid Haskell proof. `bounded_if_no_tool`: where Liquid Haskell is missing, differential
    testing alone counts, the kernel checks what the tactics prove all the same, and every record says so. `bounded`:
    never prove."""
    accept_kernel: bool = False
    """`evidence: proof` where Liquid Haskell is missing: a proof that the kernel alone accepts counts."""
    rounds: int = Field(1, ge=0)
    """Rounds in which Alice tries to prove what the tactics did not."""
    few_shot: bool = True
    tactic_seconds: float = Field(90, gt=0)
    """Wall seconds of the tactics for one pair, a last stop: their search ends by counted steps. What it stops is
    `timeout`, is tried once more, and is never said to be `not_proved`."""
    discovery_steps: int = Field(300_000, ge=0)
    """Counted steps of the search for lemmas for one pair, 100,000 a second or so; 0: there is none."""
    lemma_store: bool = True
    """Begin the search for lemmas with those that earlier iterations have proved about the same definitions, whatever
    these are called there. They are checked anew with each proof."""
    smt_seconds: float = Field(10, gt=0)
    """Limit of one Liquid Haskell check."""
    sampling: Sampling = Sampling(max_tokens=256)


class BobConfig(Section):
    """Bob, the solver."""

    task: Literal["judge", "find_input"] = "judge"
    """`judge`: equivalent or not. `find_input`: Bob must give a diverging input, which is run, or say that there is
    none."""
    votes: int = Field(4, ge=1)
    """Samples a pair (published: 10)."""
    few_shot: bool = True
    structured: bool = False
    """Constrain the verdict line by guided decoding, where the engine can (it biases the answer: docs)."""
    sampling: Sampling = Sampling(max_tokens=12)


class CurriculumConfig(Section):
    """Which accepted pairs are trained on."""

    select: Literal["threshold", "learnability"] = "threshold"
    """`threshold`: hard pairs, and a sample of the easy ones. `learnability`: pairs that Bob solves sometimes."""
    threshold: float = Field(5.0, ge=0, le=10)
    """Pairs with a difficulty above it are hard."""
    easy_fraction: float = Field(0.2, ge=0, le=1)
    """Share of the easy pairs that is kept, stratified by difficulty."""
    easy_per_hard: float | None = Field(None, ge=0)
    """Easy pairs kept for each hard one (the paper's code: 0.2), in the place of `easy_fraction`."""
    bins: int = Field(5, ge=1)
    """Strata of the easy pairs."""
    min_learnability: float = Field(0.3, ge=0, le=1)
    """`learnability`: least 4p(1 - p) of a pair, p being the share of right votes."""
    max_unparsed: float = Field(0.5, ge=0, le=1)
    """A pair of whose votes a larger share could not be read is `unreliable`: not hard, and not trained on."""
    bob_pairs: Literal["kept", "all"] = "all"
    """Pairs that teach Bob: every one with a reliable difficulty (as in the paper's code), or those that are `kept`.
    Hard pairs alone teach him the contrary of what he says now, and the next iteration the contrary of that."""
    earlier_votes: int = Field(0, ge=0)
    """Votes on each pair by a Bob of an earlier iteration, beside his own: they count for its difficulty, and so for
    what Alice learns, that she may not learn what the latest Bob alone falls for. For `bob.task: judge`. 0: none."""
    bob_min_solved: float = Field(0.0, ge=0, le=1)
    """Least share of right votes of a pair that teaches Bob (`bob_unsolved: label` needs 0)."""
    bob_max_solved: float = Field(1.0, ge=0, le=1)
    """Largest share: what he always solves teaches him little. He solves sometimes what lies between 0.2 and 0.8."""
    max_same_edit: int = Field(0, ge=0)
    """Accepted Q's of one kind of edit after which a further one is worth nothing to Alice: what she earns (`grpo`), or
    how often she learns it (`imitate`), falls evenly until then. 0: all are worth the same."""
    balance: Literal["weights", "carry_over", "none"] = "weights"
    """Bob's data over SEQ and SINQ, over all iterations so far. `weights`: the smaller class is repeated until both
    weigh the same. `carry_over`: what the larger class has too much waits for a later iteration. Nothing is dropped."""
    predict_easy_per_hard: float = Field(0.5, ge=0)
    """Easy pairs for each hard one in Alice's training of difficulty prediction (the paper's code: 0.5)."""

    @field_validator("balance", mode="before")
    @classmethod
    def _switch(cls, value: Any) -> Any:
        """Read the switch that this key was in earlier versions."""
        return {True: "weights", False: "none"}.get(value, value) if isinstance(value, bool) else value

    @model_validator(mode="after")
    def _some_pairs_teach(self) -> CurriculumConfig:
        low, high = self.bob_min_solved, self.bob_max_solved
        if low > high:
            raise ValueError(f"bob_min_solved: found {low:g}, above bob_max_solved ({high:g}): no pair would teach Bob")
        return self


class HaskellConfig(Section):
    """The executor of untrusted Haskell."""

    ghc: str = "ghc"
    """The compiler: a command or a path. 9.0 or later."""
    ghc_pkg: str | None = None
    """Its package tool; none: the one beside it."""
    bwrap: str = "bwrap"
    """Bubblewrap: a command or a path."""
    z3: str = "z3"
    """The solver of proofs: a command or a path; its file is called `z3`."""
    jail_folders: list[str] = Field(default_factory=list)
    """Folders that the jail shows besides what compiler and worker are seen to need: absolute paths."""
    workers: int = Field(0, ge=0)
    """Warm sessions; 0: as many as there are cores."""
    jail: Literal["auto", "bubblewrap", "landlock", "i-accept-no-jail"] = "auto"
    """`auto` takes the first that works here, and refuses to run without one."""
    seconds: float = Field(5, gt=0)
    """Processor time of one program on one input."""
    memory_mib: int = Field(1024, ge=256)
    """Heap limit of a session."""
    output_bytes: int = Field(65536, ge=64)
    """Longest rendered output."""
    items_per_session: int = Field(200, ge=1)
    """Programs after which a session is recycled."""
    evaluations: int = Field(1000, ge=100)
    """Inputs of a differential test."""
    min_coverage: float = Field(0.5, ge=0, le=1)
    """Share of each program's functions, branches and outcomes of conditions that agreeing inputs must reach; below it
    the verdict is `inconclusive`."""
    timeout_diverges: bool = False
    """Count what one program computes in time and the other does not as a divergence."""
    liquid_package_db: str | None = None
    """Package database of Liquid Haskell; the environment variable SEQPLAY_LIQUID_PACKAGE_DB overrides it."""


class GuardsConfig(Section):
    """What stops a run whose players collapse: shares beside the base's (iteration 1) and the iteration before's."""

    action: Literal["auto", "stop", "keep_previous"] = "auto"
    """`stop` the run with one message, or continue with the previous adapter (`keep_previous`) and say so
    prominently. `auto`: `stop` with the engines `vllm` and `server`."""
    unparsed: float = Field(0.5, gt=0, le=1)
    """Largest share of Bob's votes, or of Alice's proposals, that cannot be read."""
    one_answer: float = Field(0.9, gt=0, le=1)
    """Largest share of Bob's most frequent answer, where the base's is not above it too."""
    accepted_drop: float = Field(0.5, gt=0, le=1)
    """Largest part of Alice's accepted share that may be lost."""
    same_program_rise: float = Field(0.3, gt=0, le=1)
    """Largest rise of the share of Alice's proposals that are P again."""
    first_lines_drop: float = Field(0.5, gt=0, le=1)
    """Largest part that may be lost of the share of different first lines among Alice's answers."""
    min_items: int = Field(20, ge=1)
    """Fewer proposals, or pairs that were voted on, raise no alarm."""


class EvaluationConfig(Section):
    """Learning, measured on the held-out programs after each iteration."""

    enabled: bool = True
    pairs: int = Field(24, ge=0)
    """Fixed labelled pairs on which Bob is measured, half SEQ and half SINQ, of several levels, in both directions."""
    votes: int = Field(2, ge=1)
    """Sampled votes on each, with the same seeds after every iteration."""
    greedy: bool = True
    """One more vote and one more proposal each, without chance."""
    levels: int = Field(3, ge=2)
    """Most edits that lie between P and Q of a held-out pair; there are at least two."""
    bootstrap: int = Field(2000, ge=100)
    """Resamples of an interval."""
    near_duplicate: float = Field(0.8, gt=0, le=1)
    """Programs as similar as this (Jaccard, runs of four words) to a held-out one are not trained on, as P or as Q."""
    suites: tuple[Suite, ...] = ()
    """Evaluation suites (docs/explanation/suites.md), asked of the base and after each iteration: `haskell_tasks` and
    `haskell_pairs` are shipped, others are written with their keys."""

    @model_validator(mode="after")
    def _distinct_names(self) -> EvaluationConfig:
        names = [suite.name for suite in self.suites]
        if len(set(names)) < len(names):
            raise ValueError(f"suites: found the names {', '.join(names)}; each suite needs a name of its own")
        return self


class Config(Section):
    """One experiment."""

    experiment: str = Field("demo", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)
    """Names the folder `results/{experiment}`."""
    base: Literal["cpu_demo", "gpu_7b", "gpu_32b"] = "cpu_demo"
    """Whose values stand where yours leave the demo's: tokens, training, jobs for a model of that size on GPUs."""
    seed: int = 0
    iterations: int = Field(2, ge=1)
    results: str = "results"
    """Where experiments are written."""
    model: ModelConfig = ModelConfig()
    engine: EngineConfig = EngineConfig()
    programs: ProgramsConfig = ProgramsConfig()
    alice: AliceConfig = AliceConfig()
    proof: ProofConfig = ProofConfig()
    bob: BobConfig = BobConfig()
    curriculum: CurriculumConfig = CurriculumConfig()
    lora: LoraConfig = LoraConfig()
    train: TrainConfig = TrainConfig()
    guards: GuardsConfig = GuardsConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    haskell: HaskellConfig = HaskellConfig()
    dataset: DatasetConfig = DatasetConfig()
    shards: ShardsConfig = ShardsConfig()
    resources: ResourcesConfig = ResourcesConfig()

    @model_validator(mode="before")
    @classmethod
    def _default_gpus(cls, raw: Any) -> Any:
        """Give vLLM's jobs, and the trainings beside them, the GPUs that they take, where nothing else is said.

        A job that asks for none is started beside every other one, and two engines on one GPU fail.
        """
        engine = raw.get("engine") if isinstance(raw, dict) else None
        if not isinstance(engine, dict) or engine.get("kind") != EngineKind.VLLM:
            return raw
        parallel = (engine.get("vllm") or {}).get("tensor_parallel", 1)
        resources = dict(raw.get("resources") or {})
        for role, gpus in (("engine", parallel), ("train", 1)):
            if isinstance(resources.get(role, {}), dict):
                asked = dict(resources.get(role, {}))
                resources[role] = asked | {"gpus": asked.get("gpus") or gpus}
        return {**raw, "resources": resources}

    @model_validator(mode="after")
    def _check(self) -> Config:
        if self.engine.kind is EngineKind.REPLAY and not self.engine.replay_file:
            raise ValueError("engine.replay_file: missing, and engine.kind is replay: name the recorded completions")
        if self.train.method == "grpo":
            self._check_grpo()
        if self.curriculum.earlier_votes and self.bob.task != "judge":
            raise ValueError(
                f"curriculum.earlier_votes: found {self.curriculum.earlier_votes}, and bob.task is {self.bob.task}; "
                "allowed is 0, or bob.task: judge"
            )
        if self.train.bob_unsolved == "label" and self.curriculum.bob_min_solved > 0:
            raise ValueError(
                f"curriculum.bob_min_solved: found {self.curriculum.bob_min_solved:g}, which leaves out the pairs that "
                "Bob never solved, and train.bob_unsolved is label, which teaches them: set one of them to its default"
            )
        if self.engine.kind is EngineKind.NONE and any(p.name == "model" for p in self.alice.proposers):
            raise ValueError("alice.proposers: names `model`, but engine.kind is none: only `mutate` is allowed")
        return self

    def _check_grpo(self) -> None:
        """Refuse what leaves an agent that learns by reward without answers to compare."""
        trained = self.train.agents
        if "alice" in trained and self.alice.samples < 2:
            raise ValueError(
                "alice.samples: found 1, and train.method is grpo: one proposal has none to be compared with; set "
                "alice.samples to 4 or more, or train.agents to [bob]"
            )
        if "bob" in trained and self.bob.votes < 2:
            raise ValueError("bob.votes: found 1, and train.method is grpo: allowed are 2 or more")
        for agent, sampling in (("alice", self.alice.sampling), ("bob", self.bob.sampling)):
            if agent in trained and sampling.temperature == 0:
                raise ValueError(
                    f"{agent}.sampling.temperature: found 0, and train.method is grpo: all answers to a question would "
                    "be the same; allowed is more than 0"
                )
        if self.train.initial_data.alice or self.train.initial_data.bob:
            raise ValueError(
                "train.initial_data: found a file, and train.method is grpo, which learns from its own answers alone; "
                "train an adapter on the file by imitation first, and name it in train.initial_adapter"
            )

    @property
    def guard_action(self) -> Literal["stop", "keep_previous"]:
        """What a collapse does."""
        if self.guards.action != "auto":
            return self.guards.action
        return "stop" if self.engine.kind in {EngineKind.VLLM, EngineKind.SERVER} else "keep_previous"


def predicts(config: Config) -> bool:
    """Say whether Alice is asked how hard the pairs are."""
    return config.alice.predict.samples > 0 and config.engine.kind is not EngineKind.NONE


def faces_opponents(config: Config) -> bool:
    """Say whether a Bob of an earlier iteration votes beside the latest."""
    return config.curriculum.earlier_votes > 0 and config.engine.kind is not EngineKind.NONE


def mutates(config: Config, *, evaluation: bool) -> bool:
    """Say whether Alice proposes without a model too; in an evaluation she does so only where she has none."""
    proposers = {proposer.name for proposer in config.alice.proposers}
    return "mutate" in proposers and not (evaluation and "model" in proposers)
