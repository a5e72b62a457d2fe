"""Competence frameworks as JSON: areas, competences, job roles and levels, imported whole or refused whole.

The shape is described in ``docs/formats.md``. One rule: the same version always means the same document.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import record
from kernel.canonical import digest
from kernel.errors import Conflict, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.competences import Framework, queue_imports
from question_bank.documents import Place, read_document
from question_bank.interchange.framework_reading import Reading, read_framework

FORMAT = "exam-engine-scheme-sample"
FORMAT_VERSION = 1


class FrameworkChanged(Conflict):
    """This version of the framework was imported before, and said something else."""

    code = "framework_changed"


class Action(StrEnum):
    """What an import leaves in the audit log."""

    IMPORTED = "framework.import"


def import_framework(
    tx: Session, organisation_id: uuid.UUID, document: bytes, *, file: str, actor: Actor, now: datetime
) -> Framework:
    """Import a framework, or return the one that is here already with the same content.

    Raises:
        DocumentRefused: with a pointer such as ``scheme.json#/competences/3/eqf/SCPM`` for every fault.
        TooLarge: more than 20 MiB.
        FrameworkChanged: this version is here already with other content.
        NotFound: the organisation is not the actor's.
    """
    if actor.organisation_id != organisation_id:
        message = say("there is no such certification body")
        raise NotFound(message)
    root = read_document(document, file=file, document_format=FORMAT, version=FORMAT_VERSION)
    return keep_framework(tx, root, actor=actor, now=now)


def keep_framework(tx: Session, root: Place, *, actor: Actor, now: datetime) -> Framework:
    """Keep an opened framework document in the actor's organisation; see :func:`import_framework`."""
    organisation_id = actor.organisation_id
    reading = read_framework(root, organisation_id, now)
    root.settle()
    framework = reading.framework
    framework.document, framework.document_hash = root.value, digest(root.value)
    queue_imports(tx, organisation_id)
    earlier = _same_version(tx, framework)
    if earlier is not None:
        _refuse_change(earlier, framework, root.pointer)
        return earlier
    _add(tx, reading)
    record(
        tx,
        actor,
        Action.IMPORTED,
        f"framework:{framework.id}",
        now,
        code=framework.code,
        version=framework.version,
        document_hash=framework.document_hash,
    )
    return framework


def _same_version(tx: Session, framework: Framework) -> Framework | None:
    return tx.scalar(
        select(Framework).where(
            Framework.organisation_id == framework.organisation_id,
            Framework.code == framework.code,
            Framework.version == framework.version,
        )
    )


def _refuse_change(earlier: Framework, framework: Framework, pointer: str) -> None:
    if earlier.document_hash != framework.document_hash:
        message = say(
            "%(pointer)s/framework/version: version %(version)r of %(code)r was imported before with other content; give "
            "the corrected document a new version",
            pointer=pointer,
            version=framework.version,
            code=framework.code,
        )
        raise FrameworkChanged(message, document_hash=earlier.document_hash)


def _add(tx: Session, reading: Reading) -> None:
    # Floor by floor: rows point at those added before, and a flush sends each table in one go.
    for rows in ([reading.framework], reading.areas.values(), reading.competences, reading.roles.values()):
        tx.add_all(rows)
        tx.flush()
    tx.add_all([*reading.levels, *reading.criteria, *reading.tasks])
    tx.flush()
    tx.add_all(reading.task_competences)
    tx.flush()
