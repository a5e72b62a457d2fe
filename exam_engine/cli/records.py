"""Commands that check the records: does the audit chain hold?"""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from exam_engine.cli.opening import opened
from kernel.audit import verify_chain
from kernel.organisations import Organisation

app = typer.Typer()
audit = typer.Typer(no_args_is_help=True, help="The hash-chained audit log.")
app.add_typer(audit, name="audit")


@audit.command()
def verify(
    expect_head: Annotated[
        str | None, typer.Option(help="the head printed last time and kept elsewhere: some chain must end with it")
    ] = None,
) -> None:
    """Walk every body's chain; exit code 1 and a line per fault when one does not hold."""
    broken = False
    heads = set()
    with opened() as installation, installation.database.reading() as tx:
        for organisation in tx.scalars(select(Organisation).order_by(Organisation.slug)):
            report = verify_chain(tx, organisation.id)
            heads.add(report.head)
            broken |= not report.holds
            standing = "holds" if report.holds else "DOES NOT HOLD"
            typer.echo(f"{organisation.slug}: {report.entries} entries, head {report.head}: {standing}")
            for fault in report.faults:
                typer.echo(f"  {fault}")
    if expect_head is not None and expect_head not in heads:
        typer.echo(f"no chain ends at {expect_head}")
        broken = True
    if broken:
        raise typer.Exit(1)
