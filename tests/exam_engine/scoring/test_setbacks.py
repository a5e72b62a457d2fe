"""Setbacks: the waits double, the audit log hears of news only, and two workers who fail at once note one setback."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_engine.delivery.lifecycle import Attempt
from exam_engine.scoring.setbacks import (
    LONGEST_WAIT,
    Setback,
    Work,
    note_setback,
    overcome_setback,
    setback_for,
    try_again,
    waiting,
)
from exam_engine.scoring.worklist import standstills_of
from kernel.audit import AuditEntry, verify_chain
from kernel.db import Database
from kernel.errors import NotFound
from tests.builders.delivery import House, make_candidate, make_house, make_running_attempt


@pytest.fixture
def house(tx: Session, now: datetime) -> House:
    return make_house(tx, now=now)


@pytest.fixture
def attempt(tx: Session, house: House, now: datetime) -> Attempt:
    return make_running_attempt(tx, house, make_candidate(tx, house, now=now), now=now)


def note(
    tx: Session, attempt: Attempt, now: datetime, *, work: Work = Work.ISSUE, reason: str = "does_not_fit"
) -> None:
    note_setback(tx, work, attempt.id, attempt.organisation_id, reason=reason, places=["title"], now=now)


def test_waits_double_up_to_the_longest(tx: Session, attempt: Attempt, now: datetime) -> None:
    waits = []
    for tries in range(1, 30):
        note(tx, attempt, now)
        (setback,) = tx.scalars(select(Setback))
        waits.append(setback.next_try_at - now)
        assert (setback.tries, setback.since, setback.failed_at) == (tries, now, now)
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (2, 4, 8, 16)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


def test_it_waits_exactly_its_time_and_only_for_its_own_work(tx: Session, attempt: Attempt, now: datetime) -> None:
    note(tx, attempt, now)

    def waits(work: Work, moment: datetime) -> bool:
        return attempt.id in tx.scalars(waiting(work, moment)).all()

    assert waits(Work.ISSUE, now + timedelta(seconds=1.9))
    assert not waits(Work.ISSUE, now + timedelta(seconds=2))
    assert not waits(Work.SCORE, now)


def test_the_audit_log_hears_of_the_first_failure_and_of_another_reason(
    tx: Session, house: House, attempt: Attempt, now: datetime
) -> None:
    for reason in ("does_not_fit", "does_not_fit", "signing_unavailable", "signing_unavailable"):
        note(tx, attempt, now, reason=reason)
    entries = tx.scalars(select(AuditEntry).where(AuditEntry.action == "setback.note").order_by(AuditEntry.sequence))
    told = [(entry.subject, entry.actor_id, entry.details) for entry in entries]
    assert told == [
        (f"attempt:{attempt.id}", None, {"work": "issue", "reason": reason, "places": ["title"]})
        for reason in ("does_not_fit", "signing_unavailable")
    ]
    assert verify_chain(tx, house.organisation_id).holds


def test_since_is_when_it_began_and_begins_anew_after_success(tx: Session, attempt: Attempt, now: datetime) -> None:
    later = now + timedelta(hours=1)
    note(tx, attempt, now)
    note(tx, attempt, later)
    (setback,) = tx.scalars(select(Setback))
    assert (setback.since, setback.failed_at, setback.tries) == (now, later, 2)
    overcome_setback(tx, Work.SCORE, attempt.id)
    assert tx.scalar(select(func.count()).select_from(Setback)) == 1
    overcome_setback(tx, Work.ISSUE, attempt.id)
    note(tx, attempt, later)
    (setback,) = tx.scalars(select(Setback))
    assert (setback.since, setback.tries) == (later, 1)


def test_trying_again_ends_the_wait_and_keeps_the_count(
    tx: Session, house: House, attempt: Attempt, now: datetime
) -> None:
    for _ in range(9):
        note(tx, attempt, now)
    (setback,) = tx.scalars(select(Setback))
    later = now + timedelta(seconds=5)
    try_again(tx, setback_for(tx, house.manager, setback.id), actor=house.manager, now=later)
    assert attempt.id not in tx.scalars(waiting(Work.ISSUE, later)).all()
    assert (setback.tries, setback.since) == (9, now)
    (entry,) = tx.scalars(select(AuditEntry).where(AuditEntry.action == "setback.try_again"))
    assert (entry.actor_id, entry.details) == (house.manager.account_id, {"work": "issue", "tries": 9})


def test_another_body_sees_nothing_of_it(tx: Session, house: House, attempt: Attempt, now: datetime) -> None:
    note(tx, attempt, now)
    (setback,) = tx.scalars(select(Setback))
    stranger = make_house(tx, now=now).manager
    assert [row.setback for row in standstills_of(tx, house.manager)] == [setback]
    assert standstills_of(tx, stranger) == []
    with pytest.raises(NotFound):
        setback_for(tx, stranger, setback.id)


def test_what_stands_still_is_read_page_by_page_the_oldest_first(
    tx: Session, house: House, attempt: Attempt, now: datetime
) -> None:
    note(tx, attempt, now + timedelta(seconds=1), work=Work.ISSUE)
    note(tx, attempt, now, work=Work.SCORE)
    first, second = standstills_of(tx, house.manager)
    assert (first.setback.work, second.setback.work) == ("score", "issue")
    assert [row.setback for row in standstills_of(tx, house.manager, limit=1)] == [first.setback]
    assert [row.setback for row in standstills_of(tx, house.manager, after=first.setback.id)] == [second.setback]


def test_two_workers_that_fail_at_the_same_moment_note_one_setback(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        house = make_house(tx, now=now)
        attempt = make_running_attempt(tx, house, make_candidate(tx, house, now=now), now=now)
    start = Barrier(2)

    def fail() -> None:
        start.wait()
        with database.transaction() as tx:
            note(tx, attempt, now)

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(fail), pool.submit(fail)]:
            future.result()
    with database.reading() as tx:
        (setback,) = tx.scalars(select(Setback))
        assert setback.tries in {1, 2}
        assert verify_chain(tx, house.organisation_id).holds
