"""Bookings: one place per candidate, under a name that the certificate can carry."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from exam_engine.delivery.bookings import AlreadyBooked, SittingOver, book, own_booking, own_bookings
from exam_engine.delivery.sittings import Sitting, close_sitting, schedule_sitting
from exam_engine.demo.stage import EVERYBODY
from kernel.errors import Invalid, NotFound
from kernel.permissions import AccountRole
from tests.builders.delivery import (
    WINDOW,
    Candidate,
    House,
    make_booking,
    make_candidate,
    make_house,
    make_open_sitting,
    make_person,
)


@pytest.fixture
def house(tx: Session, now: datetime) -> House:
    return make_house(tx, now=now)


@pytest.fixture
def candidate(tx: Session, house: House, now: datetime) -> Candidate:
    return make_candidate(tx, house, now=now)


@pytest.fixture
def sitting(tx: Session, house: House, now: datetime) -> Sitting:
    return make_open_sitting(tx, house, now=now)


def booked_name(tx: Session, house: House, sitting: Sitting, now: datetime, name: str) -> str:
    candidate = make_candidate(tx, house, now=now)
    return book(tx, sitting, candidate.account, candidate_name=name, actor=house.manager, now=now).candidate_name


def faults_of(tx: Session, house: House, sitting: Sitting, now: datetime, name: str) -> str:
    with pytest.raises(Invalid, match="the name cannot be certified") as refusal:
        booked_name(tx, house, sitting, now, name)
    assert {fault.place for fault in refusal.value.faults} == {"candidate_name"}
    return "\n".join(fault.message for fault in refusal.value.faults)


def test_names_of_europe_are_kept_as_they_are_written(
    tx: Session, house: House, sitting: Sitting, now: datetime
) -> None:
    names = [
        "Seán O\u2019Connor",
        "Nguyễn Văn An",
        "Łukasz Żółć",
        "Þóra Ægisdóttir",
        "Jean-Luc d'Arc",
        "J. R. Smith III",
    ]
    for name in [*names, *(person.name for person in EVERYBODY), "ПЕТЪР Ѝванов", "Ϊρις Ώρα"]:
        assert booked_name(tx, house, sitting, now, name) == name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Ada \t Lovelace\n", "Ada Lovelace"),
        ("Ada\u00a0Lovelace", "Ada Lovelace"),
        ("Jose\u0301", "Jos\u00e9"),
        ("x" * 200, "x" * 200),
    ],
)
def test_a_name_is_kept_as_it_will_be_printed(
    tx: Session, house: House, sitting: Sitting, now: datetime, *, given: str, kept: str
) -> None:
    assert booked_name(tx, house, sitting, now, given) == kept


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "a name with letters is needed"),
        (" \t\n", "a name with letters is needed"),
        ("12345", "a name with letters is needed"),
        ("- . '", "a name with letters is needed"),
        ("x" * 201, "at most 200 characters"),
        ("Ma\u200bria", "U+200B ZERO WIDTH SPACE"),
        ("Ana\u202eavonaV", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("Ana\u2066x\u2069", "U+2066 LEFT-TO-RIGHT ISOLATE, U+2069 POP DIRECTIONAL ISOLATE"),
        ("A\u00adda", "U+00AD SOFT HYPHEN"),
        ("Ada\0", "U+0000 unnamed"),
        ("Ada\x7f", "U+007F unnamed"),
        ("Ada \ud800", "U+D800 unnamed"),
        ("Ada \ue000", "U+E000 unnamed"),
        ("Ada \u0378", "U+0378 unnamed"),
        ("王小明", "U+660E CJK UNIFIED IDEOGRAPH-660E"),
        ("Ada \U0001f393", "U+1F393 GRADUATION CAP"),
        (
            "A\u0301\u0301\u0301\u0301da",
            "at most 2 combining marks in a row, please; there are 3: U+0301 COMBINING ACUTE",
        ),
        ("Ada" + "\u0323\u0301" * 50, "combining marks in a row"),
    ],
)
def test_what_the_certificate_cannot_carry_is_refused_and_named(
    tx: Session, house: House, sitting: Sitting, now: datetime, *, name: str, told: str
) -> None:
    faults = faults_of(tx, house, sitting, now, name)
    assert told in faults
    assert len(faults) < 600
    faults.encode()  # what is told can be sent, whatever was given


def test_one_place_per_candidate_and_sitting(
    tx: Session, house: House, candidate: Candidate, sitting: Sitting, now: datetime
) -> None:
    first = make_booking(tx, house, candidate, sitting=sitting, now=now)
    with pytest.raises(AlreadyBooked, match="has a place in this sitting already"):
        make_booking(tx, house, candidate, sitting=sitting, now=now)
    assert [booking.id for booking in own_bookings(tx, candidate.actor)] == [first.id]


def test_only_candidates_of_the_body_are_booked(
    tx: Session, house: House, candidate: Candidate, sitting: Sitting, now: datetime
) -> None:
    proctor = make_person(tx, house.organisation_id, AccountRole.PROCTOR, now=now)
    foreign = make_candidate(tx, make_house(tx, now=now), now=now)
    candidate.account.closed_at = now
    for person in (proctor, foreign, candidate):
        with pytest.raises(Invalid, match="not a candidate of the certification body"):
            make_booking(tx, house, person, sitting=sitting, now=now)


def test_bookings_end_with_the_window_or_the_sitting(
    tx: Session, house: House, candidate: Candidate, sitting: Sitting, now: datetime
) -> None:
    with pytest.raises(SittingOver, match="choose another one"):
        make_booking(tx, house, candidate, sitting=sitting, now=now + WINDOW + timedelta(microseconds=1))
    close_sitting(tx, sitting, actor=house.manager, now=now)
    with pytest.raises(SittingOver):
        make_booking(tx, house, candidate, sitting=sitting, now=now)


def test_another_bodys_sitting_does_not_exist(
    tx: Session, house: House, candidate: Candidate, sitting: Sitting, now: datetime
) -> None:
    stranger = make_house(tx, now=now).manager
    with pytest.raises(NotFound, match="no such sitting"):
        book(tx, sitting, candidate.account, candidate_name="Ada", actor=stranger, now=now)


def test_a_booking_is_seen_by_its_candidate_alone(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    early = make_booking(tx, house, candidate, now=now)
    window = {"start_from": now + WINDOW, "start_by": now + 2 * WINDOW, "time_zone": "UTC"}
    later = schedule_sitting(tx, house.form, title="Later", **window, actor=house.manager, now=now)  # type: ignore[arg-type]
    late = make_booking(tx, house, candidate, sitting=later, now=now)
    assert [booking.id for booking in own_bookings(tx, candidate.actor)] == [late.id, early.id]
    assert own_booking(tx, candidate.actor, early.id) is early
    for stranger in (make_candidate(tx, house, now=now).actor, house.manager):
        with pytest.raises(NotFound, match="no such booking"):
            own_booking(tx, stranger, early.id)
