"""Schemes: the published rules under which a job role is certified, versioned.

One rule: a scheme version with a part missing cannot be published, and a published one is never edited. The database
holds the second half too (``migrations.guards.freeze_published_schemes``).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, contains_eager, mapped_column, relationship

from exam_engine.assembly.content import misfitting_rules
from exam_engine.assembly.parts import gaps
from exam_engine.assembly.specimen import refuse_unprintable
from kernel.audit import record
from kernel.canonical import digest
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, Invalid, NotFound
from kernel.organisations import organisation_name
from kernel.permissions import Actor
from kernel.sentences import say
from kernel.states import check_move
from question_bank.competences import Framework, FrameworkStatus, JobRole, role_cells


class IncompleteScheme(Conflict):
    """A scheme cannot be published while parts of it are missing or empty, or its rules ask for what it lacks."""

    code = "incomplete_scheme"
    title = "The scheme is not complete"


class NotPublished(Conflict):
    """Blueprints and forms are made under published scheme versions only."""

    code = "scheme_not_published"
    title = "The scheme is not published"


class Action(StrEnum):
    """What is done to scheme versions."""

    DRAFT = "scheme.draft"
    REVISE = "scheme.revise"
    PUBLISH = "scheme.publish"
    WITHDRAW = "scheme.withdraw"


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
    __table_args__ = (
        UniqueConstraint("scheme_id", "number"),
        CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="published_at_a_time"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_at_a_time"),
        table_facts(pii={"published_by": "link", "withdrawn_by": "link"}),
    )

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
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id"))
    withdrawal_reason: Mapped[str | None]

    scheme: Mapped[Scheme] = relationship(viewonly=True)
    framework: Mapped[Framework] = relationship(viewonly=True)
    job_role: Mapped[JobRole] = relationship(viewonly=True)

    @property
    def subject(self) -> str:
        """Its name in the audit log."""
        return f"scheme_version:{self.id}"

    @property
    def certified(self) -> dict[str, Any]:
        """What its certificates say of it and of its framework, by the names of an award's fields."""
        framework, job_role = self.framework, self.job_role
        return {
            "title": job_role.name,
            "job_role": job_role.code,
            "scheme": self.scheme.title,
            "scheme_version": str(self.number),
            "framework": f"{framework.title}, version {framework.version}",
            "language": framework.language,
            "sample": framework.status == FrameworkStatus.SAMPLE,
        }

    def move(self, target: SchemeState) -> None:
        """Take one legal step; IllegalMove otherwise."""
        check_move(MOVES, SchemeState(self.state), target, say("the scheme version"))
        self.state = target


def publish_scheme(tx: Session, version: SchemeVersion, *, actor: Actor, now: datetime) -> SchemeVersion:
    """Publish a complete draft; from here on it is frozen.

    Raises:
        IncompleteScheme: naming every part that is missing or empty, and every rule that cannot be applied.
        UnprintableScheme: its certificates could not be printed.
        IllegalMove: it is no draft.
    """
    person = actor.person
    lock_version(tx, version)
    profile = role_cells(tx, version.job_role)
    # The rules once more: a draft is not guarded by the database, and may be older than the code that reads it.
    faults = [*gaps(version.parts, {cell.level for cell in profile}), *misfitting_rules(version.rules, profile)]
    if faults:
        message = say("the scheme cannot be published: it is not complete")
        raise IncompleteScheme(message, faults=faults)
    refuse_unprintable(version.certified, profile, issuer_name=organisation_name(tx, version.organisation_id))
    version.move(SchemeState.PUBLISHED)
    version.published_at, version.published_by = now, person
    hashes = {"rules_hash": version.rules_hash, "parts_hash": digest(version.parts)}
    record(tx, actor, Action.PUBLISH, version.subject, now, **hashes)
    return version


def withdraw_scheme(tx: Session, version: SchemeVersion, *, reason: str, actor: Actor, now: datetime) -> SchemeVersion:
    """Withdraw a version: nothing new begins under it; what was certified under it keeps its rules.

    Raises:
        Invalid: no reason is given.
        IllegalMove: it is withdrawn already.
    """
    person = actor.person
    if not reason.strip() or "\0" in reason:
        message = say("reason: say in words why the scheme version is withdrawn")
        raise Invalid(message)
    lock_version(tx, version)
    version.move(SchemeState.WITHDRAWN)
    version.withdrawn_at, version.withdrawn_by, version.withdrawal_reason = now, person, reason.strip()
    record(tx, actor, Action.WITHDRAW, version.subject, now)
    return version


def scheme_version_for(tx: Session, actor: Actor, version_id: uuid.UUID) -> SchemeVersion:
    """Return a scheme version of the actor's organisation or raise NotFound."""
    version = tx.scalar(
        select(SchemeVersion).where(
            SchemeVersion.id == version_id, SchemeVersion.organisation_id == actor.organisation_id
        )
    )
    if version is None:
        message = say("there is no such scheme version")
        raise NotFound(message)
    return version


def scheme_versions_of(
    tx: Session, actor: Actor, *, after: uuid.UUID | None = None, limit: int | None = None
) -> list[SchemeVersion]:
    """Return the scheme versions of the actor's organisation, by code, the newest first."""
    found = (
        select(SchemeVersion)
        .join(SchemeVersion.scheme)
        .where(SchemeVersion.organisation_id == actor.organisation_id)
        .options(contains_eager(SchemeVersion.scheme))
    )
    if after is not None:
        last = scheme_version_for(tx, actor, after)
        older = (Scheme.code == last.scheme.code) & (SchemeVersion.number < last.number)
        found = found.where((Scheme.code > last.scheme.code) | older)
    return list(tx.scalars(found.order_by(Scheme.code, SchemeVersion.number.desc()).limit(limit)))


def lock_version(tx: Session, version: SchemeVersion) -> None:
    """Read a version again and keep it from changing until the commit: two managers may be at it at once."""
    tx.flush()
    tx.refresh(version, with_for_update={"key_share": True})


def lock_published(tx: Session, version: SchemeVersion) -> None:
    """Lock a version under which something is to begin, or raise NotPublished."""
    lock_version(tx, version)
    if version.state != SchemeState.PUBLISHED:
        message = say(
            "the scheme version is %(state)s; this is done under published ones only", state=say(version.state)
        )
        raise NotPublished(message, state=version.state)
