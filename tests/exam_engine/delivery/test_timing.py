"""Time: deadlines are exact in every zone and every night, and the grace is for transport alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_engine.delivery.timing import (
    GRACE_SECONDS,
    accepts_until,
    deadline,
    grace_ended_before,
    remaining_seconds,
)

ZONES = ("UTC", "Europe/Sofia", "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([ZoneInfo(zone) for zone in ZONES]),
    allow_imaginary=False,
)
limits = st.integers(min_value=1, max_value=24 * 3600)


@given(moments, limits)
def test_the_deadline_lies_exactly_the_limit_after_the_start(started: datetime, limit: int) -> None:
    assert (deadline(started, limit) - started.astimezone(UTC)).total_seconds() == limit


@given(moments, limits, st.sampled_from(ZONES))
def test_the_zone_in_which_a_start_is_written_changes_nothing(started: datetime, limit: int, zone: str) -> None:
    assert deadline(started.astimezone(ZoneInfo(zone)), limit) == deadline(started, limit)


@pytest.mark.parametrize(
    "evening",
    [datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30)],  # noqa: DTZ001 - the zone follows
    ids=["clocks go forward", "clocks go back"],
)
def test_two_hours_are_two_hours_in_a_night_of_clock_change(evening: datetime) -> None:
    started = evening.replace(tzinfo=ZoneInfo("Europe/Sofia"))
    assert deadline(started, 7200) == started.astimezone(UTC) + timedelta(hours=2)


@given(moments, limits, st.integers(min_value=-100_000, max_value=100_000))
def test_what_remains_never_promises_time_that_is_not_there(started: datetime, limit: int, offset: int) -> None:
    end = deadline(started, limit)
    left = remaining_seconds(end, end + timedelta(milliseconds=offset))
    assert left >= 0
    assert left * 1000 <= max(0, -offset) < (left + 1) * 1000


@given(moments, limits)
def test_at_the_start_all_of_the_limit_remains(started: datetime, limit: int) -> None:
    assert remaining_seconds(deadline(started, limit), started) == limit


@given(moments, limits, st.integers(min_value=-20_000_000, max_value=20_000_000))
def test_a_response_is_either_taken_or_its_attempt_may_be_closed(started: datetime, limit: int, offset: int) -> None:
    end = deadline(started, limit)
    now = end + timedelta(microseconds=offset)
    taken = now <= accepts_until(end)
    assert taken == (offset <= GRACE_SECONDS * 1_000_000)
    assert taken != (end < grace_ended_before(now))


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_allows_no_time_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match="at least one second"):
        deadline(datetime(2026, 11, 22, tzinfo=UTC), limit)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError, match="time zone"):
        deadline(datetime(2026, 11, 22), 60)  # noqa: DTZ001 - the point
