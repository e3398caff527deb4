"""One process of a training: ``accelerate launch -m seqplay.adapters JOB.json RESULT.json PROCESSES``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from seqplay.adapters.run import run_job
from seqplay.adapters.training_job import TrainingJob
from seqplay.errors import SeqplayError
from seqplay.files import dump_line, write_text
from seqplay.runtime.log import attach_log
from seqplay.runtime.owner import end_with, owner


def main() -> int:
    """Do this process's part of the job; the first process writes the result."""
    if os.environ.get("RANK", "0") == "0":
        attach_log()
    run = owner()
    if run is not None:
        end_with(run)
    order, answer, processes = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    job = TrainingJob.model_validate_json(order.read_text(encoding="utf-8"))
    try:
        result = run_job(job, processes)
    except SeqplayError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    if result is not None:
        write_text(answer, dump_line(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
