"""Framework drafts: one document in the making, saved as often as one likes, published as a version by a manager.

One rule: a framework version is never edited. A draft may be incomplete; it is published only without a fault.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, select, tuple_
from sqlalchemy.orm import Mapped, Session, defer, joinedload, mapped_column, relationship

from kernel.audit import record
from kernel.canonical import digest
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, Fault, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from kernel.states import check_move
from question_bank.competences import Framework
from question_bank.documents import opened, quoted, read_object
from question_bank.interchange.framework_json import FORMAT, FORMAT_VERSION, keep_framework
from question_bank.interchange.framework_reading import read_framework
from question_bank.interchange.losses import LossReport

EMPTY: Mapping[str, Any] = MappingProxyType(
    {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "framework": {},
        "sources": {},
        "areas": [],
        "roles": [],
        "competences": [],
    }
)


class IncompleteFramework(Conflict):
    """A draft with faults cannot be published."""

    code = "incomplete_framework"
    title = "The framework is not complete"


class NotADraft(Conflict):
    """What was published or discarded is never edited; begin another draft."""

    code = "not_a_draft"


class Action(StrEnum):
    """What is done to framework drafts; publishing leaves the framework's own entry beside this one."""

    BEGIN = "framework_draft.begin"
    REVISE = "framework_draft.revise"
    PUBLISH = "framework_draft.publish"
    DISCARD = "framework_draft.discard"


class DraftState(StrEnum):
    """Where a framework draft stands."""

    OPEN = "open"
    PUBLISHED = "published"
    DISCARDED = "discarded"


MOVES: Mapping[DraftState, frozenset[DraftState]] = MappingProxyType(
    {
        DraftState.OPEN: frozenset({DraftState.PUBLISHED, DraftState.DISCARDED}),
        DraftState.PUBLISHED: frozenset(),
        DraftState.DISCARDED: frozenset(),
    }
)


class FrameworkDraft(Owned, Base):
    """A framework document in the making, the version it began from, and what an import of it left open."""

    __tablename__ = "framework_drafts"
    __table_args__ = (
        CheckConstraint("(state = 'published') = (framework_id IS NOT NULL)", name="published_as_a_version"),
        table_facts(pii={"begun_by": "link", "changed_by": "link"}),
    )

    base_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("frameworks.id"))
    state: Mapped[str]
    document: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any]]
    """What was lost when it came from another system (:meth:`LossReport.as_json`); empty when it did not."""
    begun_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    begun_at: Mapped[datetime]
    changed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    changed_at: Mapped[datetime]
    framework_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("frameworks.id"))
    """What it was published as."""

    base: Mapped[Framework | None] = relationship(foreign_keys=[base_id], viewonly=True)

    @property
    def subject(self) -> str:
        """Its name in the audit log."""
        return f"framework_draft:{self.id}"

    def move(self, target: DraftState) -> None:
        """Take one legal step; IllegalMove otherwise."""
        check_move(MOVES, DraftState(self.state), target, say("the framework draft"))
        self.state = target.value


def begin_draft(
    tx: Session,
    document: Mapping[str, Any] = EMPTY,
    *,
    base: Framework | None = None,
    report: LossReport | None = None,
    actor: Actor,
    now: datetime,
) -> FrameworkDraft:
    """Begin a draft: of a version there is, of a document that another system wrote, or of nothing.

    Raises:
        NotFound: the base is another organisation's.
    """
    person = actor.person
    if base is not None and base.organisation_id != actor.organisation_id:
        message = say("there is no framework %(code)r", code=base.code)
        raise NotFound(message)
    draft = FrameworkDraft(
        organisation_id=actor.organisation_id,
        base_id=base.id if base else None,
        state=DraftState.OPEN.value,
        document=deepcopy(base.document if base else dict(document)),
        report=report.as_json() if report else {},
        begun_by=person,
        begun_at=now,
        changed_by=person,
        changed_at=now,
    )
    tx.add(draft)
    tx.flush()
    record(tx, actor, Action.BEGIN, draft.subject, now, document_hash=digest(draft.document))
    return draft


def revise_draft(
    tx: Session, draft: FrameworkDraft, document: bytes, *, file: str, actor: Actor, now: datetime
) -> FrameworkDraft:
    """Replace the document of a draft; what it lacks is told by :func:`faults_of` and does not keep it from being saved.

    Saving what stands there already changes nothing and leaves no entry, so a page may save whenever typing pauses.

    Raises:
        DocumentRefused: it is no JSON object, or holds what cannot be stored exactly.
        TooLarge: more than 20 MiB.
        NotADraft: it was published or discarded.
    """
    person = actor.person
    root = opened(read_object(document, file=file), f"{file}#")
    root.settle()
    lock_draft(tx, draft)
    if draft.state != DraftState.OPEN:
        message = say("the framework draft is %(state)s and is never edited; begin another one", state=say(draft.state))
        raise NotADraft(message, state=draft.state)
    if digest(root.value) != digest(draft.document):
        draft.document, draft.changed_by, draft.changed_at = root.value, person, now
        record(tx, actor, Action.REVISE, draft.subject, now, document_hash=digest(draft.document))
    return draft


def version_taken(tx: Session, draft: FrameworkDraft) -> Framework | None:
    """Return the version that has the name of an open draft already, and says something else; it cannot be replaced."""
    head = draft.document.get("framework")
    named = {name: head.get(name) for name in ("code", "version")} if isinstance(head, dict) else {}
    if draft.state != DraftState.OPEN or not all(isinstance(name, str) for name in named.values()):
        return None
    found = select(Framework).where(Framework.organisation_id == draft.organisation_id).filter_by(**named)
    return tx.scalar(found.where(Framework.document_hash != digest(draft.document))) if named else None


def faults_of(draft: FrameworkDraft) -> list[Fault]:
    """Return everything that keeps a draft from being published, each with its JSON pointer."""
    root = opened(draft.document, "")
    for name, expected in (("format", FORMAT), ("format_version", FORMAT_VERSION)):
        place = root.member(name)
        if type(place.value) is not type(expected) or place.value != expected:
            place.refuse(say("must be %(expected)s", expected=quoted(expected)))
    read_framework(root, draft.organisation_id, draft.changed_at)
    return [Fault(place, message) for place, message in root.faults.items()]


def publish_draft(tx: Session, draft: FrameworkDraft, *, actor: Actor, now: datetime) -> Framework:
    """Publish a complete draft as a version of its framework; items of earlier versions stay where they are.

    A draft that says what a version of that name says already is published as that version.

    Raises:
        IncompleteFramework: naming every fault.
        FrameworkChanged: there is such a version, and it says something else.
        IllegalMove: it is no open draft.
    """
    lock_draft(tx, draft)
    check_move(MOVES, DraftState(draft.state), DraftState.PUBLISHED, say("the framework draft"))
    faults = faults_of(draft)
    if faults:
        message = say("the draft cannot be published: it has faults")
        raise IncompleteFramework(message, faults=faults[:100], fault_count=len(faults))
    framework = keep_framework(tx, opened(draft.document, "draft#"), actor=actor, now=now)
    draft.framework_id = framework.id
    draft.move(DraftState.PUBLISHED)
    said = {"framework": str(framework.id), "document_hash": digest(draft.document)}
    record(tx, actor, Action.PUBLISH, draft.subject, now, **said)
    return framework


def discard_draft(tx: Session, draft: FrameworkDraft, *, actor: Actor, now: datetime) -> FrameworkDraft:
    """Give a draft up; it stays to be read.

    Raises:
        IllegalMove: it is no open draft.
    """
    lock_draft(tx, draft)
    draft.move(DraftState.DISCARDED)
    record(tx, actor, Action.DISCARD, draft.subject, now, document_hash=digest(draft.document))
    return draft


def framework_draft_for(tx: Session, actor: Actor, draft_id: uuid.UUID) -> FrameworkDraft:
    """Return a framework draft of the actor's organisation or raise NotFound."""
    draft = tx.scalar(
        select(FrameworkDraft).where(
            FrameworkDraft.id == draft_id, FrameworkDraft.organisation_id == actor.organisation_id
        )
    )
    if draft is None:
        message = say("there is no such framework draft")
        raise NotFound(message)
    return draft


def framework_drafts_of(
    tx: Session, actor: Actor, *, after: uuid.UUID | None = None, limit: int | None = None
) -> list[FrameworkDraft]:
    """Return the framework drafts of the actor's organisation, those begun last first; documents stay where they are."""
    found = (
        select(FrameworkDraft)
        .where(FrameworkDraft.organisation_id == actor.organisation_id)
        .options(
            defer(FrameworkDraft.document),
            defer(FrameworkDraft.report),
            joinedload(FrameworkDraft.base).load_only(Framework.code, Framework.version),
        )
    )
    if after is not None:
        last = framework_draft_for(tx, actor, after)
        found = found.where(tuple_(FrameworkDraft.begun_at, FrameworkDraft.id) < (last.begun_at, last.id))
    return list(tx.scalars(found.order_by(FrameworkDraft.begun_at.desc(), FrameworkDraft.id.desc()).limit(limit)))


def lock_draft(tx: Session, draft: FrameworkDraft) -> None:
    """Read a draft again and keep it from changing until the commit: several people may be at it."""
    tx.flush()
    tx.refresh(draft, with_for_update={"key_share": True})
