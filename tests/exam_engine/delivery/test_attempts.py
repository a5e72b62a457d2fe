"""Attempts: one ending - whatever two tabs, two servers and a worker do at once."""

from __future__ import annotations

import hashlib
import itertools
import json
import uuid
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_engine.delivery.attempts import (
    ENDED,
    Action,
    attempt_for,
    attempts_in_progress,
    close_overdue,
    own_attempt,
    own_receipt,
    submit,
    terminate,
)
from exam_engine.delivery.lifecycle import Attempt, AttemptState, Participation, Receipt
from exam_engine.delivery.responses import Response
from kernel.db import Database
from kernel.errors import IllegalMove, NotFound
from tests.builders.delivery import (
    TIME_LIMIT_SECONDS,
    Candidate,
    House,
    make_candidate,
    make_house,
    make_open_sitting,
    make_running_attempt,
    make_waiting_attempt,
)
from tests.builders.together import audited, together

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


def answer(tx: Session, attempt: Attempt, slot: int, *chosen: str, revision: int = 1, at: datetime) -> str:
    """Keep a response as the journal does, and return the hash of its value."""
    value = {"chosen": list(chosen)} if chosen else {}
    value_hash = hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()
    row = {"save_id": f"save-{slot}-{revision}", "value": value, "value_hash": value_hash, "received_at": at}
    tx.add(Response(attempt_id=attempt.id, slot=slot, revision=revision, **row))
    tx.flush()
    return value_hash


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


@pytest.mark.parametrize(
    ("at", "ended"), [(timedelta(minutes=5), timedelta(minutes=5)), (LIMIT + GRACE, LIMIT)], ids=["midway", "in grace"]
)
def test_an_attempt_that_is_ended_keeps_its_responses_and_gives_a_receipt(
    tx: Session, house: House, candidate: Candidate, now: datetime, *, at: timedelta, ended: timedelta
) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    answer(tx, attempt, 1, "a", at=now)
    receipt = terminate(tx, attempt, actor=house.proctor, now=now + at)
    assert (receipt.ending, receipt.ended_at, receipt.answered_count) == ("terminated", now + ended, 1)
    assert (attempt.state, attempt.ended_at) == ("terminated", now + ended)
    assert own_receipt(tx, candidate.actor, attempt.id) is receipt
    assert submit(tx, attempt, actor=candidate.actor, now=now + at) is receipt, "handing in comes too late"
    assert close_overdue(tx, now=now + LIMIT * 2) == []
    with pytest.raises(IllegalMove, match="the attempt is terminated"):
        terminate(tx, attempt, actor=house.proctor, now=now + at)


def test_what_does_not_run_is_not_ended(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    with pytest.raises(IllegalMove, match="the attempt is awaiting"):
        terminate(tx, attempt, actor=house.proctor, now=now)


def test_an_attempt_whose_time_is_over_ends_by_itself(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    with pytest.raises(IllegalMove, match="ends by itself"):
        terminate(tx, attempt, actor=house.proctor, now=now + LIMIT + GRACE + INSTANT)
    assert [closed.state for closed in close_overdue(tx, now=now + LIMIT * 2)] == ["timed_out"]


def test_ending_and_handing_in_at_once_agree_on_one_ending(database: Database, now: datetime) -> None:
    for _ in range(ROUNDS):
        with database.transaction() as tx:
            house = make_house(tx, now=now)
            candidate = make_candidate(tx, house, now=now)
            attempt_id = make_running_attempt(tx, house, candidate, now=now).id

        def hand_in(candidate: Candidate = candidate, id_: uuid.UUID = attempt_id) -> str:
            with database.transaction() as tx:
                return submit(tx, own_attempt(tx, candidate.actor, id_), actor=candidate.actor, now=now).receipt_hash

        def end(house: House = house, id_: uuid.UUID = attempt_id) -> str:
            try:
                with database.transaction() as tx:
                    return terminate(tx, attempt_for(tx, house.proctor, id_), actor=house.proctor, now=now).receipt_hash
            except IllegalMove:
                return ""

        told = set(together(hand_in, end)) - {""}
        with database.reading() as tx:
            assert {own_receipt(tx, candidate.actor, attempt_id).receipt_hash} == told
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
    assert {(part.account_id, part.part, part.since) for part in parts} == {
        (candidate.account.id, "candidate", now),
        (house.manager.person, "organiser", now),
    }, "and so did whoever scheduled, opened and booked"
