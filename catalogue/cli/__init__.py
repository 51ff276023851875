"""The command `hackgo`. Decides which store, engine and embedder exist; everything else receives them."""

import sys

import typer

from catalogue.cli import duplicates, keeping, measuring, people, running
from catalogue.cli.terminal import CANNOT
from catalogue.errors import CatalogueError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
for commands in (running, keeping, people, measuring, duplicates):
    app.add_typer(commands.app)


def main() -> None:
    """Run the command; errors that a person can act on are two lines, not a trace."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except CatalogueError as error:
        print(f"{error.th}\n{error.en}", file=sys.stderr)
        sys.exit(CANNOT)
