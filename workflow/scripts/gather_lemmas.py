"""Rule gather_lemmas: the lemma store that the next iteration's proof searches use."""

from seqplay.files import write_records
from seqplay.game.lemma_store import gathered
from seqplay.records import ProofAttempt, StoredLemma
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    proved = (lemma for attempt in job.read("proofs", ProofAttempt) for lemma in attempt.lemmas)
    write_records(job.output(), gathered([*job.read("earlier", StoredLemma), *proved]))
