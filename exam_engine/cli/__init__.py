"""The command line: one small command per duty; it opens the installation that the environment describes.

One rule: a command loads what it needs and nothing else, so that each begins at once.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import typer
from rich.console import Console
from sqlalchemy.exc import OperationalError
from typer.core import TyperGroup
from typer.main import get_group

from kernel.errors import DomainError

DUTIES: Final = MappingProxyType(
    {
        "migrating": ("migrate",),
        "running": ("serve", "worker"),
        "playing": ("demo",),
        "bodies": ("found-body", "open-account", "change-account"),
        "imports": ("add-media", "import-framework", "import-items", "export-items"),
        "keys": ("keys",),
        "counting": ("count-uses",),
        "records": ("audit",),
    }
)
"""Commands by the module that holds them."""


class _Commands(TyperGroup):
    """Finds a command in its module, which is loaded only then."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer keeps the type to itself
        del ctx
        return [name for names in DUTIES.values() for name in names]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        for module, names in DUTIES.items():
            if cmd_name in names:
                return get_group(import_module(f"exam_engine.cli.{module}").app).get_command(ctx, cmd_name)
        return None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Certification of persons, from bank to certificate.",
)


@app.callback()
def _the_program() -> None:
    """Certification of persons, from bank to certificate."""


def main() -> None:
    """Run one command; a refusal is one readable message on standard error and exit code 1."""
    try:
        app()
    except DomainError as refusal:
        _refuse(str(refusal))
    except OperationalError as refusal:
        # Without a statement it was the connection itself that failed; only then may the setting be what is wrong.
        blamed = "" if refusal.statement else "EXAM_ENGINE_DATABASE_URL: "
        _refuse(f"{blamed}the database does not do it: {str(refusal.orig).strip()}")


def _refuse(message: str) -> None:
    Console(stderr=True).print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(1)
