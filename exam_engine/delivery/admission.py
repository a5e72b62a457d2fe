"""Admission: from the door to the running clock.

One rule: the paper is drawn once, at the door; the clock starts once, for whom a proctor has let in.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_engine.assembly.editions import versions_in
from exam_engine.assembly.forms import made_by
from exam_engine.delivery.attempts import Action, take_part
from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.clearances import stopping_items
from exam_engine.delivery.lifecycle import Attempt, AttemptState, Part
from exam_engine.delivery.paper import draw_paper
from exam_engine.delivery.schedule import SittingState, hold_sitting
from exam_engine.delivery.timing import deadline
from kernel.audit import entries_about, record
from kernel.canonical import digest, iso
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.permissions import Actor
from kernel.sentences import say

SEED_BYTES = 32


class NoEntry(Conflict):
    """The sitting does not let this candidate in now."""

    code = "no_entry"


class NotAdmitted(Conflict):
    """No proctor has checked the candidate in yet."""

    code = "not_admitted"


class AnotherAttempt(Conflict):
    """The candidate has a live attempt already; there is never more than one."""

    code = "another_attempt"


def arrive(tx: Session, booking: Booking, *, actor: Actor, now: datetime) -> Attempt:
    """Take the candidate to the door: draw the paper, once and for good. Arriving again gives the same attempt.

    Raises:
        NotFound: the booking is somebody else's.
        NoEntry: the booking was withdrawn, the sitting is not open, or its window has passed; the candidate knows
            the form from making it; or an item of it is compromised, and nobody has cleared the sitting.
        AnotherAttempt: the candidate has an attempt at another sitting that has not ended.
    """
    if booking.candidate_id != actor.person:
        message = say("there is no such booking")
        raise NotFound(message)
    if attempt := _attempt_of(tx, booking):
        return attempt
    hold_sitting(tx, booking.sitting)
    tx.refresh(booking, ["withdrawn_at"], with_for_update={"read": True})  # nobody withdraws it meanwhile
    _check_open(booking, now)
    _refuse_known_items(tx, booking)
    _refuse_makers(tx, booking)
    attempt = _drawn(tx, booking, now)
    try:
        with tx.begin_nested():
            tx.add(attempt)
    except IntegrityError as error:
        # Two tabs arrived together: the constraint let one in, and the other joins it.
        if arrived := _attempt_of(tx, booking):
            return arrived
        message = say("you have another attempt that has not ended; hand it in before you start a new one")
        raise AnotherAttempt(message) from error
    take_part(tx, attempt, actor.person, Part.CANDIDATE, now=now)
    for organiser in _organisers(tx, booking):
        take_part(tx, attempt, organiser, Part.ORGANISER, now=now)
    record(tx, actor, Action.ARRIVE, f"attempt:{attempt.id}", now, paper_hash=attempt.paper_hash)
    return attempt


def admit(tx: Session, attempt: Attempt, *, actor: Actor, now: datetime) -> Attempt:
    """Let a waiting candidate in. Admitting again changes nothing.

    Raises:
        Forbidden: nobody admits themselves.
        IllegalMove: the attempt ended before.
    """
    if actor.account_id == attempt.candidate_id:
        message = say("nobody can admit themselves; another proctor must do it")
        raise Forbidden(message)
    tx.refresh(attempt, with_for_update=True)
    if attempt.admitted_at is not None:
        return attempt
    attempt.check(AttemptState.IN_PROGRESS)
    attempt.admitted_at = now
    record(tx, actor, Action.ADMIT, f"attempt:{attempt.id}", now)
    return attempt


def hold_for_start(tx: Session, attempt: Attempt) -> None:
    """Wait until nobody else moves the attempt or its sitting, and keep both until the commit.

    A door reads the clock after this: the time a candidate waits here is not time of the exam.
    """
    # The sitting before the attempt, as in closing a sitting: with one order of locks nobody waits in a circle.
    hold_sitting(tx, attempt.booking.sitting)
    tx.refresh(attempt, with_for_update=True)


def start(tx: Session, attempt: Attempt, *, actor: Actor, now: datetime, asked_at: datetime | None = None) -> Attempt:
    """Start the clock at ``now``. Starting again while it runs changes nothing.

    Args:
        asked_at: when the candidate asked, by default ``now``; whoever asks within the window has come in time.

    Raises:
        NotAdmitted: no proctor has let the candidate in yet.
        NoEntry: the sitting is not open, its window has passed, or has not begun; or an item of the form has become
            compromised, and nobody has cleared the sitting.
        IllegalMove: the attempt has ended.
    """
    hold_for_start(tx, attempt)
    if attempt.state == AttemptState.IN_PROGRESS:
        return attempt
    attempt.check(AttemptState.IN_PROGRESS)
    if attempt.admitted_at is None:
        message = say("a proctor must check you in first; please wait")
        raise NotAdmitted(message)
    _check_open(attempt.booking, asked_at or now)
    sitting = attempt.booking.sitting
    if now < sitting.start_from:
        message = say(
            "this sitting starts at %(start_from)s; please wait", start_from=sitting.local(sitting.start_from)
        )
        raise NoEntry(message)
    _refuse_known_items(tx, attempt.booking)
    attempt.move(AttemptState.IN_PROGRESS)
    attempt.started_at = now
    attempt.deadline_at = deadline(now, attempt.time_limit_seconds)
    record(tx, actor, Action.START, f"attempt:{attempt.id}", now, deadline_at=iso(attempt.deadline_at))
    return attempt


def _drawn(tx: Session, booking: Booking, now: datetime) -> Attempt:
    form = booking.sitting.form
    paper = draw_paper(versions_in(tx, form, booking.language), secrets.token_bytes(SEED_BYTES))
    return Attempt(
        organisation_id=booking.organisation_id,
        booking_id=booking.id,
        candidate_id=booking.candidate_id,
        form_id=form.id,
        state=AttemptState.AWAITING,
        paper=paper,
        paper_hash=digest(paper),
        slot_count=len(paper),
        time_limit_seconds=form.blueprint.time_limit_seconds,
        arrived_at=now,
    )


def _organisers(tx: Session, booking: Booking) -> list[uuid.UUID]:
    """Return who scheduled, opened or cleared the sitting or booked the place: they know who sits it.

    The log is the one place that tells all of them, and every one of these steps is told there with its change.
    """
    subjects = (f"sitting:{booking.sitting_id}", f"booking:{booking.id}")
    told = [entry for subject in subjects for entry in entries_about(tx, booking.organisation_id, subject)]
    return sorted({entry.actor_id for entry in told if entry.actor_id is not None})


def _attempt_of(tx: Session, booking: Booking) -> Attempt | None:
    return tx.scalar(select(Attempt).where(Attempt.booking_id == booking.id))


def _check_open(booking: Booking, now: datetime) -> None:
    sitting = booking.sitting
    if booking.withdrawn_at is not None:
        message = say("this booking was withdrawn; book another sitting")
        raise NoEntry(message)
    if sitting.state != SittingState.OPEN:
        message = say("the sitting is %(state)s; candidates enter while it is open", state=say(sitting.state))
        raise NoEntry(message)
    if now > sitting.start_by:
        message = say(
            "this sitting could be started until %(start_by)s; its window has passed",
            start_by=sitting.local(sitting.start_by),
        )
        raise NoEntry(message)


def _refuse_known_items(tx: Session, booking: Booking) -> None:
    """Refuse an exam of which somebody outside may know items. What is known is for staff to read, not to tell here."""
    if stopping_items(tx, booking.sitting):
        message = say("this exam is held back by the certification body; please wait for its staff, who know why")
        raise NoEntry(message)


def _refuse_makers(tx: Session, booking: Booking) -> None:
    """Refuse whoever has seen the items before: who wrote, translated or reviewed them, and who assembled the form."""
    if tx.scalar(select(made_by(booking.sitting.form_id, booking.candidate_id))):
        message = say(
            "you wrote, reviewed or assembled a part of this exam, so you cannot sit it; ask for another form"
        )
        raise NoEntry(message)
