"""JSON as it was written: numbers that no exact type holds, and objects that name a member twice.

One rule: a parser that drops what it was given cannot tell its writer; so both are kept until they are refused.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Inexact:
    """A JSON number with a fraction or an exponent, kept as it was written."""

    written: str


class Repeating(dict[str, Any]):
    """A JSON object in which members stand more than once."""

    repeated: frozenset[str] = frozenset()


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of its members, one that knows which of them stand more than once."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    counts = Counter(name for name, _ in pairs)
    repeating = Repeating(found)
    repeating.repeated = frozenset(name for name, count in counts.items() if count > 1)
    return repeating
