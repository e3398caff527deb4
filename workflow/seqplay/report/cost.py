"""What it took: seconds, core-hours, GPU-hours and tokens by stage, from the jobs' clocks."""

from __future__ import annotations

from seqplay.config import Resources, ResourcesConfig
from seqplay.report.charts import bars_chart
from seqplay.report.experiment import Experiment, by_stage
from seqplay.report.figure import Figure, Section, Table

ENGINE = ("propose", "propose_proofs", "vote")
LIGHT = ("sample_programs", "evaluation_programs", "merge_shards", "collect_pairs", "curriculum", "evaluate", "share")


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
    seconds, resources = by_stage(experiment), experiment.config.resources
    written = tokens(experiment)
    rows: list[tuple[str, ...]] = []
    for stage in sorted(seconds, key=lambda one: -seconds[one]):
        asked = role(stage, resources)
        hours = seconds[stage] / 3600
        rows.append(
            (
                stage,
                f"{seconds[stage]:,.1f}",
                f"{hours * asked.cpus:.3f}",
                f"{hours * asked.gpus:.3f}",
                f"{written[stage]:,}" if written.get(stage) else "–",
                "–",
            )
        )
    total = sum(seconds.values())
    cores = sum(value / 3600 * role(stage, resources).cpus for stage, value in seconds.items())
    rows.append(
        ("all", f"{total:,.1f}", f"{cores:.3f}", f"{gpu_hours(experiment):.3f}", f"{sum(written.values()):,}", "–")
    )
    title = "Time by stage"
    caption = (
        "Seconds of all jobs of a stage, added up over its shards and iterations. Core-hours and GPU-hours are those "
        "seconds times what a job asks for in the configuration. Jobs that a sweep copied from another experiment "
        "took their time there."
    )
    lacking = "" if seconds else "No times were recorded (timing.jsonl and benchmarks/ are not there)."
    chart = (
        bars_chart([{"name": s, "series": "s", "value": round(v, 1)} for s, v in seconds.items()], ["s"], x="seconds")
        if seconds
        else None
    )
    head = ("stage", "seconds", "core-hours", "GPU-hours", "tokens", "cost")
    spent = [{"name": stage, "series": "tokens", "value": count} for stage, count in written.items() if count]
    return Section(
        "cost",
        "Cost",
        [
            Figure("seconds", title, caption, Table(head, rows), chart, lacking),
            Figure(
                "tokens",
                "Tokens by stage",
                "Tokens that the model wrote, and for training those that were trained on.",
                Table(("stage", "tokens"), [(stage, f"{count:,}") for stage, count in written.items()]),
                bars_chart(spent, ["tokens"], x="tokens") if spent else None,
                "" if spent else "No model wrote anything.",
            ),
        ],
    )
