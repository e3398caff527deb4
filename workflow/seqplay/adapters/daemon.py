"""Training daemon: a process that has imported what training needs; each training of a run is a fork of it.

    python -m seqplay.adapters.daemon < ORDER.json

torch, transformers and peft take longer to import than a small model takes to train: 7 s, and 17 s beside other work.
So the first training of a run starts this process (``adapters.resident``), and all of them are forks of it. A fork is a
process of its own, which nothing of an earlier training reaches: the daemon itself computes nothing, and never touches
a GPU. A fork ends with the stage that asked for it, however that ends; the daemon ends as an engine's does.

A caller sends ``train`` with the job, its environment and its folder; the fork answers ``ready``, takes over the
caller's standard output and error, and answers with the ``result`` or a ``mistake``.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import traceback
from typing import Any, NoReturn

from seqplay.adapters.run import run_job
from seqplay.adapters.training_job import TrainingJob
from seqplay.errors import SeqplayError
from seqplay.runtime.daemon_process import DaemonOrder, serve
from seqplay.runtime.daemons import Channel
from seqplay.runtime.log import attach_log
from seqplay.runtime.mistake import Mistake

HIGHEST = 4096
"""No file of the daemon's has as high a number."""


class TrainingDaemon:
    """Forks for each training."""

    def answer(self, message: dict[str, Any], channel: Channel) -> bool:
        """Carry out a caller's order; return whether to go on."""
        if message["order"] == "train":
            if os.fork() == 0:
                _train(message, channel)
            return True
        channel.send({"done": True})
        return bool(message["order"] != "stop")

    def close(self) -> None:
        """Leave running trainings to their stages."""


def _train(message: dict[str, Any], channel: Channel) -> NoReturn:
    """Do a training in this fork, which ends with it, and must not run what the daemon would run at its end."""
    code = 1
    try:
        os.setsid()  # whoever ends the daemon's group does not end a training
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(message["environment"])
        os.chdir(message["folder"])
        own = channel.fileno()
        os.closerange(3, own)  # above all the daemon's own socket: nobody hears its callers once it has ended
        os.closerange(own + 1, HIGHEST)
        channel.send({"ready": True})
        for number, given in zip((1, 2), channel.receive_files(2), strict=True):
            os.dup2(given, number)
        threading.Thread(target=_end_with, args=(channel,), daemon=True).start()
        attach_log()
        result = run_job(TrainingJob.model_validate(message["job"]))
        assert result is not None, "a lone process is the first one"
        channel.send({"result": result.model_dump(mode="json")})
        code = 0
    except SeqplayError as error:
        channel.send({"mistake": Mistake.of(error).model_dump()})
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _end_with(channel: Channel) -> None:
    """End this process when its caller has gone."""
    channel.wait_for_end()
    os._exit(1)


def main() -> int:
    """Serve until the run ends."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    order = DaemonOrder.model_validate(json.load(sys.stdin))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    serve(order.address, order.owner, TrainingDaemon())
    return 0


if __name__ == "__main__":
    sys.exit(main())
