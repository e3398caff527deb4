"""``seqplay doctor``: what is there, what is missing and what that costs, and the one command that fixes it."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from seqplay.config import HaskellConfig
from seqplay.operations.doctor import examine


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Examine this machine; exit 3 where something that the game needs is missing."""
    findings = examine(HaskellConfig())
    failed = any(finding.needed and not finding.there for finding in findings)
    if as_json:
        plain = [finding._asdict() for finding in findings]
        print(json.dumps({"schema_version": 1, "command": "doctor", "ok": not failed, "findings": plain}))
    else:
        table = Table("what", "here", "without it", "how to fix it")
        for finding in findings:
            mark = (
                "[green]yes[/green]" if finding.there else "[red]no[/red]" if finding.needed else "[yellow]no[/yellow]"
            )
            lack = ("", "") if finding.there else (finding.cost, finding.mend)
            table.add_row(finding.what, f"{mark} {finding.detail}", *lack)
        Console().print(table)
    sys.exit(3 if failed else 0)
