"""Commands for certification bodies and their people."""

from __future__ import annotations

from typing import Annotated

import typer

from certificates.signing import ensure_issuer
from exam_engine.cli.opening import opened
from kernel.accounts import grant_roles, open_account
from kernel.organisations import found_organisation, organisation_by_slug
from kernel.permissions import AccountRole

app = typer.Typer()


@app.command("found-body")
def found_body(slug: str, name: str, website: str | None = None) -> None:
    """Found a certification body, with its issuer and signing key."""
    with opened() as installation, installation.database.transaction() as tx:
        now = installation.clock()
        organisation = found_organisation(tx, slug=slug, name=name, website=website, now=now)
        ensure_issuer(tx, organisation.id, name=name, website=website, keys=installation.keys, now=now)
        typer.echo(f"founded {slug}: {organisation.id}")


@app.command("open-account")
def open_account_command(
    body: Annotated[str, typer.Argument(help="the body's slug")],
    email: str,
    display_name: str,
    role: Annotated[list[AccountRole], typer.Option(help="may be given several times")],
    language: str = "en",
) -> None:
    """Open an account in a body. The password is asked for and never shown."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with opened() as installation, installation.database.transaction() as tx:
        now = installation.clock()
        organisation = organisation_by_slug(tx, body)
        account = open_account(
            tx, email=email, display_name=display_name, password=password, language=language, now=now
        )
        grant_roles(tx, account, organisation.id, role, now=now)
        typer.echo(f"opened {account.id}")
