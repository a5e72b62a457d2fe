"""Working copies: what an author is writing, kept as it is typed, before it is a version of anything.

One rule: a copy is its author's own, and whoever writes over it has seen what stands there (the doors ask for that).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Select, UniqueConstraint, func, select, tuple_
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from kernel.accounts import Account
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.competences import Framework
from question_bank.documents import opened
from question_bank.items import Item, ItemVersion

COPIES_MAX: Final = 200
"""Of one author. They are swept by hand; nobody writes so many items at once."""


class CopyExists(Conflict):
    """The author has a copy of this item already, begun in another window."""

    code = "copy_exists"


class TooManyCopies(Conflict):
    """An author has more unfinished items than anybody can finish."""

    code = "too_many_copies"


class WorkingCopy(Owned, Base):
    """One author's unfinished item, or next version of one, in the shape of a draft (``docs/formats.md``), faults and all."""

    __tablename__ = "working_copies"
    __table_args__ = (
        UniqueConstraint("author_id", "item_id"),  # any number of new items: NULL is never the same twice
        CheckConstraint("(item_id IS NULL) = (based_on IS NULL)", name="based_on_a_version"),
        CheckConstraint("revision > 0", name="counted"),
        table_facts(pii={"author_id": "link"}),
    )

    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    framework_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("frameworks.id"))
    item_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("items.id"), index=True)
    """The item that it shall be the next version of; None for a new one."""
    based_on: Mapped[int | None]
    """The number of the version from which the writing began."""
    language: Mapped[str]
    document: Mapped[dict[str, Any]]
    revision: Mapped[int]
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime]

    author: Mapped[Account] = relationship(viewonly=True)
    framework: Mapped[Framework] = relationship(viewonly=True)
    item: Mapped[Item | None] = relationship(viewonly=True)


def begin_copy(
    tx: Session,
    framework: Framework,
    item: Item | None,
    document: Mapping[str, Any],
    *,
    based_on: int | None,
    language: str,
    actor: Actor,
    now: datetime,
) -> WorkingCopy:
    """Begin to write an item, or the next version of one.

    Raises:
        CopyExists: the actor is writing this item already; it names the copy.
        DocumentRefused: it holds what cannot be stored.
    """
    held = _hold_author(tx, actor)
    if item is not None and (known := own_copy_of(tx, actor, item)):
        message = say("you are writing %(code)s already, in another window or since an earlier day", code=item.code)
        raise CopyExists(message, copy=str(known.id))
    if held >= COPIES_MAX:
        message = say("you have %(held)s unfinished items; keep or discard some of them first", held=held)
        raise TooManyCopies(message)
    copy = WorkingCopy(
        organisation_id=actor.organisation_id,
        author_id=actor.person,
        framework_id=framework.id,
        item_id=None if item is None else item.id,
        based_on=None if item is None else based_on or newest_number(tx, item),
        language=language,
        document=_storable(document),
        revision=1,
        begun_at=now,
        saved_at=now,
    )
    tx.add(copy)
    tx.flush()
    return working_copy_for(tx, actor, copy.id)


def overwrite_copy(
    tx: Session, copy: WorkingCopy, document: Mapping[str, Any], *, based_on: int | None, now: datetime
) -> WorkingCopy:
    """Write over a held copy what its author has typed since.

    Args:
        based_on: another version that the author has seen by now and goes on from; None where nothing has changed.

    Raises:
        DocumentRefused: it holds what cannot be stored.
    """
    copy.document = _storable(document)
    if copy.item_id is not None and based_on is not None:
        copy.based_on = based_on
    copy.revision += 1
    copy.saved_at = now
    tx.flush()
    return copy


def discard_copy(tx: Session, copy: WorkingCopy) -> None:
    """Throw a copy away: it was kept as a draft, or is not wanted any more."""
    tx.delete(copy)
    tx.flush()


def working_copy_for(tx: Session, actor: Actor, copy_id: uuid.UUID, *, held: bool = False) -> WorkingCopy:
    """Return one of the actor's own working copies; NotFound to everybody else.

    Args:
        held: lock it until the commit, so that what is seen is what is written over.
    """
    found = _own(actor).where(WorkingCopy.id == copy_id).execution_options(populate_existing=True)
    copy = tx.scalar(found.with_for_update(of=WorkingCopy) if held else found)
    if copy is None:
        message = say("there is no such working copy, or it was kept or discarded in another window")
        raise NotFound(message)
    return copy


def own_copy_of(tx: Session, actor: Actor, item: Item) -> WorkingCopy | None:
    """Return what the actor is writing as the next version of an item."""
    return tx.scalar(_own(actor).where(WorkingCopy.item_id == item.id))


def own_copies(
    tx: Session, actor: Actor, *, after: uuid.UUID | None = None, limit: int | None = None
) -> Sequence[WorkingCopy]:
    """Return what the actor is writing, the first begun first."""
    found = _own(actor)
    if after is not None:
        last = working_copy_for(tx, actor, after)
        found = found.where(tuple_(WorkingCopy.begun_at, WorkingCopy.id) > (last.begun_at, last.id))
    return tx.scalars(found.order_by(WorkingCopy.begun_at, WorkingCopy.id).limit(limit)).all()


def others_writing(tx: Session, actor: Actor, item: Item) -> Sequence[WorkingCopy]:
    """Return the copies of an item that other people have, so that nobody writes beside them unawares."""
    found = select(WorkingCopy).where(
        WorkingCopy.item_id == item.id,
        WorkingCopy.organisation_id == actor.organisation_id,
        WorkingCopy.author_id != actor.person,
    )
    return tx.scalars(found.options(joinedload(WorkingCopy.author)).order_by(WorkingCopy.saved_at.desc())).all()


def newest_number(tx: Session, item: Item) -> int:
    """Return the number of the newest version of an item in its own language: what is written on, not translated."""
    own = (ItemVersion.item_id == item.id, ItemVersion.original_id.is_(None))
    return tx.scalars(select(func.max(ItemVersion.number)).where(*own)).one()


def _own(actor: Actor) -> Select[WorkingCopy]:
    return (
        select(WorkingCopy)
        .where(WorkingCopy.author_id == actor.person, WorkingCopy.organisation_id == actor.organisation_id)
        .options(joinedload(WorkingCopy.item), joinedload(WorkingCopy.framework))
    )


def _hold_author(tx: Session, actor: Actor) -> int:
    """Make two windows of one author begin one after the other; return how many copies there are."""
    tx.execute(select(Account.id).where(Account.id == actor.person).with_for_update(key_share=True))
    return tx.scalars(select(func.count()).select_from(WorkingCopy).where(WorkingCopy.author_id == actor.person)).one()


def _storable(document: Mapping[str, Any]) -> dict[str, Any]:
    place = opened(dict(document), "item#")
    place.settle()
    return dict(document)
