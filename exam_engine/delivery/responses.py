"""Responses: what a candidate answered, the n-th save of each slot. Appended, never rewritten.

The primary key is the compare-and-set: revision *n + 1* of a slot can be written once, so of two tabs that both
build on revision *n* one is told that it is stale.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, and_, func, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.db import Base, table_facts
from kernel.errors import Conflict, DomainError, Invalid
from kernel.sentences import say

REVISIONS_MAX = 1_000
"""Of one slot: more of them come from a program, and everybody would wait for its rows."""


class StaleRevision(Conflict):
    """The save builds on a revision that is not the current one. ``facts`` hold what is current."""

    code = "stale_revision"


class AttemptClosed(Conflict):
    """The attempt is not in progress."""

    code = "attempt_closed"


class TooLate(Conflict):
    """The response arrived after the deadline and its grace."""

    code = "too_late"


class ForeignResponse(Invalid):
    """The response does not fit the paper: there is no such slot, or it is no answer to what is asked there."""

    code = "foreign_response"


class TooManyRevisions(Conflict):
    """A slot was saved more often than anybody changes their mind."""

    code = "too_many_revisions"


class NotSaved(DomainError):
    """Nothing is wrong with the response, but it could not be kept now; sending it again is safe."""

    code = "not_saved"
    status = 503
    title = "The response could not be saved yet"


class Response(Base):
    """The n-th save of one slot's answer."""

    __tablename__ = "responses"
    __table_args__ = (
        CheckConstraint(f"revision BETWEEN 1 AND {REVISIONS_MAX}", name="counted_from_one"),
        table_facts(
            pii={"value": "assessment"},
            unowned="it is part of an attempt, which carries the organisation",
            append_only=True,
        ),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    save_id: Mapped[str]
    """The client's name for this save: repeating it gives the same answer instead of a conflict."""
    value: Mapped[dict[str, Any]]
    """In its kind's canonical form; empty where an answer was taken back."""
    value_hash: Mapped[str]
    received_at: Mapped[datetime]


class Save(msgspec.Struct, frozen=True, gc=False):
    """What a client asks to be kept: its answer to one slot, built on the revision it knows."""

    attempt_id: uuid.UUID
    slot: int
    base_revision: int
    save_id: str
    response: bytes
    """The answer in JSON, as it was sent; the kind of its item reads it."""
    session_series: int
    """Of the session it was sent in; it must be the account's own when the save is written."""

    def __post_init__(self) -> None:
        """Refuse a revision beyond the last one."""
        if self.base_revision >= REVISIONS_MAX:
            message = say(
                "slot %(slot)s can be saved %(most)s times; what was saved last stands",
                slot=self.slot,
                most=REVISIONS_MAX,
            )
            raise TooManyRevisions(message, revisions_max=REVISIONS_MAX)


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """A save and the moment it reached the server."""

    save: Save
    received_at: datetime


class Saved(msgspec.Struct, frozen=True, gc=False):
    """What a client is told after the commit."""

    revision: int
    value_hash: str
    saved_at: datetime


Verdict = Saved | Exception | None
"""Kept, refused, or None: nothing speaks against it any more, so it is worth another try."""


def current_responses(tx: Session, attempt_id: uuid.UUID) -> dict[int, Response]:
    """Return the newest revision of every slot that was ever saved, by slot, in slot order.

    An answer that was taken back is there too, as an empty object.
    """
    newest = (
        select(Response.slot, func.max(Response.revision).label("revision"))
        .where(Response.attempt_id == attempt_id)
        .group_by(Response.slot)
        .subquery()
    )
    rows = tx.scalars(
        select(Response)
        .join(newest, (Response.slot == newest.c.slot) & (Response.revision == newest.c.revision))
        .where(Response.attempt_id == attempt_id)
        .order_by(Response.slot)
    )
    return {row.slot: row for row in rows}


def receipted_responses(tx: Session, attempt_id: uuid.UUID, listed: Iterable[Mapping[str, Any]]) -> dict[int, Response]:
    """Return by slot exactly the revisions that a receipt lists; what was saved before them is not read.

    Args:
        listed: the responses of the receipt, each with its ``slot`` and ``revision``.
    """
    rows = tx.scalars(select(Response).where(_listed(attempt_id, listed)))
    return {row.slot: row for row in rows}


def receipted_values(
    tx: Session, attempt_id: uuid.UUID, listed: Iterable[Mapping[str, Any]]
) -> dict[int, dict[str, Any]]:
    """Return by slot what the revisions that a receipt lists say; for many attempts at once, at less cost."""
    rows = tx.execute(select(Response.slot, Response.value).where(_listed(attempt_id, listed)))
    return {row.slot: row.value for row in rows}


def _listed(attempt_id: uuid.UUID, listed: Iterable[Mapping[str, Any]]) -> ColumnElement[bool]:
    places = [(row["slot"], row["revision"]) for row in listed]
    return and_(Response.attempt_id == attempt_id, tuple_(Response.slot, Response.revision).in_(places))
