"""Scores: from one worked mark per slot to scores per competence, area and whole, in exact rationals.

One rule: every item weighs the same; a score is the mean of its items' fractions (ECQA's published rule).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

SCORING_VERSION = "2-de59e4ad0d9a"
"""Named in every result: a number, and the fingerprint of what these rules make of worked papers.

A test works the fingerprint out again, so another way of marking, adding up or judging cannot keep this name.
"""


@dataclass(frozen=True, slots=True)
class SlotMark:
    """The worked mark of one slot, with the tags under which it counts."""

    slot: int
    area: str
    competence: str
    level: int
    fraction: Fraction
    proof: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """Points reached on a number of items; ``share`` is their exact mean, 0 to 1."""

    points: Fraction
    item_count: int

    @property
    def share(self) -> Fraction:
        """The unrounded score that thresholds are compared with."""
        return self.points / self.item_count


def total_score(marks: Iterable[SlotMark]) -> Score:
    """Add up marks; every item weighs 1.

    Raises:
        ValueError: there is nothing to add up, so no score exists.
    """
    fractions = [mark.fraction for mark in marks]
    if not fractions:
        message = "a score needs at least one item"
        raise ValueError(message)
    return Score(points=sum(fractions, Fraction(0)), item_count=len(fractions))


def area_scores(marks: Iterable[SlotMark]) -> dict[str, Score]:
    """Return the score of each area, in the order in which areas first appear."""
    groups: dict[str, list[SlotMark]] = {}
    for mark in marks:
        groups.setdefault(mark.area, []).append(mark)
    return {area: total_score(group) for area, group in groups.items()}


def level_scores(marks: Iterable[SlotMark]) -> dict[int, Score]:
    """Return the score on the items of each level."""
    groups: dict[int, list[SlotMark]] = {}
    for mark in marks:
        groups.setdefault(mark.level, []).append(mark)
    return {level: total_score(group) for level, group in groups.items()}


def competence_scores(marks: Iterable[SlotMark]) -> dict[tuple[str, int], Score]:
    """Return the score of each competence at the level it was asked, in order of appearance."""
    groups: dict[tuple[str, int], list[SlotMark]] = {}
    for mark in marks:
        groups.setdefault((mark.competence, mark.level), []).append(mark)
    return {key: total_score(group) for key, group in groups.items()}
