# Resources: what a job asks for, by its role; the numbers stand in the configuration, under `resources`.

from inspect import signature


def quick(function):
    """Keep a function's signature on it: Snakemake asks for it at each of thousands of jobs."""
    function.__signature__ = signature(function)
    return function


def asks(role):
    """What a job of a role asks for, by Slurm's names; memory and time grow with each try."""

    def wanted(wildcards):
        return getattr(one(wildcards).resources, role)

    return {
        "mem_mb": quick(lambda wildcards, attempt: wanted(wildcards).memory_mb * attempt),
        "runtime": quick(lambda wildcards, attempt: wanted(wildcards).minutes * attempt),
        "slurm_partition": quick(lambda wildcards: wanted(wildcards).partition or ""),
        "gpu": quick(lambda wildcards: wanted(wildcards).gpus),
    }


def cpus(role):
    """Threads of a job of a role."""
    return quick(lambda wildcards: getattr(one(wildcards).resources, role).cpus)
