"""Rule ask_suites: a player answers every suite."""

from seqplay.engines.stage import Sampler
from seqplay.runtime.job import Job
from seqplay.suites.asking import ask_suites

with Job(snakemake) as job:
    player = job.wildcards["player"]
    asked = [suite for suite in job.config.evaluation.suites if player in ("base", *suite.players)]
    ask_suites(
        asked,
        job.output(),
        sampler=Sampler(job.config.engine, job.config.model, job.adapter()),
        seed=job.config.seed,
        few_shot=job.config.bob.few_shot,
        label=f"suites {player} {job.wildcards['play']}",
    )
