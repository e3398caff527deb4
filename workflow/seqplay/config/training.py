"""The adapters and their training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from seqplay.config.section import Section


class LoraConfig(Section):
    """The adapters."""

    r: int = Field(8, ge=1)
    alpha: int = Field(16, ge=1)
    dropout: float = Field(0.05, ge=0, lt=1)
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class SourcesConfig(Section):
    """Whose words the players learn, beside their own."""

    alice: Literal["auto"] | tuple[Literal["mutate", "tactic"], ...] = "auto"
    """Rewrites by `mutate` and proofs by tactics, rendered as Alice's prompts ask. `auto`: both, but neither for a
    model that reasons, which they would teach to answer without reasoning."""
    bob: tuple[Literal["model", "mutate"], ...] = ("model", "mutate")
    """Whose pairs Bob learns on: what he learns is his own answers in any case."""


class PlayerFiles(Section):
    """A file or folder for each player, or none."""

    alice: str | None = None
    bob: str | None = None


class GrpoConfig(Section):
    """Learning by reward (`train.method: grpo`): group-relative policy optimisation, arXiv 2402.03300."""

    clip_low: float = Field(0.2, gt=0, lt=1)
    """How far below 1 a token's importance ratio may fall before it teaches nothing more."""
    clip_high: float = Field(0.28, gt=0)
    """How far above 1 (clip-higher, arXiv 2503.14476): more than `clip_low`, so that rare tokens can become likely."""
    scale: Literal["group", "none"] = "group"
    """Divide the advantages of a group by its standard deviation, or not (arXiv 2503.20783)."""
    kl: float = Field(0.0, ge=0)
    """Weight of the divergence from the base model; 0: none, and no second forward pass."""
    valid: float = Field(0.5, ge=0, le=1)
    """What a valid proposal of Alice's earns whatever Bob answers; how near Bob is to being right half the time earns
    the rest of 1."""


BaseKind = Literal["whole", "sharded", "nf4"]


class TrainConfig(Section):
    """Training of the adapters."""

    method: Literal["imitate", "grpo"] = "imitate"
    """`imitate`: each player learns what it said itself where that was right. `grpo`: all answers to one question are
    compared, the better ones become likelier and the worse ones less likely; training always goes on from the previous
    adapter, with the iteration's own answers alone (`continuity`, `sources.alice` and `heldout_share` do not apply)."""
    grpo: GrpoConfig = GrpoConfig()
    agents: tuple[Literal["alice", "bob"], ...] = ("alice", "bob")
    alice_schedule: Literal["every", "last"] = "every"
    """Alice is trained after every iteration, or after the last one."""
    bob_schedule: Literal["every", "last"] = "every"
    """Bob is trained after every iteration, or after the last one (as in the paper)."""
    sources: SourcesConfig = SourcesConfig()
    bob_answers: int = Field(4, ge=1)
    """Right answers of Bob's on one pair that he learns from, all different ones."""
    bob_unsolved: Literal["skip", "label"] = "skip"
    """A pair that Bob never solved teaches him nothing, or its bare label."""
    min_examples: int = Field(4, ge=1)
    """Fewer examples than these train nothing: the previous adapter plays on. Of Bob's, where they are balanced, both
    classes must have at least this many: a handful teaches the one answer that it holds."""
    max_examples: int = Field(0, ge=0)
    """Examples of a training by imitation at most, several answers to one question counted once: the new ones and, as
    far as there is room, old ones, of Bob's two classes as many as there can be (`curriculum.balance`). 0: no limit,
    and `fresh` training grows with every iteration."""
    initial_adapter: PlayerFiles = PlayerFiles()
    """Adapters that the first iteration plays with."""
    initial_data: PlayerFiles = PlayerFiles()
    """Training examples (JSON lines as `alice_training_data.jsonl`) that are there before the first iteration."""
    keep_epochs: bool = False
    """Keep the adapter of each epoch too, as `epoch_{n}` in the adapter's folder."""
    continuity: Literal["fresh", "onward"] = "fresh"
    """`fresh`: from the base on the data of all iterations so far. `onward`: from the previous adapter, with old data
    replayed."""
    replay_share: float = Field(0.5, ge=0, le=1)
    """`onward`: old examples for each new one."""
    learning_rate: float = Field(1e-4, gt=0)
    epochs: float = Field(3, gt=0)
    max_steps: int = Field(2, ge=0)
    """Optimiser steps at most; 0: no limit."""
    scheduler: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: float = Field(0.03, ge=0, le=1)
    """Share of the steps."""
    batch_tokens: int = Field(1024, ge=16)
    """Tokens of a micro-batch (packed, or grouped by length)."""
    accumulation: int = Field(2, ge=1)
    """Micro-batches of a step, over all its GPUs: their number changes how long a step takes, not what it learns."""
    max_length: int = Field(1024, ge=16)
    """Tokens of an example; longer ones are treated as `overlong` says."""
    overlong: Literal["refuse", "cut"] = "refuse"
    """`cut` removes the middle of the reasoning, never the prompt or the verdict."""
    base: BaseKind = "whole"
    """How a GPU holds the frozen base: `whole`; `sharded`: the GPUs of a training share it out (FSDP2; with one GPU, as
    `whole`), for bases that do not fit into one; `nf4`: in 4 bits (QLoRA; needs bitsandbytes, docs/cluster.md)."""
    packing: Literal["auto", "varlen", "flex", "sdpa", "none"] = "auto"
    checkpointing: Literal["auto", "on", "off"] = "auto"
    """Gradient checkpointing; `auto` decides by memory arithmetic."""
    fused: bool = True
    """Use liger kernels where there is a GPU and the package."""
    compile: bool = False
    """`torch.compile` each layer (worth it on a GPU for long trainings)."""
    own_kernels: bool = False
    """With `compile`, on a GPU with Triton: compute LoRA layers and the loss by our own kernels, which drop while they
    multiply (dropout at no cost, a third less memory). Compared with plain ones; no game has been played with it."""
    save_steps: int = Field(50, ge=1)
    """Steps between checkpoints."""
    heldout_share: float = Field(0.1, ge=0, lt=1)
    """Share of the examples on which the held-out loss is measured."""

    @model_validator(mode="after")
    def _leaves_enough(self) -> TrainConfig:
        if 0 < self.max_examples < 2 * self.min_examples:
            raise ValueError(
                f"train.max_examples: found {self.max_examples}, and train.min_examples is {self.min_examples}, for "
                f"each of Bob's two classes; allowed are 0 (no limit) and {2 * self.min_examples} or more"
            )
        return self

    @model_validator(mode="after")
    def _compiles_what_it_holds_whole(self) -> TrainConfig:
        if self.compile and self.base != "whole":
            raise ValueError(f"train.compile is for a base that each GPU holds whole, and train.base is {self.base}")
        return self
