"""The command line: ``seqplay COMMAND``. With ``--json`` one object on standard output, all else on standard error.

Exit codes: 0 accepted, 1 the opposite with its reason, 2 the input is no such thing, 3 a tool or the jail is missing.
"""

from __future__ import annotations

import sys

import typer

from seqplay.cli import cluster, configuration, doctor, inspect, model, plan, programs, prove
from seqplay.errors import SeqplayError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.command()(programs.check)
app.command()(programs.run)
app.command()(programs.diverge)
app.command()(programs.compare)
app.command()(prove.prove)
app.command()(prove.prove)
app.command()(doctor.doctor)
app.command()(inspect.inspect)
app.command()(plan.plan)
app.add_typer(model.app, name="model")
app.add_typer(configuration.app, name="config")
app.add_typer(cluster.app, name="cluster")


def main() -> None:
    """Run the command line; a user's mistake ends in one line, never in a stack trace."""
    try:
        app()
    except SeqplayError as error:
        print(f"seqplay: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
