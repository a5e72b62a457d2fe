"""Charts: where bars and bands stand, in the units of templates/charts.html. Drawing only: nothing is decided.

One rule: floats begin here and end on the page; whatever is compared was compared exactly before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

WIDTH = 100.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A share of one as a bar of 100 units, with the line it is compared with and that line's standard error."""

    share: float
    is_reached: bool
    cut: float | None
    band_from: float
    band_width: float


@dataclass(frozen=True, slots=True)
class ProgressPart:
    """A stretch of a bar of 100 units, standing for so many people."""

    name: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Progress:
    """One bar whose parts together are everybody."""

    parts: tuple[ProgressPart, ...]


@dataclass(frozen=True, slots=True)
class Lean:
    """A difference on a line of 100 units with nothing in its middle: where it is, its interval, and its way over time."""

    at: float
    start: float
    width: float
    way: tuple[float, ...]


def bar(share: Fraction, cut: Fraction | None, item_count: int, *, is_reached: bool) -> Bar:
    """Draw a share with the band of one standard error, sqrt(c (1 - c) / n), to either side of its line."""
    if cut is None:
        return Bar(_unit(share), is_reached, None, 0.0, 0.0)
    error = math.sqrt(cut * (1 - cut) / item_count)
    band_from = max(0.0, float(cut) - error)
    band_to = min(1.0, float(cut) + error)
    return Bar(_unit(share), is_reached, _unit(cut), _unit(band_from), _unit(band_to - band_from))


def progress(counts: Mapping[str, int]) -> Progress:
    """Lay the parts side by side in the order given; an empty occasion has parts without width."""
    whole = sum(counts.values()) or 1
    parts, start = [], 0.0
    for name, count in counts.items():
        width = _unit(count / whole)
        parts.append(ProgressPart(name, count, round(start, 2), width))
        start += width
    return Progress(tuple(parts))


def lean(value: float, interval: tuple[float, float], way: Sequence[float], reach: float) -> Lean:
    """Draw a difference to either side of nothing.

    Args:
        way: the same difference at one time after the other; nothing where it is not known.
        reach: the difference that the ends of the line stand for; whatever is beyond is drawn there.
    """
    low, high = (_side(end, reach) for end in interval)
    return Lean(_side(value, reach), low, round(high - low, 2), tuple(_side(one, reach) for one in way))


def _side(value: float, reach: float) -> float:
    return _unit(min(1.0, max(0.0, (1 + value / reach) / 2)))


def _unit(share: Fraction | float) -> float:
    return round(float(share) * WIDTH, 2)
