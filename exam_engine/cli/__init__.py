"""The command line: one small command per duty; it opens the installation that the environment describes."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from exam_engine.cli import bodies, imports, keys, records, running
from kernel.errors import DomainError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Certification of persons, from bank to certificate.",
)
for _duties in (running, bodies, imports, keys, records):
    app.add_typer(_duties.app)


def main() -> None:
    """Run one command; a refusal is one readable message on standard error and exit code 1."""
    try:
        app()
    except DomainError as refusal:
        Console(stderr=True).print(str(refusal), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
