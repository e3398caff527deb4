"""Inputs: which files each stage reads, for its wildcards. The rules name a method where a pattern is not enough.

The chain over iterations is here: who plays an iteration, and what of the iterations before it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqplay.adapters.train import initial_adapter
from seqplay.config import Config, faces_opponents, mutates, predicts
from seqplay.game.bob import opponent
from seqplay.game.heldout_theorems import proving_is_measured
from seqplay.records import Role
from seqplay.runtime import layout
from seqplay.runtime.phases import is_evaluation
from seqplay.runtime.resources import keep_signature
from seqplay.runtime.shards import covering, shard_count
from seqplay.suites.schedule import evaluations_with_suites

Files = Any
"""A path, several, or an empty list where there is nothing to read."""
Input = Callable[[Any], Files]
"""What Snakemake asks with a job's wildcards."""


def number(phase: str) -> int:
    """Return the iteration's number in ``iter_3`` or ``eval_3``."""
    return int(phase.rpartition("_")[2])


@dataclass(frozen=True)
class Inputs:
    """The files of experiments, as patterns below ``folder`` (``results/{experiment}``)."""

    folder: str
    experiments: Mapping[str, Config]
    proofs_needed: Mapping[str, bool]
    proofs_tried: Mapping[str, bool] = field(default_factory=dict)
    """Where the tactics look for proofs that no label needs."""

    def _config(self, wildcards: Any) -> Config:
        return self.experiments[wildcards.experiment]

    @keep_signature
    def program_source(self, wildcards: Any) -> Files:
        """The file of the programs, where they are in one; an edited one reruns what reads it."""
        source = self._config(wildcards).programs.source
        return source if Path(source).is_file() else []

    @keep_signature
    def promoted_from(self, wildcards: Any) -> Files:
        """What the iteration before came to, where accepted Q's are programs of later iterations."""
        last = int(wildcards.iteration) - 1
        promotes = self._config(wildcards).programs.promoted_share > 0
        return f"{self.folder}/iter_{last}/iteration_data.jsonl" if promotes and last else []

    @keep_signature
    def shards(self, wildcards: Any) -> Files:
        """The files of a stage's shards, in order."""
        part, records = wildcards.part, wildcards.records
        return layout.shard_files(self.folder, self._config(wildcards), wildcards.play, records, part)

    @keep_signature
    def opponent(self, wildcards: Any) -> Files:
        """The adapter of the Bob of an earlier iteration who votes beside the latest."""
        earlier = opponent(self._config(wildcards).seed, number(wildcards.play))
        return f"{self.folder}/iter_{earlier}/bob_adapters" if earlier else self._initial_adapter(wildcards, "bob")

    @keep_signature
    def earlier_ballots(self, wildcards: Any) -> Files:
        """His answers, where he is asked."""
        return f"{self.folder}/{{play}}/earlier_ballots.jsonl" if faces_opponents(self._config(wildcards)) else []

    @keep_signature
    def ballots(self, wildcards: Any) -> Files:
        """Bob's answers: the files of all shards, in order."""
        count = shard_count(self._config(wildcards), "vote", wildcards.play)
        return [f"{self.folder}/{{play}}/ballots/shard_{shard}.jsonl" for shard in range(count)]

    def _initial_adapter(self, wildcards: Any, agent: str) -> Files:
        return initial_adapter(self._config(wildcards), Role(agent)) or []

    def adapter(self, agent: str) -> Input:
        """The adapter that an agent plays with: the last iteration's; after an iteration, that one's."""

        @keep_signature
        def folder(wildcards: Any) -> Files:
            last = number(wildcards.play) - (not is_evaluation(wildcards.play))
            return f"{self.folder}/iter_{last}/{agent}_adapters" if last else self._initial_adapter(wildcards, agent)

        return folder

    def iteration_before(self, name: str) -> Input:
        """A file of the last iteration: the one before; after an iteration, that one's. None before the first."""

        @keep_signature
        def file(wildcards: Any) -> Files:
            last = number(wildcards.play) - (not is_evaluation(wildcards.play))
            return f"{self.folder}/iter_{last}/{name}" if last else []

        return file

    def adapter_before(self, iterations: int) -> Input:
        """The adapter of a training's agent of so many iterations before."""

        @keep_signature
        def folder(wildcards: Any) -> Files:
            earlier = int(wildcards.iteration) - iterations
            if earlier > 0:
                return f"{self.folder}/iter_{earlier}/{{agent}}_adapters"
            return self._initial_adapter(wildcards, wildcards.agent)

        return folder

    def before(self, name: str) -> Input:
        """A file of the iteration before; it stands for those of all earlier ones, on which it depends in its turn."""

        @keep_signature
        def file(wildcards: Any) -> Files:
            last = number(wildcards.play) - 1
            return f"{self.folder}/iter_{last}/{name}" if last else []

        return file

    def attempts(self, stage: str) -> Input:
        """A stage's files of all of Alice's attempts."""

        @keep_signature
        def files(wildcards: Any) -> Files:
            return self._attempts(stage, self._config(wildcards).alice.retries + 1)

        return files

    def earlier_attempts(self, stage: str) -> Input:
        """A stage's files of Alice's attempts before the job's own."""

        @keep_signature
        def files(wildcards: Any) -> Files:
            return self._attempts(stage, int(wildcards.attempt))

        return files

    @keep_signature
    def proposals_to_validate(self, wildcards: Any) -> Files:
        """The proposals of a job's programs, which waits for no others."""
        return self._of_programs("proposals", int(wildcards.attempt), "validate", wildcards)

    def attempts_to_prove(self, stage: str) -> Input:
        """A stage's files of all attempts at a job's programs; where there is one attempt, it waits for no others."""

        @keep_signature
        def files(wildcards: Any) -> Files:
            retries = self._config(wildcards).alice.retries
            if retries or int(wildcards.round):
                return self._attempts(stage, retries + 1)
            return self._of_programs(stage, 0, "verify_proofs", wildcards)

        return files

    def _of_programs(self, records: str, attempt: int, reader: str, wildcards: Any) -> Files:
        """Return the shards of an attempt's records that hold the programs of a reader's shard.

        Experiments of a sweep may copy a stage from another one, and then they have its merged file alone.
        """
        config, play, shard = self._config(wildcards), wildcards.play, int(wildcards.shard)
        made, read = (shard_count(config, stage, play, attempt) for stage in (layout.SHARDED[records], reader))
        whole = f"{self.folder}/{{play}}/{records}/attempt_{attempt}"
        if made == 1 or len(self.experiments) > 1:
            return f"{whole}.jsonl"
        return [f"{whole}.shard_{number}.jsonl" for number in covering(shard, read, made)]

    def _attempts(self, stage: str, count: int) -> list[str]:
        return [f"{self.folder}/{{play}}/{stage}/attempt_{attempt}.jsonl" for attempt in range(count)]

    def _rounds(self, wildcards: Any) -> int:
        """Return how many proof rounds are played: round 0 is the tactics, which alone play in an evaluation."""
        if not self.proofs_needed[wildcards.experiment]:
            return int(self.proofs_tried.get(wildcards.experiment, False) and not is_evaluation(wildcards.play))
        return 1 if is_evaluation(wildcards.play) else self._config(wildcards).proof.rounds + 1

    @keep_signature
    def rewrites(self, wildcards: Any) -> Files:
        """What Alice proposes without a model, where she does."""
        made = mutates(self._config(wildcards), evaluation=is_evaluation(wildcards.play))
        return f"{self.folder}/{{play}}/rewrites.jsonl" if made else []

    @keep_signature
    def proof_proposals(self, wildcards: Any) -> Files:
        """What Alice answered in the proof rounds."""
        return [f"{self.folder}/{{play}}/proof_proposals/round_{n}.jsonl" for n in range(1, self._rounds(wildcards))]

    @keep_signature
    def proofs(self, wildcards: Any) -> Files:
        """The proof attempts of all rounds."""
        return self._proofs(self._rounds(wildcards))

    @keep_signature
    def earlier_proofs(self, wildcards: Any) -> Files:
        """The proof attempts of the rounds before the job's own."""
        return self._proofs(int(wildcards.round))

    @keep_signature
    def lemmas_before(self, wildcards: Any) -> Files:
        """The lemma store that the tactics of an iteration use; none in evaluations, which compare players alone."""
        last = number(wildcards.play) - 1
        used = self._config(wildcards).proof.lemma_store and not is_evaluation(wildcards.play)
        first_round = int(wildcards.get("round", 0)) == 0
        return f"{self.folder}/iter_{last}/lemmas.jsonl" if used and last and first_round else []

    def _proofs(self, rounds: int) -> list[str]:
        return [f"{self.folder}/{{play}}/proofs/round_{n}.jsonl" for n in range(rounds)]

    @keep_signature
    def labelled_pairs(self, wildcards: Any) -> Files:
        """The pairs of a phase with their labels: the accepted ones, or those that are held out."""
        return f"{self.folder}/{'heldout_pairs' if is_evaluation(wildcards.play) else '{play}/pairs'}.jsonl"

    @keep_signature
    def asked_pairs(self, wildcards: Any) -> Files:
        """The pairs that Bob is asked about."""
        return f"{self.folder}/{'heldout_pairs' if is_evaluation(wildcards.play) else '{play}/asked_pairs'}.jsonl"

    @keep_signature
    def predictions(self, wildcards: Any) -> Files:
        """How hard Alice says that the pairs are, where she is asked."""
        return f"{self.folder}/{{play}}/predictions.jsonl" if predicts(self._config(wildcards)) else []

    @keep_signature
    def heldout_pairs(self, wildcards: Any) -> Files:
        """The pairs on which Bob is measured, where he is."""
        return f"{self.folder}/heldout_pairs.jsonl" if self._config(wildcards).evaluation.enabled else []

    @keep_signature
    def heldout_proofs(self, wildcards: Any) -> Files:
        """Alice's proofs of the held-out theorems; none without Liquid Haskell, or without a model."""
        asked = proving_is_measured(self._config(wildcards), proofs=self.proofs_needed[wildcards.experiment])
        return f"{self.folder}/{{play}}/heldout_proofs.jsonl" if asked else []

    def of_base(self, name: str) -> Input:
        """A file of the base's evaluation; none for the base itself."""

        @keep_signature
        def file(wildcards: Any) -> Files:
            return f"{self.folder}/eval_0/{name}" if number(wildcards.play) else []

        return file

    def of_iteration(self, name: str) -> Input:
        """A file of the iteration that an evaluation follows; none for the base itself."""

        @keep_signature
        def file(wildcards: Any) -> Files:
            last = number(wildcards.play)
            return f"{self.folder}/iter_{last}/{name}" if last else []

        return file

    def of_evaluation_before(self, name: str) -> Input:
        """A file of the evaluation before; none for the base itself."""

        @keep_signature
        def file(wildcards: Any) -> Files:
            last = number(wildcards.play) - 1
            return f"{self.folder}/eval_{last}/{name}" if last >= 0 else []

        return file

    @keep_signature
    def summaries(self, wildcards: Any) -> Files:
        """The counts of the iterations, up to the job's own where it is about one."""
        return layout.summaries(self.folder, self._last(wildcards))

    @keep_signature
    def evaluations(self, wildcards: Any) -> Files:
        """What the evaluations say, up to the one after the job's own iteration; none where evaluation is off."""
        return layout.evaluations(self.folder, self._config(wildcards), self._last(wildcards))

    @keep_signature
    def suite_results(self, wildcards: Any) -> Files:
        """What the players reach on suites, up to the evaluation after the job's own iteration; none without suites."""
        asked, last = evaluations_with_suites(self._config(wildcards)), self._last(wildcards)
        return [f"{self.folder}/eval_{number}/suites.jsonl" for number in asked if number <= last]

    def _last(self, wildcards: Any) -> int:
        return int(wildcards.get("iteration") or self._config(wildcards).iterations)
