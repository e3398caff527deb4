"""The command line: ``seqplay COMMAND``. With ``--json`` one object on standard output, all else on standard error.

Exit codes: 0 accepted, 1 negative result, with the reason, 2 invalid input, 3 a tool or the jail is missing.
"""

from __future__ import annotations

import sys
from typing import Any

import typer

from seqplay.cli import (
    cluster,
    configuration,
    dataset,
    doctor,
    evaluate,
    export,
    fetch,
    inspect,
    model,
    plan,
    programs,
    prove,
    publish,
    reproduce,
    suites,
    watch,
)
from seqplay.errors import SeqplayError
from seqplay.records import Verdict
from seqplay.runtime import home

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.command()(programs.check)
app.command()(programs.run)
app.command()(programs.diverge)
app.command()(programs.compare)
app.command()(prove.prove)
app.command()(doctor.doctor)
app.command()(inspect.inspect)
app.command()(fetch.fetch)
app.command()(plan.plan)
app.command()(watch.watch)
app.command()(reproduce.reproduce)
app.command()(publish.publish)
app.command()(export.export)
app.command()(evaluate.evaluate)
app.add_typer(dataset.app, name="dataset")
app.add_typer(model.app, name="model")
app.add_typer(suites.app, name="suites")
app.add_typer(configuration.app, name="config")
app.add_typer(cluster.app, name="cluster")


UsageError: type[Any] = typer.BadParameter.__mro__[1]
"""What typer raises for a wrong option or argument; it exports only this subclass."""


def main() -> None:
    """Run the command line; a user's mistake ends in one line, never in a stack trace."""
    home.settle()
    try:
        sys.exit(app(standalone_mode=False))
    except UsageError as error:
        _show_usage(error)
        sys.exit(error.exit_code)
    except SeqplayError as error:
        print(f"seqplay: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def _show_usage(error: Any) -> None:
    """Show a wrong option or argument: one object on standard output where ``--json`` asks for it."""
    words = sys.argv[1 : sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    if "--json" in words:
        told = {"verdict": Verdict.REJECTED, "reason": "bad_input", "message": error.format_message(), "entry": None}
        programs.print_json({"command": words[0], **told})
    else:
        error.show()
