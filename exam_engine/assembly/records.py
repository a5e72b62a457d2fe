"""Records: what the audit log says of published schemes, blueprints and forms, worked out again from the rows.

A form's hash covers the content of its items, so an altered key is found as well.
"""

from __future__ import annotations

import uuid

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from exam_engine.assembly import blueprints, forms, schemes
from exam_engine.assembly.blueprints import Blueprint, hash_of_blueprint
from exam_engine.assembly.forms import Form, form_versions, hash_of_form
from exam_engine.assembly.schemes import SchemeVersion
from kernel.canonical import digest
from kernel.reconciliation import Facts, Recorded, all_of
from question_bank.items import content_hash


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
    contents = [content_hash(item.kind, item.language, item.content) for item in form_versions(tx, form.id)]
    return {
        "blueprint": form.blueprint_id,
        "seed": form.seed,
        "pool_hash": form.pool_hash,
        "form_hash": hash_of_form(form.blueprint, form.seed, contents),
        "at": form.assembled_at,
        "actor": form.assembled_by,
    }


RECORDED = (
    Recorded(schemes.Action.PUBLISH, _published, _scheme_version),
    Recorded(blueprints.Action.MAKE, all_of(Blueprint), _blueprint),
    Recorded(forms.Action.ASSEMBLE, all_of(Form), _form),
)
