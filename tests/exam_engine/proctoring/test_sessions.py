"""Check-in: one look at one document by somebody else, written down for good."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_engine.delivery.admission import start
from exam_engine.delivery.attempts import attempt_for
from exam_engine.delivery.lifecycle import Participation
from exam_engine.proctoring.sessions import (
    AlreadyCheckedIn,
    CheckIn,
    CheckMethod,
    OwnExam,
    check_in,
    waiting_attempts,
)
from kernel.db import Database
from kernel.errors import Forbidden, IllegalMove
from kernel.permissions import AccountRole, Actor, the_product
from tests.builders.delivery import (
    Candidate,
    House,
    make_candidate,
    make_house,
    make_open_sitting,
    make_person,
    make_running_attempt,
    make_waiting_attempt,
)


@pytest.fixture
def house(tx: Session, now: datetime) -> House:
    return make_house(tx, now=now)


@pytest.fixture
def candidate(tx: Session, house: House, now: datetime) -> Candidate:
    return make_candidate(tx, house, now=now)


@pytest.mark.parametrize("method", CheckMethod)
def test_a_check_in_is_recorded_and_admits(
    tx: Session, house: House, candidate: Candidate, now: datetime, method: CheckMethod
) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    seen = check_in(tx, attempt, method=method, actor=house.proctor, now=now)
    tx.expire(seen)
    assert (seen.attempt_id, seen.proctor_id, seen.method) == (attempt.id, house.proctor.person, method)
    assert (seen.checked_at, attempt.admitted_at) == (now, now)
    parts = tx.scalars(select(Participation).where(Participation.attempt_id == attempt.id)).all()
    assert {(part.account_id, part.part) for part in parts} == {
        (candidate.account.id, "candidate"),
        (house.proctor.person, "proctor"),
        (house.manager.person, "organiser"),
    }
    assert start(tx, attempt, actor=candidate.actor, now=now).state == "in_progress"


def test_nobody_checks_themselves_in(tx: Session, house: House, now: datetime) -> None:
    both = make_person(tx, house.organisation_id, AccountRole.PROCTOR, AccountRole.CANDIDATE, now=now)
    attempt = make_waiting_attempt(tx, house, both, now=now)
    with pytest.raises(OwnExam, match="another proctor must check your identity"):
        check_in(tx, attempt, method=CheckMethod.PASSPORT, actor=both.actor, now=now)
    assert attempt.admitted_at is None
    assert tx.scalars(select(func.count()).select_from(CheckIn).where(CheckIn.attempt_id == attempt.id)).one() == 0


def test_the_product_itself_sees_no_passport(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    with pytest.raises(Forbidden, match="by a person"):
        check_in(tx, attempt, method=CheckMethod.PASSPORT, actor=the_product(house.organisation_id), now=now)


def test_the_first_check_stands(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    check_in(tx, attempt, method=CheckMethod.PASSPORT, actor=house.proctor, now=now)
    another = make_person(tx, house.organisation_id, AccountRole.PROCTOR, now=now).actor
    for proctor in (house.proctor, another):
        with pytest.raises(AlreadyCheckedIn, match="checked already"):
            check_in(tx, attempt, method=CheckMethod.IDENTITY_CARD, actor=proctor, now=now + timedelta(minutes=1))
    kept = tx.scalars(select(CheckIn).where(CheckIn.attempt_id == attempt.id)).one()
    assert (kept.method, kept.proctor_id, attempt.admitted_at) == ("passport", house.proctor.person, now)
    assert tx.get(Participation, (attempt.id, another.person, "proctor")) is None, "who was refused took no part"


def test_two_proctors_at_once_make_one_check(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        house = make_house(tx, now=now)
        another = make_person(tx, house.organisation_id, AccountRole.PROCTOR, now=now).actor
        attempt_id = make_waiting_attempt(tx, house, make_candidate(tx, house, now=now), now=now).id
    gate = Barrier(2)

    def check(proctor: Actor) -> bool:
        gate.wait(10)
        try:
            with database.transaction() as tx:
                attempt = attempt_for(tx, proctor, attempt_id)
                check_in(tx, attempt, method=CheckMethod.PASSPORT, actor=proctor, now=now)
        except AlreadyCheckedIn:
            return False
        return True

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(check, [house.proctor, another])) == [False, True]
    with database.reading() as tx:
        parts = select(func.count()).where(Participation.attempt_id == attempt_id, Participation.part == "proctor")
        assert tx.scalars(parts).one() == 1


def test_nobody_is_checked_in_after_the_start(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    with pytest.raises(IllegalMove, match="in_progress"):
        check_in(tx, attempt, method=CheckMethod.PASSPORT, actor=house.proctor, now=now)


def test_the_database_knows_the_methods_and_keeps_one_check(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    row = {"organisation_id": house.organisation_id, "attempt_id": attempt.id, "checked_at": now}
    row |= {"id": uuid.uuid4(), "proctor_id": house.proctor.person}
    with pytest.raises(IntegrityError, match="ck_check_ins_method"), tx.begin_nested():
        tx.execute(insert(CheckIn).values(row | {"method": "hearsay"}))
    tx.execute(insert(CheckIn).values(row | {"method": "passport"}))
    with pytest.raises(IntegrityError, match="attempt_id"), tx.begin_nested():
        tx.execute(insert(CheckIn).values(row | {"method": "passport", "id": uuid.uuid4()}))


def test_the_door_shows_who_came_in_their_order_and_to_the_own_house_alone(
    tx: Session, house: House, now: datetime
) -> None:
    sitting = make_open_sitting(tx, house, now=now)
    came = [
        make_waiting_attempt(tx, house, make_candidate(tx, house, now=now), sitting=sitting, now=now + moment)
        for moment in (timedelta(minutes=2), timedelta(minutes=1))
    ]
    make_waiting_attempt(tx, house, make_candidate(tx, house, now=now), now=now)
    assert [attempt.id for attempt in waiting_attempts(tx, house.proctor, sitting)] == [came[1].id, came[0].id]
    assert waiting_attempts(tx, make_house(tx, now=now).proctor, sitting) == []
