"""Commands that count the uses of items."""

from __future__ import annotations

from typing import Annotated

import typer

from exam_engine.cli.opening import opened
from exam_engine.scoring.sitting_counts import forget_counts, uncountable_sittings
from exam_engine.worker import Worker

app = typer.Typer()


@app.command("count-uses")
def count_uses(*, again: Annotated[bool, typer.Option(help="count what was counted before as well")] = False) -> None:
    """Count uses of items in closed sittings now, instead of when the worker comes to it; exit code 1 where one fails."""
    with opened() as installation:
        with installation.database.transaction() as tx:
            forget_counts(tx, failed_only=not again)
        counted, worker = 0, Worker(installation)
        while found := worker.count():
            counted += found
        with installation.database.reading() as tx:
            failed = uncountable_sittings(tx)
    typer.echo(f"sittings counted: {counted}")
    for sitting_id, reason in failed:
        typer.echo(f"sitting {sitting_id} cannot be counted: {reason}")
    if failed:
        raise typer.Exit(1)
