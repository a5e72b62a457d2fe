from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import Attempt, AttemptState
from exam_engine.delivery.schedule import Sitting, SittingState
from exam_engine.http.web.listings import Occupied
from exam_engine.http.web.places import Stage, most_urgent, place_of

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
S, A = SittingState, AttemptState


def occupied(
    sitting: SittingState, attempt: AttemptState | None = None, *, starts_in: float = 0.0, withdrawn: bool = False
) -> Occupied:
    start = NOW + timedelta(hours=starts_in)
    booking = Booking(
        sitting=Sitting(state=sitting.value, start_from=start, start_by=start + timedelta(hours=2)),
        withdrawn_at=NOW if withdrawn else None,
    )
    return Occupied(booking, None if attempt is None else Attempt(state=attempt.value, admitted_at=None))


@pytest.mark.parametrize(
    ("row", "is_scored", "stage"),
    [
        (occupied(S.SCHEDULED, starts_in=5), False, Stage.AHEAD),
        (occupied(S.OPEN), False, Stage.OPEN),
        (occupied(S.OPEN, starts_in=-3), False, Stage.MISSED),
        (occupied(S.CLOSED), False, Stage.MISSED),
        (occupied(S.CANCELLED), False, Stage.WITHDRAWN),
        (occupied(S.OPEN, withdrawn=True), False, Stage.WITHDRAWN),
        (occupied(S.OPEN, A.AWAITING), False, Stage.WAITING),
        (occupied(S.OPEN, A.IN_PROGRESS, starts_in=-3), False, Stage.RUNNING),
        (occupied(S.OPEN, A.SUBMITTED), True, Stage.HANDED_IN),
        (occupied(S.CLOSED, A.SUBMITTED), False, Stage.HANDED_IN),
        (occupied(S.CLOSED, A.TIMED_OUT), True, Stage.RESULT),
        (occupied(S.CLOSED, A.TERMINATED), True, Stage.RESULT),
        (occupied(S.CLOSED, A.TERMINATED), False, Stage.TERMINATED),
        (occupied(S.OPEN, A.TERMINATED), True, Stage.TERMINATED),
        (occupied(S.CANCELLED, A.EXPIRED, withdrawn=True), False, Stage.WITHDRAWN),
        (occupied(S.OPEN, A.EXPIRED, withdrawn=True), False, Stage.WITHDRAWN),
        (occupied(S.CLOSED, A.EXPIRED), False, Stage.MISSED),
    ],
)
def test_where_a_candidate_stands(row: Occupied, is_scored: bool, stage: Stage) -> None:
    assert place_of(row, NOW, is_scored=is_scored).stage is stage


def test_what_runs_comes_first_and_then_what_begins_soonest() -> None:
    later, sooner, running = (
        place_of(row, NOW, is_scored=False)
        for row in (
            occupied(S.SCHEDULED, starts_in=50),
            occupied(S.SCHEDULED, starts_in=5),
            occupied(S.OPEN, A.IN_PROGRESS),
        )
    )
    assert most_urgent([later, sooner]) is sooner
    assert most_urgent([later, sooner, running]) is running
    assert most_urgent([place_of(occupied(S.CLOSED), NOW, is_scored=False)]) is None
