"""Results: versioned statements of what an attempt scored, with everything needed to compute them again.

One rule: a regrade appends the next version; no result is ever changed or deleted.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_engine.delivery.attempts import Attempt
from kernel.db import Base, Owned, table_facts


class Result(Owned, Base):
    """One version of an attempt's result."""

    __tablename__ = "results"
    __table_args__ = (
        UniqueConstraint("attempt_id", "number"),
        table_facts(
            pii={"score": "assessment", "areas": "assessment", "competences": "assessment", "marks": "assessment"},
            append_only=True,
        ),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"))
    number: Mapped[int]
    inputs: Mapped[dict[str, Any]]
    """Versions and hashes of all that went in: form, paper, receipt, scheme version, rules, marking."""
    marks: Mapped[list[Any]]
    """One worked mark per slot: rule, key, chosen, fraction; an examiner's view, never a candidate's."""
    score: Mapped[Fraction]
    areas: Mapped[list[Any]]
    competences: Mapped[list[Any]]
    rules_met: Mapped[list[Any]]
    passed: Mapped[bool]
    borderline: Mapped[bool]
    scored_at: Mapped[datetime]

    attempt: Mapped[Attempt] = relationship(viewonly=True)
