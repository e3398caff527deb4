"""Rule dataset_build: the dataset's folder."""

from seqplay.dataset.build import Made, build
from seqplay.dataset.generate import by_id
from seqplay.dataset.records import Candidate, DroppedRow, Instruction, Semantics, Validation
from seqplay.job import Job

with Job(snakemake) as job:
    build(
        Made(
            instructions=by_id(job.read("instructions", Instruction)),
            dropped=job.read("dropped", DroppedRow),
            candidates=job.read("candidates", Candidate),
            validations={found.id: found for found in job.read("checked", Validation)},
            semantics={found.id: found for found in job.read("agreement", Semantics)},
        ),
        job.output(),
        dataset=job.config.dataset,
        seed=job.config.seed,
        origin={"engine": job.config.engine.kind, "model": job.config.model.name, "seed": str(job.config.seed)},
    )
