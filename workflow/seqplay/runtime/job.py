"""A job: what a rule's script needs to call its stage.

The script reads ``snakemake.input``, calls one function of the package, and writes ``snakemake.output``. This module
gives it the typed configuration of its experiment, keeps a log, and turns a user's mistake into one line, not a trace.
"""

from __future__ import annotations

import logging
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

from pydantic import BaseModel

from seqplay.config import Config, parse_experiments
from seqplay.errors import SeqplayError
from seqplay.files import read_records
from seqplay.runtime import code_freeze, daemons
from seqplay.runtime.gpus import GpuClaim, visible_gpus
from seqplay.runtime.log import begin_log
from seqplay.runtime.owner import end_with, owner
from seqplay.runtime.phases import is_evaluation
from seqplay.runtime.shards import shard_count
from seqplay.runtime.stages import BY_NAME

R = TypeVar("R", bound=BaseModel)

ADAPTER_FILE = "adapter_config.json"
"""Its presence makes a folder an adapter; without it the folder is a marker that says why there is none."""

NICENESS = 10
"""By how much less the stages that run Haskell press for a core, on a machine with GPUs. They take every core, for
minutes; a training or an engine beside them needs one, and its GPU waits for it: beside three validations on 16 cores
trainings took 0.7 steps a second, and 1.5 once they had precedence. Programs are limited by their processor time. On a
machine without GPUs a model takes every core itself, and programs would hardly run."""
EVALUATION_NICENESS = 5
"""By how much less still in an evaluation: nothing waits for it, and the next iteration is validated beside it."""

PLACE = ("SLURM_JOB_ID", "SLURM_JOB_PARTITION", "SLURMD_NODENAME", "CUDA_VISIBLE_DEVICES")
"""What a job's log says of the place where it ran."""


class Job:
    """A running rule: a context manager around the call of its stage."""

    def __init__(self, snakemake: Any) -> None:
        """Take Snakemake's object of the running job."""
        self.snakemake = snakemake
        self.wildcards: dict[str, str] = dict(snakemake.wildcards.items())
        self.raw: dict[str, Any] = dict(snakemake.config.items())
        self.experiments = parse_experiments(self.raw)
        sharing = next(iter(self.experiments.values())).resources.jobs_per_gpu
        self.gpus = GpuClaim(int(snakemake.resources.get("gpu", 0)), sharing)

    @property
    def config(self) -> Config:
        """The configuration of the job's experiment."""
        return self.experiments[self.wildcards["experiment"]]

    def __enter__(self) -> Self:
        begin_log(Path(self.snakemake.log[0]))
        logging.info("rule %s %s", self.snakemake.rule, self.wildcards)
        where = {name: os.environ[name] for name in PLACE if name in os.environ}
        logging.info("on %s %s", platform.node(), where)
        run = owner()
        if run is not None:
            end_with(run)
        if BY_NAME[self.snakemake.rule].role == "haskell" and visible_gpus():
            os.nice(NICENESS + EVALUATION_NICENESS * is_evaluation(self.wildcards.get("play", "")))
        try:
            code_freeze.check(self.raw)
            self.gpus.__enter__()
            if self.gpus.count and self.gpus.sharing == 1 and self.snakemake.rule == "train":
                daemons.make_room(visible_gpus())
        except SeqplayError as error:
            self._end(error)
        return self

    def _end(self, error: SeqplayError) -> NoReturn:
        logging.error("%s", error)
        print(f"rule {self.snakemake.rule}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gpus.__exit__(kind, error, trace)
        if isinstance(error, SeqplayError):
            self._end(error)
        if error is not None:
            logging.error("failed", exc_info=error)
        else:
            logging.info("done")

    @property
    def iteration(self) -> int:
        """The iteration's number, from the wildcard ``iteration`` or ``play``."""
        return int(self.wildcards.get("iteration") or self.wildcards["play"].rpartition("_")[2])

    def number(self, wildcard: str) -> int:
        """Return a numeric wildcard, such as ``shard``."""
        return int(self.wildcards[wildcard])

    @property
    def shards(self) -> int:
        """Over how many jobs the stage is split in the job's play, attempt or round."""
        turn = self.wildcards.get("attempt") or self.wildcards.get("round") or 0
        return shard_count(self.config, self.snakemake.rule, self.wildcards["play"], int(turn))

    def path(self, name: str) -> Path:
        """Return the one input of that name."""
        return Path(self.snakemake.input[name])

    def paths(self, name: str) -> list[Path]:
        """Return the inputs of that name, in order; none where the rule has none."""
        value: Any = self.snakemake.input.get(name, [])
        return [Path(value)] if isinstance(value, str) else [Path(item) for item in value]

    def output(self, name: str | None = None) -> Path:
        """Return the output of that name, or the only one."""
        return Path(self.snakemake.output[name] if name else self.snakemake.output[0])

    def read(self, name: str, kind: type[R]) -> list[R]:
        """Read the records of all inputs of that name, in order."""
        return read_all(self.paths(name), kind)

    def read_history(self, name: str, kind: type[R]) -> list[R]:
        """Read the records of an input ``…/iter_N/FILE`` and of the same file of all iterations before it, in order."""
        return read_all([file for path in self.paths(name) for file in history(path)], kind)

    def adapter(self) -> Path | None:
        """Return the adapter among the inputs, or none where an iteration has none."""
        folders: Sequence[Path] = self.paths("adapter")
        return loadable(folders[0]) if folders else None


def history(path: Path) -> list[Path]:
    """Return the files of iterations 1 to N for one of iteration N, which alone is an input: long chains stay cheap."""
    last = int(path.parent.name.removeprefix("iter_"))
    return [path.parent.with_name(f"iter_{number}") / path.name for number in range(1, last + 1)]


def read_all(paths: Iterable[Path], kind: type[R]) -> list[R]:
    """Read the records of several files, in order."""
    return [record for path in paths for record in read_records(path, kind)]


def loadable(folder: Path | None) -> Path | None:
    """Return the folder if it holds an adapter, none if it is a marker that says why there is none."""
    return folder if folder is not None and (folder / ADAPTER_FILE).is_file() else None
