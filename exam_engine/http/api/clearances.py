"""Compromised items of a sitting over the API: what stops it, and letting it take place nevertheless."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from exam_engine.delivery.clearances import Clearance, clearances_of, stopping_items
from exam_engine.delivery.sittings import clear_sitting, sitting_for
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from kernel.permissions import Actor, Permission

router = APIRouter(tags=["sittings"], route_class=CreatingRoute)


class ClearanceDraft(BaseModel):
    """Why the sitting takes place although items of its form are known outside."""

    model_config = ConfigDict(extra="forbid")

    reason: str


class ClearanceShown(BaseModel):
    """Somebody's decision that these item versions do not stop the sitting."""

    id: uuid.UUID
    version_ids: list[uuid.UUID]
    reason: str
    cleared_by: uuid.UUID
    at: datetime


class Stop(BaseModel):
    """A compromised item version that nobody has cleared."""

    version_id: uuid.UUID
    code: str
    number: int


class SecurityShown(BaseModel):
    """What stops a sitting, and what was cleared for it; as many as its form has items at most."""

    stopped_by: list[Stop]
    clearances: list[ClearanceShown]


@router.get("/sittings/{sitting_id}/security", operation_id="showSittingSecurity")
def show_security(
    sitting_id: uuid.UUID, tx: ReadTx, actor: Annotated[Actor, requires(Permission.SITTING_MANAGE)]
) -> SecurityShown:
    """Return the compromised items that stop a sitting, and what was cleared for it."""
    sitting = sitting_for(tx, actor, sitting_id)
    stops = [
        Stop(version_id=version.id, code=version.item.code, number=version.number)
        for version in stopping_items(tx, sitting)
    ]
    return SecurityShown(stopped_by=stops, clearances=[_shown(row) for row in clearances_of(tx, sitting)])


@router.post("/sittings/{sitting_id}/clearances", operation_id="clearSitting", status_code=201)
def clear(
    sitting_id: uuid.UUID,
    body: ClearanceDraft,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, creates(Permission.SITTING_MANAGE)],
) -> ClearanceShown:
    """Let a sitting take place although items of its form are compromised: those that stop it now."""
    return _shown(clear_sitting(tx, sitting_for(tx, actor, sitting_id), reason=body.reason, actor=actor, now=now))


def _shown(clearance: Clearance) -> ClearanceShown:
    return ClearanceShown.model_validate(clearance, from_attributes=True)
