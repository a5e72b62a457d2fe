"""Check-in: a proctor sees the candidate's identity document and lets the candidate in."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Owned, table_facts


class CheckIn(Owned, Base):
    """Who checked whose identity, how and when. No copy of the document is kept."""

    __tablename__ = "check_ins"
    __table_args__ = (
        UniqueConstraint("attempt_id"),
        table_facts(pii={"proctor_id": "link"}, append_only=True),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"))
    proctor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    method: Mapped[str]
    """What was looked at: ``identity_card``, ``passport``, ``residence_permit`` or ``known_in_person``."""
    checked_at: Mapped[datetime]
