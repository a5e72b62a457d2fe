"""Points: what the parts of an answer are worth, and whether that is what parts are worth here.

One rule: parts count alike or they are not taken; only the weight of a whole item may differ, and is told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Final

from kernel.sentences import say
from question_bank.interchange.qti.conditions import All, Earns, Matches
from question_bank.interchange.qti.items import Declaration, Item
from question_bank.item_kinds.kind import PartCredit

_ROUNDED: Final = 25
"""Thirds are written as 0.33, 0.33 and 0.34."""


def tell_of_weight(item: Item, points: Fraction) -> None:
    """Note that an item is worth more or less than others, since here all weigh the same."""
    whole = points / item.processing.score.divisor
    if whole != 1:
        item.change(item.root, say("is worth %(points)s there; here every item weighs one", points=whole))


def even_points(item: Item, response: Declaration, points: Sequence[Fraction]) -> Fraction:
    """Return what each right part of a mapped response earns, where each earns the same and nothing is capped."""
    if len(set(points)) != 1 or points[0] <= 0:
        raise item.stop(response.element, say("gives its right parts different points, where parts count alike here"))
    upper = response.mapping.upper if response.mapping else None
    if upper is not None and upper < sum(points):
        raise item.stop(
            response.element,
            say(
                "earns %(most)s points at most, although its right parts are worth %(whole)s",
                most=upper,
                whole=sum(points),
            ),
        )
    tell_of_weight(item, Fraction(sum(points)))
    return points[0]


def whole_points(item: Item, responses: Sequence[Declaration]) -> None:
    """Read that an answer earns all or nothing: each of its responses must be the right one."""
    match item.processing.score.awards, item.processing.score.mapped:
        case ((test, points),), ():
            if isinstance(test, Earns) and set(test.responses) == {response.name for response in responses}:
                if test.points != sum(_most(item, response) for response in responses):
                    raise item.stop(
                        responses[0].element, say("is right for other points than its right answer is worth")
                    )
                tell_of_weight(item, points)
                return
            named = {test} if isinstance(test, Matches) else set(test.tests) if isinstance(test, All) else set()
            if named == {Matches(response.name) for response in responses} and all(r.correct for r in responses):
                tell_of_weight(item, points)
                return
    where = responses[0].element
    raise item.stop(where, say("does not say what is right and what it is worth in a way that has a counterpart here"))


def read_credit(item: Item, responses: Sequence[Declaration]) -> PartCredit:
    """Read whether each of several responses earns credit by itself, where each of them has one right answer."""
    score = item.processing.score
    if score.mapped:
        if set(score.mapped) != {response.name for response in responses}:
            raise item.stop(item.root, say("is marked by some of its responses, where all count here"))
        _tell_of_weight_of_parts(item, [_single_worth(item, response) for response in responses])
        return PartCredit.PER_PART
    tests = dict(score.awards)
    if len(tests) == len(responses) and tests.keys() == {Matches(response.name) for response in responses}:
        _tell_of_weight_of_parts(item, list(tests.values()))
        return PartCredit.PER_PART
    whole_points(item, responses)
    return PartCredit.ALL_OR_NOTHING


def are_alike(item: Item, points: Collection[Fraction]) -> bool:
    """Tell whether parts earn the same; what differs no more than by rounding is noted."""
    least, most = min(points), max(points)
    if least <= 0 or (most - least) * _ROUNDED > most:
        return False
    if least != most:
        item.change(
            item.root,
            say(
                "earns from %(least)s to %(most)s points for a part; here parts count alike",
                least=f"{float(least):g}",
                most=f"{float(most):g}",
            ),
        )
    return True


def _tell_of_weight_of_parts(item: Item, points: Sequence[Fraction]) -> None:
    if not are_alike(item, points):
        raise item.stop(item.root, say("gives its parts different points, where parts count alike here"))
    tell_of_weight(item, Fraction(sum(points)))


def _most(item: Item, response: Declaration) -> Fraction:
    """Return what a mapped response is worth when it is right as a whole."""
    if response.cardinality == "single" or response.mapping is None:
        return _single_worth(item, response)
    return sum((points for points in response.mapping.points.values() if points > 0), Fraction(0))


def _single_worth(item: Item, response: Declaration) -> Fraction:
    """Return what a mapped response earns when it is right; all its right forms must earn the same, others nothing."""
    mapping = response.mapping
    if mapping is None:
        raise item.stop(response.element, say("is marked by a mapping that it does not have"))
    earned = {points for points in mapping.points.values() if points}
    if len(earned) != 1 or min(earned) <= 0 or mapping.otherwise > 0 or (mapping.otherwise and mapping.lower != 0):
        raise item.stop(response.element, say("gives points that no way of marking here gives"))
    worth = earned.pop()
    if mapping.upper is not None and mapping.upper < worth:
        raise item.stop(response.element, say("earns fewer points at most than its right answer is worth"))
    return worth
