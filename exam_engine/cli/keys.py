"""Commands for the installation's own keys."""

from __future__ import annotations

import typer

from exam_engine.cli.opening import opened
from kernel.errors import Conflict
from kernel.tokens import rotate_key_file

app = typer.Typer()
keys = typer.Typer(no_args_is_help=True, help="The keys that sign session tokens.")
app.add_typer(keys, name="keys")


@keys.command()
def rotate() -> None:
    """Sign new tokens with a fresh key; tokens signed before stay valid until they expire."""
    with opened(migrated=False) as installation:
        if installation.settings.token_keys.get_secret_value():
            message = "the keys come from EXAM_ENGINE_TOKEN_KEYS: put a fresh one in front there and restart"
            raise Conflict(message)
        kid = rotate_key_file(installation.settings.data_dir)
        typer.echo(f"key {kid} signs after the next restart")


@keys.command("list")
def list_keys() -> None:
    """List the ids of the keys, the signing one first."""
    with opened(migrated=False) as installation:
        for kid in installation.ring.keys:
            typer.echo(kid)
