"""Admission: one paper, one door, one clock - whatever two tabs and two servers do at once."""

from __future__ import annotations

import hashlib
import json
import uuid
from copy import deepcopy
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_engine.assembly.forms import Form, FormItem
from exam_engine.delivery.admission import AnotherAttempt, NoEntry, NotAdmitted, admit, arrive, start
from exam_engine.delivery.attempts import Action, own_attempt, submit
from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import Attempt, AttemptState
from exam_engine.delivery.sittings import close_sitting, schedule_sitting
from kernel.accounts import Account, grant_roles
from kernel.db import Database
from kernel.errors import Forbidden, IllegalMove, NotFound
from kernel.permissions import AccountRole
from question_bank.items import ItemReview, ItemVersion
from tests.builders.delivery import (
    TIME_LIMIT_SECONDS,
    WINDOW,
    Candidate,
    House,
    make_booking,
    make_candidate,
    make_house,
    make_open_sitting,
    make_running_attempt,
    make_waiting_attempt,
)
from tests.builders.together import audited, together

ROUNDS = 5
INSTANT = timedelta(microseconds=1)
LIMIT = timedelta(seconds=TIME_LIMIT_SECONDS)


@pytest.fixture
def house(tx: Session, now: datetime) -> House:
    return make_house(tx, now=now)


@pytest.fixture
def candidate(tx: Session, house: House, now: datetime) -> Candidate:
    return make_candidate(tx, house, now=now)


# At the door


def test_arriving_again_gives_the_same_attempt_and_the_same_paper(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    booking = make_booking(tx, house, candidate, now=now)
    first = arrive(tx, booking, actor=candidate.actor, now=now)
    drawn = (first.id, first.paper_hash, deepcopy(first.paper))
    later = arrive(tx, booking, actor=candidate.actor, now=now + timedelta(minutes=1))
    tx.refresh(later)
    assert (later.id, later.paper_hash, later.paper) == drawn
    assert (later.arrived_at, later.started_at, later.deadline_at) == (now, None, None)
    assert audited(tx, Action.ARRIVE, first.id) == 1
    assert (
        later.paper_hash
        == hashlib.sha256(json.dumps(later.paper, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    )


def test_two_tabs_arriving_together_share_one_paper(database: Database, now: datetime) -> None:
    for _ in range(ROUNDS):
        with database.transaction() as tx:
            house = make_house(tx, now=now)
            candidate = make_candidate(tx, house, now=now)
            booking_id = make_booking(tx, house, candidate, now=now).id

        def come(candidate: Candidate = candidate, booking_id: uuid.UUID = booking_id) -> tuple[uuid.UUID, str]:
            with database.transaction() as tx:
                attempt = arrive(tx, tx.get_one(Booking, booking_id), actor=candidate.actor, now=now)
                return attempt.id, attempt.paper_hash

        assert len(set(together(come, come))) == 1


def test_a_stranger_finds_no_booking(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    booking = make_booking(tx, house, candidate, now=now)
    for stranger in (make_candidate(tx, house, now=now).actor, house.manager):
        with pytest.raises(NotFound, match="no such booking"):
            arrive(tx, booking, actor=stranger, now=now)


def test_the_door_is_open_to_the_last_moment_of_the_window(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    booking = make_booking(tx, house, candidate, now=now)
    with pytest.raises(NoEntry, match=r"until 2026-11-22 13:00 \(Europe/Sofia\); its window has passed"):
        arrive(tx, booking, actor=candidate.actor, now=now + WINDOW + INSTANT)
    assert arrive(tx, booking, actor=candidate.actor, now=now + WINDOW).state == AttemptState.AWAITING


def test_nobody_enters_a_sitting_that_is_not_open_or_with_a_withdrawn_booking(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    window = {"start_from": now, "start_by": now + WINDOW, "time_zone": "UTC"}
    shut = schedule_sitting(tx, house.form, title="Shut", **window, actor=house.manager, now=now)
    booking = make_booking(tx, house, candidate, sitting=shut, now=now)
    with pytest.raises(NoEntry, match="the sitting is scheduled; candidates enter while it is open"):
        arrive(tx, booking, actor=candidate.actor, now=now)
    over = make_open_sitting(tx, house, now=now)
    booking = make_booking(tx, house, candidate, sitting=over, now=now)
    close_sitting(tx, over, actor=house.manager, now=now)
    with pytest.raises(NoEntry, match="closed"):
        arrive(tx, booking, actor=candidate.actor, now=now)
    booking = make_booking(tx, house, candidate, now=now)
    booking.withdrawn_at = now
    with pytest.raises(NoEntry, match="withdrawn; book another sitting"):
        arrive(tx, booking, actor=candidate.actor, now=now)


def test_an_author_does_not_sit_the_exam_they_wrote(tx: Session, house: House, now: datetime) -> None:
    author = _candidacy(tx, house, tx.get_one(Account, house.manager.person), now)
    _refuse_entry(tx, house, author, now)


def test_a_reviewer_does_not_sit_the_exam_they_reviewed(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    version = tx.scalars(
        select(ItemVersion).join(FormItem).where(FormItem.form_id == house.form.id).order_by(FormItem.position.desc())
    ).first()
    assert version is not None
    people = {"author_id": version.author_id, "reviewer_id": candidate.account.id}
    tx.add(ItemReview(version_id=version.id, **people, verdict="returned", reason="Unclear.", at=now))
    tx.flush()
    _refuse_entry(tx, house, candidate, now)


def test_whoever_assembled_a_form_does_not_sit_it(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    copied = {column.name: getattr(house.form, column.name) for column in Form.__table__.columns if column.name != "id"}
    form = Form(**copied | {"seed": "another", "assembled_by": candidate.account.id})
    tx.add(form)
    tx.flush()
    for item in house.form.items:
        tx.add(FormItem(form_id=form.id, position=item.position, item_version_id=item.item_version_id))
    tx.flush()
    _refuse_entry(tx, House(house.organisation_id, house.manager, house.proctor, form), candidate, now)
    assert make_waiting_attempt(tx, house, candidate, now=now).state == AttemptState.AWAITING, "another form is fine"


def _candidacy(tx: Session, house: House, account: Account, now: datetime) -> Candidate:
    grant_roles(tx, account, house.organisation_id, [AccountRole.CANDIDATE], now=now)
    return Candidate(account, house.manager)


def _refuse_entry(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    booking = make_booking(tx, house, candidate, now=now)
    with pytest.raises(NoEntry, match="you wrote, reviewed or assembled a part of this exam"):
        arrive(tx, booking, actor=candidate.actor, now=now)
    assert tx.scalar(select(Attempt.id).where(Attempt.booking_id == booking.id)) is None


# One live attempt


def test_a_second_live_attempt_is_refused_readably(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    first = make_running_attempt(tx, house, candidate, now=now)
    elsewhere = make_booking(tx, house, candidate, now=now)
    with pytest.raises(AnotherAttempt, match="hand it in before you start a new one"):
        arrive(tx, elsewhere, actor=candidate.actor, now=now)
    submit(tx, first, actor=candidate.actor, now=now)
    assert arrive(tx, elsewhere, actor=candidate.actor, now=now).id != first.id


@pytest.mark.parametrize("state", ["awaiting", "in_progress"])
def test_the_database_refuses_a_second_live_attempt(
    tx: Session, house: House, candidate: Candidate, now: datetime, state: str
) -> None:
    first = make_running_attempt(tx, house, candidate, now=now)
    columns = {column.name: getattr(first, column.name) for column in Attempt.__table__.columns}
    other = {"id": uuid.uuid4(), "booking_id": make_booking(tx, house, candidate, now=now).id}
    with pytest.raises(IntegrityError, match="uq_attempts_live|rows of attempts are not replaced"), tx.begin_nested():
        tx.execute(insert(Attempt).values(columns | other | {"state": state}))
    tx.execute(insert(Attempt).values(columns | other | {"state": "submitted"}))


# The clock


def test_it_starts_only_when_a_proctor_has_admitted(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    with pytest.raises(NotAdmitted, match="a proctor must check you in first"):
        start(tx, attempt, actor=candidate.actor, now=now)
    admit(tx, attempt, actor=house.proctor, now=now)
    admit(tx, attempt, actor=house.proctor, now=now + timedelta(minutes=1))
    assert attempt.admitted_at == now, "the first admission stands"
    started = start(tx, attempt, actor=candidate.actor, now=now + timedelta(minutes=2))
    assert started.deadline_at == now + timedelta(minutes=2) + LIMIT
    again = start(tx, attempt, actor=candidate.actor, now=now + timedelta(minutes=9))
    assert (again.started_at, again.deadline_at) == (now + timedelta(minutes=2), now + timedelta(minutes=2) + LIMIT)


def test_nobody_admits_themselves(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    with pytest.raises(Forbidden, match="nobody can admit themselves"):
        admit(tx, attempt, actor=candidate.actor, now=now)
    assert attempt.admitted_at is None


@pytest.mark.parametrize(
    ("offset", "allowed"),
    [(-INSTANT, False), (timedelta(), True), (WINDOW, True), (WINDOW + INSTANT, False)],
)
def test_it_starts_only_inside_the_window(
    tx: Session, house: House, candidate: Candidate, now: datetime, *, offset: timedelta, allowed: bool
) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    admit(tx, attempt, actor=house.proctor, now=now)
    if allowed:
        assert start(tx, attempt, actor=candidate.actor, now=now + offset).deadline_at == now + offset + LIMIT
    else:
        with pytest.raises(NoEntry, match="this sitting starts at|its window has passed"):
            start(tx, attempt, actor=candidate.actor, now=now + offset)
        assert (attempt.state, attempt.deadline_at) == ("awaiting", None)


def test_it_does_not_start_in_a_closed_sitting(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    admit(tx, attempt, actor=house.proctor, now=now)
    close_sitting(tx, attempt.booking.sitting, actor=house.manager, now=now)
    with pytest.raises(IllegalMove, match="the attempt is expired"):
        start(tx, attempt, actor=candidate.actor, now=now)
    with pytest.raises(IllegalMove):
        submit(tx, attempt, actor=candidate.actor, now=now)


def test_two_starts_at_once_give_one_deadline(database: Database, now: datetime) -> None:
    for _ in range(ROUNDS):
        with database.transaction() as tx:
            house = make_house(tx, now=now)
            candidate = make_candidate(tx, house, now=now)
            attempt = make_waiting_attempt(tx, house, candidate, now=now)
            admit(tx, attempt, actor=house.proctor, now=now)

        def begin(at: datetime, candidate: Candidate = candidate, id_: uuid.UUID = attempt.id) -> datetime | None:
            with database.transaction() as tx:
                return start(tx, own_attempt(tx, candidate.actor, id_), actor=candidate.actor, now=at).deadline_at

        deadlines = together(lambda: begin(now), lambda: begin(now + timedelta(seconds=1)))
        assert len(set(deadlines)) == 1
        with database.reading() as tx:
            assert tx.get_one(Attempt, attempt.id).deadline_at == deadlines[0]
            assert audited(tx, Action.START, attempt.id) == 1


@pytest.mark.parametrize(("asked", "allowed"), [(WINDOW, True), (WINDOW + INSTANT, False)])
def test_whoever_asked_in_time_has_the_whole_time_from_the_moment_it_starts(
    tx: Session, house: House, candidate: Candidate, now: datetime, *, asked: timedelta, allowed: bool
) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    admit(tx, attempt, actor=house.proctor, now=now)
    begun = now + WINDOW + timedelta(seconds=7)
    if allowed:
        start(tx, attempt, actor=candidate.actor, asked_at=now + asked, now=begun)
        assert (attempt.started_at, attempt.deadline_at) == (begun, begun + LIMIT)
    else:
        with pytest.raises(NoEntry, match="its window has passed"):
            start(tx, attempt, actor=candidate.actor, asked_at=now + asked, now=begun)
