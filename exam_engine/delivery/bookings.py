"""Bookings: a candidate's place in a sitting. One place per candidate and sitting, by constraint."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, contains_eager, joinedload, mapped_column, relationship

from certificates.names import holder_faults
from certificates.typefaces import printed
from exam_engine.assembly.editions import own_language, versions_in
from exam_engine.delivery.clearances import refuse_compromised, stopping_items
from exam_engine.delivery.schedule import Sitting, SittingState
from kernel.accounts import Account, roles_of
from kernel.audit import record
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, Invalid, NotFound
from kernel.permissions import AccountRole, Actor
from kernel.sentences import say


class AlreadyBooked(Conflict):
    """The candidate has a place in this sitting, or has given it up: that is for good."""

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
    language: Mapped[str]
    """In which the form is sat."""
    booked_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship(viewonly=True)
    candidate: Mapped[Account] = relationship(viewonly=True)


def book(
    tx: Session,
    sitting: Sitting,
    candidate: Account,
    *,
    candidate_name: str,
    language: str | None = None,
    actor: Actor,
    now: datetime,
) -> Booking:
    """Give a candidate a place.

    Args:
        candidate_name: as it shall stand on the certificate, in Latin, Greek or Cyrillic letters.
        language: in which the form is sat; its own where none is given.

    Raises:
        Invalid: the certificate cannot carry the name, character by character; the account is no candidate here.
        SittingOver: the sitting is closed, cancelled, or its window has passed.
        FormCompromised: items of its form are known outside, and nobody has cleared them for this sitting.
        AlreadyBooked: the candidate has a place already.
        NotFound: the sitting belongs to another organisation; or its form is not published in the language.
    """
    if sitting.organisation_id != actor.organisation_id:
        message = say("there is no such sitting")
        raise NotFound(message)
    name = _certified_name(candidate_name)
    if AccountRole.CANDIDATE not in roles_of(tx, candidate.id, sitting.organisation_id) or candidate.closed_at:
        message = say("candidate: this account is not a candidate of the certification body; give it the role first")
        raise Invalid(message)
    if sitting.state not in {SittingState.SCHEDULED, SittingState.OPEN} or now > sitting.start_by:
        message = say("this sitting takes no more bookings; choose another one")
        raise SittingOver(message)
    refuse_compromised(stopping_items(tx, sitting), say("book another sitting, or have this one cleared for a reason"))
    booking = Booking(
        organisation_id=sitting.organisation_id,
        sitting_id=sitting.id,
        candidate_id=candidate.id,
        candidate_name=name,
        language=_offered(tx, sitting, language),
        booked_at=now,
    )
    try:
        with tx.begin_nested():
            tx.add(booking)
    except IntegrityError as error:
        message = say("the candidate has a place in this sitting already, or gave it up")
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
        raise _no_such_booking()
    return booking


def own_bookings(
    tx: Session, actor: Actor, *, after: uuid.UUID | None = None, limit: int | None = None
) -> list[Booking]:
    """Return the acting candidate's bookings with their sittings, the latest window first."""
    found = (
        select(Booking)
        .join(Booking.sitting)
        .where(Booking.candidate_id == actor.person, Booking.organisation_id == actor.organisation_id)
        .options(contains_eager(Booking.sitting))
    )
    if after is not None:
        last = own_booking(tx, actor, after)
        found = found.where(tuple_(Sitting.start_from, Booking.id) < (last.sitting.start_from, last.id))
    return list(tx.scalars(found.order_by(Sitting.start_from.desc(), Booking.id.desc()).limit(limit)))


def booking_in(tx: Session, sitting: Sitting, booking_id: uuid.UUID) -> Booking:
    """Return a booking of a sitting, for staff who reached the sitting; NotFound when it is another one's."""
    booking = tx.scalar(select(Booking).where(Booking.id == booking_id, Booking.sitting_id == sitting.id))
    if booking is None:
        raise _no_such_booking()
    return booking


def bookings_in(
    tx: Session, sitting: Sitting, *, after: uuid.UUID | None = None, limit: int | None = None
) -> list[Booking]:
    """Return the bookings of a sitting, withdrawn ones too, in the order in which they were made."""
    found = select(Booking).where(Booking.sitting_id == sitting.id)
    if after is not None:
        last = booking_in(tx, sitting, after)
        found = found.where(tuple_(Booking.booked_at, Booking.id) > (last.booked_at, last.id))
    return list(tx.scalars(found.order_by(Booking.booked_at, Booking.id).limit(limit)))


def _offered(tx: Session, sitting: Sitting, language: str | None) -> str:
    own = own_language(sitting.form)
    if language not in {None, own}:
        versions_in(tx, sitting.form, language)
    return language or own


def _no_such_booking() -> NotFound:
    return NotFound(say("there is no such booking"))


def _certified_name(given: str) -> str:
    name = printed(given)
    if faults := holder_faults("candidate_name", name):
        message = say("the name cannot be certified like this")
        raise Invalid(message, faults=faults)
    return name
