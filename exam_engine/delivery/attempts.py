"""Attempts: one candidate's one go at one form, from the door to the receipt.

One rule: the server alone knows the time, and every attempt ends in one and the same way.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_engine.assembly.forms import Form, FormItem, form_versions
from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import ENDED, MOVES, Attempt, AttemptState, Part, Participation, Receipt
from exam_engine.delivery.paper import draw_paper
from exam_engine.delivery.responses import current_responses
from exam_engine.delivery.schedule import SittingState
from exam_engine.delivery.timing import accepts_until, deadline, grace_ended_before
from kernel.audit import record
from kernel.canonical import digest, iso
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.permissions import Actor, the_product
from question_bank.items import ItemReview, ItemVersion

__all__ = [
    "ENDED",
    "MOVES",
    "Action",
    "AnotherAttempt",
    "Attempt",
    "AttemptState",
    "NoEntry",
    "NotAdmitted",
    "Part",
    "Participation",
    "Receipt",
    "admit",
    "arrive",
    "attempt_for",
    "attempts_in_progress",
    "close_overdue",
    "expire_awaiting",
    "own_attempt",
    "own_receipt",
    "start",
    "submit",
    "take_part",
    "take_part_in_all",
]
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


class Action(StrEnum):
    """What is written to the audit log about attempts."""

    ARRIVE = "attempt.arrive"
    ADMIT = "attempt.admit"
    START = "attempt.start"
    END = "attempt.end"


def arrive(tx: Session, booking: Booking, *, actor: Actor, now: datetime) -> Attempt:
    """Take the candidate to the door: draw the paper, once and for good. Arriving again gives the same attempt.

    Raises:
        NotFound: the booking is somebody else's.
        NoEntry: the booking was withdrawn, the sitting is not open, or its window has passed; or the candidate
            knows the form from making it.
        AnotherAttempt: the candidate has an attempt at another sitting that has not ended.
    """
    if booking.candidate_id != actor.person:
        message = "there is no such booking"
        raise NotFound(message)
    if attempt := _attempt_of(tx, booking):
        return attempt
    _hold_sitting(tx, booking)
    _check_open(booking, now)
    _refuse_makers(tx, booking)
    attempt = _drawn(tx, booking, now)
    try:
        with tx.begin_nested():
            tx.add(attempt)
    except IntegrityError as error:
        # Two tabs arrived together: the constraint let one in, and the other joins it.
        if arrived := _attempt_of(tx, booking):
            return arrived
        message = "you have another attempt that has not ended; hand it in before you start a new one"
        raise AnotherAttempt(message) from error
    take_part(tx, attempt, actor.person, Part.CANDIDATE, now=now)
    record(tx, actor, Action.ARRIVE, f"attempt:{attempt.id}", now, paper_hash=attempt.paper_hash)
    return attempt


def admit(tx: Session, attempt: Attempt, *, actor: Actor, now: datetime) -> Attempt:
    """Let a waiting candidate in. Admitting again changes nothing.

    Raises:
        Forbidden: nobody admits themselves.
        IllegalMove: the attempt ended before.
    """
    if actor.account_id == attempt.candidate_id:
        message = "nobody can admit themselves; another proctor must do it"
        raise Forbidden(message)
    tx.refresh(attempt, with_for_update=True)
    if attempt.admitted_at is not None:
        return attempt
    attempt.check(AttemptState.IN_PROGRESS)
    attempt.admitted_at = now
    record(tx, actor, Action.ADMIT, f"attempt:{attempt.id}", now)
    return attempt


def start(tx: Session, attempt: Attempt, *, actor: Actor, now: datetime) -> Attempt:
    """Start the clock. Starting again while it runs changes nothing.

    Raises:
        NotAdmitted: no proctor has let the candidate in yet.
        NoEntry: the sitting is not open, or ``now`` lies outside its window.
        IllegalMove: the attempt has ended.
    """
    # The sitting before the attempt, as in closing a sitting: with one order of locks nobody waits in a circle.
    _hold_sitting(tx, attempt.booking)
    tx.refresh(attempt, with_for_update=True)
    if attempt.state == AttemptState.IN_PROGRESS:
        return attempt
    attempt.check(AttemptState.IN_PROGRESS)
    if attempt.admitted_at is None:
        message = "a proctor must check you in first; please wait"
        raise NotAdmitted(message)
    _check_open(attempt.booking, now)
    sitting = attempt.booking.sitting
    if now < sitting.start_from:
        message = f"this sitting starts at {sitting.local(sitting.start_from)}; please wait"
        raise NoEntry(message)
    attempt.move(AttemptState.IN_PROGRESS)
    attempt.started_at = now
    attempt.deadline_at = deadline(now, attempt.time_limit_seconds)
    record(tx, actor, Action.START, f"attempt:{attempt.id}", now, deadline_at=iso(attempt.deadline_at))
    return attempt


def submit(tx: Session, attempt: Attempt, *, actor: Actor, now: datetime) -> Receipt:
    """Hand in. Handing in again, or after time ran out, gives the receipt that exists.

    Raises:
        IllegalMove: the attempt never began.
    """
    # Whoever saves a response holds this row in share mode: what they were told is saved is seen below, and
    # whoever comes later finds the attempt ended.
    tx.refresh(attempt, with_for_update=True)
    if receipt := tx.get(Receipt, attempt.id):
        return receipt
    attempt.check(AttemptState.SUBMITTED)
    if attempt.deadline_at is not None and now > accepts_until(attempt.deadline_at):
        return _end(tx, attempt, AttemptState.TIMED_OUT, attempt.deadline_at, actor=actor, now=now)
    return _end(tx, attempt, AttemptState.SUBMITTED, min(now, attempt.deadline_at or now), actor=actor, now=now)


def close_overdue(tx: Session, *, now: datetime, limit: int = 200) -> list[Attempt]:
    """End attempts whose deadline and grace are over, at most ``limit`` of them; they ended at their deadline.

    Several workers may do this at once: each takes what no other holds.
    """
    overdue = tx.scalars(
        select(Attempt)
        .where(Attempt.state == AttemptState.IN_PROGRESS, Attempt.deadline_at < grace_ended_before(now))
        .order_by(Attempt.deadline_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    # One order of audit chains for all workers, so that no two wait for each other.
    closed = sorted(overdue, key=lambda attempt: (attempt.organisation_id, attempt.id))
    for attempt in closed:
        product = the_product(attempt.organisation_id)
        _end(tx, attempt, AttemptState.TIMED_OUT, attempt.deadline_at or now, actor=product, now=now)
    return closed


def expire_awaiting(tx: Session, sitting_id: uuid.UUID, *, now: datetime) -> int:
    """End the attempts of a sitting that never began, and return how many there were."""
    waiting = tx.scalars(
        select(Attempt)
        .join(Attempt.booking)
        .where(Booking.sitting_id == sitting_id, Attempt.state == AttemptState.AWAITING)
        .order_by(Attempt.id)
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    ).all()
    for attempt in waiting:
        attempt.move(AttemptState.EXPIRED)
        attempt.ended_at = now
    tx.flush()
    return len(waiting)


def take_part(tx: Session, attempt: Attempt, account_id: uuid.UUID, part: Part, *, now: datetime) -> None:
    """Write down that somebody took part in an attempt; a part that is written down already keeps its moment."""
    if tx.get(Participation, (attempt.id, account_id, part.value)) is None:
        tx.add(Participation(attempt_id=attempt.id, account_id=account_id, part=part.value, since=now))
        tx.flush()


def take_part_in_all(tx: Session, sitting_id: uuid.UUID, account_id: uuid.UUID, part: Part, *, now: datetime) -> None:
    """Write down that somebody took part in every attempt of a sitting."""
    attempts = select(Attempt.id).join(Attempt.booking).where(Booking.sitting_id == sitting_id).order_by(Attempt.id)
    tx.add_all(
        Participation(attempt_id=attempt_id, account_id=account_id, part=part.value, since=now)
        for attempt_id in tx.scalars(attempts)
    )
    tx.flush()


def own_attempt(tx: Session, actor: Actor, attempt_id: uuid.UUID) -> Attempt:
    """Return an attempt of the acting candidate; NotFound to everybody else."""
    attempt = attempt_for(tx, actor, attempt_id)
    if attempt.candidate_id != actor.person:
        raise _no_such_attempt()
    return attempt


def attempt_for(tx: Session, actor: Actor, attempt_id: uuid.UUID) -> Attempt:
    """Return an attempt of the actor's organisation, for staff; NotFound to strangers."""
    attempt = tx.scalar(
        select(Attempt).where(Attempt.id == attempt_id, Attempt.organisation_id == actor.organisation_id)
    )
    if attempt is None:
        raise _no_such_attempt()
    return attempt


def attempts_in_progress(tx: Session, sitting_id: uuid.UUID) -> int:
    """Return how many candidates of a sitting are working."""
    running = (
        select(func.count())
        .select_from(Attempt)
        .join(Attempt.booking)
        .where(Booking.sitting_id == sitting_id, Attempt.state == AttemptState.IN_PROGRESS)
    )
    return tx.scalars(running).one()


def own_receipt(tx: Session, actor: Actor, attempt_id: uuid.UUID) -> Receipt:
    """Return the receipt of the acting candidate's ended attempt; NotFound before it ended, and to strangers."""
    receipt = tx.get(Receipt, own_attempt(tx, actor, attempt_id).id)
    if receipt is None:
        message = "there is no receipt: the attempt has not ended, or it never began"
        raise NotFound(message)
    return receipt


def _end(
    tx: Session, attempt: Attempt, ending: AttemptState, ended_at: datetime, *, actor: Actor, now: datetime
) -> Receipt:
    """Close an attempt that is locked and in progress: the one way in which any of them ends."""
    current = current_responses(tx, attempt.id)
    responses = [
        {"slot": slot, "revision": response.revision, "sha256": response.value_hash}
        for slot, response in current.items()
    ]
    facts: dict[str, Any] = {
        "attempt_id": attempt.id,
        "form_hash": attempt.form.form_hash,
        "paper_hash": attempt.paper_hash,
        "ending": ending.value,
        "ended_at": ended_at,
        "answered_count": sum(bool(response.value) for response in current.values()),
        "responses": responses,
    }
    receipt = Receipt(**facts, receipt_hash=digest(facts))
    attempt.move(ending)
    attempt.ended_at = ended_at
    tx.add(receipt)
    details = {"ending": ending.value, "ended_at": iso(ended_at), "receipt_hash": receipt.receipt_hash}
    record(tx, actor, Action.END, f"attempt:{attempt.id}", now, **details)
    return receipt


def _drawn(tx: Session, booking: Booking, now: datetime) -> Attempt:
    form = booking.sitting.form
    paper = draw_paper(form_versions(tx, form.id), secrets.token_bytes(SEED_BYTES))
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


def _attempt_of(tx: Session, booking: Booking) -> Attempt | None:
    return tx.scalar(select(Attempt).where(Attempt.booking_id == booking.id))


def _hold_sitting(tx: Session, booking: Booking) -> None:
    # In share mode: many candidates enter together, and nobody closes the sitting meanwhile.
    tx.refresh(booking.sitting, with_for_update={"read": True})


def _check_open(booking: Booking, now: datetime) -> None:
    sitting = booking.sitting
    if booking.withdrawn_at is not None:
        message = "this booking was withdrawn; book another sitting"
        raise NoEntry(message)
    if sitting.state != SittingState.OPEN:
        message = f"the sitting is {sitting.state}; candidates enter while it is open"
        raise NoEntry(message)
    if now > sitting.start_by:
        message = f"this sitting could be started until {sitting.local(sitting.start_by)}; its window has passed"
        raise NoEntry(message)


def _refuse_makers(tx: Session, booking: Booking) -> None:
    """Refuse whoever has seen the items before: their authors and reviewers, and who assembled the form."""
    form_id, person = booking.sitting.form_id, booking.candidate_id
    written_or_reviewed = (
        select(FormItem.position)
        .join(ItemVersion, ItemVersion.id == FormItem.item_version_id)
        .outerjoin(ItemReview, ItemReview.version_id == ItemVersion.id)
        .where(FormItem.form_id == form_id, or_(ItemVersion.author_id == person, ItemReview.reviewer_id == person))
        .limit(1)
    )
    assembled = select(Form.id).where(Form.id == form_id, Form.assembled_by == person)
    if tx.scalar(written_or_reviewed) is not None or tx.scalar(assembled) is not None:
        message = "you wrote, reviewed or assembled a part of this exam, so you cannot sit it; ask for another form"
        raise NoEntry(message)


def _no_such_attempt() -> NotFound:
    return NotFound("there is no such attempt")
