"""The command that makes the tables what the code expects."""

from __future__ import annotations

import typer

from exam_engine.cli.opening import opened
from exam_engine.migrate import migrate

app = typer.Typer()


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest revision. There is no way back by command: it would drop records."""
    with opened(migrated=False) as installation:
        migrate(installation.database.engine)
    typer.echo("the database is at the newest revision")
