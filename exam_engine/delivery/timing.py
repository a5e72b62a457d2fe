"""Time: the one place where deadlines are computed. Moments are aware; sums are made in UTC, never on a wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

GRACE_SECONDS = 5
"""For transport alone: how long after the deadline a response already on its way is still taken."""


def deadline(started_at: datetime, limit_seconds: int) -> datetime:
    """Return the moment the allotted time is over, in UTC.

    Raises:
        ValueError: a limit that is not positive.
        TypeError: a moment without a time zone.
    """
    if limit_seconds <= 0:
        message = "a time limit is at least one second"
        raise ValueError(message)
    return _utc(started_at) + timedelta(seconds=limit_seconds)


def accepts_until(deadline_at: datetime) -> datetime:
    """Return the last moment, itself included, at which a response may reach the server."""
    return _utc(deadline_at) + timedelta(seconds=GRACE_SECONDS)


def grace_ended_before(now: datetime) -> datetime:
    """Return the bound below which every deadline has its grace behind it at ``now``."""
    return _utc(now) - timedelta(seconds=GRACE_SECONDS)


def remaining_seconds(deadline_at: datetime, now: datetime) -> int:
    """Return the whole seconds left, never negative and never more than there really are."""
    return max(timedelta(), _utc(deadline_at) - _utc(now)) // timedelta(seconds=1)


def _utc(moment: datetime) -> datetime:
    # Python adds to a zoned datetime by its wall clock, which loses or gains an hour in a night of clock change.
    if moment.tzinfo is None:
        message = "a moment needs a time zone"
        raise TypeError(message)
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
