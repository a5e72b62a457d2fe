"""The worker: one failing piece stops nothing, and is tried again ever more rarely."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from exam_engine.delivery.bookings import Booking
from exam_engine.demo.stage import CANDIDATE, DECISION_MAKER, MANAGER, SIMULATED
from exam_engine.worker import LONGEST_WAIT, Setbacks
from tests.journeys.acts import (
    admit,
    answer_all,
    arrive,
    book,
    close_and_score,
    hand_in,
    rightly,
    start,
)
from tests.stage import Site

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_waits_double_up_to_the_longest() -> None:
    setbacks, piece, waits = Setbacks(), uuid.uuid4(), []
    for _ in range(12):
        setbacks.failed(piece, NOW)
        waits.append(next(s for s in range(1, 700) if not setbacks.is_waiting(piece, NOW + timedelta(seconds=s))))
    assert waits[:4] == [2, 4, 8, 16]
    assert timedelta(seconds=waits[-1]) == LONGEST_WAIT
    setbacks.done(piece)
    assert not setbacks.is_waiting(piece, NOW)
    assert not setbacks.is_waiting(uuid.uuid4(), NOW)


def test_one_certificate_that_cannot_be_printed_does_not_hold_up_another(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    results = []
    for person in (CANDIDATE, SIMULATED):
        seat = book(site, person)
        if person is CANDIDATE:
            rename(site, "𓀀𓀁")
        site.clock.turn(seconds=1)
        answer_all(start(admit(arrive(seat))), rightly(site))
        hand_in(seat)
        results.append(close_and_score(seat))
    for result in results:
        decision = {"outcome": "granted", "reason": "The rules of the scheme are met."}
        site.people[DECISION_MAKER].post(f"/results/{result['id']}/decision", decision)
    assert site.work() == 1
    assert "worker.piece_failed" in caplog.text
    caplog.clear()
    assert len(site.people[MANAGER].get("/credentials")) == 1
    assert site.work() == 0
    assert "worker.piece_failed" not in caplog.text, "tried again at once"
    rename(site, CANDIDATE.name)
    site.clock.turn(minutes=1)
    assert site.work() == 1


def rename(site: Site, name: str) -> None:
    """Put a name on the first booking that booking would have refused, past the database's guard."""
    with site.installation.database.transaction() as tx:
        on_sqlite = tx.get_bind().dialect.name == "sqlite"
        tx.execute(
            text("DROP TRIGGER IF EXISTS bookings_frozen_update")
            if on_sqlite
            else text("ALTER TABLE bookings DISABLE TRIGGER USER")
        )
        first = select(Booking.id).order_by(Booking.booked_at).limit(1).scalar_subquery()
        tx.execute(update(Booking).where(Booking.id == first).values(candidate_name=name))
