"""Comments: what people say to each other about one version of an item, until somebody says that it is settled.

One rule: a comment is never edited. It is resolved by a later entry, once, and stays readable beside it.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Select, UniqueConstraint, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from kernel.accounts import Account
from kernel.audit import record
from kernel.canonical import digest
from kernel.db import Base, Identified, table_facts
from kernel.errors import Conflict, Fault, Invalid, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.documents import leads_somewhere
from question_bank.drafts import as_written
from question_bank.items import Item, ItemVersion

TEXT_CHARACTERS_MAX = 4000


class ResolvedAlready(Conflict):
    """Somebody has said before that it is settled."""

    code = "resolved_already"


class Action(StrEnum):
    """What comments leave in the audit log."""

    COMMENTED = "item.comment"
    RESOLVED = "item.resolve"


class ItemComment(Identified, Base):
    """One entry on one version: a comment, or the entry that resolves one."""

    __tablename__ = "item_comments"
    __table_args__ = (
        UniqueConstraint("id", "version_id"),  # an entry resolves one on its own version
        UniqueConstraint("resolves_id"),
        ForeignKeyConstraint(["resolves_id", "version_id"], ["item_comments.id", "item_comments.version_id"]),
        CheckConstraint("resolves_id <> id", name="resolves_another"),
        table_facts(
            pii={"written_by": "link"},
            unowned="it is about a part of an item, which carries the organisation",
            append_only=True,
        ),
    )

    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_versions.id"), index=True)
    written_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]
    text: Mapped[str]
    place: Mapped[str]
    """JSON pointer into the item as it is written down (``/options/1/text``), empty for the whole."""
    resolves_id: Mapped[uuid.UUID | None]

    version: Mapped[ItemVersion] = relationship(viewonly=True)
    writer: Mapped[Account] = relationship(viewonly=True)
    resolution: Mapped[ItemComment | None] = relationship(
        viewonly=True,
        uselist=False,
        primaryjoin="remote(foreign(ItemComment.resolves_id)) == ItemComment.id",
    )


def add_comment(
    tx: Session, version: ItemVersion, *, text: str, place: str = "", actor: Actor, now: datetime
) -> ItemComment:
    """Say something about a version, or about one place of it.

    Args:
        place: a JSON pointer such as ``/options/1/text`` or ``/level``; empty for the version as a whole.

    Raises:
        Invalid: there is nothing to read or too much, or the pointer leads nowhere in this version.
    """
    faults = [*_text_faults(text)]
    if not leads_somewhere(as_written(version), place):
        faults.append(Fault("place", say("leads nowhere in this version; write a pointer such as /options/1/text")))
    if faults:
        message = say("the comment cannot be kept like this")
        raise Invalid(message, faults=faults)
    entry = _entry(version.id, text, place, None, actor, now)
    tx.add(entry)
    tx.flush()
    _record(tx, entry, Action.COMMENTED, actor, now)
    return entry


def resolve_comment(tx: Session, comment: ItemComment, *, text: str, actor: Actor, now: datetime) -> ItemComment:
    """Say that a comment is settled, and how; return the entry that says so.

    Raises:
        ResolvedAlready: somebody else was faster.
        Invalid: there is nothing to read, or too much.
    """
    if faults := _text_faults(text):
        message = say("say how it was settled")
        raise Invalid(message, faults=faults)
    entry = _entry(comment.version_id, text, comment.place, comment.id, actor, now)
    try:
        with tx.begin_nested():
            tx.add(entry)
    except IntegrityError as error:
        message = say("this comment is resolved already; write a new one if it is not settled")
        raise ResolvedAlready(message) from error
    _record(tx, entry, Action.RESOLVED, actor, now)
    return entry


def comments_on(
    tx: Session, actor: Actor, version: ItemVersion, *, after: uuid.UUID | None = None, limit: int | None = None
) -> Sequence[ItemComment]:
    """Return the comments on a version with their resolutions, in the order in which they were made."""
    found = _comments(actor).where(ItemComment.version_id == version.id)
    if after is not None:
        last = comment_for(tx, actor, after)
        found = found.where(tuple_(ItemComment.at, ItemComment.id) > (last.at, last.id))
    return tx.scalars(found.order_by(ItemComment.at, ItemComment.id).limit(limit)).all()


def comment_for(tx: Session, actor: Actor, comment_id: uuid.UUID) -> ItemComment:
    """Return a comment on an item of the actor's organisation; NotFound to strangers, and for a resolution."""
    comment = tx.scalar(_comments(actor).where(ItemComment.id == comment_id))
    if comment is None:
        message = say("there is no such comment")
        raise NotFound(message)
    return comment


def _comments(actor: Actor) -> Select[ItemComment]:
    return (
        select(ItemComment)
        .join(ItemComment.version)
        .join(ItemVersion.item)
        .where(Item.organisation_id == actor.organisation_id, ItemComment.resolves_id.is_(None))
        .options(
            joinedload(ItemComment.writer),
            joinedload(ItemComment.resolution).joinedload(ItemComment.writer),
        )
        .execution_options(populate_existing=True)
    )


def _entry(
    version_id: uuid.UUID, text: str, place: str, resolves_id: uuid.UUID | None, actor: Actor, now: datetime
) -> ItemComment:
    return ItemComment(
        version_id=version_id,
        written_by=actor.person,
        at=now,
        text=unicodedata.normalize("NFC", text).strip(),
        place=place,
        resolves_id=resolves_id,
    )


def _text_faults(text: str) -> list[Fault]:
    if 0 < len(text.strip()) <= TEXT_CHARACTERS_MAX:
        return []
    return [Fault("text", say("between 1 and %(most)s characters, please", most=TEXT_CHARACTERS_MAX))]


def _record(tx: Session, entry: ItemComment, action: Action, actor: Actor, now: datetime) -> None:
    record(tx, actor, action, f"item_comment:{entry.id}", now, **facts_of(entry))


def facts_of(entry: ItemComment) -> dict[str, Any]:
    """Return what the audit log says of an entry: what it is about, and a digest of what it says."""
    resolves = None if entry.resolves_id is None else str(entry.resolves_id)
    said = digest({"text": entry.text, "place": entry.place})
    return {"version": str(entry.version_id), "resolves": resolves, "entry_hash": said}
