"""The life of an attempt: its states, the table of their moves, and what is kept of it.

One rule: an ended attempt never becomes un-ended.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_engine.assembly.forms import Form
from exam_engine.delivery.bookings import Booking
from kernel.db import Base, Owned, table_facts
from kernel.sentences import say
from kernel.states import check_move


class AttemptState(StrEnum):
    """Where an attempt stands."""

    AWAITING = "awaiting"
    """The candidate is at the door; ``admitted_at`` says whether a proctor let them in."""
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    TIMED_OUT = "timed_out"
    TERMINATED = "terminated"
    EXPIRED = "expired"
    """It never began: the sitting ended before, or the place was given up."""


_S = AttemptState
MOVES: Mapping[AttemptState, frozenset[AttemptState]] = MappingProxyType(
    {
        _S.AWAITING: frozenset({_S.IN_PROGRESS, _S.EXPIRED}),
        _S.IN_PROGRESS: frozenset({_S.SUBMITTED, _S.TIMED_OUT, _S.TERMINATED}),
        _S.SUBMITTED: frozenset(),
        _S.TIMED_OUT: frozenset(),
        _S.TERMINATED: frozenset(),
        _S.EXPIRED: frozenset(),
    }
)
ENDED = frozenset(state for state, onward in MOVES.items() if not onward)
_LIVE = text("state IN ('awaiting', 'in_progress')")


class Attempt(Owned, Base):
    """One go. The paper (what is asked, in which order) is drawn once, stored and hashed before the clock starts."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("booking_id"),
        # The promise "only one running attempt" is kept here, whatever two tabs or two servers do.
        Index("uq_attempts_live", "candidate_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in AttemptState)})", name="state"),
        CheckConstraint("deadline_at IS NULL OR started_at IS NOT NULL", name="deadline_needs_start"),
        CheckConstraint("state <> 'in_progress' OR deadline_at IS NOT NULL", name="progress_needs_deadline"),
        Index("ix_attempts_state_deadline", "state", "deadline_at"),
        table_facts(pii={"candidate_id": "link"}),
    )

    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bookings.id"))
    candidate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    form_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("forms.id"))
    state: Mapped[str]
    paper: Mapped[list[Any]]
    """``[{"slot": 1, "version": item version id, "kind": item kind, "arrangement": what its kind drew}, ...]``"""
    paper_hash: Mapped[str]
    slot_count: Mapped[int]
    time_limit_seconds: Mapped[int]
    arrived_at: Mapped[datetime]
    admitted_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    booking: Mapped[Booking] = relationship(viewonly=True)
    form: Mapped[Form] = relationship(viewonly=True)

    def check(self, target: AttemptState) -> None:
        """Raise IllegalMove unless the table holds this step."""
        check_move(MOVES, AttemptState(self.state), target, say("the attempt"))

    def move(self, target: AttemptState) -> None:
        """Take one legal step; IllegalMove otherwise."""
        self.check(target)
        self.state = target


class Receipt(Base):
    """What the candidate holds after handing in: the hash over everything that counts, and all that it covers."""

    __tablename__ = "receipts"
    __table_args__ = (
        table_facts(pii={}, unowned="it is part of an attempt, which carries the organisation", append_only=True),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    form_hash: Mapped[str]
    paper_hash: Mapped[str]
    ending: Mapped[str]
    ended_at: Mapped[datetime]
    answered_count: Mapped[int]
    responses: Mapped[list[Any]]
    """``[{"slot": n, "revision": r, "sha256": hex}, ...]`` for every slot ever saved, in slot order."""
    receipt_hash: Mapped[str]
    """The SHA-256 of everything above, by these names, in canonical form (:mod:`kernel.canonical`)."""


class Part(StrEnum):
    """How somebody took part in an attempt; whoever did may not decide on it."""

    CANDIDATE = "candidate"
    PROCTOR = "proctor"
    ORGANISER = "organiser"
    MARKER = "marker"
    """Of an answer that people mark."""


class Participation(Base):
    """Somebody's part in an attempt. The database refuses a decision by anybody who has a row here."""

    __tablename__ = "participations"
    __table_args__ = (
        table_facts(
            pii={"account_id": "link"},
            unowned="it is part of an attempt, which carries the organisation",
            append_only=True,
        ),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
