# Resources: what a job asks for, by its role; the numbers stand in the configuration, under `resources`.


def wanted(role, key, default=None):
    """A key of a role: a value where all experiments agree on it, which is quick; else a function of the job."""
    values = {name: getattr(getattr(found.resources, role), key) or default for name, found in EXPERIMENTS.items()}
    if len(set(values.values())) == 1:
        return next(iter(values.values()))
    return keep_signature(lambda wildcards: values[wildcards.experiment])


def resources_for(role):
    """What a job of a role asks for, by Slurm's names; memory and time grow with each try."""

    def resources(wildcards):
        return getattr(experiment_of(wildcards).resources, role)

    return {
        "mem_mb": keep_signature(lambda wildcards, attempt: resources(wildcards).memory_mb * attempt),
        "runtime": keep_signature(lambda wildcards, attempt: resources(wildcards).minutes * attempt),
        "slurm_partition": wanted(role, "partition", ""),
        "gpu": wanted(role, "gpus", 0),
    }


def cpus(role):
    """Threads of a job of a role."""
    return wanted(role, "cpus")
