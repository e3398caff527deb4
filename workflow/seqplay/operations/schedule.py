"""Schedule: the jobs of an experiment, in order, each with the file that it writes and the log that it keeps.

Snakemake knows this while it runs; a person who looks at the files from elsewhere does not. So the workflow writes the
experiment's settings beside its logs when it starts, and the jobs follow from them. Merges of shards and copies between
the experiments of a sweep are left out: they take no time that one would watch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from seqplay.config import Config, faces_opponents, mutates, predicts, stage_settings
from seqplay.errors import ConfigError
from seqplay.files import canonical_json, write_text
from seqplay.game.heldout_theorems import proving_is_measured
from seqplay.runtime.shards import shard_count
from seqplay.runtime.stages import BY_NAME, Only, Phase, Stage, Turn, of_phase
from seqplay.suites.schedule import evaluations_with_suites, suite_players

SETTINGS = Path("logs/settings.json")
"""In an experiment's folder: its configuration, and whether SEQ needs a proof here."""

MOST_JOBS = 25_000
"""What Snakemake plans in about a minute (docs/scale.md)."""


class Settings(BaseModel):
    """What an experiment was started with."""

    model_config = ConfigDict(frozen=True)

    config: Config
    proofs: bool
    """A SEQ pair is accepted only with a proof."""
    tried: bool = False
    """The tactics look for proofs though no pair needs one."""


class Job(NamedTuple):
    """A job that the experiment needs."""

    play: str
    """``iter_1``, ``eval_0``, or empty for what comes before all iterations."""
    stage: str
    """Its name in the table of stages."""
    rule: str
    """The same; of a training with its agent (``train_bob``), as its log is named."""
    part: str
    """``attempt 0, shard 1``, or empty for a job that is not split."""
    group: str
    """Jobs of one group are the shards of one stage, and do not wait for each other."""
    needs: tuple[str, ...]
    """The groups that it waits for."""
    output: Path
    """Relative to the experiment's folder, as is the log."""
    log: Path
    benchmark: Path


def announce(
    experiments: Mapping[str, Config], proofs: Mapping[str, bool], tried: Mapping[str, bool] | None = None
) -> None:
    """Write the settings of all experiments beside their logs, for ``seqplay watch``."""
    for name, config in experiments.items():
        told: dict[str, Any] = {"config": config.model_dump(mode="json", by_alias=True), "proofs": proofs[name]}
        told["tried"] = bool(tried and tried[name] and not proofs[name])
        write_text(Path(config.results) / name / SETTINGS, canonical_json(told) + "\n")


def refuse_too_many(experiments: Mapping[str, Config], proofs: Mapping[str, bool], tried: Mapping[str, bool]) -> None:
    """Raise ``ConfigError`` where Snakemake would take minutes only to plan all jobs."""
    jobs = {
        name: len(schedule(Settings(config=config, proofs=proofs[name], tried=tried[name])))
        for name, config in experiments.items()
    }
    total = sum(jobs.values())
    if total > MOST_JOBS:
        name = max(jobs, key=lambda name: jobs[name])
        part = max(1, experiments[name].iterations * MOST_JOBS // (2 * total))
        raise ConfigError(
            f"{total} jobs, which Snakemake would take minutes only to plan: play a part at a time, such as "
            f"{experiments[name].results}/{name}/iter_{part}/report.html and then iter_{2 * part} (what is done is "
            "found again), or lower `shards`"
        )


def read_settings(folder: Path) -> Settings | None:
    """Return what the experiment in a folder was started with; none where that is not written (or not readable)."""
    try:
        return Settings.model_validate_json((folder / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError, ValidationError):
        return None


def schedule(settings: Settings) -> list[Job]:
    """Return all jobs of an experiment, each after those that it needs."""
    config = settings.config
    jobs = _Jobs(settings)
    jobs.play(Phase.ONCE, "")
    for number in range(config.iterations + 1):
        if number:
            jobs.play(Phase.ITERATION, f"iter_{number}", learned=number - 1)
        if config.evaluation.enabled:
            jobs.play(Phase.EVALUATION, f"eval_{number}", learned=number)
        if number:
            jobs.play(Phase.ITERATION_PAGE, f"iter_{number}")
    jobs.play(Phase.PAGE, "")
    return jobs.made


def _present(settings: Settings, only: Only | None, phase: Phase, iteration: int) -> bool:
    """Say whether an experiment has the stages that are played in an iteration's phase under a condition."""
    config = settings.config
    match only:
        case None:
            return True
        case Only.EVALUATED:
            return config.evaluation.enabled
        case Only.MUTATED:
            return mutates(config, evaluation=phase is Phase.EVALUATION)
        case Only.OPPONENTS:
            return faces_opponents(config)
        case Only.PREDICTED:
            return predicts(config)
        case Only.PROVED:
            return settings.proofs or (settings.tried and phase is Phase.ITERATION)
        case Only.REMEMBERED:
            return config.proof.lemma_store and (settings.proofs or settings.tried) and iteration < config.iterations
        case Only.HELDOUT_PROVED:
            return proving_is_measured(config, proofs=settings.proofs)
        case Only.SUITES:
            return bool(evaluations_with_suites(config))


class _Jobs:
    """The jobs so far. ``groups`` has, for each stage, its latest groups: what a stage that reads it waits for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.made: list[Job] = []
        self.groups: dict[str, list[str]] = {}

    def play(self, phase: Phase, play: str, learned: int = 0) -> None:
        """Add a phase's jobs; ``learned`` is the iteration whose adapters it is played with, 0 the base model's."""
        config = self.settings.config
        every = phase in (Phase.ITERATION_PAGE, Phase.PAGE)
        kept = {name: found for name, found in self.groups.items() if every or Phase.ONCE in BY_NAME[name].reads}
        adapters = [f"iter_{learned}/train"] if learned else []
        here: dict[str, list[str]] = {}
        stages = [stage for stage in of_phase(phase) if _present(self.settings, stage.only, phase, learned + 1)]
        # Stages of one kind of turn take turns: all of them are played in the first, then all in the next.
        for turn, together in groupby(stages, key=lambda stage: stage.turn):
            block = list(together)
            for number in range(self._turns(turn, phase)):
                for stage in block:
                    if number >= stage.first:
                        read = [group for name in stage.reads[phase] for group in {**kept, **here}.get(name, [])]
                        if learned and stage.promotes and stage_settings(config, stage.promotes)[stage.promotes] > 0:
                            read.append(f"iter_{learned}/curriculum")
                        needs = tuple(dict.fromkeys([*read, *(adapters if stage.learned else [])]))
                        added = list(self._jobs(stage, play, number, needs))
                        here[stage.name] = list(dict.fromkeys(job.group for job in added))
                        self.made += added
        for name, found in here.items():
            self.groups[name] = [*self.groups.get(name, []), *found]

    def _turns(self, turn: Turn | None, phase: Phase) -> int:
        """Return how often the stages are played that take turns."""
        config = self.settings.config
        if turn is None:
            return 1
        if turn is Turn.ATTEMPT:
            return config.alice.retries + 1
        return config.proof.rounds + 1 if phase is Phase.ITERATION and self.settings.proofs else 1

    def _jobs(self, stage: Stage, play: str, number: int, needs: tuple[str, ...]) -> Iterator[Job]:
        """Yield the jobs of a stage in one turn."""
        if stage.one_for == "agent":
            for agent in ("alice", "bob"):
                yield _job(stage, play, f"{stage.name}_{agent}", stage.writes.format(agent=agent), needs)
        elif stage.one_for == "player":
            for player in suite_players(self.settings.config, int(play.rpartition("_")[2])):
                output = stage.writes.format(player=player)
                yield _job(stage, play, stage.name, output, needs, part=player, stem=player)
        else:
            turn = {str(stage.turn): number} if stage.turn else {}
            count = shard_count(self.settings.config, stage.name, play, number)
            for shard in range(count):
                named = {**turn, "shard": shard} if stage.shards else turn
                stem = ".".join(f"{key}_{value}" for key, value in named.items())
                output = f"{stage.writes}/{stem}.jsonl" if stem else stage.writes
                words = ", ".join(f"{key} {value}" for key, value in named.items())
                yield _job(stage, play, stage.name, output, needs, part=words, stem=stem, turns=list(turn.values()))


def _job(
    stage: Stage,
    play: str,
    rule: str,
    output: str,
    needs: tuple[str, ...],
    *,
    part: str = "",
    stem: str = "",
    turns: Sequence[int] = (),
) -> Job:
    name = "/".join(word for word in (play, rule, stem) if word)
    return Job(
        play=play,
        stage=stage.name,
        rule=rule,
        part=part,
        group="/".join([play, stage.name, *map(str, turns)]),
        needs=needs,
        output=Path(play) / output,
        log=Path(f"logs/{name}.log"),
        benchmark=Path(f"benchmarks/{name}.tsv"),
    )
