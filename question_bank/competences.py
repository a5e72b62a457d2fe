"""Competence frameworks: areas, competences with their criteria, job roles with their tasks, and the levels they need.

One rule: a framework is imported whole and never edited; a corrected list is a new version beside the old one.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from kernel.db import Base, Identified, Owned, table_facts
from kernel.errors import NotFound
from kernel.organisations import Organisation
from kernel.sentences import say

_PART_OF_FRAMEWORK = "it is part of a framework, which carries the organisation"


class FrameworkStatus(StrEnum):
    """What a framework is good for; a sample never leads to a real certificate."""

    SAMPLE = "sample"
    OFFICIAL = "official"


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
    criteria: Mapped[list[PerformanceCriterion]] = relationship(order_by="PerformanceCriterion.position", viewonly=True)


class PerformanceCriterion(Identified, Base):
    """What somebody visibly does who has a competence: the leaf of ECQA's tree."""

    __tablename__ = "performance_criteria"
    __table_args__ = (
        UniqueConstraint("framework_id", "code"),
        table_facts(pii={}, unowned=_PART_OF_FRAMEWORK, append_only=True),
    )

    framework_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("frameworks.id"))
    competence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("competences.id"), index=True)
    position: Mapped[int]
    code: Mapped[str]
    text: Mapped[str]
    provenance: Mapped[dict[str, Any]]


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
    tasks: Mapped[list[Task]] = relationship(order_by="Task.position", viewonly=True)


class Task(Identified, Base):
    """What somebody in a job role does (ISO/IEC 17024, 8.2), with the competences it takes."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("framework_id", "code"),
        table_facts(pii={}, unowned=_PART_OF_FRAMEWORK, append_only=True),
    )

    framework_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("frameworks.id"))
    job_role_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job_roles.id"), index=True)
    position: Mapped[int]
    code: Mapped[str]
    text: Mapped[str]
    provenance: Mapped[dict[str, Any]]

    competences: Mapped[list[Competence]] = relationship(
        secondary="task_competences", order_by="Competence.position", viewonly=True
    )


class TaskCompetence(Base):
    """A task takes a competence: one cell of the task-competence matrix."""

    __tablename__ = "task_competences"
    __table_args__ = (table_facts(pii={}, unowned=_PART_OF_FRAMEWORK, append_only=True),)

    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    competence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("competences.id"), primary_key=True, index=True)


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


@dataclass(frozen=True, slots=True)
class RoleCell:
    """One line of a job role's profile: a competence in its area, and the EQF level the role needs of it."""

    area: str
    area_name: str
    competence: str
    competence_name: str
    level: int


def framework_by_code(tx: Session, organisation_id: uuid.UUID, code: str, version: str | None = None) -> Framework:
    """Return a framework of an organisation: the version asked for, or the one imported last.

    Raises:
        NotFound: the organisation has no such framework, or not in this version.
    """
    found = select(Framework).where(Framework.organisation_id == organisation_id, Framework.code == code)
    if version is not None:
        found = found.where(Framework.version == version)
    framework = tx.scalar(found.order_by(Framework.imported_at.desc(), Framework.version.desc()).limit(1))
    if framework is None:
        message = (
            say("there is no framework %(code)r", code=code)
            if version is None
            else say("there is no framework %(code)r in version %(version)r", code=code, version=version)
        )
        raise NotFound(message)
    return framework


def frameworks_of(
    tx: Session, organisation_id: uuid.UUID, *, after: uuid.UUID | None = None, limit: int | None = None
) -> list[Framework]:
    """Return the framework versions of an organisation, by code, the newest first."""
    found = select(Framework).where(Framework.organisation_id == organisation_id)
    if after is not None:
        last = framework_for(tx, organisation_id, after)
        newest_first = tuple_(Framework.imported_at, Framework.version)
        older = (Framework.code == last.code) & (newest_first < (last.imported_at, last.version))
        found = found.where((Framework.code > last.code) | older)
    order = (Framework.code, Framework.imported_at.desc(), Framework.version.desc())
    return list(tx.scalars(found.order_by(*order).limit(limit)))


def framework_for(tx: Session, organisation_id: uuid.UUID, framework_id: uuid.UUID) -> Framework:
    """Return a framework version of an organisation by its identifier or raise NotFound."""
    framework = tx.scalar(
        select(Framework).where(Framework.id == framework_id, Framework.organisation_id == organisation_id)
    )
    if framework is None:
        message = say("there is no such framework")
        raise NotFound(message)
    return framework


def job_role_by_code(tx: Session, framework: Framework, code: str) -> JobRole:
    """Return a job role of a framework or raise NotFound."""
    role = tx.scalar(select(JobRole).where(JobRole.framework_id == framework.id, JobRole.code == code))
    if role is None:
        message = say("framework %(framework)r has no job role %(code)r", framework=framework.code, code=code)
        raise NotFound(message)
    return role


def role_cells(tx: Session, job_role: JobRole) -> tuple[RoleCell, ...]:
    """Return a job role's profile in the framework's order of areas and competences."""
    rows = tx.execute(
        select(Area.code, Area.name, Competence.code, Competence.name, RoleLevel.level)
        .join(Competence, Competence.id == RoleLevel.competence_id)
        .join(Area, Area.id == Competence.area_id)
        .where(RoleLevel.job_role_id == job_role.id)
        .order_by(Area.position, Competence.position)
    )
    return tuple(RoleCell(*row) for row in rows)


def competence_ids(tx: Session, framework: Framework) -> dict[str, uuid.UUID]:
    """Return the identifiers of a framework's competences by code."""
    rows = tx.scalars(select(Competence).where(Competence.framework_id == framework.id))
    return {competence.code: competence.id for competence in rows}


def queue_imports(tx: Session, organisation_id: uuid.UUID) -> None:
    """Make imports into one organisation wait for each other until the commit.

    Two imports at once would both find a version or an item missing and add it twice. The lock (FOR NO KEY UPDATE)
    leaves everybody else's inserts alone; SQLite has one writer anyway.
    """
    tx.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True))
