"""Identifiers: random UUIDs. They carry no time and no order, so they tell a stranger nothing."""

from __future__ import annotations

import uuid


def new_id() -> uuid.UUID:
    """Return a fresh random identifier (122 random bits)."""
    return uuid.uuid4()
