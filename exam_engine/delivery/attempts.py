"""Attempts: one candidate's one go at one form: how it ends, who took part, and who may see it.

One rule: the server alone knows the time, and every attempt ends in one and the same way.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import ENDED, MOVES, Attempt, AttemptState, Part, Participation, Receipt
from exam_engine.delivery.responses import current_responses
from exam_engine.delivery.timing import accepts_until, grace_ended_before
from kernel.audit import record
from kernel.canonical import digest, iso
from kernel.errors import IllegalMove, NotFound
from kernel.permissions import Actor, the_product
from kernel.sentences import say

__all__ = [
    "ENDED",
    "MOVES",
    "Action",
    "Attempt",
    "AttemptState",
    "Part",
    "Participation",
    "Receipt",
    "attempt_for",
    "attempts_in_progress",
    "close_overdue",
    "expire_awaiting",
    "has_begun",
    "own_attempt",
    "own_receipt",
    "submit",
    "take_part",
    "take_part_in_all",
    "terminate",
]


class Action(StrEnum):
    """What is written to the audit log about attempts."""

    ARRIVE = "attempt.arrive"
    ADMIT = "attempt.admit"
    START = "attempt.start"
    END = "attempt.end"


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


def terminate(tx: Session, attempt: Attempt, *, actor: Actor, now: datetime) -> Receipt:
    """End a running attempt before its time. Every response stays, and the candidate has a receipt for them.

    Who may do this and why is the proctoring room's matter; see :mod:`exam_engine.proctoring.terminations`.

    Raises:
        IllegalMove: it is not running, or its time is over: then it ends by itself.
    """
    tx.refresh(attempt, with_for_update=True)
    attempt.check(AttemptState.TERMINATED)
    if attempt.deadline_at is not None and now > accepts_until(attempt.deadline_at):
        message = say("the time of this attempt is over, so it ends by itself")
        raise IllegalMove(message, state=attempt.state)
    return _end(tx, attempt, AttemptState.TERMINATED, min(now, attempt.deadline_at or now), actor=actor, now=now)


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
    """Write down that somebody took part in every attempt of a sitting; what is written down already stays."""
    known = select(Participation.attempt_id).where(Participation.account_id == account_id, Participation.part == part)
    attempts = (
        select(Attempt.id)
        .join(Attempt.booking)
        .where(Booking.sitting_id == sitting_id, Attempt.id.not_in(known))
        .order_by(Attempt.id)
    )
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


def has_begun(tx: Session, sitting_id: uuid.UUID) -> bool:
    """Tell whether any candidate of a sitting ever started."""
    begun = select(Attempt.id).join(Attempt.booking).where(Booking.sitting_id == sitting_id)
    return tx.scalar(begun.where(Attempt.started_at.is_not(None)).limit(1)) is not None


def own_receipt(tx: Session, actor: Actor, attempt_id: uuid.UUID) -> Receipt:
    """Return the receipt of the acting candidate's ended attempt; NotFound before it ended, and to strangers."""
    receipt = tx.get(Receipt, own_attempt(tx, actor, attempt_id).id)
    if receipt is None:
        message = say("there is no receipt: the attempt has not ended, or it never began")
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


def _no_such_attempt() -> NotFound:
    return NotFound(say("there is no such attempt"))
