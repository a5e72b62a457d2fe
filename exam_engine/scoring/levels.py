"""Levels and the verdict: what scores mean under a scheme's rules, and where a person must look.

One rule: scores are compared unrounded and never altered; where one standard error of one area could turn the
outcome, the result is *borderline*, and a person reads the evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from exam_engine.assembly.rules import SchemeRules
from exam_engine.scoring.scores import Score

OVERALL = ""
"""The area code of a cut that applies to the whole test."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One comparison a verdict rests on: a score against a threshold."""

    rule: str
    area: str
    threshold: Fraction
    score: Score

    @property
    def is_reached(self) -> bool:
        """Whether the unrounded score reaches the threshold; equal is enough."""
        return self.score.share >= self.threshold

    @property
    def is_near(self) -> bool:
        """Whether the score lies within one standard error of the threshold.

        The error of a proportion at the cut, sqrt(c (1 - c) / n), compared in squares: exact, no root.
        """
        distance = self.score.share - self.threshold
        return distance**2 * self.score.item_count <= self.threshold * (1 - self.threshold)


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule of the scheme and whether it was met; areas by code."""

    rule: str
    is_met: bool
    threshold: Fraction
    reached_areas: tuple[str, ...] = ()
    missed_areas: tuple[str, ...] = ()
    needed_areas: int = 0
    mandatory_areas: tuple[str, ...] = ()

    @property
    def missed_mandatory_areas(self) -> tuple[str, ...]:
        """The areas that had to be reached and were not; each of them alone fails the rule."""
        return tuple(area for area in self.mandatory_areas if area not in self.reached_areas)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the rules are met, rule by rule, and which cuts make it borderline."""

    passed: bool
    rules: tuple[RuleOutcome, ...]
    deciding_cuts: tuple[Cut, ...]

    @property
    def borderline(self) -> bool:
        """Whether some single cut within its standard error decides the outcome alone."""
        return bool(self.deciding_cuts)


def attained_level(scores: Mapping[int, Score], cuts: Mapping[int, Fraction]) -> int | None:
    """Return the highest level whose cut is reached on the items of that level, and every lower cut on theirs.

    Args:
        scores: by level, the score on the items that asked for it; a level nobody asked for cannot be attained.
        cuts: by level; a level without a cut is not attained.
    """
    attained = None
    for level in sorted(scores):
        if level not in cuts or scores[level].share < cuts[level]:
            break
        attained = level
    return attained


def judge(rules: SchemeRules, whole: Score, areas: Mapping[str, Score]) -> Verdict:
    """Apply a scheme's pass rules, as far as it has them: overall cut AND N of M areas AND a floor in every area.

    Of the N areas, those that the scheme calls mandatory must be reached; one that was not examined is not.

    An answer moves one area and the whole. So cuts are *deciding* when they are near, belong to one area or to the
    whole, and judging them the other way together would turn the outcome: whoever fails or passes by one answer is
    always borderline.
    """
    cuts = _cuts(rules, whole, areas)
    reached = [cut.is_reached for cut in cuts]
    outcomes = _outcomes(rules, cuts, reached)
    passed = all(outcome.is_met for outcome in outcomes)

    def turned_by(flipped: frozenset[int]) -> bool:
        others = [is_reached != (index in flipped) for index, is_reached in enumerate(reached)]
        return all(outcome.is_met for outcome in _outcomes(rules, cuts, others)) != passed

    turning = [group for group in _groups(cuts, passed=passed) if turned_by(group)]
    least = [group for group in turning if not any(other < group for other in turning)]
    deciding = sorted(frozenset[int]().union(*least))
    return Verdict(passed=passed, rules=outcomes, deciding_cuts=tuple(cuts[index] for index in deciding))


def _groups(cuts: list[Cut], *, passed: bool) -> list[frozenset[int]]:
    """Near cuts that one area's answers could move together, alone and with the overall cut."""
    near = [index for index, cut in enumerate(cuts) if cut.is_near and cut.is_reached == passed]
    overall = frozenset(index for index in near if cuts[index].area == OVERALL)
    groups = [frozenset({index}) for index in near]
    for area in dict.fromkeys(cut.area for cut in cuts):
        own = frozenset(index for index in near if cuts[index].area == area)
        groups += [own, own | overall]
    return [group for group in dict.fromkeys(groups) if group]


def _cuts(rules: SchemeRules, whole: Score, areas: Mapping[str, Score]) -> list[Cut]:
    cuts = []
    if rules.overall is not None:
        cuts.append(Cut("overall", OVERALL, rules.overall, whole))
    if rules.areas_at is not None:
        cuts += [Cut("areas_at", area, rules.areas_at.threshold, score) for area, score in areas.items()]
    if rules.area_floor is not None:
        cuts += [Cut("area_floor", area, rules.area_floor, score) for area, score in areas.items()]
    return cuts


def _outcomes(rules: SchemeRules, cuts: list[Cut], reached: list[bool]) -> tuple[RuleOutcome, ...]:
    return tuple(
        _outcome(rules, [(cut, is_reached) for cut, is_reached in zip(cuts, reached, strict=True) if cut.rule == rule])
        for rule in dict.fromkeys(cut.rule for cut in cuts)
    )


def _outcome(rules: SchemeRules, cuts: list[tuple[Cut, bool]]) -> RuleOutcome:
    """Judge one rule by its cuts, each with whether it counts as reached."""
    first = cuts[0][0]
    reached = tuple(cut.area for cut, is_reached in cuts if is_reached)
    if first.rule == "overall":
        return RuleOutcome(first.rule, bool(reached), first.threshold)
    areas_at = rules.areas_at if first.rule == "areas_at" else None
    needed = areas_at.at_least if areas_at else len(cuts)
    mandatory = areas_at.mandatory if areas_at else frozenset[str]()
    return RuleOutcome(
        rule=first.rule,
        is_met=len(reached) >= needed and mandatory.issubset(reached),
        threshold=first.threshold,
        reached_areas=reached,
        missed_areas=tuple(cut.area for cut, is_reached in cuts if not is_reached),
        needed_areas=needed,
        mandatory_areas=tuple(sorted(mandatory)),
    )
