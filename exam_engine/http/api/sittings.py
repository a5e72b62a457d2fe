"""Sittings over the API: schedule, book, open, check candidates in, close."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from exam_engine.assembly.forms import form_for
from exam_engine.delivery.attempts import attempt_for
from exam_engine.delivery.bookings import book
from exam_engine.delivery.lifecycle import AttemptState
from exam_engine.delivery.schedule import Sitting, SittingState
from exam_engine.delivery.sittings import (
    close_sitting,
    open_sitting,
    schedule_sitting,
    sitting_for,
    sittings_of,
)
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.proctoring.sessions import CheckMethod, check_in, waiting_attempts
from kernel.accounts import member_with_email
from kernel.permissions import AccountRole, Actor, Permission

router = APIRouter(tags=["sittings"])


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


class BookingOrder(BaseModel):
    """Who gets a place, and the name that a certificate would carry."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(max_length=320)]
    candidate_name: Annotated[str, Field(min_length=1, max_length=200)]


class BookingMade(BaseModel):
    """The place."""

    id: uuid.UUID
    sitting_id: uuid.UUID


class Waiting(BaseModel):
    """A candidate at the door, as the proctor sees them."""

    attempt_id: uuid.UUID
    candidate_name: str
    state: AttemptState
    arrived_at: datetime
    admitted_at: datetime | None


class IdentityCheck(BaseModel):
    """What the proctor looked at. No copy is kept."""

    model_config = ConfigDict(extra="forbid")

    method: CheckMethod


class CheckedIn(BaseModel):
    """The record of the identity check."""

    id: uuid.UUID
    attempt_id: uuid.UUID
    checked_at: datetime


@router.post("/sittings", operation_id="scheduleSitting", status_code=201)
def schedule(
    body: SittingDraft, tx: Tx, now: Now, actor: Annotated[Actor, requires(Permission.SITTING_MANAGE)]
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
def list_sittings(tx: ReadTx, actor: Annotated[Actor, requires(Permission.SITTING_READ)]) -> list[SittingSummary]:
    """List the sittings of the organisation."""
    return [_summary(sitting) for sitting in sittings_of(tx, actor)]


@router.get("/sittings/{sitting_id}", operation_id="showSitting")
def show_sitting(
    sitting_id: uuid.UUID, tx: ReadTx, actor: Annotated[Actor, requires(Permission.SITTING_READ)]
) -> SittingSummary:
    """Return one sitting."""
    return _summary(sitting_for(tx, actor, sitting_id))


@router.post("/sittings/{sitting_id}/opening", operation_id="openSitting")
def open_route(
    sitting_id: uuid.UUID, tx: Tx, now: Now, actor: Annotated[Actor, requires(Permission.SITTING_MANAGE)]
) -> SittingSummary:
    """Open a sitting: candidates may arrive."""
    sitting = sitting_for(tx, actor, sitting_id)
    open_sitting(tx, sitting, actor=actor, now=now)
    return _summary(sitting)


@router.post("/sittings/{sitting_id}/closing", operation_id="closeSitting")
def close_route(
    sitting_id: uuid.UUID, tx: Tx, now: Now, actor: Annotated[Actor, requires(Permission.SITTING_MANAGE)]
) -> SittingSummary:
    """Close a sitting: results appear, nobody starts any more. Refused while somebody is still sitting."""
    sitting = sitting_for(tx, actor, sitting_id)
    close_sitting(tx, sitting, actor=actor, now=now)
    return _summary(sitting)


@router.post("/sittings/{sitting_id}/bookings", operation_id="bookPlace", status_code=201)
def book_place(
    sitting_id: uuid.UUID,
    body: BookingOrder,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, requires(Permission.SITTING_MANAGE)],
) -> BookingMade:
    """Give a candidate of the organisation a place."""
    sitting = sitting_for(tx, actor, sitting_id)
    candidate = member_with_email(tx, actor.organisation_id, body.email, AccountRole.CANDIDATE)
    booking = book(tx, sitting, candidate, candidate_name=body.candidate_name, actor=actor, now=now)
    return BookingMade(id=booking.id, sitting_id=sitting.id)


@router.get("/sittings/{sitting_id}/attempts", operation_id="listAttempts")
def list_attempts(
    sitting_id: uuid.UUID, tx: ReadTx, actor: Annotated[Actor, requires(Permission.SITTING_READ)]
) -> list[Waiting]:
    """List who has arrived, and how far they are."""
    return [
        Waiting(
            attempt_id=attempt.id,
            candidate_name=attempt.booking.candidate_name,
            state=AttemptState(attempt.state),
            arrived_at=attempt.arrived_at,
            admitted_at=attempt.admitted_at,
        )
        for attempt in waiting_attempts(tx, actor, sitting_for(tx, actor, sitting_id))
    ]


@router.post("/attempts/{attempt_id}/check-in", operation_id="checkIn", status_code=201)
def check_in_route(
    attempt_id: uuid.UUID,
    body: IdentityCheck,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, requires(Permission.ATTEMPT_ADMIT)],
) -> CheckedIn:
    """Record the identity check and let the candidate in."""
    record = check_in(tx, attempt_for(tx, actor, attempt_id), method=body.method, actor=actor, now=now)
    return CheckedIn(id=record.id, attempt_id=record.attempt_id, checked_at=record.checked_at)


def _summary(sitting: Sitting) -> SittingSummary:
    return SittingSummary.model_validate(sitting, from_attributes=True)
