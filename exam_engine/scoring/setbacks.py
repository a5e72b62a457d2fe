"""Setbacks: work on an attempt that failed - scoring it, issuing its certificate - why, since when, and how often.

One rule: what failed is tried again by itself, ever more rarely, and stays visible until it has succeeded. A setback
keeps codes and places, never a name or an answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Select, UniqueConstraint, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.audit import record
from kernel.db import Base, Owned, table_facts
from kernel.errors import NotFound
from kernel.permissions import Actor, the_product
from kernel.sentences import say

LONGEST_WAIT = timedelta(minutes=10)
DEFECT = "defect"
"""The reason of a failure that nothing was prepared for."""


class Work(StrEnum):
    """What is done to an attempt that has ended."""

    SCORE = "score"
    ISSUE = "issue"


class Action(StrEnum):
    """What the audit log calls it."""

    NOTE = "setback.note"
    TRY_AGAIN = "setback.try_again"


class Setback(Owned, Base):
    """One piece of work that has not succeeded yet."""

    __tablename__ = "setbacks"
    __table_args__ = (
        UniqueConstraint("attempt_id", "work"),
        CheckConstraint("work IN ('score', 'issue')", name="work"),
        table_facts(pii={}),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"))
    work: Mapped[str]
    reason: Mapped[str]
    """The code of what refused it, or ``defect``."""
    places: Mapped[list[Any]]
    """Where the refusal found its faults: fields of the award, such as ``areas/3/name``."""
    since: Mapped[datetime]
    failed_at: Mapped[datetime]
    tries: Mapped[int]
    next_try_at: Mapped[datetime]

    @property
    def subject(self) -> str:
        """What it is about, in the audit log."""
        return f"attempt:{self.attempt_id}"


def note_setback(
    tx: Session,
    work: Work,
    attempt_id: uuid.UUID,
    organisation_id: uuid.UUID,
    *,
    reason: str,
    places: Sequence[str] = (),
    now: datetime,
) -> None:
    """Keep a failure and when to try again: the wait doubles. The audit log is told of it, and of another reason."""
    setback = tx.scalar(_about(work, attempt_id).with_for_update())
    is_news = setback is None or setback.reason != reason
    if setback is None:
        setback = Setback(organisation_id=organisation_id, attempt_id=attempt_id, work=work, since=now, tries=0)
    setback.tries += 1
    setback.reason, setback.places, setback.failed_at = reason, list(places), now
    setback.next_try_at = now + min(timedelta(seconds=2 ** min(setback.tries, 20)), LONGEST_WAIT)
    try:
        with tx.begin_nested():
            tx.add(setback)
    except IntegrityError:
        return  # another worker failed at the same moment and has noted it
    if is_news:
        actor = the_product(organisation_id)
        record(tx, actor, Action.NOTE, setback.subject, now, work=work.value, reason=reason, places=setback.places)


def overcome_setback(tx: Session, work: Work, attempt_id: uuid.UUID) -> None:
    """Forget a failure in the transaction in which the work succeeds."""
    tx.execute(delete(Setback).where(Setback.work == work, Setback.attempt_id == attempt_id))


def try_again(tx: Session, setback: Setback, *, actor: Actor, now: datetime) -> Setback:
    """Have the worker try at its next round instead of waiting; whoever mended the cause asks for it."""
    tx.refresh(setback, with_for_update=True)
    setback.next_try_at = now
    record(tx, actor, Action.TRY_AGAIN, setback.subject, now, work=setback.work, tries=setback.tries)
    return setback


def setback_for(tx: Session, actor: Actor, setback_id: uuid.UUID) -> Setback:
    """Return a setback of the actor's organisation, or NotFound: it may have been overcome by now."""
    setback = tx.scalar(
        select(Setback).where(Setback.id == setback_id, Setback.organisation_id == actor.organisation_id)
    )
    if setback is None:
        message = say("there is no such setback, or it has been overcome")
        raise NotFound(message)
    return setback


def waiting(work: Work, now: datetime) -> Select[uuid.UUID]:
    """Select the attempts on which this work failed too recently to be tried again."""
    return select(Setback.attempt_id).where(Setback.work == work, Setback.next_try_at > now)


def _about(work: Work, attempt_id: uuid.UUID) -> Select[Setback]:
    return select(Setback).where(Setback.work == work, Setback.attempt_id == attempt_id)
