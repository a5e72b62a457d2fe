"""Commands that check the records: does the audit chain hold, and are the tables what it says of them?"""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from exam_engine.cli.opening import opened
from exam_engine.records import RECORDED
from kernel.audit import holds_entry, verify_chain
from kernel.organisations import Organisation
from kernel.reconciliation import reconcile

app = typer.Typer()
audit = typer.Typer(no_args_is_help=True, help="The hash-chained audit log.")
app.add_typer(audit, name="audit")


@audit.command()
def verify(
    expect_head: Annotated[
        str | None, typer.Option(help="a head printed earlier and kept elsewhere: it must still be in a chain")
    ] = None,
) -> None:
    """Walk every body's chain and compare its rows with it; exit code 1 and a line per fault where one fails."""
    sound = True
    kept = expect_head is None
    with opened() as installation, installation.database.reading() as tx:
        for organisation in tx.scalars(select(Organisation).order_by(Organisation.slug)):
            chain, rows = verify_chain(tx, organisation.id), reconcile(tx, organisation.id, RECORDED)
            kept = kept or holds_entry(tx, organisation.id, str(expect_head))
            sound = sound and chain.holds and rows.agrees
            standing = "holds" if chain.holds else "DOES NOT HOLD"
            _tell(f"{organisation.slug}: {chain.entries} entries, head {chain.head}: {standing}", chain.faults)
            standing = "agree" if rows.agrees else "DO NOT AGREE"
            _tell(
                f"{organisation.slug}: {rows.compared} entries that tell of a row, and the rows: {standing}",
                rows.faults,
            )
    if not kept:
        typer.echo(f"no chain holds {expect_head}: entries up to there were replaced or cut off")
    if not (sound and kept):
        raise typer.Exit(1)


def _tell(said: str, faults: tuple[str, ...]) -> None:
    typer.echo(said)
    for fault in faults:
        typer.echo(f"  {fault}")
