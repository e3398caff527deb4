# Pages: which reports there are, and what they are written from.

REPORTS = [
    f"{RESULTS}/{name}/{place}report.html"
    for name, found in EXPERIMENTS.items()
    for place in (*(f"iter_{number}/" for number in range(1, found.iterations + 1)), "")
]


def summaries(last):
    """The counts of the iterations up to the last."""
    return [f"{R}/iter_{number}/seq_summary.jsonl" for number in range(1, last + 1)]


def evaluations(wildcards, last):
    """What the base and the iterations up to the last say of learning; none where evaluation is off."""
    numbers = range(last + 1) if experiment_of(wildcards).evaluation.enabled else []
    return [f"{R}/eval_{number}/evaluation.jsonl" for number in numbers]
