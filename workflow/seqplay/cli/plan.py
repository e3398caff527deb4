"""``seqplay plan``: jobs, hours, GPU-hours and storage of a configuration, before anyone submits."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from seqplay.config import Config, parse_experiments, read_yaml, warnings
from seqplay.operations.plan import Assumption, cost, parameters, storage, work
from seqplay.operations.rates import RATES

GPUS = (1, 4, 16)
PLAIN = Assumption()


def plan(
    path: Annotated[Path, typer.Argument(help="A configuration file.")],
    alice_tokens: Annotated[int, typer.Option(help="Mean output tokens of a proposal.")] = PLAIN.alice_tokens,
    bob_tokens: Annotated[int, typer.Option(help="Mean output tokens of a vote.")] = PLAIN.bob_tokens,
    accepted: Annotated[float, typer.Option(min=0, max=1, help="Share of proposals accepted.")] = PLAIN.accepted,
    billions: Annotated[float | None, typer.Option(help="Parameters of the model; default: from its name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Say what a configuration costs on 1, 4 and 16 GPUs."""
    assumption = Assumption(
        alice_tokens=alice_tokens, bob_tokens=bob_tokens, accepted=accepted,
        parameters=billions * 1e9 if billions else None,
    )  # fmt: skip
    experiments = parse_experiments(read_yaml(path))
    for warning in dict.fromkeys(line for config in experiments.values() for line in warnings(config)):
        print(f"seqplay: warning: {warning}", file=sys.stderr)
    if as_json:
        rows = {
            name: {
                "gpus": [cost(config, assumption, gpus)._asdict() for gpus in GPUS],
                "bytes": storage(config, assumption),
            }
            for name, config in experiments.items()
        }
        print(json.dumps({"schema_version": 1, "command": "plan", "experiments": rows}))
        return
    for name, config in experiments.items():
        _show(name, config, assumption)


def _show(name: str, config: Config, assumption: Assumption) -> None:
    console = Console()
    size = parameters(config, assumption) / 1e9
    table = Table("GPUs", "hours", "GPU-hours", "jobs", title=f"{name}: {config.iterations} iterations, {size:.1f}B")
    for gpus in GPUS:
        found = cost(config, assumption, gpus)
        table.add_row(str(gpus), f"{found.hours:.1f}", f"{found.gpu_hours:.1f}", str(found.jobs))
    console.print(table)
    seconds: dict[str, float] = defaultdict(float)
    for one in work(config, assumption):
        seconds[one.stage] += one.gpu_seconds or one.core_seconds
    for stage, spent in seconds.items():
        kind = "core" if stage in {"validate", "verify_proofs"} else "GPU"
        console.print(f"  {stage}: {spent / 3600:.2f} {kind}-hours", highlight=False)
    console.print(f"  storage: {storage(config, assumption) / 1e9:.2f} GB", highlight=False)
    console.print("A sweep's shared stages are counted in each experiment. Rates:", highlight=False)
    for stage, rate in RATES.items():
        console.print(f"  {stage}: {rate.value:g} {rate.unit} ({rate.source})", highlight=False)
    console.print(f"Assumed: {assumption}", highlight=False)
