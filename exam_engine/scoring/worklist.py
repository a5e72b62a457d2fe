"""The worklist: what is to be scored and what is to be issued now, and what has stood in the way of it.

One rule: the states are the queue. What failed waits its time, and never keeps what stands behind it from its turn.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, contains_eager, defer

from certificates.credentials import Credential
from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import Attempt
from exam_engine.delivery.schedule import Sitting, SittingState
from exam_engine.scoring.decisions import Decision, Outcome
from exam_engine.scoring.results import SCORED, SCORED_BY_ITSELF, Result
from exam_engine.scoring.scripts import awaits_marks, not_laid_out
from exam_engine.scoring.setbacks import Setback, Work, setback_for, waiting
from kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class Standstill:
    """Work that has failed and is still to be done, and the attempt with its booking and sitting."""

    setback: Setback
    attempt: Attempt


def unscored_attempts(tx: Session, now: datetime, limit: int) -> list[Attempt]:
    """Return ended attempts without a result that wait for nobody's word or marks, the earliest ending first."""
    return list(
        tx.scalars(
            select(Attempt)
            .outerjoin(Result, Result.attempt_id == Attempt.id)
            .where(Attempt.state.in_(SCORED_BY_ITSELF), Result.id.is_(None), ~awaits_marks())
            .where(Attempt.id.not_in(waiting(Work.SCORE, now)))
            .order_by(Attempt.ended_at)
            .limit(limit)
            .options(defer(Attempt.paper))  # most of a row, and read again when its turn comes
        )
    )


def attempts_to_lay_out(tx: Session, now: datetime) -> list[Attempt]:
    """Return all ended attempts of closed sittings with answers for people to mark that are no scripts yet.

    In an order that says nothing of who ended when.
    """
    return list(
        tx.scalars(
            select(Attempt)
            .join(Attempt.booking)
            .join(Booking.sitting)
            .where(Sitting.state == SittingState.CLOSED, Attempt.state.in_(SCORED), not_laid_out())
            .where(Attempt.id.not_in(waiting(Work.SCORE, now)))
            .order_by(Attempt.id)
            .options(defer(Attempt.paper))  # most of a row, and read again when its turn comes
        )
    )


def unissued_decisions(tx: Session, now: datetime, limit: int) -> list[Decision]:
    """Return granted decisions whose credential is not issued yet, the oldest first."""
    return list(
        tx.scalars(
            select(Decision)
            .outerjoin(Credential, Credential.award_id == Decision.id)
            .where(Decision.outcome == Outcome.GRANTED, Credential.id.is_(None))
            .where(Decision.attempt_id.not_in(waiting(Work.ISSUE, now)))
            .order_by(Decision.decided_at)
            .limit(limit)
        )
    )


def standstills_of(
    tx: Session, actor: Actor, *, after: uuid.UUID | None = None, limit: int | None = None
) -> list[Standstill]:
    """Return what could not be done so far in the actor's organisation, the oldest failure first."""
    scored = select(Result.attempt_id)
    issued = select(Decision.attempt_id).join(Credential, Credential.award_id == Decision.id)
    done = ((Setback.work == Work.SCORE) & Setback.attempt_id.in_(scored)) | (
        (Setback.work == Work.ISSUE) & Setback.attempt_id.in_(issued)
    )
    query = (
        select(Setback, Attempt)
        .join(Attempt, Attempt.id == Setback.attempt_id)
        .join(Attempt.booking)
        .join(Booking.sitting)
        # Two workers may pass each other, one succeeding while the other notes that it failed.
        .where(Setback.organisation_id == actor.organisation_id, ~done)
        .options(contains_eager(Attempt.booking).contains_eager(Booking.sitting))
    )
    if after is not None:
        last = setback_for(tx, actor, after)
        query = query.where(tuple_(Setback.since, Setback.id) > (last.since, last.id))
    return [Standstill(*row) for row in tx.execute(query.order_by(Setback.since, Setback.id).limit(limit))]
