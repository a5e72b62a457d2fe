"""Bounds of scores: a least and a most that response processing sets once all points are added.

One rule: a bound that no answer reaches says nothing; another one is a bound of the one mapping there is, or refused.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from kernel.sentences import say
from question_bank.interchange.qti.conditions import NotUnderstood
from question_bank.interchange.qti.items import Declaration, Item, Mapping


def settle_bounds(item: Item) -> None:
    """Take the bounds of an item's score away, or make them those of its mapping.

    Raises:
        NotUnderstood: they bound something else.
    """
    score = item.processing.score
    mapped = [item.declarations[name] for name in score.mapped if name in item.declarations]
    ranges = [(min(points, Fraction(0)), max(points, Fraction(0))) for _, points in score.awards] + [
        _range(declared) for declared in mapped
    ]
    least, most = (
        sum(ends, Fraction(0)) / score.divisor for ends in ([low for low, _ in ranges], [high for _, high in ranges])
    )
    lower = score.lower if score.lower is not None and least < score.lower else None
    upper = score.upper if score.upper is not None and most > score.upper else None
    item.processing.score = replace(score, lower=None, upper=None)
    if lower is None and upper is None:
        return
    if score.awards or score.divisor != 1 or len(mapped) != 1 or mapped[0].mapping is None:
        raise NotUnderstood(item.root, say("bounds its score in a way that has no counterpart here"))
    item.declarations[mapped[0].name] = replace(mapped[0], mapping=_bounded(mapped[0].mapping, lower, upper))


def _range(declared: Declaration) -> tuple[Fraction, Fraction]:
    """Return the least and the most that a mapped response can be worth."""
    mapping = declared.mapping
    if mapping is None:
        return Fraction(0), Fraction(0)
    points = [*mapping.points.values(), Fraction(0)]
    # What is not listed may be given so often that its points come to anything; a few times are enough to tell.
    points += [mapping.otherwise] * len(points)
    single = declared.cardinality == "single"
    least = min(points) if single else sum((p for p in points if p < 0), Fraction(0))
    most = max(points) if single else sum((p for p in points if p > 0), Fraction(0))
    lowest = least if mapping.lower is None else max(least, mapping.lower)
    highest = most if mapping.upper is None else min(most, mapping.upper)
    return lowest, highest


def _bounded(mapping: Mapping, lower: Fraction | None, upper: Fraction | None) -> Mapping:
    lowers = [bound for bound in (mapping.lower, lower) if bound is not None]
    uppers = [bound for bound in (mapping.upper, upper) if bound is not None]
    return replace(mapping, lower=max(lowers, default=None), upper=min(uppers, default=None))
