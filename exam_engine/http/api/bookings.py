"""Bookings over the API: the body gives places, candidates see their own, and either gives them up again."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from exam_engine.delivery.bookings import Booking, book, booking_in, bookings_in, own_booking, own_bookings
from exam_engine.delivery.sittings import sitting_for
from exam_engine.delivery.withdrawals import withdraw
from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from kernel.accounts import member_with_email
from kernel.permissions import AccountRole, Actor, Permission

router = APIRouter(tags=["bookings"], route_class=CreatingRoute)
Candidate = Annotated[Actor, requires(Permission.ATTEMPT_SIT)]
Staff = Annotated[Actor, requires(Permission.SITTING_READ)]
Manager = Annotated[Actor, requires(Permission.SITTING_MANAGE)]


class BookingOrder(BaseModel):
    """Who gets a place, and the name that a certificate would carry."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(max_length=320)]
    candidate_name: Annotated[str, Field(min_length=1, max_length=200)]
    language: Annotated[str | None, Field(max_length=35)] = None


class BookingMade(BaseModel):
    """The place."""

    id: uuid.UUID
    sitting_id: uuid.UUID


class BookingShown(BookingMade):
    """The place, as the body sees it."""

    candidate_name: str
    language: str
    booked_at: datetime
    withdrawn_at: datetime | None


class OwnBooking(BaseModel):
    """One of the caller's places."""

    id: uuid.UUID
    title: str
    sitting_state: str
    cancelled_because: str | None
    start_from: datetime
    start_by: datetime
    time_zone: str
    candidate_name: str
    language: str
    withdrawn_at: datetime | None


@router.post("/sittings/{sitting_id}/bookings", operation_id="bookPlace", status_code=201)
def book_place(
    sitting_id: uuid.UUID,
    body: BookingOrder,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, creates(Permission.SITTING_MANAGE)],
) -> BookingMade:
    """Give a candidate of the organisation a place."""
    sitting = sitting_for(tx, actor, sitting_id)
    candidate = member_with_email(tx, actor.organisation_id, body.email, AccountRole.CANDIDATE)
    booking = book(
        tx,
        sitting,
        candidate,
        candidate_name=body.candidate_name,
        language=body.language,
        actor=actor,
        now=now,
    )
    return BookingMade(id=booking.id, sitting_id=sitting.id)


@router.get("/sittings/{sitting_id}/bookings", operation_id="listBookings")
def list_bookings(
    sitting_id: uuid.UUID, tx: ReadTx, actor: Staff, after: After = None, limit: Limit = ROWS
) -> Page[BookingShown]:
    """List the places of a sitting, given up or not, in the order of booking."""
    found = bookings_in(tx, sitting_for(tx, actor, sitting_id), after=after, limit=limit + 1)
    rows = [BookingShown.model_validate(booking, from_attributes=True) for booking in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.post("/sittings/{sitting_id}/bookings/{booking_id}/withdrawal", operation_id="withdrawBooking")
def withdraw_route(sitting_id: uuid.UUID, booking_id: uuid.UUID, tx: Tx, now: Now, actor: Manager) -> BookingShown:
    """Give a candidate's place up before check-in, for good."""
    booking = booking_in(tx, sitting_for(tx, actor, sitting_id), booking_id)
    return BookingShown.model_validate(withdraw(tx, booking, actor=actor, now=now), from_attributes=True)


@router.get("/bookings", operation_id="listOwnBookings")
def list_own_bookings(tx: ReadTx, actor: Candidate, after: After = None, limit: Limit = ROWS) -> Page[OwnBooking]:
    """List the caller's places, the latest window first."""
    found = own_bookings(tx, actor, after=after, limit=limit + 1)
    rows = [_own(booking) for booking in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.post("/bookings/{booking_id}/withdrawal", operation_id="withdrawOwnBooking")
def withdraw_own(booking_id: uuid.UUID, tx: Tx, now: Now, actor: Candidate) -> OwnBooking:
    """Give one's own place up before check-in, for good."""
    return _own(withdraw(tx, own_booking(tx, actor, booking_id), actor=actor, now=now))


def _own(booking: Booking) -> OwnBooking:
    sitting = booking.sitting
    return OwnBooking(
        id=booking.id,
        title=sitting.title,
        sitting_state=sitting.state,
        cancelled_because=sitting.cancelled_because,
        start_from=sitting.start_from,
        start_by=sitting.start_by,
        time_zone=sitting.time_zone,
        candidate_name=booking.candidate_name,
        language=booking.language,
        withdrawn_at=booking.withdrawn_at,
    )
