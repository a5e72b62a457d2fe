"""Withdrawals: a place that is given up before check-in, by the candidate, by the body, or with its whole sitting.

One rule: a place is given up for good, and whoever waited at the door with it waits no longer.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from exam_engine.delivery.bookings import Booking, SittingOver
from exam_engine.delivery.lifecycle import Attempt, AttemptState
from exam_engine.delivery.schedule import SittingState, hold_sitting
from kernel.audit import record
from kernel.errors import Conflict
from kernel.permissions import Actor
from kernel.sentences import say


class CheckedInAlready(Conflict):
    """The candidate has been let in; the exam is taken or missed, but not given up any more."""

    code = "checked_in_already"


class Action(StrEnum):
    """What is written to the audit log about withdrawals."""

    WITHDRAW = "booking.withdraw"


def withdraw(tx: Session, booking: Booking, *, actor: Actor, now: datetime) -> Booking:
    """Give a place up. Doing it again changes nothing.

    Raises:
        CheckedInAlready: a proctor has let the candidate in.
        SittingOver: the sitting is closed, or its window has passed; who did not come has missed it.
    """
    hold_sitting(tx, booking.sitting)
    tx.refresh(booking, ["withdrawn_at"], with_for_update=True)
    if booking.withdrawn_at is not None:
        return booking
    _refuse_late(booking, now)
    attempt = tx.scalar(select(Attempt).where(Attempt.booking_id == booking.id).with_for_update())
    if attempt is not None:
        if attempt.admitted_at is not None or attempt.state != AttemptState.AWAITING:
            message = say("the candidate has been checked in; a place is given up before that")
            raise CheckedInAlready(message)
        attempt.move(AttemptState.EXPIRED)
        attempt.ended_at = now
    booking.withdrawn_at = now
    record(tx, actor, Action.WITHDRAW, f"booking:{booking.id}", now, sitting=str(booking.sitting_id))
    return booking


def withdraw_all(tx: Session, sitting_id: uuid.UUID, *, now: datetime) -> int:
    """Withdraw every place of a sitting that somebody holds and cancels, and return how many there were."""
    places = update(Booking).where(Booking.sitting_id == sitting_id, Booking.withdrawn_at.is_(None))
    return len(tx.scalars(places.values(withdrawn_at=now).returning(Booking.id)).all())


def _refuse_late(booking: Booking, now: datetime) -> None:
    sitting = booking.sitting
    if sitting.state not in {SittingState.SCHEDULED, SittingState.OPEN} or now > sitting.start_by:
        message = say("the sitting is over; a place is given up before that")
        raise SittingOver(message)
