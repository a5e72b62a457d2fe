"""Attempts: one go, one paper, one clock, one ending - whatever two tabs, two servers and a worker do at once."""

from __future__ import annotations

import hashlib
import itertools
import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_engine.assembly.forms import Form, FormItem
from exam_engine.delivery.attempts import (
    ENDED,
    Action,
    AnotherAttempt,
    NoEntry,
    NotAdmitted,
    admit,
    arrive,
    attempt_for,
    attempts_in_progress,
    close_overdue,
    own_attempt,
    own_receipt,
    start,
    submit,
)
from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import Attempt, AttemptState, Participation, Receipt
from exam_engine.delivery.responses import Response
from exam_engine.delivery.sittings import close_sitting, schedule_sitting
from kernel.accounts import Account, grant_roles
from kernel.audit import AuditEntry
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

LEGAL = {
    ("awaiting", "in_progress"),
    ("awaiting", "expired"),
    ("in_progress", "submitted"),
    ("in_progress", "timed_out"),
    ("in_progress", "terminated"),
}
ROUNDS = 5
INSTANT = timedelta(microseconds=1)
GRACE = timedelta(seconds=5)
LIMIT = timedelta(seconds=TIME_LIMIT_SECONDS)
T = TypeVar("T")


@pytest.fixture
def house(tx: Session, now: datetime) -> House:
    return make_house(tx, now=now)


@pytest.fixture
def candidate(tx: Session, house: House, now: datetime) -> Candidate:
    return make_candidate(tx, house, now=now)


def together(*acts: Callable[[], T]) -> list[T]:
    """Let real threads act at the same moment, each in its own transaction."""
    gate = Barrier(len(acts))

    def act(wanted: Callable[[], T]) -> T:
        gate.wait(10)
        return wanted()

    with ThreadPoolExecutor(len(acts)) as people:
        return list(people.map(act, acts))


def answer(tx: Session, attempt: Attempt, slot: int, *chosen: str, revision: int = 1, at: datetime) -> str:
    """Keep a response as the journal does, and return the hash of its value."""
    value = {"chosen": list(chosen)} if chosen else {}
    value_hash = hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()
    row = {"save_id": f"save-{slot}-{revision}", "value": value, "value_hash": value_hash, "received_at": at}
    tx.add(Response(attempt_id=attempt.id, slot=slot, revision=revision, **row))
    tx.flush()
    return value_hash


def audited(tx: Session, action: Action, attempt_id: uuid.UUID) -> int:
    entries = select(func.count()).where(AuditEntry.action == action, AuditEntry.subject == f"attempt:{attempt_id}")
    return tx.scalars(entries).one()


# The table of moves


@pytest.mark.parametrize(("current", "target"), list(itertools.product(AttemptState, repeat=2)))
def test_an_attempt_takes_the_steps_of_the_table_and_no_other(current: AttemptState, target: AttemptState) -> None:
    attempt = Attempt(state=current.value)
    if (current.value, target.value) in LEGAL:
        attempt.move(target)
        assert attempt.state == target
    else:
        with pytest.raises(IllegalMove, match=f"the attempt is {current} and cannot become {target}"):
            attempt.move(target)
        assert attempt.state == current


def test_whatever_has_ended_stays_ended() -> None:
    assert {"submitted", "timed_out", "terminated", "expired"} == ENDED


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"state": "finished"}, "ck_attempts_state"),
        ({"state": "in_progress"}, "progress_needs_deadline"),
        ({"deadline_at": datetime.fromisoformat("2026-11-22T10:00Z")}, "deadline_needs_start"),
    ],
)
def test_the_database_refuses_impossible_attempts(
    tx: Session, house: House, candidate: Candidate, now: datetime, *, wrong: dict[str, Any], constraint: str
) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    with pytest.raises(IntegrityError, match=constraint), tx.begin_nested():
        tx.execute(update(Attempt).where(Attempt.id == attempt.id).values(wrong))


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
    with pytest.raises(IntegrityError, match="uq_attempts_live|attempts.candidate_id"), tx.begin_nested():
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


# The end


def test_two_hand_ins_at_once_give_one_receipt(database: Database, now: datetime) -> None:
    for rounds in range(1, ROUNDS + 1):
        with database.transaction() as tx:
            house = make_house(tx, now=now)
            candidate = make_candidate(tx, house, now=now)
            attempt = make_running_attempt(tx, house, candidate, now=now)
            answer(tx, attempt, 1, "a", at=now)

        def hand_in(
            at: datetime, candidate: Candidate = candidate, id_: uuid.UUID = attempt.id
        ) -> tuple[str, datetime]:
            with database.transaction() as tx:
                receipt = submit(tx, own_attempt(tx, candidate.actor, id_), actor=candidate.actor, now=at)
                return receipt.receipt_hash, receipt.ended_at

        told = together(lambda: hand_in(now), lambda: hand_in(now + timedelta(seconds=1)))
        assert len(set(told)) == 1
        with database.reading() as tx:
            assert tx.scalars(select(func.count()).select_from(Receipt)).one() == rounds
            assert audited(tx, Action.END, attempt.id) == 1


def test_the_receipt_hash_can_be_recomputed_by_anybody(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    answer(tx, attempt, 1, "a", at=now)
    newest = answer(tx, attempt, 1, "b", revision=2, at=now)
    other = answer(tx, attempt, 3, "c", at=now)
    taken_back = answer(tx, attempt, 4, at=now)
    receipt = submit(tx, attempt, actor=candidate.actor, now=now + timedelta(minutes=30))
    tx.expire(receipt)
    paper = json.dumps(attempt.paper, sort_keys=True, separators=(",", ":")).encode()
    covered = {
        "answered_count": 2,
        "attempt_id": str(attempt.id),
        "ended_at": "2026-11-22T09:30:00.000000Z",
        "ending": "submitted",
        "form_hash": house.form.form_hash,
        "paper_hash": hashlib.sha256(paper).hexdigest(),
        "responses": [
            {"revision": 2, "sha256": newest, "slot": 1},
            {"revision": 1, "sha256": other, "slot": 3},
            {"revision": 1, "sha256": taken_back, "slot": 4},
        ],
    }
    canonical = json.dumps(covered, sort_keys=True, separators=(",", ":")).encode()
    assert receipt.receipt_hash == hashlib.sha256(canonical).hexdigest()
    for name in covered.keys() - {"attempt_id", "ended_at"}:
        assert getattr(receipt, name) == covered[name], f"{name} is hashed but not on the receipt"
    assert (receipt.attempt_id, receipt.ended_at) == (attempt.id, now + timedelta(minutes=30))


def test_a_receipt_is_never_rewritten(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    submit(tx, attempt, actor=candidate.actor, now=now)
    for statement in ("UPDATE receipts SET answered_count = 4", "DELETE FROM receipts"):
        with pytest.raises(IntegrityError, match="append-only"), tx.begin_nested():
            tx.execute(text(statement))


@pytest.mark.parametrize(
    ("late", "ending", "ended"),
    [
        (-INSTANT, "submitted", -INSTANT),
        (timedelta(), "submitted", timedelta()),
        (GRACE, "submitted", timedelta()),
        (GRACE + INSTANT, "timed_out", timedelta()),
    ],
)
def test_handing_in_around_the_deadline(
    tx: Session, house: House, candidate: Candidate, now: datetime, *, late: timedelta, ending: str, ended: timedelta
) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    receipt = submit(tx, attempt, actor=candidate.actor, now=now + LIMIT + late)
    assert (receipt.ending, receipt.ended_at) == (ending, now + LIMIT + ended)
    assert (attempt.state, attempt.ended_at) == (ending, now + LIMIT + ended)


def test_overdue_attempts_end_at_their_deadline_once_the_grace_is_over(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    deadline = now + LIMIT
    for too_early in (now, deadline, deadline + GRACE):
        assert close_overdue(tx, now=too_early) == []
        assert attempt.state == "in_progress"
    assert [closed.id for closed in close_overdue(tx, now=deadline + GRACE + INSTANT)] == [attempt.id]
    assert (attempt.state, attempt.ended_at) == ("timed_out", deadline)
    receipt = own_receipt(tx, candidate.actor, attempt.id)
    assert (receipt.ending, receipt.ended_at, receipt.answered_count) == ("timed_out", deadline, 0)
    assert close_overdue(tx, now=deadline + timedelta(days=1)) == []
    handed_in = submit(tx, attempt, actor=candidate.actor, now=deadline + timedelta(hours=1))
    assert handed_in.receipt_hash == receipt.receipt_hash


def test_the_worker_takes_no_more_than_it_is_told(tx: Session, house: House, now: datetime) -> None:
    sitting = make_open_sitting(tx, house, now=now)
    people = [make_candidate(tx, house, now=now) for _ in range(3)]
    for person in people:
        make_running_attempt(tx, house, person, sitting=sitting, now=now)
    assert attempts_in_progress(tx, sitting.id) == 3
    assert len(close_overdue(tx, now=now + LIMIT * 2, limit=2)) == 2
    assert attempts_in_progress(tx, sitting.id) == 1
    assert len(close_overdue(tx, now=now + LIMIT * 2, limit=2)) == 1


def test_a_worker_and_a_hand_in_at_once_agree_on_one_ending(database: Database, now: datetime) -> None:
    for _ in range(ROUNDS):
        with database.transaction() as tx:
            house = make_house(tx, now=now)
            candidate = make_candidate(tx, house, now=now)
            attempt_id = make_running_attempt(tx, house, candidate, now=now).id

        def close() -> str:
            with database.transaction() as tx:
                close_overdue(tx, now=now + LIMIT + GRACE + INSTANT)
            return ""

        def hand_in(candidate: Candidate = candidate, id_: uuid.UUID = attempt_id) -> str:
            with database.transaction() as tx:
                attempt = own_attempt(tx, candidate.actor, id_)
                return submit(tx, attempt, actor=candidate.actor, now=now + LIMIT + GRACE).receipt_hash

        _, told = together(close, hand_in)
        with database.reading() as tx:
            assert own_receipt(tx, candidate.actor, attempt_id).receipt_hash == told
            assert audited(tx, Action.END, attempt_id) == 1


# Who sees it


def test_attempts_and_receipts_do_not_exist_for_strangers(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    with pytest.raises(NotFound, match="has not ended"):
        own_receipt(tx, candidate.actor, attempt.id)
    submit(tx, attempt, actor=candidate.actor, now=now)
    assert own_receipt(tx, candidate.actor, attempt.id).ending == "submitted"
    assert attempt_for(tx, house.manager, attempt.id) is attempt
    for stranger in (make_candidate(tx, house, now=now).actor, house.manager):
        for look in (own_attempt, own_receipt):
            with pytest.raises(NotFound, match="no such attempt"):
                look(tx, stranger, attempt.id)
    with pytest.raises(NotFound):
        attempt_for(tx, make_house(tx, now=now).manager, attempt.id)


def test_the_candidate_took_part_from_the_first_moment(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    parts = tx.scalars(select(Participation).where(Participation.attempt_id == attempt.id)).all()
    assert [(part.account_id, part.part, part.since) for part in parts] == [(candidate.account.id, "candidate", now)]
