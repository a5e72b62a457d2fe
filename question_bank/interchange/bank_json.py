"""Item banks as JSON: a document of items for one framework, taken in whole as drafts or refused whole.

The shape is described in ``docs/formats.md``. One rule: sample items never enter a framework that is no sample.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from kernel.audit import record
from kernel.permissions import Actor
from question_bank.competences import Framework, FrameworkStatus
from question_bank.documents import Place, quoted, read_document
from question_bank.intake import take_in
from question_bank.items import ItemVersion

FORMAT = "exam-engine-item-bank"
FORMAT_VERSION = 1


class Action(StrEnum):
    """What an import leaves in the audit log: one entry, naming the document and every draft it made."""

    IMPORTED = "item_bank.import"


def import_bank(
    tx: Session, framework: Framework, document: bytes, *, file: str, actor: Actor, now: datetime
) -> list[ItemVersion]:
    """Import items as drafts by the actor, who must be a person; all of them or none.

    Returns:
        The new drafts in the document's order. Items that say what their newest version says make none, so the
        same document imported again returns nothing and changes nothing.

    Raises:
        DocumentRefused: with a pointer such as ``A1.json#/items/12/key/0`` for every fault.
        TooLarge: more than 20 MB.
        NotFound: the framework is another organisation's.
    """
    root = read_document(document, file=file, document_format=FORMAT, version=FORMAT_VERSION)
    root.shape("format", "format_version", "bank", "items")
    language = _read_header(root.member("bank"), framework)
    places = root.member("items").elements(at_least=1)
    versions, enemy_pairs = take_in(tx, framework, root, places, language=language, actor=actor, now=now)
    if versions or enemy_pairs:
        record(
            tx,
            actor,
            Action.IMPORTED,
            f"framework:{framework.id}",
            now,
            document=hashlib.sha256(document).hexdigest(),
            versions=[str(version.id) for version in versions],
            enemy_pairs=enemy_pairs,
        )
    return versions


def _read_header(bank: Place, framework: Framework) -> str:
    """Check what the document says about itself and return its language."""
    bank.shape("code", "framework", "language", "status", "notice")
    bank.member("code").code()
    bank.member("notice").text()
    named = bank.member("framework")
    if named.text() != framework.code:
        named.refuse(f"{quoted(named.value)} is not the framework imported into, {quoted(framework.code)}")
    status = bank.member("status")
    is_sample = status.one_of(tuple(FrameworkStatus), "status") == FrameworkStatus.SAMPLE
    if is_sample and framework.status != FrameworkStatus.SAMPLE:
        status.refuse(f"sample items cannot enter framework {quoted(framework.code)}, which is {framework.status}")
    return bank.member("language").language()
