"""The schedule: sittings as they are kept, and the table of their moves.

One rule: a sitting offers one form; which moments allow a start is fixed when it is scheduled.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from exam_engine.assembly.forms import Form
from kernel.db import Base, Owned, table_facts
from kernel.sentences import say
from kernel.states import check_move


class SittingState(StrEnum):
    """Where a sitting stands."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


MOVES: Mapping[SittingState, frozenset[SittingState]] = MappingProxyType(
    {
        SittingState.SCHEDULED: frozenset({SittingState.OPEN, SittingState.CANCELLED}),
        SittingState.OPEN: frozenset({SittingState.CLOSED, SittingState.CANCELLED}),
        SittingState.CLOSED: frozenset(),
        SittingState.CANCELLED: frozenset(),
    }
)


class Sitting(Owned, Base):
    """One occasion: a form, a window for starting, and the venue's time zone for people to read."""

    __tablename__ = "sittings"
    __table_args__ = (CheckConstraint("start_from < start_by", name="window"), table_facts(pii={}))

    title: Mapped[str]
    form_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("forms.id"), index=True)
    start_from: Mapped[datetime]
    start_by: Mapped[datetime]
    """Limits starting only: whoever starts in time has the full time (facts: "start by" and "finish by" differ)."""
    time_zone: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_because: Mapped[str | None]
    """For candidates and staff to read: no names in it."""

    form: Mapped[Form] = relationship(viewonly=True)

    def local(self, moment: datetime) -> str:
        """Write a moment as the venue's clock shows it: ``2026-11-22 11:00 (Europe/Sofia)``."""
        return f"{moment.astimezone(ZoneInfo(self.time_zone)):%Y-%m-%d %H:%M} ({self.time_zone})"

    def check(self, target: SittingState) -> None:
        """Raise IllegalMove unless the table holds this step."""
        check_move(MOVES, SittingState(self.state), target, say("the sitting"))

    def move(self, target: SittingState) -> None:
        """Take one legal step; IllegalMove otherwise."""
        self.check(target)
        self.state = target


def hold_sitting(tx: Session, sitting: Sitting) -> None:
    """Read a sitting again and keep it as it is until the commit; many candidates may hold it together."""
    tx.refresh(sitting, with_for_update={"read": True})
