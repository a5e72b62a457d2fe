"""Listings: what pages show side by side, read in one query each, always of one organisation or one person."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, load_only

from certificates.credentials import Credential
from exam_engine.assembly.forms import Form, FormItem
from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import Attempt, AttemptState
from exam_engine.delivery.schedule import Sitting
from exam_engine.scoring.decisions import Decision
from exam_engine.scoring.results import Result
from kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class Occupied:
    """A booked place and, once the candidate has arrived, the attempt."""

    booking: Booking
    attempt: Attempt | None

    @property
    def stage(self) -> str:
        """Where on the way through the sitting this candidate is: a key of ``words.PROGRESS``."""
        if self.attempt is None:
            return "booked"
        match self.attempt.state:
            case AttemptState.AWAITING:
                return "waiting" if self.attempt.admitted_at is None else "ready"
            case AttemptState.IN_PROGRESS:
                return "working"
            case AttemptState.EXPIRED:
                return "expired"
            case _:
                return "ended"


@dataclass(frozen=True, slots=True)
class Scored:
    """A result beside the attempt it belongs to, and the decision on it."""

    result: Result
    attempt: Attempt
    decision: Decision | None


def own_places(tx: Session, actor: Actor) -> list[Occupied]:
    """Return the acting candidate's places with sitting and form, the latest first."""
    mine = (Booking.candidate_id == actor.person, Booking.organisation_id == actor.organisation_id)
    query = _places().where(*mine).order_by(Sitting.start_from.desc(), Booking.id)
    return [Occupied(booking, attempt) for booking, attempt in tx.execute(query)]


def places_in(tx: Session, actor: Actor, sitting: Sitting) -> list[Occupied]:
    """Return everybody who has a place in a sitting of the actor's organisation, by name."""
    query = (
        _places()
        .where(Booking.sitting_id == sitting.id, Booking.organisation_id == actor.organisation_id)
        .where(Booking.withdrawn_at.is_(None))
        .order_by(Booking.candidate_name, Booking.id)
    )
    return [Occupied(booking, attempt) for booking, attempt in tx.execute(query)]


def scored_attempts(tx: Session, attempt_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the attempts that have a result."""
    return set(tx.scalars(select(Result.attempt_id).where(Result.attempt_id.in_(list(attempt_ids)))))


def decision_of(tx: Session, attempt_id: uuid.UUID) -> Decision | None:
    """Return the one decision on an attempt, whichever version of its result it was taken on."""
    return tx.scalar(select(Decision).where(Decision.attempt_id == attempt_id))


def results_with_people(tx: Session, actor: Actor) -> list[Scored]:
    """Return the newest version of every result with candidate, sitting and decision, the latest first."""
    newest = select(func.max(Result.number)).where(Result.attempt_id == Attempt.id).correlate(Attempt).scalar_subquery()
    query = (
        select(Result, Attempt, Decision)
        .join(Attempt, Attempt.id == Result.attempt_id)
        .outerjoin(Decision, Decision.attempt_id == Result.attempt_id)
        .where(Result.organisation_id == actor.organisation_id, Result.number == newest)
        .options(
            load_only(Result.score, Result.passed, Result.borderline, Result.rules_met, Result.scored_at),
            joinedload(Attempt.booking).joinedload(Booking.sitting),
        )
        .order_by(Result.scored_at.desc(), Result.id)
    )
    return [Scored(*row) for row in tx.execute(query)]


def form_length(tx: Session, form: Form) -> int:
    """Return how many items a form has."""
    return tx.scalars(select(func.count()).select_from(FormItem).where(FormItem.form_id == form.id)).one()


def sitting_states(tx: Session, actor: Actor) -> Counter[str]:
    """Return how many sittings stand in each state."""
    query = select(Sitting.state, func.count()).where(Sitting.organisation_id == actor.organisation_id)
    return Counter(dict(tx.execute(query.group_by(Sitting.state)).all()))


def result_counts(tx: Session, actor: Actor) -> tuple[int, int]:
    """Return how many attempts have a result, and how many of those wait for a decision."""
    query = (
        select(func.count(func.distinct(Result.attempt_id)), func.count(func.distinct(Decision.attempt_id)))
        .outerjoin(Decision, Decision.attempt_id == Result.attempt_id)
        .where(Result.organisation_id == actor.organisation_id)
    )
    scored, decided = tx.execute(query).one()
    return scored, scored - decided


def credential_count(tx: Session, actor: Actor) -> int:
    """Return how many certificates the organisation has issued."""
    mine = Credential.organisation_id == actor.organisation_id
    return tx.scalars(select(func.count()).select_from(Credential).where(mine)).one()


def _places() -> Select[Booking, Attempt]:
    return (
        select(Booking, Attempt)
        .join(Booking.sitting)
        .outerjoin(Attempt, Attempt.booking_id == Booking.id)
        .options(contains_eager(Booking.sitting).joinedload(Sitting.form).joinedload(Form.blueprint))
    )
