"""Bookings: a candidate's place in a sitting. One place per candidate and sitting, by constraint."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_engine.delivery.sittings import Sitting
from kernel.accounts import Account
from kernel.db import Base, Owned, table_facts


class Booking(Owned, Base):
    """A candidate's place in a sitting, with the name to be certified as the candidate gave it."""

    __tablename__ = "bookings"
    __table_args__ = (
        UniqueConstraint("sitting_id", "candidate_id"),
        table_facts(pii={"candidate_id": "link", "candidate_name": "identity"}),
    )

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sittings.id"))
    candidate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    candidate_name: Mapped[str]
    booked_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship(viewonly=True)
    candidate: Mapped[Account] = relationship(viewonly=True)
