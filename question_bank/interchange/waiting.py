"""Waiting documents: what somebody has uploaded to be imported, between looking at its report and agreeing to it.

One rule: it is its sender's own and stays as it came until it is taken in, once; it is gone after a day, whatever came of it.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, Invalid, NotFound
from kernel.permissions import Actor
from kernel.sentences import say

KEPT_FOR = timedelta(hours=24)
WAITING_MAX = 10
"""Of one person; whoever uploads more loses the oldest."""
FILE_NAME_CHARACTERS_MAX = 200


class TakenAlready(Conflict):
    """The document was taken in before; taking it in twice would be a mistake of two windows."""

    code = "taken_already"


class WaitingDocument(Owned, Base):
    """One uploaded document, and after it was taken in, how many of its items were new, next versions, or the same."""

    __tablename__ = "waiting_documents"
    __table_args__ = (
        CheckConstraint("(taken_at IS NULL) = (outcome IS NULL)", name="taken_with_an_outcome"),
        table_facts(pii={"author_id": "link"}),
    )

    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    file_name: Mapped[str]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """Emptied when it was taken in."""
    kept_at: Mapped[datetime] = mapped_column(index=True)
    taken_at: Mapped[datetime | None]
    outcome: Mapped[dict[str, Any] | None]

    def opened(self) -> BytesIO:
        """Return its bytes as a stream."""
        return BytesIO(self.content)


def keep_document(tx: Session, content: bytes, *, file_name: str, actor: Actor, now: datetime) -> WaitingDocument:
    """Keep what was uploaded until it is taken in; the same bytes under the same name are kept once.

    Raises:
        Invalid: there is nothing in it.
    """
    if not content:
        message = say("the file is empty, or none was chosen")
        raise Invalid(message)
    name = _name_of(file_name)
    sha256 = hashlib.sha256(content).hexdigest()
    for known in _waiting(tx, actor, now=now):
        if (known.sha256, known.file_name, known.taken_at) == (sha256, name, None):
            return known
    _make_room(tx, actor, now=now)
    document = WaitingDocument(
        organisation_id=actor.organisation_id,
        author_id=actor.person,
        file_name=name,
        sha256=sha256,
        content=content,
        kept_at=now,
    )
    tx.add(document)
    tx.flush()
    return document


def waiting_document_for(
    tx: Session, actor: Actor, document_id: uuid.UUID, *, now: datetime, held: bool = False
) -> WaitingDocument:
    """Return the actor's own document; NotFound to everybody else, and when its day is over.

    Args:
        held: whoever takes it in meanwhile is waited for.
    """
    found = select(WaitingDocument).where(WaitingDocument.id == document_id, *_own(actor, now))
    document = tx.scalar(found.with_for_update() if held else found)
    if document is None:
        message = say("this document is not kept here any more; upload it again")
        raise NotFound(message)
    return document


def note_taken(tx: Session, document: WaitingDocument, outcome: dict[str, int], *, now: datetime) -> None:
    """Note that a document was taken in, and what came of it; its bytes are let go.

    Raises:
        TakenAlready: somebody did before.
    """
    if document.taken_at is not None:
        message = say("this document was taken in already")
        raise TakenAlready(message)
    document.taken_at, document.outcome, document.content = now, dict(outcome), b""
    tx.flush()


def forget_documents(tx: Session, *, now: datetime) -> int:
    """Delete what has waited long enough, and return how much it was."""
    over = delete(WaitingDocument).where(WaitingDocument.kept_at <= now - KEPT_FOR).returning(WaitingDocument.id)
    return len(tx.execute(over).all())


def _waiting(tx: Session, actor: Actor, *, now: datetime) -> list[WaitingDocument]:
    found = select(WaitingDocument).where(*_own(actor, now))
    return list(tx.scalars(found.order_by(WaitingDocument.kept_at, WaitingDocument.id)))


def _own(actor: Actor, now: datetime) -> tuple[Any, ...]:
    return (
        WaitingDocument.organisation_id == actor.organisation_id,
        WaitingDocument.author_id == actor.person,
        WaitingDocument.kept_at > now - KEPT_FOR,
    )


def _make_room(tx: Session, actor: Actor, *, now: datetime) -> None:
    documents = _waiting(tx, actor, now=now)
    for document in documents[: max(0, len(documents) - WAITING_MAX + 1)]:
        tx.delete(document)
    tx.flush()


def _name_of(file_name: str) -> str:
    """A name is for people to know a document by: its last part, without what cannot be printed."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[-FILE_NAME_CHARACTERS_MAX:].strip() or "document"
