"""``seqplay doctor``: what is there, what is missing and what that costs, and the one command that fixes it."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from seqplay.config import HaskellConfig
from seqplay.operations.doctor import examine

PIPED = 200
"""Columns of the table where nobody looks at it."""


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
        table = Table("what", "here", "without it")
        for finding in findings:
            mark = (
                "[green]yes[/green]" if finding.there else "[red]no[/red]" if finding.needed else "[yellow]no[/yellow]"
            )
            table.add_row(finding.what, f"{mark} {escape(finding.detail)}", "" if finding.there else finding.cost)
        # A pipe has no width: nothing is cut there. What is to be copied stands below, whole, and is wrapped by nobody.
        console = Console() if sys.stdout.isatty() else Console(width=PIPED)
        console.print(table)
        for finding in findings:
            if not finding.there:
                print(f"{finding.what}:\n    {finding.mend}")
    sys.exit(3 if failed else 0)
