"""Commands that bring in frameworks and items from files; a refusal names file and place and changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from exam_engine.cli.opening import opened
from kernel.accounts import actor_for, member_with_email
from kernel.organisations import organisation_by_slug
from kernel.permissions import AccountRole, Actor, Permission
from question_bank.competences import framework_by_code
from question_bank.interchange.bank_json import import_bank
from question_bank.interchange.framework_json import import_framework

app = typer.Typer()
Body = Annotated[str, typer.Option(help="the certification body's slug")]
As = Annotated[str, typer.Option("--as", help="the e-mail address of whoever imports")]


@app.command("import-framework")
def import_framework_command(file: Path, body: Body, importer: As) -> None:
    """Import a competence framework (docs/formats.md)."""
    with opened() as installation, installation.database.transaction() as tx:
        actor = _actor(tx, body, importer, AccountRole.MANAGER, Permission.FRAMEWORK_IMPORT)
        document = file.read_bytes()
        framework = import_framework(
            tx, actor.organisation_id, document, file=str(file), actor=actor, now=installation.clock()
        )
        typer.echo(f"framework {framework.code}, version {framework.version}: {framework.document_hash}")


@app.command("import-items")
def import_items_command(framework: str, files: list[Path], body: Body, importer: As) -> None:
    """Import items as drafts by an author (docs/formats.md); all files, or none."""
    with opened() as installation, installation.database.transaction() as tx:
        actor = _actor(tx, body, importer, AccountRole.AUTHOR, Permission.ITEM_WRITE)
        target = framework_by_code(tx, actor.organisation_id, framework)
        for file in files:
            versions = import_bank(tx, target, file.read_bytes(), file=str(file), actor=actor, now=installation.clock())
            typer.echo(f"{file}: {len(versions)} items")


def _actor(tx: Session, body: str, email: str, role: AccountRole, permission: Permission) -> Actor:
    organisation = organisation_by_slug(tx, body)
    actor = actor_for(tx, member_with_email(tx, organisation.id, email, role).id, organisation.id)
    actor.require(permission)
    return actor
