"""Inter-rater agreement: how alike two people, or more, rate the same things; from counts of what they gave. Pure.

One rule: sums and ratios are exact, and only a square root is a float. What does not vary has no coefficient.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from statistics import NormalDist
from typing import NamedTuple

CONFIDENCE_Z = NormalDist().inv_cdf(0.975)
"""Of intervals that hold the true value 95 times in 100, where samples are large."""
TARGETS_MIN = 2


class Estimate(NamedTuple):
    """A value, exactly, and its standard error as large samples have it."""

    value: Fraction
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """Between which values the true one lies, with 95 percent confidence."""
        return float(self.value) - CONFIDENCE_Z * self.error, float(self.value) + CONFIDENCE_Z * self.error


class Disagreement(NamedTuple):
    """How grave it is that two people gave different points; ``between(x, y)`` is 0 where they gave the same.

    ``degree`` is the power of the points in it: what two rubrics of different length have in common is a share of their
    best mark to that power.
    """

    between: Callable[[int, int], int]
    degree: int


UNLIKE = Disagreement(lambda one, other: int(one != other), 0)
"""Every difference is as grave as any other: Cohen's kappa (1960)."""
SQUARED = Disagreement(lambda one, other: (one - other) ** 2, 2)
"""Quadratic weights: weighted kappa (Cohen 1968) as it is mostly used, akin to an intraclass correlation."""


@dataclass(frozen=True)
class PairTable:
    """How often two people gave the same thing which points.

    Attributes:
        counts: ``{(points of one, points of the other): how many things}``.
        steps: the points that can be given, the least first; the last are the most.
    """

    counts: Mapping[tuple[int, int], int]
    steps: tuple[int, ...]

    @cached_property
    def size(self) -> int:
        """How many things both have rated."""
        return sum(self.counts.values())

    @property
    def most(self) -> int:
        """The points of the best."""
        return self.steps[-1]


class Moments(NamedTuple):
    """Sums over pairs of one rubric: how many, the differences of one from the other in points, and their squares."""

    size: int
    differences: int
    squares: int
    most: int


Ratings = Mapping[tuple[int, int], int] | Mapping[tuple[int, ...], int]
"""``{what every rater gave one thing: how many such things}``."""


class Intraclass(NamedTuple):
    """Intraclass correlations of single ratings, by the names of Shrout and Fleiss (1979); None where nothing varies.

    Attributes:
        one_way: ICC(1,1), where others may have rated each thing.
        two_way: ICC(2,1), where the same people, a sample of such people, have rated everything: severity counts.
        consistency: ICC(3,1), of these very people, their severity left aside.
    """

    one_way: Fraction | None
    two_way: Fraction | None
    consistency: Fraction | None


def exact_agreement(tables: Sequence[PairTable]) -> Fraction:
    """Return the share of things to which both gave the same points."""
    return _share_within(tables, 0)


def adjacent_agreement(tables: Sequence[PairTable]) -> Fraction:
    """Return the share of things to which both gave the same points or neighbouring ones."""
    return _share_within(tables, 1)


def kappa(tables: Sequence[PairTable], disagreement: Disagreement = UNLIKE) -> Estimate | None:
    """Return by how much two people disagree less than by chance: 1 for never, 0 for as often as chance has it.

    What chance has is worked out within each table and added up, never across: that one question is easier than
    another is no agreement. The error is that of Fleiss, Cohen and Everitt (1969, *Psychological Bulletin* 72, 323-327),
    and for several tables its extension to independent strata. None where chance could not disagree.
    """
    strata = [_Stratum(table, disagreement) for table in tables if table.size]
    expected = sum((stratum.expected for stratum in strata), Fraction(0))
    if not expected:
        return None
    left = sum((stratum.observed for stratum in strata), Fraction(0)) / expected
    spread = sum((stratum.spread(left) for stratum in strata), Fraction(0))
    return Estimate(1 - left, math.sqrt(spread) / float(expected))


def moments_of(table: PairTable) -> Moments:
    """Return the sums over a table that a mean difference needs."""
    differences = [(one - other, count) for (one, other), count in table.counts.items()]
    first, second = (sum(count * gap**power for gap, count in differences) for power in (1, 2))
    return Moments(table.size, first, second, table.most)


def mean_difference(moments: Iterable[Moments]) -> Estimate | None:
    """Return by how much one gave more than the other, as a mean share of the best mark; below 0 where less.

    None where fewer than two things were rated.
    """
    sums = list(moments)
    size = sum(one.size for one in sums)
    if size < TARGETS_MIN:
        return None
    whole = sum((Fraction(one.differences, one.most) for one in sums), Fraction(0))
    squares = sum((Fraction(one.squares, one.most**2) for one in sums), Fraction(0))
    variance = (squares - whole**2 / size) / (size - 1)
    return Estimate(whole / size, math.sqrt(variance / size))


def intraclass(ratings: Ratings) -> Intraclass:
    """Return intraclass correlations, from the mean squares of two analyses of variance.

    Shrout and Fleiss (1979, *Psychological Bulletin* 86, 420-428).
    """
    raters, things = len(next(iter(ratings), ())), sum(ratings.values())
    if things < TARGETS_MIN:
        return Intraclass(None, None, None)
    between, within, judges, error = _mean_squares(ratings, raters, things)
    others = raters - 1
    return Intraclass(
        one_way=_ratio(between - within, between + others * within),
        two_way=_ratio(between - error, between + others * error + raters * (judges - error) / things),
        consistency=_ratio(between - error, between + others * error),
    )


def _share_within(tables: Sequence[PairTable], steps: int) -> Fraction:
    near = 0
    for table in tables:
        place = {points: number for number, points in enumerate(table.steps)}
        near += sum(n for (one, other), n in table.counts.items() if abs(place[one] - place[other]) <= steps)
    return Fraction(near, sum(table.size for table in tables))


class _Stratum:
    """One table: how much its people disagree, how much they would by chance, both summed over its things."""

    def __init__(self, table: PairTable, disagreement: Disagreement) -> None:
        self._table, self._between = table, disagreement.between
        self._scale = Fraction(1, table.most**disagreement.degree)
        ones, others = _margin(table, 0), _margin(table, 1)
        # For each points of one the disagreement with all that the other gave, and the other way round.
        self._by_one = {x: sum(n * self._between(x, y) for y, n in others.items()) for x in ones}
        self._by_other = {y: sum(n * self._between(x, y) for x, n in ones.items()) for y in others}
        self.observed = self._scale * sum(n * self._between(x, y) for (x, y), n in table.counts.items())
        self.expected = self._scale * Fraction(sum(n * self._by_one[x] for x, n in ones.items()), table.size)

    def spread(self, left: Fraction) -> Fraction:
        """Return the variance of the sum of what each thing adds to ``observed - left * expected``, to first order."""
        size, whole, squares = self._table.size, 0, 0
        for (one, other), count in self._table.counts.items():
            by_chance = self._by_one[one] + self._by_other[other]
            term = self._between(one, other) * size * left.denominator - left.numerator * by_chance
            whole += count * term
            squares += count * term**2
        unit = self._scale / (size * left.denominator)
        return unit**2 * (squares - Fraction(whole**2, size))


def _margin(table: PairTable, side: int) -> Counter[int]:
    margin: Counter[int] = Counter()
    for pair, count in table.counts.items():
        margin[pair[side]] += count
    return margin


def _mean_squares(ratings: Ratings, raters: int, things: int) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """Return the mean squares between things, within them, between raters, and what is left of both."""
    by_rater = [sum(n * row[rater] for row, n in ratings.items()) for rater in range(raters)]
    correction = Fraction(sum(by_rater) ** 2, raters * things)
    total = sum(n * points**2 for row, n in ratings.items() for points in row) - correction
    between = Fraction(sum(n * sum(row) ** 2 for row, n in ratings.items()), raters) - correction
    judges = Fraction(sum(points**2 for points in by_rater), things) - correction
    within = (total - between) / (things * (raters - 1))
    error = (total - between - judges) / ((things - 1) * (raters - 1))
    return between / (things - 1), within, judges / (raters - 1), error


def _ratio(above: Fraction, below: Fraction) -> Fraction | None:
    return above / below if below else None
