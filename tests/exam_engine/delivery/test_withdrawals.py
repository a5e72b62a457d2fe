"""Withdrawals: a place is given up before check-in, for good, and nobody waits at a door that is shut."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_engine.delivery.admission import NoEntry, admit, arrive, start
from exam_engine.delivery.attempts import attempt_for, submit
from exam_engine.delivery.bookings import AlreadyBooked, Booking, SittingOver, booking_in, bookings_in
from exam_engine.delivery.lifecycle import Attempt
from exam_engine.delivery.sittings import close_sitting, schedule_sitting
from exam_engine.delivery.withdrawals import Action, CheckedInAlready, withdraw
from kernel.audit import AuditEntry
from kernel.db import Database
from kernel.errors import Conflict, IllegalMove, NotFound
from tests.builders.delivery import (
    WINDOW,
    Candidate,
    House,
    make_booking,
    make_candidate,
    make_house,
    make_open_sitting,
    make_waiting_attempt,
)
from tests.builders.together import together

ROUNDS = 5
LATER = timedelta(minutes=5)


@pytest.fixture
def house(tx: Session, now: datetime) -> House:
    return make_house(tx, now=now)


@pytest.fixture
def candidate(tx: Session, house: House, now: datetime) -> Candidate:
    return make_candidate(tx, house, now=now)


def entries(tx: Session, booking: Booking) -> list[uuid.UUID | None]:
    """Who gave it up, as the audit log has it."""
    subject = f"booking:{booking.id}"
    found = select(AuditEntry.actor_id).where(AuditEntry.action == Action.WITHDRAW, AuditEntry.subject == subject)
    return list(tx.scalars(found))


def test_a_place_is_given_up_once_and_for_good(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    booking = make_booking(tx, house, candidate, now=now)
    withdraw(tx, booking, actor=candidate.actor, now=now)
    again = withdraw(tx, booking, actor=house.manager, now=now + LATER)
    tx.expire(again)
    assert again.withdrawn_at == now
    assert entries(tx, booking) == [candidate.actor.account_id]
    with pytest.raises(NoEntry, match="was withdrawn; book another sitting"):
        arrive(tx, booking, actor=candidate.actor, now=now)
    with pytest.raises(AlreadyBooked, match="or gave it up"):
        make_booking(tx, house, candidate, sitting=booking.sitting, now=now)


def test_before_the_doors_open_it_can_be_given_up_as_well(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    window = {"start_from": now + WINDOW, "start_by": now + 2 * WINDOW, "time_zone": "UTC"}
    ahead = schedule_sitting(tx, house.form, title="Ahead", **window, actor=house.manager, now=now)  # type: ignore[arg-type]
    booking = make_booking(tx, house, candidate, sitting=ahead, now=now)
    assert withdraw(tx, booking, actor=house.manager, now=now).withdrawn_at == now


def test_whoever_waits_at_the_door_waits_no_longer(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    withdraw(tx, attempt.booking, actor=candidate.actor, now=now + LATER)
    assert (attempt.state, attempt.ended_at) == ("expired", now + LATER)
    with pytest.raises(IllegalMove, match="the attempt is expired"):
        admit(tx, attempt, actor=house.proctor, now=now + LATER)
    elsewhere = make_waiting_attempt(tx, house, candidate, now=now + LATER)
    assert elsewhere.state == "awaiting", "another exam may be sat"


@pytest.mark.parametrize("further", ["admitted", "started", "handed in"])
def test_after_check_in_an_exam_is_taken_or_missed(
    tx: Session, house: House, candidate: Candidate, now: datetime, further: str
) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    admit(tx, attempt, actor=house.proctor, now=now)
    if further != "admitted":
        start(tx, attempt, actor=candidate.actor, now=now)
    if further == "handed in":
        submit(tx, attempt, actor=candidate.actor, now=now)
    for actor in (candidate.actor, house.manager):
        with pytest.raises(CheckedInAlready, match="has been checked in"):
            withdraw(tx, attempt.booking, actor=actor, now=now)
    assert attempt.booking.withdrawn_at is None


def test_what_was_missed_is_not_given_up_afterwards(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    booking = make_booking(tx, house, candidate, now=now)
    with pytest.raises(SittingOver, match="the sitting is over"):
        withdraw(tx, booking, actor=candidate.actor, now=now + WINDOW + timedelta(microseconds=1))
    assert withdraw(tx, booking, actor=candidate.actor, now=now + WINDOW).withdrawn_at == now + WINDOW
    late = make_booking(tx, house, make_candidate(tx, house, now=now), sitting=booking.sitting, now=now)
    close_sitting(tx, booking.sitting, actor=house.manager, now=now)
    with pytest.raises(SittingOver):
        withdraw(tx, late, actor=house.manager, now=now)


def test_staff_find_a_booking_in_its_own_sitting_alone(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    booking = make_booking(tx, house, candidate, now=now)
    assert booking_in(tx, booking.sitting, booking.id) is booking
    with pytest.raises(NotFound, match="no such booking"):
        booking_in(tx, make_open_sitting(tx, house, now=now), booking.id)
    withdraw(tx, booking, actor=house.manager, now=now)
    assert bookings_in(tx, booking.sitting) == [booking], "a place that was given up is still shown"


def _arrive(tx: Session, house: House, candidate: Candidate, booking: Booking, now: datetime) -> object:
    return arrive(tx, booking, actor=candidate.actor, now=now)


def _check_in(tx: Session, house: House, candidate: Candidate, booking: Booking, now: datetime) -> object:
    attempt_id = tx.scalars(select(Attempt.id).where(Attempt.booking_id == booking.id)).one()
    return admit(tx, attempt_for(tx, house.proctor, attempt_id), actor=house.proctor, now=now)


@pytest.mark.parametrize("act", [_arrive, _check_in])
def test_giving_up_and_coming_in_at_once_agree(
    database: Database, now: datetime, act: Callable[[Session, House, Candidate, Booking, datetime], object]
) -> None:
    """Whatever comes first, nobody is let in with a place that was given up, and nobody waits with one."""
    for _ in range(ROUNDS):
        with database.transaction() as tx:
            house = make_house(tx, now=now)
            candidate = make_candidate(tx, house, now=now)
            booking_id = make_booking(tx, house, candidate, now=now).id
            if act is _check_in:
                arrive(tx, tx.get_one(Booking, booking_id), actor=candidate.actor, now=now)

        def tried(
            step: Callable[[Session, Booking], object], house: House = house, id_: uuid.UUID = booking_id
        ) -> bool:
            try:
                with database.transaction() as tx:
                    step(tx, tx.get_one(Booking, id_))
            except Conflict:
                return False
            return True

        def come(tx: Session, booking: Booking, house: House = house, candidate: Candidate = candidate) -> object:
            return act(tx, house, candidate, booking, now)

        def give_up(tx: Session, booking: Booking, candidate: Candidate = candidate) -> object:
            return withdraw(tx, booking, actor=candidate.actor, now=now)

        came, gave_up = together(lambda tried=tried, come=come: tried(come), lambda tried=tried: tried(give_up))  # type: ignore[misc]
        with database.reading() as tx:
            booking = tx.get_one(Booking, booking_id)
            live = select(func.count()).where(Attempt.booking_id == booking_id, Attempt.state == "awaiting")
            assert (booking.withdrawn_at is not None) == gave_up
            assert tx.scalars(live).one() == (0 if gave_up else 1)
            assert came or gave_up
            assert not (gave_up and came and act is _check_in), "let in with a place that was given up"
