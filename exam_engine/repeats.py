"""Repeats: a request that creates something, sent again under the same key, gets the reply it got.

One rule: the reply is kept in the transaction of the change, so a crash leaves both or neither. What was refused
changed nothing and is not kept. Replies that hold secrets never come here.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, Invalid
from kernel.permissions import Actor

KEPT_FOR = timedelta(hours=24)


class KeyReused(Invalid):
    """The key names another request."""

    code = "idempotency_key_reused"
    title = "This key was used for another request"


class StillRunning(Conflict):
    """The first request with this key has not ended; its reply can be had in a moment."""

    code = "still_running"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it is compared with another: its key, its line (``POST /api/v1/sittings``, with its query), its body's SHA-256."""

    key: str
    line: str
    body_hash: str


class KeptReply(Owned, Base):
    """A key that an account used, and the reply to it. Inside its own transaction it has no reply yet."""

    __tablename__ = "kept_replies"
    __table_args__ = (
        # Of two requests with one key that come together, the second waits here for the end of the first.
        UniqueConstraint("account_id", "organisation_id", "key"),
        table_facts(pii={"account_id": "link", "body": "assessment"}),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    key: Mapped[str]
    line: Mapped[str]
    body_hash: Mapped[str]
    kept_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any]]
    body: Mapped[str | None]

    def keep(self, tx: Session, *, status: int, headers: dict[str, str], body: str) -> None:
        """Put down the reply."""
        self.status, self.headers, self.body = status, headers, body
        tx.flush()


def claim_key(tx: Session, sent: Sent, *, actor: Actor, now: datetime) -> KeptReply:
    """Return what is kept under a key: with a reply if it was used for this very request before, else without.

    Raises:
        KeyReused: the key was used for another request.
        StillRunning: the first request under this key takes longer than anybody waits.
    """
    tx.execute(delete(KeptReply).where(*_named(sent.key, actor), KeptReply.kept_at <= now - KEPT_FOR))
    kept = _kept(tx, sent.key, actor) or _claimed(tx, sent, actor, now)
    if (kept.line, kept.body_hash) != (sent.line, sent.body_hash):
        message = f"this key was used for {kept.line}, with one body; take a new key for a new request"
        raise KeyReused(message)
    return kept


def forget_replies(tx: Session, *, now: datetime) -> int:
    """Delete what has been kept long enough, and return how much it was."""
    forgotten = tx.execute(delete(KeptReply).where(KeptReply.kept_at <= now - KEPT_FOR).returning(KeptReply.id))
    return len(forgotten.all())


def _claimed(tx: Session, sent: Sent, actor: Actor, now: datetime) -> KeptReply:
    claim = KeptReply(
        organisation_id=actor.organisation_id,
        account_id=actor.person,
        key=sent.key,
        line=sent.line,
        body_hash=sent.body_hash,
        kept_at=now,
        headers={},
    )
    try:
        with tx.begin_nested():
            tx.add(claim)
    except IntegrityError as error:
        kept = _kept(tx, sent.key, actor)
        if kept is None:  # forgotten between the two looks
            message = "the reply to this key has just been forgotten; send the request again"
            raise StillRunning(message) from error
        return kept
    except OperationalError as error:
        message = "the first request with this key has not ended yet; send it again in a moment"
        raise StillRunning(message, retry_after_seconds=1) from error
    return claim


def _kept(tx: Session, key: str, actor: Actor) -> KeptReply | None:
    return tx.scalar(select(KeptReply).where(*_named(key, actor)))


def _named(key: str, actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        KeptReply.account_id == actor.person,
        KeptReply.organisation_id == actor.organisation_id,
        KeptReply.key == key,
    )
