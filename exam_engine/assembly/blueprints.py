"""Blueprints: the specification of a balanced test, cell by cell.

One rule: a blueprint is frozen when it is made; another count, time or target is another blueprint.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_engine.assembly.schemes import SchemeVersion
from kernel.db import Base, Owned, table_facts


class Blueprint(Owned, Base):
    """How many items of which area, competence and level, in what time, how difficult."""

    __tablename__ = "blueprints"
    __table_args__ = (
        UniqueConstraint("scheme_version_id", "number"),
        CheckConstraint("time_limit_seconds > 0", name="takes_time"),
        table_facts(pii={}, append_only=True),
    )

    scheme_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scheme_versions.id"))
    number: Mapped[int]
    cells: Mapped[list[Any]]
    """``[{"area": code, "competence": code, "level": 1..8, "count": n}, ...]``"""
    time_limit_seconds: Mapped[int]
    difficulty_target: Mapped[Fraction]
    difficulty_tolerance: Mapped[Fraction]
    blueprint_hash: Mapped[str]
    created_at: Mapped[datetime]

    scheme_version: Mapped[SchemeVersion] = relationship(viewonly=True)
