"""Schedule: the jobs of an experiment, in order, each with the file that it writes and the log that it keeps.

Snakemake knows this while it runs; a person who looks at the files from elsewhere does not. So the workflow writes the
experiment's settings beside its logs when it starts, and the jobs follow from them. Merges of shards and copies between
the experiments of a sweep are left out: they take no time that one would watch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from seqplay.config import Config, predicts
from seqplay.files import canonical_json, write_text
from seqplay.game.heldout_theorems import proving_is_measured
from seqplay.runtime.shards import shard_count

SETTINGS = Path("logs/settings.json")
"""In an experiment's folder: its configuration, and whether SEQ needs a proof here."""


class Settings(BaseModel):
    """What an experiment was started with."""

    model_config = ConfigDict(frozen=True)

    config: Config
    proofs: bool
    """A SEQ pair is accepted only with a proof."""


class Job(NamedTuple):
    """A job that the experiment needs."""

    play: str
    """``iter_1``, ``eval_0``, or empty for what comes before all iterations."""
    rule: str
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


def announce(experiments: Mapping[str, Config], proofs: Mapping[str, bool]) -> None:
    """Write the settings of all experiments beside their logs, for ``seqplay watch``."""
    for name, config in experiments.items():
        told: dict[str, Any] = {"config": config.model_dump(mode="json", by_alias=True), "proofs": proofs[name]}
        write_text(Path(config.results) / name / SETTINGS, canonical_json(told) + "\n")


def read_settings(folder: Path) -> Settings | None:
    """Return what the experiment in a folder was started with; none where that is not written (or not readable)."""
    try:
        return Settings.model_validate_json((folder / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError, ValidationError):
        return None


def schedule(settings: Settings) -> list[Job]:
    """Return all jobs of an experiment, each after those that it needs."""
    config = settings.config
    jobs = [_job("", "prepare_programs", "programs/train.jsonl")]
    if config.evaluation.enabled:
        jobs.append(_job("", "heldout_pairs", "heldout_pairs.jsonl", needs=["/prepare_programs"]))
        jobs += _evaluation(settings, 0)
    for number in range(1, config.iterations + 1):
        jobs += _iteration(settings, number)
        if config.evaluation.enabled:
            jobs += _evaluation(settings, number)
        so_far = dict.fromkeys(job.group for job in jobs)
        jobs.append(_job(f"iter_{number}", "iteration_report", "report.html", needs=so_far))
    played = dict.fromkeys(job.group for job in jobs if job.rule != "iteration_report")
    pages = (("summary_page", "summary.md"), ("report", "report.html"))
    return [*jobs, *(_job("", rule, file, needs=played) for rule, file in pages)]


def _job(
    play: str, rule: str, output: str, *, needs: Iterable[str] = (), part: str = "", stem: str = "", group: str = ""
) -> Job:
    name = "/".join(word for word in (play, rule, stem) if word)
    return Job(
        play=play,
        rule=rule,
        part=part,
        group=group or f"{play}/{rule}",
        needs=tuple(needs),
        output=Path(play) / output,
        log=Path(f"logs/{name}.log"),
        benchmark=Path(f"benchmarks/{name}.tsv"),
    )


def _shards(play: str, rule: str, folder: str, count: int, needs: Iterable[str], **part: int) -> Iterator[Job]:
    """Yield the shards of a stage; ``part`` is its attempt or round."""
    group = "/".join([play, rule, *(str(number) for number in part.values())])
    for shard in range(count):
        named = {**part, "shard": shard}
        stem = ".".join(f"{key}_{value}" for key, value in named.items())
        words = ", ".join(f"{key} {value}" for key, value in named.items())
        yield _job(play, rule, f"{folder}/{stem}.jsonl", needs=needs, part=words, stem=stem, group=group)


def _programs(settings: Settings, play: str, rule: str, adapters: list[str], rounds: int) -> list[Job]:
    """Return the jobs from programs to verdicts and proofs; the last of them are those that all others precede."""
    jobs = [_job(play, rule, "programs.jsonl", needs=["/prepare_programs"])]

    def last() -> list[str]:
        return [jobs[-1].group, *adapters]

    for attempt in range(settings.config.alice.retries + 1):
        count = shard_count(settings.config, "propose", play, attempt)
        jobs += _shards(play, "propose", "proposals", count, last(), attempt=attempt)
        count = shard_count(settings.config, "validate", play, attempt)
        jobs += _shards(play, "validate", "verdicts", count, last(), attempt=attempt)
    for round_ in range(rounds):
        if round_:
            stem, words = f"round_{round_}", f"round {round_}"
            asked = _job(play, "propose_proofs", f"proof_proposals/{stem}.jsonl", needs=last(), part=words, stem=stem)
            jobs.append(asked._replace(group=f"{play}/propose_proofs/{round_}"))
        count = shard_count(settings.config, "prove", play, round_)
        jobs += _shards(play, "verify_proofs", "proofs", count, last(), round=round_)
    return jobs


def _trained(number: int) -> list[str]:
    """Return the group of jobs that train the adapters of an iteration; none for the base model."""
    return [f"iter_{number}/train"] if number else []


def _iteration(settings: Settings, number: int) -> Iterator[Job]:
    play, adapters = f"iter_{number}", _trained(number - 1)
    rounds = settings.config.proof.rounds + 1 if settings.proofs else 0
    programs = _programs(settings, play, "sample_programs", adapters, rounds)
    yield from programs
    yield _job(play, "collect_pairs", "pairs.jsonl", needs=[programs[-1].group])
    accepted = [f"{play}/collect_pairs"]
    if predicts(settings.config):
        yield _job(play, "predict_difficulty", "predictions.jsonl", needs=[*accepted, *adapters])
        accepted = [f"{play}/predict_difficulty"]
    yield _job(play, "choose_pairs", "asked_pairs.jsonl", needs=accepted)
    asked = [f"{play}/choose_pairs", *adapters]
    yield from _shards(play, "vote", "ballots", shard_count(settings.config, "vote", play), asked)
    yield _job(play, "score_votes", "votes.jsonl", needs=[f"{play}/vote"])
    yield _job(play, "guard", "guards.jsonl", needs=[f"{play}/score_votes"])
    yield _job(play, "curriculum", "iteration_data.jsonl", needs=[f"{play}/guard"])
    for agent in ("alice", "bob"):
        folder = f"{agent}_adapters"
        yield _job(play, f"train_{agent}", folder, needs=[f"{play}/curriculum", *adapters], group=f"{play}/train")
    yield _job(play, "summarise", "seq_summary.jsonl", needs=[f"{play}/train"])


def _evaluation(settings: Settings, number: int) -> Iterator[Job]:
    play, adapters = f"eval_{number}", _trained(number)
    programs = _programs(settings, play, "evaluation_programs", adapters, 1 if settings.proofs else 0)
    yield from programs
    count = shard_count(settings.config, "vote", play)
    yield from _shards(play, "vote", "ballots", count, ["/heldout_pairs", *adapters])
    yield _job(play, "score_votes", "votes.jsonl", needs=[f"{play}/vote"])
    needs = [programs[-1].group, f"{play}/score_votes"]
    if predicts(settings.config):
        yield _job(play, "predict_difficulty", "predictions.jsonl", needs=["/heldout_pairs", *adapters])
        needs.append(f"{play}/predict_difficulty")
    if proving_is_measured(settings.config, proofs=settings.proofs):
        asked = ["/heldout_pairs", *adapters]
        yield _job(play, "propose_heldout_proofs", "heldout_proof_proposals.jsonl", needs=asked)
        needs.append(f"{play}/verify_heldout_proofs")
        yield _job(play, "verify_heldout_proofs", "heldout_proofs.jsonl", needs=[f"{play}/propose_heldout_proofs"])
    yield _job(play, "evaluate", "evaluation.jsonl", needs=needs)
