"""Sittings: sane windows, zones of places, published schemes - and no closing over anybody's head."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_engine.assembly.schemes import NotPublished, SchemeState, withdraw_scheme
from exam_engine.delivery.admission import admit, start
from exam_engine.delivery.attempts import own_attempt, submit
from exam_engine.delivery.bookings import SittingOver
from exam_engine.delivery.lifecycle import Participation
from exam_engine.delivery.reasons import ReasonMissing
from exam_engine.delivery.sittings import (
    AttemptsBegun,
    AttemptsRunning,
    Sitting,
    SittingState,
    cancel_sitting,
    close_sitting,
    open_sitting,
    schedule_sitting,
    sitting_for,
    sittings_of,
)
from exam_engine.delivery.withdrawals import withdraw
from kernel.audit import AuditEntry
from kernel.db import Database
from kernel.errors import IllegalMove, Invalid, NotFound
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
    make_running_attempt,
    make_waiting_attempt,
)
from tests.builders.together import together

LEGAL = {("scheduled", "open"), ("scheduled", "cancelled"), ("open", "closed"), ("open", "cancelled")}
FOURTEEN = timedelta(hours=14)
ENDS_OF_THE_CALENDAR = [
    moment.replace(tzinfo=zone)
    for moment in (datetime.min, datetime.max)  # noqa: DTZ901 - the zone follows at once
    for zone in (UTC, timezone(FOURTEEN), timezone(-FOURTEEN), ZoneInfo("Europe/Sofia"))
]


@pytest.fixture
def house(tx: Session, now: datetime) -> House:
    return make_house(tx, now=now)


def schedule(tx: Session, house: House, now: datetime, **changes: Any) -> Sitting:
    order: dict[str, Any] = {"title": "Morning", "start_from": now, "start_by": now + WINDOW, "time_zone": "UTC"}
    return schedule_sitting(tx, house.form, **order | changes, actor=house.manager, now=now)


@pytest.mark.parametrize(("current", "target"), list(itertools.product(SittingState, repeat=2)))
def test_a_sitting_takes_the_steps_of_the_table_and_no_other(current: SittingState, target: SittingState) -> None:
    sitting = Sitting(state=current.value)
    if (current.value, target.value) in LEGAL:
        sitting.move(target)
        assert sitting.state == target
    else:
        with pytest.raises(IllegalMove, match=f"the sitting is {current} and cannot become {target}"):
            sitting.move(target)


def test_a_sitting_is_read_in_the_time_of_its_venue(tx: Session, house: House, now: datetime) -> None:
    sitting = schedule(tx, house, now, title="  Cafe\u0301 ", time_zone="Europe/Sofia")
    assert (sitting.state, sitting.title) == ("scheduled", "Caf\u00e9")
    assert sitting.local(now) == "2026-11-22 11:00 (Europe/Sofia)"


@pytest.mark.parametrize("place", ["start_from", "start_by"])
@pytest.mark.parametrize("moment", ENDS_OF_THE_CALENDAR)
def test_the_ends_of_the_calendar_are_refused_and_break_nothing(
    tx: Session, house: House, now: datetime, place: str, moment: datetime
) -> None:
    with pytest.raises(Invalid) as refusal:
        schedule(tx, house, now, **{place: moment})
    assert [fault.place for fault in refusal.value.faults] == [place]
    assert "between yesterday and 2031" in refusal.value.faults[0].message


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"title": "  "}, "title", "between 1 and 200"),
        ({"title": "x" * 201}, "title", "between 1 and 200"),
        ({"start_by": timedelta()}, "start_by", "after the first"),
        ({"start_from": timedelta(hours=-2), "start_by": timedelta(hours=-1)}, "start_by", "over already"),
        ({"start_from": timedelta(days=-2)}, "start_from", "between yesterday and"),
        ({"start_by": timedelta(days=6 * 366)}, "start_by", "between yesterday and"),
    ],
)
def test_a_window_nobody_can_use_is_refused(
    tx: Session, house: House, now: datetime, *, changes: dict[str, Any], place: str, message: str
) -> None:
    moments = {name: now + change if isinstance(change, timedelta) else change for name, change in changes.items()}
    with pytest.raises(Invalid) as refusal:
        schedule(tx, house, now, **moments)
    assert [fault.place for fault in refusal.value.faults] == [place]
    assert message in refusal.value.faults[0].message


def test_a_moment_without_an_offset_is_refused(tx: Session, house: House, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        schedule(tx, house, now, start_from=now.replace(tzinfo=None), start_by=now.replace(tzinfo=None))
    assert [fault.place for fault in refusal.value.faults] == ["start_from", "start_by"]


def test_every_fault_is_told_at_once(tx: Session, house: House, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        schedule(tx, house, now, title="", start_by=now, time_zone="Nowhere")
    assert [fault.place for fault in refusal.value.faults] == ["title", "start_by", "time_zone"]


def test_an_old_name_of_a_zone_is_refused_with_the_current_one(tx: Session, house: House, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        schedule(tx, house, now, time_zone="Europe/Kiev")
    assert [fault.place for fault in refusal.value.faults] == ["time_zone"]
    assert refusal.value.faults[0].message.endswith("write Europe/Kyiv")
    assert schedule(tx, house, now, time_zone="Europe/Kyiv").time_zone == "Europe/Kyiv"


def test_only_forms_of_published_schemes_are_sat(tx: Session, house: House, now: datetime) -> None:
    schedule(tx, house, now)
    version = house.form.blueprint.scheme_version
    assert version.state == SchemeState.PUBLISHED
    withdraw_scheme(tx, version, reason="It was replaced.", actor=house.manager, now=now)
    with pytest.raises(NotPublished, match="withdrawn"):
        schedule(tx, house, now)


def test_another_bodys_form_does_not_exist(tx: Session, house: House, now: datetime) -> None:
    stranger = make_house(tx, now=now).manager
    order = {"title": "x", "start_from": now, "start_by": now + WINDOW, "time_zone": "UTC"}
    with pytest.raises(NotFound, match="no such form"):
        schedule_sitting(tx, house.form, **order, actor=stranger, now=now)  # type: ignore[arg-type]
    sitting = schedule(tx, house, now)
    with pytest.raises(NotFound, match="no such sitting"):
        sitting_for(tx, stranger, sitting.id)
    assert sitting_for(tx, house.manager, sitting.id) is sitting


def test_sittings_are_listed_the_latest_window_first(tx: Session, house: House, now: datetime) -> None:
    early, late = schedule(tx, house, now), schedule(tx, house, now, start_from=now + timedelta(hours=1))
    schedule(tx, make_house(tx, now=now), now)
    assert [sitting.id for sitting in sittings_of(tx, house.manager)] == [late.id, early.id]


def test_opening_twice_changes_nothing_and_a_closed_one_stays_closed(tx: Session, house: House, now: datetime) -> None:
    sitting = make_open_sitting(tx, house, now=now)
    assert open_sitting(tx, sitting, actor=house.manager, now=now).state == "open"
    close_sitting(tx, sitting, actor=house.manager, now=now)
    close_sitting(tx, sitting, actor=house.manager, now=now + timedelta(hours=1))
    assert (sitting.state, sitting.closed_at) == ("closed", now)
    with pytest.raises(IllegalMove):
        open_sitting(tx, sitting, actor=house.manager, now=now)
    with pytest.raises(IllegalMove):
        close_sitting(tx, schedule(tx, house, now), actor=house.manager, now=now)


def test_it_is_not_closed_over_the_head_of_whoever_is_working(tx: Session, house: House, now: datetime) -> None:
    sitting = make_open_sitting(tx, house, now=now)
    working, waiting = (make_candidate(tx, house, now=now) for _ in range(2))
    attempt = make_running_attempt(tx, house, working, sitting=sitting, now=now)
    left = make_waiting_attempt(tx, house, waiting, sitting=sitting, now=now)
    with pytest.raises(AttemptsRunning, match="1 attempt is still in progress") as refusal:
        close_sitting(tx, sitting, actor=house.manager, now=now)
    assert (refusal.value.facts, sitting.state, left.state) == ({"in_progress": 1}, "open", "awaiting")
    admit(tx, left, actor=house.proctor, now=now)
    start(tx, left, actor=waiting.actor, now=now)
    with pytest.raises(AttemptsRunning, match="2 attempts are"):
        close_sitting(tx, sitting, actor=house.manager, now=now)
    for ending, person in ((attempt, working), (left, waiting)):
        submit(tx, ending, actor=person.actor, now=now)
    assert close_sitting(tx, sitting, actor=house.manager, now=now).state == "closed"


def test_who_never_began_is_expired_and_who_closed_took_part_in_all(tx: Session, house: House, now: datetime) -> None:
    sitting, elsewhere = (make_open_sitting(tx, house, now=now) for _ in range(2))
    people = [make_candidate(tx, house, now=now) for _ in range(3)]
    ended = make_running_attempt(tx, house, people[0], sitting=sitting, now=now)
    submit(tx, ended, actor=people[0].actor, now=now)
    waiting = make_waiting_attempt(tx, house, people[1], sitting=sitting, now=now)
    other = make_waiting_attempt(tx, house, people[2], sitting=elsewhere, now=now)
    closed_at, closing = (
        now + timedelta(hours=3),
        make_person(tx, house.organisation_id, AccountRole.MANAGER, now=now).actor,
    )
    for _ in range(2):
        close_sitting(tx, sitting, actor=closing, now=closed_at)
    tx.refresh(waiting)
    assert (waiting.state, waiting.ended_at, waiting.deadline_at) == ("expired", closed_at, None)
    assert (ended.state, other.state) == ("submitted", "awaiting")
    parts = tx.scalars(select(Participation).where(Participation.account_id == closing.person)).all()
    assert {(part.attempt_id, part.part) for part in parts} == {(ended.id, "organiser"), (waiting.id, "organiser")}


def test_the_database_refuses_a_window_that_ends_before_it_begins(tx: Session, house: House, now: datetime) -> None:
    columns = {column.name: getattr(schedule(tx, house, now), column.name) for column in Sitting.__table__.columns}
    with pytest.raises(IntegrityError, match="ck_sittings_window"), tx.begin_nested():
        tx.execute(insert(Sitting).values(columns | {"id": uuid.uuid4(), "start_by": now}))


def test_a_sitting_is_cancelled_with_its_places(tx: Session, house: House, now: datetime) -> None:
    sitting, other = (make_open_sitting(tx, house, now=now) for _ in range(2))
    people = [make_candidate(tx, house, now=now) for _ in range(4)]
    gone = make_booking(tx, house, people[0], sitting=sitting, now=now)
    withdraw(tx, gone, actor=people[0].actor, now=now)
    booked = make_booking(tx, house, people[1], sitting=sitting, now=now)
    waiting = make_waiting_attempt(tx, house, people[2], sitting=sitting, now=now)
    admit(tx, waiting, actor=house.proctor, now=now)
    elsewhere = make_waiting_attempt(tx, house, people[3], sitting=other, now=now)
    later = now + timedelta(minutes=5)
    cancel_sitting(tx, sitting, reason="  The room is flooded.\n", actor=house.manager, now=later)
    assert (sitting.state, sitting.cancelled_at) == ("cancelled", later)
    assert sitting.cancelled_because == "The room is flooded."
    for row in (gone, booked, waiting, elsewhere.booking):
        tx.refresh(row)
    assert (gone.withdrawn_at, booked.withdrawn_at, waiting.booking.withdrawn_at) == (now, later, later)
    assert (waiting.state, waiting.ended_at) == ("expired", later)
    assert (elsewhere.state, elsewhere.booking.withdrawn_at) == ("awaiting", None)
    entry = tx.scalars(select(AuditEntry).where(AuditEntry.action == "sitting.cancel")).one()
    assert (entry.subject, entry.details) == (f"sitting:{sitting.id}", {"expired": 1, "withdrawn": 2})
    cancel_sitting(tx, sitting, reason="Again, for good measure.", actor=house.manager, now=later + WINDOW)
    assert (sitting.cancelled_at, sitting.cancelled_because) == (later, "The room is flooded.")
    with pytest.raises(IllegalMove):
        open_sitting(tx, sitting, actor=house.manager, now=later)
    with pytest.raises(SittingOver):
        make_booking(tx, house, people[0], sitting=sitting, now=later)


def test_a_sitting_that_is_only_planned_is_cancelled_too(tx: Session, house: House, now: datetime) -> None:
    sitting = schedule(tx, house, now)
    assert cancel_sitting(tx, sitting, reason="Nobody has booked.", actor=house.manager, now=now).state == "cancelled"


def test_once_anybody_began_it_takes_its_course(tx: Session, house: House, now: datetime) -> None:
    sitting = make_open_sitting(tx, house, now=now)
    candidate = make_candidate(tx, house, now=now)
    attempt = make_running_attempt(tx, house, candidate, sitting=sitting, now=now)
    for _ in range(2):
        with pytest.raises(AttemptsBegun, match="takes its course"):
            cancel_sitting(tx, sitting, reason="The room is flooded.", actor=house.manager, now=now)
        assert (sitting.state, attempt.booking.withdrawn_at) == ("open", None)
        submit(tx, attempt, actor=candidate.actor, now=now)
    close_sitting(tx, sitting, actor=house.manager, now=now)
    with pytest.raises(AttemptsBegun):
        cancel_sitting(tx, sitting, reason="The room is flooded.", actor=house.manager, now=now)


def test_an_empty_sitting_that_was_closed_is_not_cancelled(tx: Session, house: House, now: datetime) -> None:
    sitting = make_open_sitting(tx, house, now=now)
    close_sitting(tx, sitting, actor=house.manager, now=now)
    with pytest.raises(IllegalMove, match="the sitting is closed"):
        cancel_sitting(tx, sitting, reason="The room is flooded.", actor=house.manager, now=now)


@pytest.mark.parametrize("reason", ["", "  \n ", "too short", "x" * 2001])
def test_candidates_are_told_why(tx: Session, house: House, now: datetime, reason: str) -> None:
    sitting = make_open_sitting(tx, house, now=now)
    with pytest.raises(ReasonMissing) as refusal:
        cancel_sitting(tx, sitting, reason=reason, actor=house.manager, now=now)
    assert ([fault.place for fault in refusal.value.faults], sitting.state) == (["reason"], "open")


def test_of_cancelling_and_starting_at_once_one_is_refused(database: Database, now: datetime) -> None:
    for _ in range(5):
        with database.transaction() as tx:
            house = make_house(tx, now=now)
            candidate = make_candidate(tx, house, now=now)
            attempt = make_waiting_attempt(tx, house, candidate, now=now)
            admit(tx, attempt, actor=house.proctor, now=now)
            attempt_id, sitting_id = attempt.id, attempt.booking.sitting_id

        def cancel(house: House = house, id_: uuid.UUID = sitting_id) -> str:
            try:
                with database.transaction() as tx:
                    cancel_sitting(
                        tx, tx.get_one(Sitting, id_), reason="The room is flooded.", actor=house.manager, now=now
                    )
            except AttemptsBegun:
                return "started"
            return "cancelled"

        def begin(candidate: Candidate = candidate, id_: uuid.UUID = attempt_id) -> str:
            try:
                with database.transaction() as tx:
                    start(tx, own_attempt(tx, candidate.actor, id_), actor=candidate.actor, now=now)
            except IllegalMove:
                return "cancelled"
            return "started"

        assert len(set(together(cancel, begin))) == 1
