"""Commands for certification bodies and their people."""

from __future__ import annotations

from typing import Annotated

import typer

from certificates.signing import ensure_issuer
from exam_engine.cli.opening import opened
from exam_engine.languages import LANGUAGES
from kernel.accounts import any_member_with_email, grant_roles, open_account, roles_of, set_password, withdraw_roles
from kernel.errors import Invalid
from kernel.organisations import found_organisation, organisation_by_slug
from kernel.permissions import AccountRole

app = typer.Typer()


@app.command("found-body")
def found_body(
    slug: Annotated[str, typer.Argument(help="its short name in commands: lower-case letters, digits and hyphens")],
    name: Annotated[str, typer.Argument(help="its name as certificates print it")],
    website: Annotated[str | None, typer.Option(help="its address on the web, kept in its certificates")] = None,
) -> None:
    """Found a certification body, with its issuer and signing key."""
    with opened() as installation, installation.database.transaction() as tx:
        now = installation.clock()
        organisation = found_organisation(tx, slug=slug, name=name, website=website, now=now)
        ensure_issuer(tx, organisation.id, name=name, website=website, keys=installation.keys, now=now)
        typer.echo(f"founded {slug}: {organisation.id}")


@app.command("open-account")
def open_account_command(
    body: Annotated[str, typer.Argument(help="the body's slug")],
    email: Annotated[str, typer.Argument(help="the address to sign in with")],
    display_name: Annotated[str, typer.Argument(help="the person's name as certificates print it")],
    role: Annotated[list[AccountRole], typer.Option(help="may be given several times")],
    language: Annotated[str, typer.Option(help="the language of the person's pages")] = "en",
) -> None:
    """Open an account in a body. The password is asked for and never shown."""
    if language not in LANGUAGES:
        message = f"--language: there are no pages in {language!r}; write one of {', '.join(LANGUAGES)}"
        raise Invalid(message)
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with opened() as installation, installation.database.transaction() as tx:
        now = installation.clock()
        organisation = organisation_by_slug(tx, body)
        account = open_account(
            tx, email=email, display_name=display_name, password=password, language=language, now=now
        )
        grant_roles(tx, account, organisation.id, role, now=now)
        typer.echo(f"opened {account.id}")


@app.command("change-account")
def change_account(
    body: Annotated[str, typer.Argument(help="the body's slug")],
    email: Annotated[str, typer.Argument(help="the address the person signs in with")],
    *,
    role: Annotated[list[AccountRole] | None, typer.Option(help="one more role; may be given several times")] = None,
    without: Annotated[list[AccountRole] | None, typer.Option(help="a role to take away; several times")] = None,
    password_prompt: Annotated[bool, typer.Option("--password-prompt", help="ask for a new password")] = False,
) -> None:
    """Give an account of a body other roles or a new password. The password is asked for and never shown."""
    if not (role or without or password_prompt):
        message = "nothing to change: give --role, --without or --password-prompt"
        raise Invalid(message)
    password = typer.prompt("New password", hide_input=True, confirmation_prompt=True) if password_prompt else None
    with opened() as installation, installation.database.transaction() as tx:
        now = installation.clock()
        organisation = organisation_by_slug(tx, body)
        account = any_member_with_email(tx, organisation.id, email)
        grant_roles(tx, account, organisation.id, role or [], now=now)
        withdraw_roles(tx, account, organisation.id, without or [], now=now)
        if password is not None:
            set_password(tx, account, organisation.id, password, now=now)
        held = ", ".join(sorted(roles_of(tx, account.id, organisation.id))) or "no role"
        typer.echo(f"changed {account.id}: {held}")
