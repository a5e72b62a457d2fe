"""Records: what the audit log says of published schemes, blueprints and forms, worked out again from the rows.

A form's hash covers the content of its items, so an altered key is found as well.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from exam_engine.assembly import blueprints, editions, forms, schemes
from exam_engine.assembly.blueprints import Blueprint, hash_of_blueprint
from exam_engine.assembly.editions import FormEdition, edition_versions, hash_of_edition
from exam_engine.assembly.forms import Form, form_versions, hash_of_form
from exam_engine.assembly.schemes import SchemeVersion
from kernel.canonical import digest
from kernel.reconciliation import Facts, Recorded, all_of
from question_bank.items import ItemVersion, content_hash


def _published(organisation_id: uuid.UUID) -> Select[uuid.UUID]:
    return select(SchemeVersion.id).where(
        SchemeVersion.organisation_id == organisation_id, SchemeVersion.published_at.is_not(None)
    )


def _scheme_version(tx: Session, version_id: uuid.UUID) -> Facts:
    version = tx.get_one(SchemeVersion, version_id)
    hashes = {"rules_hash": digest(version.rules), "parts_hash": digest(version.parts)}
    return {**hashes, "at": version.published_at, "actor": version.published_by}


def _blueprint(tx: Session, blueprint_id: uuid.UUID) -> Facts:
    blueprint = tx.get_one(Blueprint, blueprint_id)
    found = hash_of_blueprint(blueprint, blueprint.scheme_version)
    return {"number": blueprint.number, "hash": found, "at": blueprint.created_at}


def _form(tx: Session, form_id: uuid.UUID) -> Facts:
    form = tx.get_one(Form, form_id)
    contents = _contents(form_versions(tx, form.id))
    return {
        "blueprint": form.blueprint_id,
        "seed": form.seed,
        "pool_hash": form.pool_hash,
        "form_hash": hash_of_form(form.blueprint, form.seed, contents),
        "at": form.assembled_at,
        "actor": form.assembled_by,
    }


def _edition(tx: Session, edition_id: uuid.UUID) -> Facts:
    edition = tx.get_one(FormEdition, edition_id)
    form = tx.get_one(Form, edition.form_id)
    found = hash_of_edition(form, edition.language, _contents(edition_versions(tx, edition)))
    told = {"form": edition.form_id, "language": edition.language, "edition_hash": found}
    return {**told, "at": edition.published_at, "actor": edition.published_by}


def _contents(versions: Iterable[ItemVersion]) -> list[str]:
    return [content_hash(version.kind, version.language, version.content) for version in versions]


RECORDED = (
    Recorded(schemes.Action.PUBLISH, _published, _scheme_version),
    Recorded(blueprints.Action.MAKE, all_of(Blueprint), _blueprint),
    Recorded(forms.Action.ASSEMBLE, all_of(Form), _form),
    Recorded(editions.Action.PUBLISHED, all_of(FormEdition), _edition),
)
