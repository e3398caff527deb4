"""Resources: what a job asks for, by its role; the numbers stand in the configuration, under `resources`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, TypeVar

from seqplay.config import Config

F = TypeVar("F", bound=Callable[..., Any])


def keep_signature(function: F) -> F:
    """Keep a function's signature on it: Snakemake asks for it at each of thousands of jobs."""
    function.__signature__ = signature(function)  # type: ignore[attr-defined]
    return function


def resource(experiments: Mapping[str, Config], role: str, key: str, default: Any = None) -> Any:
    """Return a key of a role: a value where all experiments agree on it, which is quick; else a function of the job."""
    values = {name: getattr(getattr(found.resources, role), key) or default for name, found in experiments.items()}
    if len(set(values.values())) == 1:
        return next(iter(values.values()))
    return keep_signature(lambda wildcards: values[wildcards.experiment])


def job_resources(experiments: Mapping[str, Config], role: str) -> dict[str, Any]:
    """Return what a job of a role asks for, by Slurm's names; memory and time grow with each try."""

    def of_role(wildcards: Any) -> Any:
        return getattr(experiments[wildcards.experiment].resources, role)

    return {
        "mem_mb": keep_signature(lambda wildcards, attempt: of_role(wildcards).memory_mb * attempt),
        "runtime": keep_signature(lambda wildcards, attempt: of_role(wildcards).minutes * attempt),
        "slurm_partition": resource(experiments, role, "partition", ""),
        "gpu": resource(experiments, role, "gpus", 0),
    }
