"""Rule dataset_build: the dataset's folder."""

from seqplay.dataset.publish.build import Made, build
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    build(
        Made(
            instructions=job.path("instructions"),
            dropped=job.path("dropped"),
            candidates=job.path("candidates"),
            checked=job.paths("checked"),
            agreement=job.paths("agreement"),
        ),
        job.output(),
        dataset=job.config.dataset,
        seed=job.config.seed,
        origin={"engine": job.config.engine.kind, "model": job.config.model.name, "seed": str(job.config.seed)},
    )
