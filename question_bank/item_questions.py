"""Questions about an item: what its figures ask whoever answers for it, and the bands by which figures are found. Pure.

One rule: figures ask, and a person judges. No question is asked of fewer papers than can carry it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from question_bank.item_analysis import JUDGED_FROM, Choice, Figures
from question_bank.item_kinds.kind import Alternative

HARD_BELOW, EASY_ABOVE = Fraction(1, 5), Fraction(9, 10)
WEAK_BELOW = Decimal("0.2")
"""Ebel's line (*Essentials of Educational Measurement*, 1972) below which an item is to be rewritten or left out."""
CALIBRATED_FROM = 200
TAKEN_BY_SOME = 5
"""Whoever took an alternative are compared with others when there are so many of them."""


class Query(StrEnum):
    """What an item's figures ask."""

    TOO_FEW = "too_few"
    NEGATIVE = "negative"
    HARD = "hard"
    EASY = "easy"
    UNCHOSEN = "unchosen"
    STRONG_DISTRACTOR = "strong_distractor"


class Asked(NamedTuple):
    """One question, and the alternative it is about where it is about one."""

    query: Query
    choice: Choice | None = None


class Exposure(StrEnum):
    """How many papers showed an item, whichever version: none, too few to judge by, enough, enough to calibrate."""

    NONE = "none"
    FEW = "few"
    SOME = "some"
    MANY = "many"


class Facility(StrEnum):
    """How much of an item's worth was reached on the mean, in the bands of expected difficulty and two beyond them."""

    UNKNOWN = "unknown"
    VERY_LOW = "very_low"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"


class Discrimination(StrEnum):
    """How well an item tells strong candidates from weak ones."""

    UNKNOWN = "unknown"
    NEGATIVE = "negative"
    WEAK = "weak"
    SOUND = "sound"


_FACILITIES = (
    (HARD_BELOW, Facility.VERY_LOW),
    (Fraction(1, 2), Facility.LOW),
    (Fraction(7, 10), Facility.MEDIUM),
)


def questions_about(figures: Figures, alternatives: Sequence[Alternative]) -> list[Asked]:
    """Return what the figures ask; on too few papers that they are too few, and nothing else."""
    if not figures.is_telling or figures.facility is None:
        return [Asked(Query.TOO_FEW)]
    asked = []
    if figures.discrimination is not None and figures.discrimination < 0:
        asked.append(Asked(Query.NEGATIVE))
    if figures.facility < HARD_BELOW:
        asked.append(Asked(Query.HARD))
    if figures.facility > EASY_ABOVE:
        asked.append(Asked(Query.EASY))
    asked += [Asked(Query.UNCHOSEN, choice) for choice in _unchosen(figures, alternatives)]
    return asked + [Asked(Query.STRONG_DISTRACTOR, choice) for choice in _strong(figures, alternatives)]


def exposure_of(papers: int) -> Exposure:
    """Return the band of a number of papers."""
    if papers == 0:
        return Exposure.NONE
    if papers < JUDGED_FROM:
        return Exposure.FEW
    return Exposure.SOME if papers < CALIBRATED_FROM else Exposure.MANY


def facility_of(figures: Figures | None) -> Facility:
    """Return the band of a facility; unknown where papers are too few to judge by."""
    if figures is None or not figures.is_telling or figures.facility is None:
        return Facility.UNKNOWN
    if figures.facility > EASY_ABOVE:
        return Facility.VERY_HIGH
    return next((band for below, band in _FACILITIES if figures.facility < below), Facility.HIGH)


def discrimination_of(figures: Figures | None) -> Discrimination:
    """Return the band of a discrimination; unknown where papers are too few, or nothing varies."""
    if figures is None or not figures.is_telling or figures.discrimination is None:
        return Discrimination.UNKNOWN
    if figures.discrimination < 0:
        return Discrimination.NEGATIVE
    return Discrimination.WEAK if figures.discrimination < WEAK_BELOW else Discrimination.SOUND


def _unchosen(figures: Figures, alternatives: Iterable[Alternative]) -> list[Choice]:
    """Return what nobody took where it is wrong; of a list that places share, by the first place it is wrong at."""
    wrong: dict[Choice, list[Choice]] = {}
    for one in alternatives:
        if not one.is_right:
            wrong.setdefault((one.offer, one.id), []).append((one.place, one.id))
    return [choices[0] for choices in wrong.values() if not any(choice in figures.choices for choice in choices)]


def _strong(figures: Figures, alternatives: Sequence[Alternative]) -> list[Choice]:
    """Return wrong alternatives that were taken by stronger people than the right ones at the same place."""
    right: dict[str, list[Choice]] = {}
    for one in alternatives:
        if one.is_right:
            right.setdefault(one.place, []).append((one.place, one.id))
    found = []
    for one in alternatives:
        figure, key = figures.choices.get((one.place, one.id)), _lead_of(figures, right.get(one.place, []))
        if one.is_right or figure is None or key is None:
            continue
        if figure.taken >= TAKEN_BY_SOME and figure.lead > key:
            found.append((one.place, one.id))
    return found


def _lead_of(figures: Figures, choices: Iterable[Choice]) -> Fraction | None:
    """Return the mean lead of all who took one of these."""
    taken = [figures.choices[choice] for choice in choices if choice in figures.choices]
    people = sum(figure.taken for figure in taken)
    return sum((figure.taken * figure.lead for figure in taken), Fraction(0)) / people if people else None
