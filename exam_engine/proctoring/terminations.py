"""Terminations: an attempt ended by whoever watches it or runs the sitting, and why.

One rule: ending is no verdict. Every response stays, nothing is scored until a person says so, and whoever ends an
attempt takes part in it and therefore never decides on it.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from exam_engine.delivery.attempts import take_part, terminate
from exam_engine.delivery.lifecycle import Attempt, Part
from exam_engine.delivery.reasons import said
from exam_engine.proctoring.sessions import OwnExam
from kernel.audit import record
from kernel.canonical import digest
from kernel.db import Base, Owned, table_facts
from kernel.permissions import Actor, Permission
from kernel.sentences import say


class Action(StrEnum):
    """What the audit log calls it."""

    TERMINATE = "attempt.terminate"


class Termination(Owned, Base):
    """Who ended an attempt before its time, when and why."""

    __tablename__ = "terminations"
    __table_args__ = (
        UniqueConstraint("attempt_id"),
        table_facts(pii={"terminated_by": "link", "reason": "assessment"}, append_only=True),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"))
    terminated_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str]
    at: Mapped[datetime]

    @property
    def recorded(self) -> dict[str, str]:
        """What its audit entry says of it, worked out from the row: the wording by its hash alone."""
        return {"content": digest({"reason": self.reason})}


def end_attempt(tx: Session, attempt: Attempt, *, reason: str, actor: Actor, now: datetime) -> Termination:
    """End a running attempt before its time, for a reason that the candidate, reviewers and an appeal will read.

    Raises:
        OwnExam: the actor is the candidate, who hands in instead.
        ReasonMissing: there is none.
        IllegalMove: the attempt is not running, or its time is over.
    """
    if attempt.candidate_id == actor.person:
        message = say("this is your own exam; hand it in, or ask another proctor")
        raise OwnExam(message)
    words = said(reason)
    terminate(tx, attempt, actor=actor, now=now)
    termination = Termination(
        organisation_id=attempt.organisation_id,
        attempt_id=attempt.id,
        terminated_by=actor.person,
        reason=words,
        at=now,
    )
    tx.add(termination)
    tx.flush()
    part = Part.PROCTOR if actor.may(Permission.ATTEMPT_ADMIT) else Part.ORGANISER
    take_part(tx, attempt, actor.person, part, now=now)
    record(tx, actor, Action.TERMINATE, f"attempt:{attempt.id}", now, **termination.recorded)
    return termination


def termination_of(tx: Session, attempt_id: uuid.UUID) -> Termination | None:
    """Return how an attempt came to be ended before its time, where it was."""
    return tx.scalar(select(Termination).where(Termination.attempt_id == attempt_id))
