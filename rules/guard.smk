# Guards: a run's jobs work with the code and the settings it began with, and beside no jobs of an earlier, killed run.

from snakemake.exceptions import WorkflowError

from seqplay.runtime.cluster import refuse_orphans
from seqplay.runtime.code_freeze import freeze
from seqplay.operations.schedule import announce

if workflow.is_main_process:
    freeze(Path(workflow.basedir), config)


onstart:
    try:
        refuse_orphans(Path())
    except SeqplayError as error:
        raise WorkflowError(str(error))
    announce(EXPERIMENTS, PROOFS)
