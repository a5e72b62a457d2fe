"""The clock: the only place that asks what time it is. Below the doors, ``now`` is an argument."""

from __future__ import annotations

from datetime import UTC, datetime


def read_clock() -> datetime:
    """Return the server's time as an aware UTC datetime. Called by doors only (an architecture test)."""
    return datetime.now(UTC)
