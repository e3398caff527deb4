"""What it took: seconds, core-hours, GPU-hours and tokens by stage, from the jobs' clocks."""

from __future__ import annotations

from seqplay.config import Resources, ResourcesConfig
from seqplay.report.drawing.charts import bars_chart
from seqplay.report.drawing.figure import Figure, Section, Table
from seqplay.report.reading.experiment import Experiment, by_stage

ENGINE = ("propose", "propose_proofs", "propose_heldout_proofs", "vote")
LIGHT = ("sample_programs", "evaluation_programs", "merge_shards", "collect_pairs", "curriculum", "evaluate", "share")


DRAWN = 12
"""Stages that the chart of seconds shows; the table has all."""


def role(stage: str, resources: ResourcesConfig) -> Resources:
    """Return what a stage's jobs ask for."""
    name = stage.removeprefix("evaluation ")
    if name in ENGINE:
        return resources.engine
    if name.startswith("train_"):
        return resources.train
    return resources.light if name in LIGHT else resources.haskell


def gpu_hours(experiment: Experiment) -> float:
    """Return the GPU-hours of all jobs: their seconds times the GPUs that they asked for."""
    resources = experiment.config.resources
    return sum(seconds * role(stage, resources).gpus for stage, seconds in by_stage(experiment).items()) / 3600


def tokens(experiment: Experiment) -> dict[str, int]:
    """Return the tokens that were written by stage, and those that were trained on."""
    found = {"propose": 0, "propose_proofs": 0, "vote": 0}
    for iteration in experiment.iterations:
        for stage, key in (("propose", "propose"), ("propose_proofs", "prove"), ("vote", "vote")):
            found[stage] += iteration.summary.tokens.get(key, 0)
    for training in (one for iteration in experiment.iterations for one in iteration.training):
        stage = f"train_{training.agent}"
        found[stage] = found.get(stage, 0) + int(training.metrics.get("tokens", 0))
    if experiment.evaluations:
        found["evaluation"] = experiment.evaluation_tokens
    return found


def cost_section(experiment: Experiment) -> Section:
    """Return the chapter on time and tokens; the price of a GPU-hour is the reader's to fill in."""
    return Section("cost", "Cost", [seconds_figure(experiment), tokens_figure(experiment)])


def seconds_figure(experiment: Experiment) -> Figure:
    """Return seconds, core-hours and GPU-hours by stage, the longest first."""
    seconds, written = by_stage(experiment), tokens(experiment)
    title = "Time by stage"
    caption = (
        f"Seconds of all jobs of a stage, over its shards and iterations; the chart has the {DRAWN} longest. Core- "
        "and GPU-hours are those seconds times what a job asks for in the configuration. What a sweep copied from "
        "another experiment took its time there."
    )
    if not seconds:
        empty_message = "No times were recorded (timing.jsonl and benchmarks/ are not there)."
        return Figure("seconds", title, caption, empty_message=empty_message)
    longest = sorted(seconds, key=lambda stage: -seconds[stage])
    asked = {stage: role(stage, experiment.config.resources) for stage in longest}
    hours = {stage: seconds[stage] / 3600 for stage in longest}
    rows: list[tuple[str, ...]] = [
        (
            stage,
            f"{seconds[stage]:,.1f}",
            f"{hours[stage] * asked[stage].cpus:.3f}",
            f"{hours[stage] * asked[stage].gpus:.3f}",
            f"{written[stage]:,}" if written.get(stage) else "–",
            "–",
        )
        for stage in longest
    ]
    cores = sum(hours[stage] * asked[stage].cpus for stage in longest)
    total = f"{sum(seconds.values()):,.1f}", f"{cores:.3f}", f"{gpu_hours(experiment):.3f}"
    rows.append(("all", *total, f"{sum(written.values()):,}", "–"))
    drawn = [{"name": one, "series": "seconds", "value": round(seconds[one], 1)} for one in longest[:DRAWN]]
    table = Table(("stage", "seconds", "core-hours", "GPU-hours", "tokens", "cost"), rows)
    return Figure("seconds", title, caption, table, bars_chart(drawn, ["seconds"], x="seconds"))


def tokens_figure(experiment: Experiment) -> Figure:
    """Return the tokens by stage."""
    title, caption = "Tokens by stage", "Tokens that the model wrote, and for training those that were trained on."
    written = {stage: count for stage, count in tokens(experiment).items() if count}
    if not written:
        return Figure("tokens", title, caption, empty_message="No model wrote anything.")
    drawn = [{"name": stage, "series": "tokens", "value": count} for stage, count in written.items()]
    table = Table(("stage", "tokens"), [(stage, f"{count:,}") for stage, count in written.items()])
    return Figure("tokens", title, caption, table, bars_chart(drawn, ["tokens"], x="tokens"))
