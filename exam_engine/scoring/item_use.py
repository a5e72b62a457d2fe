"""Item use: what one marked paper says of each of its items, worked out from moments and marks. Pure.

One rule: the server's own moments, and nothing else, say how long an answer took.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

_SECOND = timedelta(seconds=1)


class SavedAt(NamedTuple):
    """One save of one slot, in the order of an attempt."""

    received_at: datetime
    slot: int
    revision: int


def seconds_to_answers(started_at: datetime, saves: Iterable[SavedAt]) -> dict[int, int]:
    """Return by slot how many whole seconds passed before its saves, each since the save before it, of whatever slot.

    That is what a server can know of response times: what was read without being answered counts to the answer that
    came next, and answers that waited for a connection arrive together. The parts add up to the time until the last
    save, and nothing is counted twice.
    """
    spent: defaultdict[int, timedelta] = defaultdict(timedelta)
    before = started_at
    for save in sorted(saves):
        spent[save.slot] += max(save.received_at - before, timedelta())
        before = max(save.received_at, before)
    return {slot: time // _SECOND for slot, time in spent.items()}


def rest_scores(scored: Mapping[int, Fraction], slots: Iterable[int]) -> dict[int, Fraction]:
    """Return for each slot the share of points on all scored slots but this one; 0 where there is no other."""
    whole = sum(scored.values(), Fraction(0))
    others = {slot: len(scored) - (slot in scored) for slot in slots}
    return {slot: (whole - scored.get(slot, 0)) / count if count else Fraction(0) for slot, count in others.items()}
