"""Canonical bytes: one way to write a value down before it is hashed, so equal values hash alike.

The form is JSON with sorted keys, no spaces and UTF-8 as is. Floats are refused: they have no single spelling
that people and databases agree on; marks travel as fractions in text (``"53/80"``).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any


def canonical_json(value: object) -> bytes:
    """Return the canonical bytes of a JSON-like value.

    Besides JSON's own types it takes UUIDs (as text), aware datetimes (ISO 8601, UTC, microseconds) and
    fractions (``"n/d"``).

    Raises:
        TypeError: for floats, naive datetimes, sets and anything else without one obvious spelling.
    """
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(value: object) -> str:
    """Return the lower-case hexadecimal SHA-256 of the canonical bytes (64 characters)."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def iso(moment: datetime) -> str:
    """Write an aware datetime as ``2026-11-22T14:02:11.000000Z``."""
    if moment.tzinfo is None:
        message = "a stored moment needs a time zone"
        raise TypeError(message)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(value: object) -> Any:  # noqa: ANN401 - JSON is any of its types
    """Return the value as JSON's own types, in the spelling that is hashed; same refusals as above."""
    match value:
        case None | bool() | int() | str():
            return value
        case dict():
            return {_key(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case Fraction():
            return str(value)
        case uuid.UUID():
            return str(value)
        case datetime():
            return iso(value)
        case _:
            message = f"{type(value).__name__} has no canonical form"
            raise TypeError(message)


def _key(key: object) -> str:
    if not isinstance(key, str):
        message = f"a canonical object has text keys, not {type(key).__name__}"
        raise TypeError(message)
    return key
