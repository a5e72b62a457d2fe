"""Records: what the audit log says of imported frameworks, worked out again from the rows as they stand."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from kernel.canonical import digest
from kernel.reconciliation import Facts, Recorded, all_of
from question_bank.competences import Framework
from question_bank.interchange.framework_json import Action


def _framework(tx: Session, framework_id: uuid.UUID) -> Facts:
    framework = tx.get_one(Framework, framework_id)
    named = {"code": framework.code, "version": framework.version}
    return {**named, "document_hash": digest(framework.document), "at": framework.imported_at}


RECORDED = (Recorded(Action.IMPORTED, all_of(Framework), _framework),)
