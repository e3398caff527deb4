"""Where the numbers come from: seeds, versions, hashes, the jail, and every key of the configuration."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath

from seqplay.config import Config
from seqplay.config.sweep import flat
from seqplay.files import canonical_json, content_id, file_id
from seqplay.report.drawing.escaping import visible
from seqplay.report.drawing.figure import Figure, Section, Table
from seqplay.report.reading.experiment import Experiment
from seqplay.runtime import code_freeze

PACKAGES = ("seqplay", "snakemake", "torch", "transformers", "peft", "vllm", "pydantic", "altair")
HASHED = (
    "programs.jsonl",
    "pairs.jsonl",
    "votes.jsonl",
    "iteration_data.jsonl",
    "alice_training_data.jsonl",
    "bob_training_data.jsonl",
    "outcomes.jsonl",
    "seq_summary.jsonl",
)


def provenance_section(experiment: Experiment, links: PurePosixPath) -> Section:
    """Return the chapter on provenance; ``links`` is the way from the page to the experiment's folder."""
    return Section(
        "provenance",
        "Provenance",
        [
            Figure("origin", "Origin", "What decides the result.", Table(("what", "value"), origin(experiment))),
            Figure(
                "versions",
                "Versions",
                "Of the machine that wrote this page; adapters carry those that they were trained with, verdicts the "
                "tools that judged (above).",
                Table(("what", "version"), [*versions(), *trained_with(experiment)]),
            ),
            files_figure(experiment, links),
            Figure(
                "configuration",
                "Configuration",
                "Every key, with the value that this experiment had.",
                Table(("key", "value"), configuration(experiment.config)),
                wide=True,
            ),
        ],
    )


def origin(experiment: Experiment) -> list[tuple[str, str]]:
    """Return seed, model, jail, evidence, and the hashes of configuration, code and base model."""
    config = experiment.config
    summaries = [iteration.summary for iteration in experiment.iterations]
    accounts = [one.account for iteration in experiment.iterations for one in iteration.training]
    bases = {str(account["base"].get("fingerprint", "")) for account in accounts if "base" in account}
    evidence = ", ".join(f"{kind}: {count}" for kind, count in sorted(experiment.evidence.items()))
    overflow = ", ".join(f"{word}: {count}" for word, count in sorted(experiment.overflow.items()))
    found = [
        ("experiment", experiment.name),
        ("seed", str(config.seed)),
        ("iterations", f"{len(summaries)} of {config.iterations}"),
        ("engine", ", ".join(sorted({summary.engine for summary in summaries}))),
        ("model", ", ".join(sorted({summary.model for summary in summaries}))),
        ("model revision", config.model.revision or "–"),
        ("base model fingerprint", ", ".join(sorted(bases - {""})) or "–"),
        ("programs", config.programs.source),
        ("jail", ", ".join(sorted({summary.jail for summary in summaries if summary.jail})) or "–"),
        ("judged with", "; ".join(sorted({tool for summary in summaries for tool in summary.tools})) or "–"),
        ("SEQ labels rest on", evidence or "no SEQ pair was accepted"),
        ("overflow of Int, in proved pairs", overflow or "no SEQ pair has a proof"),
        ("configuration hash", content_id(canonical_json(config.model_dump(mode="json")))),
        ("run (code, prompts and configuration)", _run()),
    ]
    return [(what, visible(value)) for what, value in found]


def _run() -> str:
    """Return the hash of what the run began with, as ``code_freeze`` wrote it down; none outside of a run."""
    name = os.environ.get(code_freeze.VARIABLE)
    return Path(name).stem if name else "– (written outside of a run)"


def versions() -> list[tuple[str, str]]:
    """Return the versions of this machine's Python and its packages; what is not there is left out."""
    found = [("Python", platform.python_version()), ("system", f"{platform.system()} {platform.machine()}")]
    for name in PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return found


def trained_with(experiment: Experiment) -> list[tuple[str, str]]:
    """Return the versions that the adapters' accounts state."""
    found = {
        (f"{name}, in training", str(number))
        for iteration in experiment.iterations
        for one in iteration.training
        for name, number in one.account.get("versions", {}).items()
    }
    return sorted(found)


def files_figure(experiment: Experiment, links: PurePosixPath) -> Figure:
    """Return the files of records with their sizes and hashes, linked."""
    names = ["programs/train.jsonl", "programs/heldout.jsonl", "heldout_pairs.jsonl", "heldout_proofs.jsonl"]
    names += [f"iter_{iteration.number}/{name}" for iteration in experiment.iterations for name in HASHED]
    names += [f"eval_{one.iteration}/evaluation.jsonl" for one in experiment.evaluations]
    paths = [(name, experiment.folder / name) for name in names if (experiment.folder / name).is_file()]
    rows = [(name, f"{path.stat().st_size:,}", file_id(path)) for name, path in paths]
    table = Table(("file", "bytes", "SHA-256, first 16 digits"), rows, [str(links / name) for name, _ in paths])
    caption = "The same configuration and seed give the same bytes with a deterministic engine."
    return Figure("files", "Files", caption, table, wide=True)


def configuration(config: Config) -> list[tuple[str, str]]:
    """Return all keys with their values."""
    plain = flat(config.model_dump(mode="json", by_alias=True))
    return [(key, visible(value if isinstance(value, str) else json.dumps(value))) for key, value in plain.items()]
