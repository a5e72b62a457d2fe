"""Competence frameworks: areas, competences, job roles and the EQF level each role needs of each competence.

One rule: a framework is imported whole and never edited; a corrected list is a new version beside the old one.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.db import Base, Identified, Owned, table_facts

_PART_OF_FRAMEWORK = "it is part of a framework, which carries the organisation"


class Framework(Owned, Base):
    """One imported version of a competence framework, with the document it came from."""

    __tablename__ = "frameworks"
    __table_args__ = (UniqueConstraint("organisation_id", "code", "version"), table_facts(pii={}, append_only=True))

    code: Mapped[str]
    version: Mapped[str]
    language: Mapped[str]
    status: Mapped[str]
    title: Mapped[str]
    notice: Mapped[str]
    level_statement: Mapped[str]
    document: Mapped[dict[str, Any]]
    document_hash: Mapped[str]
    imported_at: Mapped[datetime]

    areas: Mapped[list[Area]] = relationship(order_by="Area.position", viewonly=True)
    job_roles: Mapped[list[JobRole]] = relationship(order_by="JobRole.position", viewonly=True)


class Area(Identified, Base):
    """A group of competences that an examination reports on together (a *unit* in ECQA's words)."""

    __tablename__ = "areas"
    __table_args__ = (
        UniqueConstraint("framework_id", "code"),
        table_facts(pii={}, unowned=_PART_OF_FRAMEWORK, append_only=True),
    )

    framework_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("frameworks.id"))
    position: Mapped[int]
    code: Mapped[str]
    name: Mapped[str]
    provenance: Mapped[dict[str, Any]]

    competences: Mapped[list[Competence]] = relationship(order_by="Competence.position", viewonly=True)


class Competence(Identified, Base):
    """Something measurable that matters for performance in a job role (a *learning element*)."""

    __tablename__ = "competences"
    __table_args__ = (
        UniqueConstraint("framework_id", "code"),
        table_facts(pii={}, unowned=_PART_OF_FRAMEWORK, append_only=True),
    )

    framework_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("frameworks.id"))
    area_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("areas.id"), index=True)
    position: Mapped[int]
    code: Mapped[str]
    name: Mapped[str]
    description: Mapped[str]
    basis: Mapped[list[Any]]
    provenance: Mapped[dict[str, Any]]

    area: Mapped[Area] = relationship(viewonly=True)


class JobRole(Identified, Base):
    """What a certificate is for: a profile with prerequisites and one level per competence."""

    __tablename__ = "job_roles"
    __table_args__ = (
        UniqueConstraint("framework_id", "code"),
        table_facts(pii={}, unowned=_PART_OF_FRAMEWORK, append_only=True),
    )

    framework_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("frameworks.id"))
    position: Mapped[int]
    code: Mapped[str]
    name: Mapped[str]
    description: Mapped[str]
    life_cycle_phase: Mapped[str | None]
    prerequisites: Mapped[list[Any]]
    provenance: Mapped[dict[str, Any]]

    levels: Mapped[list[RoleLevel]] = relationship(viewonly=True)


class RoleLevel(Base):
    """The EQF level (1 to 8) at which a job role needs a competence."""

    __tablename__ = "role_levels"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 8", name="level_is_eqf"),
        table_facts(pii={}, unowned=_PART_OF_FRAMEWORK, append_only=True),
    )

    job_role_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job_roles.id"), primary_key=True)
    competence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("competences.id"), primary_key=True, index=True)
    level: Mapped[int]

    competence: Mapped[Competence] = relationship(viewonly=True)
