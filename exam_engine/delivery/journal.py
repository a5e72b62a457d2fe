"""The journal: where responses are kept. Appended, never rewritten; acknowledged only after the commit.

The primary key is the compare-and-set: revision *n + 1* of a slot can be written once, so of two tabs that both
build on revision *n* one is told that it is stale.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, table_facts


class Response(Base):
    """The n-th save of one slot's answer."""

    __tablename__ = "responses"
    __table_args__ = (
        CheckConstraint("revision > 0", name="counted_from_one"),
        table_facts(
            pii={"value": "assessment"},
            unowned="it is part of an attempt, which carries the organisation",
            append_only=True,
        ),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    save_id: Mapped[str]
    """The client's name for this save: repeating it gives the same answer instead of a conflict."""
    value: Mapped[dict[str, Any]]
    value_hash: Mapped[str]
    received_at: Mapped[datetime]
