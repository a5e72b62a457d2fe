"""Records: what the audit log says of terminations, worked out again from the rows as they stand."""

from __future__ import annotations

import uuid

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from exam_engine.proctoring.terminations import Action, Termination
from kernel.reconciliation import Facts, Recorded


def _terminated(organisation_id: uuid.UUID) -> Select[uuid.UUID]:
    return select(Termination.attempt_id).where(Termination.organisation_id == organisation_id)


def _termination(tx: Session, attempt_id: uuid.UUID) -> Facts:
    termination = tx.scalars(select(Termination).where(Termination.attempt_id == attempt_id)).one()
    return {**termination.recorded, "at": termination.at, "actor": termination.terminated_by}


RECORDED = (Recorded(Action.TERMINATE, _terminated, _termination),)
