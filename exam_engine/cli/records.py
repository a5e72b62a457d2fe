"""Commands that check the records: does the audit chain hold?"""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from exam_engine.cli.opening import opened
from kernel.audit import holds_entry, verify_chain
from kernel.organisations import Organisation

app = typer.Typer()
audit = typer.Typer(no_args_is_help=True, help="The hash-chained audit log.")
app.add_typer(audit, name="audit")


@audit.command()
def verify(
    expect_head: Annotated[
        str | None, typer.Option(help="a head printed earlier and kept elsewhere: it must still be in a chain")
    ] = None,
) -> None:
    """Walk every body's chain; exit code 1 and a line per fault when one does not hold."""
    broken = False
    kept = expect_head is None
    with opened() as installation, installation.database.reading() as tx:
        for organisation in tx.scalars(select(Organisation).order_by(Organisation.slug)):
            report = verify_chain(tx, organisation.id)
            kept = kept or holds_entry(tx, organisation.id, str(expect_head))
            broken |= not report.holds
            standing = "holds" if report.holds else "DOES NOT HOLD"
            typer.echo(f"{organisation.slug}: {report.entries} entries, head {report.head}: {standing}")
            for fault in report.faults:
                typer.echo(f"  {fault}")
    if not kept:
        typer.echo(f"no chain holds {expect_head}: entries up to there were replaced or cut off")
    if broken or not kept:
        raise typer.Exit(1)
