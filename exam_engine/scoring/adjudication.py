"""Adjudication: the human decision on a result. Nobody decides on an exam they took part in (ISO/IEC 17024, 9.4).

The rule is kept twice: here, with a readable refusal, and by a trigger in the database.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_engine.scoring.results import Result
from kernel.db import Base, Owned, table_facts


class Decision(Owned, Base):
    """One person's decision on one version of a result, with the evidence as it stood."""

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("result_id"),
        CheckConstraint("outcome IN ('granted', 'refused')", name="outcome"),
        table_facts(pii={"decided_by": "link", "reason": "assessment", "evidence": "assessment"}, append_only=True),
    )

    result_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("results.id"))
    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"), index=True)
    decided_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    outcome: Mapped[str]
    reason: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    evidence_hash: Mapped[str]
    decided_at: Mapped[datetime]

    result: Mapped[Result] = relationship(viewonly=True)
