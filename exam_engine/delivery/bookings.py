"""Bookings: a candidate's place in a sitting. One place per candidate and sitting, by constraint."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from certificates.typefaces import glyph_faults, printed
from exam_engine.delivery.schedule import Sitting, SittingState
from kernel.accounts import Account, roles_of
from kernel.audit import record
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, Fault, Invalid, NotFound
from kernel.permissions import AccountRole, Actor

NAME_CHARACTERS_MAX = 200
MARKS_IN_A_ROW_MAX = 2
NAMED_MAX = 5


class AlreadyBooked(Conflict):
    """The candidate has a place in this sitting."""

    code = "already_booked"


class SittingOver(Conflict):
    """The sitting takes no bookings any more."""

    code = "sitting_over"


class Action(StrEnum):
    """What is written to the audit log about bookings."""

    BOOK = "booking.book"


class Booking(Owned, Base):
    """A candidate's place in a sitting, with the name to be certified as the candidate gave it."""

    __tablename__ = "bookings"
    __table_args__ = (
        UniqueConstraint("sitting_id", "candidate_id"),
        table_facts(pii={"candidate_id": "link", "candidate_name": "identity"}),
    )

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sittings.id"))
    candidate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    candidate_name: Mapped[str]
    booked_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship(viewonly=True)
    candidate: Mapped[Account] = relationship(viewonly=True)


def book(
    tx: Session, sitting: Sitting, candidate: Account, *, candidate_name: str, actor: Actor, now: datetime
) -> Booking:
    """Give a candidate a place.

    Args:
        candidate_name: as it shall stand on the certificate, in Latin, Greek or Cyrillic letters.

    Raises:
        Invalid: the certificate cannot carry the name, character by character; the account is no candidate here.
        SittingOver: the sitting is closed, cancelled, or its window has passed.
        AlreadyBooked: the candidate has a place already.
        NotFound: the sitting belongs to another organisation.
    """
    if sitting.organisation_id != actor.organisation_id:
        message = "there is no such sitting"
        raise NotFound(message)
    name = _certified_name(candidate_name)
    if AccountRole.CANDIDATE not in roles_of(tx, candidate.id, sitting.organisation_id) or candidate.closed_at:
        message = "candidate: this account is not a candidate of the organisation; give it the role first"
        raise Invalid(message)
    if sitting.state not in {SittingState.SCHEDULED, SittingState.OPEN} or now > sitting.start_by:
        message = "this sitting takes no more bookings; choose another one"
        raise SittingOver(message)
    booking = Booking(
        organisation_id=sitting.organisation_id,
        sitting_id=sitting.id,
        candidate_id=candidate.id,
        candidate_name=name,
        booked_at=now,
    )
    try:
        with tx.begin_nested():
            tx.add(booking)
    except IntegrityError as error:
        message = "the candidate has a place in this sitting already"
        raise AlreadyBooked(message) from error
    record(tx, actor, Action.BOOK, f"booking:{booking.id}", now, sitting=str(sitting.id), candidate=str(candidate.id))
    return booking


def own_booking(tx: Session, actor: Actor, booking_id: uuid.UUID) -> Booking:
    """Return a booking of the acting candidate; NotFound to everybody else."""
    booking = tx.scalar(
        select(Booking)
        .where(
            Booking.id == booking_id,
            Booking.candidate_id == actor.person,
            Booking.organisation_id == actor.organisation_id,
        )
        .options(joinedload(Booking.sitting))
    )
    if booking is None:
        message = "there is no such booking"
        raise NotFound(message)
    return booking


def own_bookings(tx: Session, actor: Actor) -> list[Booking]:
    """Return the acting candidate's bookings with their sittings, the latest window first."""
    rows = tx.scalars(
        select(Booking)
        .join(Booking.sitting)
        .where(Booking.candidate_id == actor.person, Booking.organisation_id == actor.organisation_id)
        .options(joinedload(Booking.sitting))
        .order_by(Sitting.start_from.desc(), Booking.id)
    )
    return list(rows)


def _certified_name(given: str) -> str:
    name = printed(given)
    if faults := [*_shape_faults(name), *_stacked_faults(name), *glyph_faults("candidate_name", name)]:
        message = "the name cannot be certified like this"
        raise Invalid(message, faults=faults)
    return name


def _shape_faults(name: str) -> Iterator[Fault]:
    if not any(_is(character, "L") for character in name):
        yield Fault("candidate_name", "a name with letters is needed: it will stand on the certificate")
    if len(name) > NAME_CHARACTERS_MAX:
        yield Fault("candidate_name", f"at most {NAME_CHARACTERS_MAX} characters, please")


def _stacked_faults(name: str) -> Iterator[Fault]:
    # A pile of accents is printed over its neighbours and hides what was signed.
    for marks, run in groupby(name, key=lambda character: _is(character, "M")):
        pile = "".join(run)
        if marks and len(pile) > MARKS_IN_A_ROW_MAX:
            named = ", ".join(f"U+{ord(mark):04X} {unicodedata.name(mark, 'unnamed')}" for mark in pile[:NAMED_MAX])
            message = f"at most {MARKS_IN_A_ROW_MAX} combining marks in a row, please; there are {len(pile)}: {named}"
            yield Fault("candidate_name", message)


def _is(character: str, category: str) -> bool:
    return unicodedata.category(character).startswith(category)
