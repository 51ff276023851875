"""The command `hackgo`. Decides which store, engine and embedder exist; everything else receives them."""

import typer

from catalogue.cli import duplicates, evaluating, keeping, measuring, people, running
from catalogue.cli.terminal import run

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
for commands in (running, keeping, people, evaluating, measuring, duplicates):
    app.add_typer(commands.app)


def main() -> None:
    """Run it."""
    run(app)
