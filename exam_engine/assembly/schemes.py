"""Schemes: the published rules under which a job role is certified, versioned.

One rule: a scheme version with a part missing cannot be published, and a published one is never edited.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.db import Base, Owned, table_facts
from question_bank.competences import Framework, JobRole


class SchemeState(StrEnum):
    """Where a scheme version stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


MOVES: Mapping[SchemeState, frozenset[SchemeState]] = MappingProxyType(
    {
        SchemeState.DRAFT: frozenset({SchemeState.PUBLISHED, SchemeState.WITHDRAWN}),
        SchemeState.PUBLISHED: frozenset({SchemeState.WITHDRAWN}),
        SchemeState.WITHDRAWN: frozenset(),
    }
)


class Scheme(Owned, Base):
    """What a body certifies for one job role, across all its versions."""

    __tablename__ = "schemes"
    __table_args__ = (UniqueConstraint("organisation_id", "code"), table_facts(pii={}))

    code: Mapped[str]
    title: Mapped[str]
    created_at: Mapped[datetime]


class SchemeVersion(Owned, Base):
    """One edition of a scheme: its parts in words (``parts``) and its rules in data (``rules``)."""

    __tablename__ = "scheme_versions"
    __table_args__ = (UniqueConstraint("scheme_id", "number"), table_facts(pii={"published_by": "link"}))

    scheme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schemes.id"))
    number: Mapped[int]
    framework_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("frameworks.id"))
    job_role_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job_roles.id"))
    state: Mapped[str]
    parts: Mapped[dict[str, Any]]
    rules: Mapped[dict[str, Any]]
    rules_hash: Mapped[str]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id"))

    scheme: Mapped[Scheme] = relationship(viewonly=True)
    framework: Mapped[Framework] = relationship(viewonly=True)
    job_role: Mapped[JobRole] = relationship(viewonly=True)
