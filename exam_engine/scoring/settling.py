"""Settling: what the marks that people gave one answer come to, and when a third person has to look.

One rule: two who marked alone and differ by no more than the tolerance are worth their exact mean; otherwise the mark
of a third person stands. Nothing is rounded, and no credit table of keys is applied to what people judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from question_bank.item_kinds import Mark, Rubric
from question_bank.item_kinds.rubrics import Chosen


class MarkingPart(StrEnum):
    """Which of the marks of an answer somebody gives."""

    FIRST = "first"
    SECOND = "second"
    ADJUDICATION = "adjudication"


class SettledBy(StrEnum):
    """What an answer's mark rests on."""

    MEAN = "mean"
    ADJUDICATION = "adjudication"


@dataclass(frozen=True, slots=True)
class Given:
    """The levels that somebody chose, in which part, under the name of the stored row."""

    part: MarkingPart
    marking: str
    levels: Chosen


def agree(first: Fraction, second: Fraction, tolerance: Fraction) -> bool:
    """Tell whether two marks (0 to 1) are so near that nobody else has to look; equal to the tolerance is near."""
    return abs(first - second) <= tolerance


def settled(rubric: Rubric, given: Sequence[Given], tolerance: Fraction) -> Mark | None:
    """Return the mark of an answer with its proof, None while marks are missing.

    The proof holds the rubric's points, every mark that was given, and the rule: it needs nothing else.
    """
    by_part = {marks.part: rubric.fraction(marks.levels) for marks in given}
    if not {MarkingPart.FIRST, MarkingPart.SECOND} <= by_part.keys():
        return None
    first, second = by_part[MarkingPart.FIRST], by_part[MarkingPart.SECOND]
    if agree(first, second, tolerance):
        fraction, by = (first + second) / 2, SettledBy.MEAN
    elif MarkingPart.ADJUDICATION in by_part:
        fraction, by = by_part[MarkingPart.ADJUDICATION], SettledBy.ADJUDICATION
    else:
        return None
    proof: dict[str, Any] = {
        "rule": "two_markers",
        "tolerance": str(tolerance),
        "rubric": {criterion.id: dict(criterion.points) for criterion in rubric.criteria},
        "given": [
            {"part": marks.part.value, "marking": marks.marking, "levels": dict(marks.levels)}
            for marks in sorted(given, key=lambda marks: list(MarkingPart).index(marks.part))
        ],
        "settled_by": by.value,
        "fraction": str(fraction),
    }
    return Mark(fraction, proof)
