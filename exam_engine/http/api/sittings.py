"""Sittings over the API: schedule, open, close, cancel."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from exam_engine.assembly.forms import form_for
from exam_engine.delivery.schedule import Sitting, SittingState
from exam_engine.delivery.sittings import (
    cancel_sitting,
    close_sitting,
    open_sitting,
    schedule_sitting,
    sitting_for,
    sittings_of,
)
from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from kernel.permissions import Actor, Permission

router = APIRouter(tags=["sittings"], route_class=CreatingRoute)
Reader = Annotated[Actor, requires(Permission.SITTING_READ)]
Manager = Annotated[Actor, requires(Permission.SITTING_MANAGE)]


class SittingDraft(BaseModel):
    """One occasion to sit a form; moments carry their offset, the zone is for people to read."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=200)]
    form_id: uuid.UUID
    start_from: AwareDatetime
    start_by: AwareDatetime
    time_zone: str


class SittingSummary(BaseModel):
    """A sitting as it stands."""

    id: uuid.UUID
    title: str
    form_id: uuid.UUID
    state: SittingState
    start_from: datetime
    start_by: datetime
    time_zone: str
    closed_at: datetime | None
    cancelled_at: datetime | None
    cancelled_because: str | None


class Cancellation(BaseModel):
    """Why a sitting is called off; its candidates read it."""

    model_config = ConfigDict(extra="forbid")

    reason: str


@router.post("/sittings", operation_id="scheduleSitting", status_code=201)
def schedule(
    body: SittingDraft, tx: Tx, now: Now, actor: Annotated[Actor, creates(Permission.SITTING_MANAGE)]
) -> SittingSummary:
    """Schedule a sitting of a form."""
    sitting = schedule_sitting(
        tx,
        form_for(tx, actor, body.form_id),
        title=body.title,
        start_from=body.start_from,
        start_by=body.start_by,
        time_zone=body.time_zone,
        actor=actor,
        now=now,
    )
    return _summary(sitting)


@router.get("/sittings", operation_id="listSittings")
def list_sittings(tx: ReadTx, actor: Reader, after: After = None, limit: Limit = ROWS) -> Page[SittingSummary]:
    """List the sittings of the organisation, the latest window first."""
    found = sittings_of(tx, actor, after=after, limit=limit + 1)
    rows = [_summary(sitting) for sitting in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/sittings/{sitting_id}", operation_id="showSitting")
def show_sitting(sitting_id: uuid.UUID, tx: ReadTx, actor: Reader) -> SittingSummary:
    """Return one sitting."""
    return _summary(sitting_for(tx, actor, sitting_id))


@router.post("/sittings/{sitting_id}/opening", operation_id="openSitting")
def open_route(sitting_id: uuid.UUID, tx: Tx, now: Now, actor: Manager) -> SittingSummary:
    """Open a sitting: candidates may arrive."""
    return _summary(open_sitting(tx, sitting_for(tx, actor, sitting_id), actor=actor, now=now))


@router.post("/sittings/{sitting_id}/closing", operation_id="closeSitting")
def close_route(sitting_id: uuid.UUID, tx: Tx, now: Now, actor: Manager) -> SittingSummary:
    """Close a sitting: results appear, nobody starts any more. Refused while somebody is still sitting."""
    return _summary(close_sitting(tx, sitting_for(tx, actor, sitting_id), actor=actor, now=now))


@router.post("/sittings/{sitting_id}/cancellation", operation_id="cancelSitting")
def cancel_route(sitting_id: uuid.UUID, body: Cancellation, tx: Tx, now: Now, actor: Manager) -> SittingSummary:
    """Call a sitting off before anybody began; its places are withdrawn."""
    return _summary(cancel_sitting(tx, sitting_for(tx, actor, sitting_id), reason=body.reason, actor=actor, now=now))


def _summary(sitting: Sitting) -> SittingSummary:
    return SittingSummary.model_validate(sitting, from_attributes=True)
