"""Trainings in the run's training daemon (``adapters.daemon``), from a stage's side: the same bytes, sooner."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import closing
from pathlib import Path

from seqplay.adapters.training_job import TrainingJob, TrainingResult
from seqplay.config import EngineConfig
from seqplay.errors import ToolError
from seqplay.files import content_id
from seqplay.runtime import code_freeze
from seqplay.runtime.daemon_process import DaemonOrder
from seqplay.runtime.daemon_start import alone, start
from seqplay.runtime.daemons import Address, addresses
from seqplay.runtime.gpus import visible_gpus
from seqplay.runtime.mistake import Mistake
from seqplay.runtime.owner import owner

STANDARD_OUTPUT, STANDARD_ERROR = 1, 2


def stays(config: EngineConfig) -> bool:
    """Say whether the trainings of this run share a daemon: where its engines stay loaded, whichever engine it is."""
    if config.resident == "no" or owner() is None:
        return False
    return config.resident == "yes" or bool(visible_gpus())


def train_in_daemon(job: TrainingJob) -> TrainingResult | None:
    """Do a job in a fork of the run's training daemon; none where that is lost, and the job is to be done here: it goes
    on from its last checkpoint.

    Raises what ``adapters.run.run_job`` raises.
    """
    order = {
        "order": "train",
        "job": job.model_dump(mode="json"),
        "environment": dict(os.environ),
        "folder": str(Path.cwd()),
    }
    try:
        with closing(_daemon().call(order, None)) as channel:
            channel.receive()  # it has forked
            channel.send_files(STANDARD_OUTPUT, STANDARD_ERROR)
            answer = channel.receive()
    except (OSError, EOFError, ToolError) as error:
        logging.warning("the training daemon is lost (%s): training in the stage's own process", error)
        return None
    if "mistake" in answer:
        raise Mistake.model_validate(answer["mistake"]).error()
    return TrainingResult.model_validate(answer["result"])


def _daemon() -> Address:
    """Return the address of the run's training daemon, which is started where there is none."""
    run = owner()
    assert run is not None, "asked for within a run alone: see stays()"
    code = Path(os.environ.get(code_freeze.VARIABLE, "")).name
    threads = os.environ.get("OMP_NUM_THREADS", "")  # read once, at the import
    identity = content_id("training daemon", run.model_dump_json(), code, sys.executable, threads)
    name = f"training-{identity[:12]}"
    with alone(name):
        for address in addresses():
            if address.identity == identity and address.alive():
                return address
        command = [sys.executable, "-m", "seqplay.adapters.daemon"]
        return start(name, identity, (), command, lambda address: DaemonOrder(owner=run, address=address))
