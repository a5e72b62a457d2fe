"""Check-in: a proctor looks at the candidate's identity document and lets the candidate in.

One rule: whoever checks somebody in takes part in that exam, and therefore never decides on it.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, contains_eager, mapped_column

from exam_engine.delivery.admission import admit
from exam_engine.delivery.attempts import attempt_for, take_part
from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import Attempt, AttemptState, Part
from exam_engine.delivery.schedule import Sitting
from kernel.audit import record
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, Forbidden
from kernel.permissions import Actor
from kernel.sentences import say


class OwnExam(Forbidden):
    """Nobody checks themselves in."""

    code = "own_exam"


class AlreadyCheckedIn(Conflict):
    """The candidate's identity was checked before; the first check stands."""

    code = "already_checked_in"


class CheckMethod(StrEnum):
    """What the proctor looked at."""

    IDENTITY_CARD = "identity_card"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence_permit"
    KNOWN_IN_PERSON = "known_in_person"


class Action(StrEnum):
    """What the audit log calls it."""

    CHECK_IN = "attempt.check_in"


class CheckIn(Owned, Base):
    """Who checked whose identity, how and when. No copy of the document is kept."""

    __tablename__ = "check_ins"
    __table_args__ = (
        UniqueConstraint("attempt_id"),
        CheckConstraint(
            "method IN ('identity_card', 'passport', 'residence_permit', 'known_in_person')", name="method"
        ),
        table_facts(pii={"proctor_id": "link"}, append_only=True),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"))
    proctor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    method: Mapped[str]
    checked_at: Mapped[datetime]


def check_in(tx: Session, attempt: Attempt, *, method: CheckMethod, actor: Actor, now: datetime) -> CheckIn:
    """Record the identity check, note that the proctor took part, and admit the attempt.

    Raises:
        OwnExam: the proctor is the candidate.
        AlreadyCheckedIn: somebody did it before.
        IllegalMove: the attempt is not waiting any more.
    """
    if attempt.candidate_id == actor.person:
        message = say("this is your own exam; another proctor must check your identity")
        raise OwnExam(message)
    attempt.check(AttemptState.IN_PROGRESS)
    seen = CheckIn(
        organisation_id=attempt.organisation_id,
        attempt_id=attempt.id,
        proctor_id=actor.person,
        method=method.value,
        checked_at=now,
    )
    try:
        with tx.begin_nested():
            tx.add(seen)
    except IntegrityError as error:
        message = say("this candidate's identity has been checked already")
        raise AlreadyCheckedIn(message) from error
    take_part(tx, attempt, actor.person, Part.PROCTOR, now=now)
    admit(tx, attempt, actor=actor, now=now)
    record(tx, actor, Action.CHECK_IN, f"attempt:{attempt.id}", now, method=method.value)
    return seen


def waiting_attempts(
    tx: Session, actor: Actor, sitting: Sitting, *, after: uuid.UUID | None = None, limit: int | None = None
) -> list[Attempt]:
    """Return everybody who has arrived at a sitting, in the order of arrival, with their bookings."""
    found = (
        select(Attempt)
        .join(Attempt.booking)
        .where(Booking.sitting_id == sitting.id, Attempt.organisation_id == actor.organisation_id)
        .options(contains_eager(Attempt.booking))
    )
    if after is not None:
        last = attempt_for(tx, actor, after)
        found = found.where(tuple_(Attempt.arrived_at, Attempt.id) > (last.arrived_at, last.id))
    return list(tx.scalars(found.order_by(Attempt.arrived_at, Attempt.id).limit(limit)))
