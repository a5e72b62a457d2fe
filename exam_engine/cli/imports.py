"""Commands that bring in frameworks and items from files, and write items out; a refusal names file and place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from exam_engine.cli.exchange import BANK, lines_of, look_at, read_supplied, report_of, take_in
from exam_engine.cli.opening import opened
from kernel.accounts import actor_for, member_with_email
from kernel.organisations import organisation_by_slug
from kernel.permissions import AccountRole, Actor, Permission
from kernel.storage import Storage
from question_bank.competences import framework_by_code
from question_bank.interchange.choosing import Chosen
from question_bank.interchange.exporting import export_items
from question_bank.interchange.formats import FORMATS
from question_bank.interchange.framework_json import import_framework
from question_bank.interchange.importing import make_ready
from question_bank.media import StoredFile, add_medium, store_file
from question_bank.media_types import MEDIA_SUFFIXES
from question_bank.uploads import UploadRefused

app = typer.Typer()
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="a framework file")]
Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True)]
Framework = Annotated[str, typer.Argument(help="the framework's code; its newest version is meant")]
Body = Annotated[str, typer.Option(help="the certification body's slug")]
As = Annotated[str, typer.Option("--as", help="the e-mail address of whoever imports")]


@app.command("add-media")
def add_media_command(files: Files, body: Body, adder: As) -> None:
    """Add pictures, recordings and exhibits to the bank, all or none; items name them by what is printed."""
    with opened() as installation:
        stored = [_stored(installation.storage, file) for file in files]
        with installation.database.transaction() as tx:
            actor = _actor(tx, body, adder, AccountRole.AUTHOR, Permission.ITEM_WRITE)
            now = installation.clock()
            for file, facts in zip(files, stored, strict=True):
                add_medium(tx, facts, file_name=file.name, description="", actor=actor, now=now)
    for file, facts in zip(files, stored, strict=True):
        typer.echo(f"{file}: media:{facts.sha256}.{MEDIA_SUFFIXES[facts.media_type]}")


def _stored(storage: Storage, file: Path) -> StoredFile:
    try:
        return store_file(storage, file.read_bytes())
    except UploadRefused as unfit:
        message = f"{file}: {unfit}"
        raise UploadRefused(message) from unfit


@app.command("import-framework")
def import_framework_command(file: File, body: Body, importer: As) -> None:
    """Import a competence framework (docs/formats.md)."""
    with opened() as installation, installation.database.transaction() as tx:
        actor = _actor(tx, body, importer, AccountRole.MANAGER, Permission.FRAMEWORK_IMPORT)
        document = file.read_bytes()
        framework = import_framework(
            tx, actor.organisation_id, document, file=str(file), actor=actor, now=installation.clock()
        )
        typer.echo(f"framework {framework.code}, version {framework.version}: {framework.document_hash}")


@app.command("import-items")
def import_items_command(
    framework: Framework,
    files: Files,
    body: Body,
    importer: As,
    form: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = BANK,
    preview: Annotated[bool, typer.Option("--preview", help="only tell what an import would do")] = False,
    agreement: Annotated[str | None, typer.Option(help="the agreement of the preview, where there are losses")] = None,
    supply: Annotated[list[str] | None, typer.Option(help="NAME=VALUE for all items that do not say it")] = None,
) -> None:
    """Import items, or what they say in other languages, as drafts by an author (docs/formats.md); each file whole."""
    supplied = read_supplied(supply or [])
    with opened() as installation:
        for file in files:
            with installation.database.reading() as tx:  # it is judged before the turn to write, for which others wait
                actor = _actor(tx, body, importer, AccountRole.AUTHOR, Permission.ITEM_WRITE)
                found = look_at(
                    tx, framework_by_code(tx, actor.organisation_id, framework), file, form, supplied, actor
                )
            if preview:
                typer.echo("\n".join(report_of(found, str(file))))
                continue
            ready = make_ready(found, agreement=agreement, storage=installation.storage)
            with installation.database.transaction() as tx:
                actor = _actor(tx, body, importer, AccountRole.AUTHOR, Permission.ITEM_WRITE)
                target, now = framework_by_code(tx, actor.organisation_id, framework), installation.clock()
                taken = take_in(tx, target, file, ready, actor=actor, now=now)
            typer.echo(f"{file}: {taken} items")


@app.command("export-items")
def export_items_command(
    framework: Annotated[str, typer.Argument(help="the framework's code")],
    file: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="where the document is written")],
    body: Body,
    reader: Annotated[str, typer.Option("--as", help="the e-mail address of whoever exports, an author")],
    form: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = BANK,
    version: Annotated[str | None, typer.Option(help="the framework's version; the newest, if none")] = None,
) -> None:
    """Export the newest versions of all items that stand on a framework version; what is not written is told."""
    with opened() as installation, installation.database.reading() as tx:
        actor = _actor(tx, body, reader, AccountRole.AUTHOR, Permission.ITEM_READ)
        target = framework_by_code(tx, actor.organisation_id, framework, version)
        exported = export_items(
            tx, target, format_name=form, chosen=Chosen(), storage=installation.storage, actor=actor
        )
        part = file.with_name(f"{file.name}.part")  # whatever stands there already stays, until all is written
        with part.open("wb") as stream:
            stream.writelines(exported.pieces)
    part.replace(file)
    for line in lines_of(exported.report):
        typer.echo(line)
    typer.echo(f"{file}: {len(exported.report.taken)} items")


def _actor(tx: Session, body: str, email: str, role: AccountRole, permission: Permission) -> Actor:
    organisation = organisation_by_slug(tx, body)
    actor = actor_for(tx, member_with_email(tx, organisation.id, email, role).id, organisation.id)
    actor.require(permission)
    return actor
