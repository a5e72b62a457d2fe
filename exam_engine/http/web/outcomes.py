"""Outcomes: a result put into lines that a person can read, with every share beside the line it is compared with."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from exam_engine.delivery.sittings import Sitting
from exam_engine.http.web.charts import Bar, bar
from exam_engine.http.web.listings import Scored
from exam_engine.http.web.words import (
    BORDERLINE,
    DECISIONS,
    LEVEL_ATTAINED,
    LEVEL_MISSED,
    LEVEL_OVER_A_MISSED_ONE,
    RULES_MET,
    RULES_MISSED,
    UNDECIDED,
    Sign,
)
from exam_engine.scoring.decisions import Decision, Outcome
from exam_engine.scoring.results import Result


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """The whole score; ``beside`` are the lines from which its display must stay distinguishable."""

    share: Fraction
    points: Fraction
    item_count: int
    beside: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class AreaCut:
    """One area's score as a pass rule compares it with its cut."""

    name: str
    share: Fraction
    points: Fraction
    item_count: int
    is_reached: bool
    is_mandatory: bool


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One pass rule of the scheme and what was reached; ``areas`` is empty where the whole score is compared."""

    rule: str
    is_met: bool
    cut: Fraction
    share: Fraction
    needed: int
    areas: tuple[AreaCut, ...]

    @property
    def reached(self) -> tuple[AreaCut, ...]:
        """The areas that reach the cut."""
        return tuple(area for area in self.areas if area.is_reached)

    @property
    def missed(self) -> tuple[AreaCut, ...]:
        """The areas that do not."""
        return tuple(area for area in self.areas if not area.is_reached)

    @property
    def mandatory(self) -> tuple[AreaCut, ...]:
        """The areas that must reach it."""
        return tuple(area for area in self.areas if area.is_mandatory)

    @property
    def shares(self) -> tuple[Fraction, ...]:
        """Every score that is compared: the display of the cut must stay distinguishable from them."""
        return tuple(area.share for area in self.areas) or (self.share,)


@dataclass(frozen=True, slots=True)
class LevelLine:
    """One level of an area and why it is attained or not; no share where its points would tell single answers."""

    level: int
    cut: Fraction | None
    share: Fraction | None
    item_count: int
    outcome: str
    is_indicative: bool


@dataclass(frozen=True, slots=True)
class AreaLine:
    """One area of the profile."""

    name: str
    share: Fraction
    cut: Fraction | None
    beside: tuple[Fraction, ...]
    bar: Bar
    level: int | None
    levels: tuple[LevelLine, ...]
    is_indicative: bool
    is_deciding: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """All areas against the line that areas are compared with, where the scheme has one."""

    cut: Fraction | None
    areas: tuple[AreaLine, ...]

    @property
    def shares(self) -> tuple[Fraction, ...]:
        """Every score that stands beside the line."""
        return tuple(area.share for area in self.areas)

    @property
    def explains_levels(self) -> bool:
        """Whether the result keeps the scores of levels; those of early results are not known any more."""
        return any(area.levels for area in self.areas)

    @property
    def withholds_levels(self) -> bool:
        """Whether some level is shown without its score."""
        return any(level.share is None for area in self.areas for level in area.levels)


@dataclass(frozen=True, slots=True)
class CompetenceLine:
    """One competence at the level it was asked, without points: on two items they would tell single answers."""

    name: str
    area: str
    level_asked: int
    item_count: int
    is_reached: bool
    is_indicative: bool


@dataclass(frozen=True, slots=True)
class CutLine:
    """A comparison that decides the outcome alone and lies within its standard error."""

    area: str
    """Empty where the whole score is compared."""
    threshold: Fraction
    share: Fraction


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A result as a line of a list: whose, from which sitting, how near to the line, and what was decided."""

    id: uuid.UUID
    candidate_name: str
    sitting: Sitting
    scored_at: datetime
    score: Fraction
    beside: tuple[Fraction, ...]
    rules_sign: Sign
    borderline_sign: Sign | None
    decision: Decision | None
    decision_sign: Sign


def result_line(scored: Scored) -> ResultLine:
    """Put a result into a line."""
    result, booking, decision = scored.result, scored.attempt.booking, scored.decision
    return ResultLine(
        id=result.id,
        candidate_name=booking.candidate_name,
        sitting=booking.sitting,
        scored_at=result.scored_at,
        score=result.score,
        beside=_overall_cuts(result),
        rules_sign=RULES_MET if result.passed else RULES_MISSED,
        borderline_sign=BORDERLINE if result.borderline else None,
        decision=decision,
        decision_sign=DECISIONS[Outcome(decision.outcome)] if decision else UNDECIDED,
    )


def score_line(result: Result) -> ScoreLine:
    """Put the whole score into a line."""
    return ScoreLine(result.score, result.score * result.item_count, result.item_count, _overall_cuts(result))


def rule_lines(result: Result) -> tuple[RuleLine, ...]:
    """Put every pass rule into a line."""
    return tuple(
        RuleLine(
            rule=row["rule"],
            is_met=row["met"],
            cut=Fraction(row["threshold"]),
            share=result.score,
            needed=row["needed_areas"],
            areas=tuple(_area_cut(area, row) for area in result.areas) if row["rule"] != "overall" else (),
        )
        for row in result.rules_met
    )


def profile_of(result: Result, areas: Iterable[Mapping[str, Any]]) -> Profile:
    """Put the areas into lines and bars. The line drawn is the one most areas must reach, else the floor.

    Args:
        areas: the result's areas as far as the reader may see them.
    """
    cuts = {row["rule"]: Fraction(row["threshold"]) for row in result.rules_met if row["rule"] != "overall"}
    cut = cuts.get("areas_at", cuts.get("area_floor"))
    return Profile(cut, tuple(_area_line(row, cut, tuple(cuts.values())) for row in areas))


def competence_lines(result: Result) -> tuple[CompetenceLine, ...]:
    """Put the competences into lines."""
    names = _area_names(result)
    return tuple(
        CompetenceLine(
            name=row["name"],
            area=names[row["area"]],
            level_asked=row["level_asked"],
            item_count=row["items"],
            is_reached=row["level"] is not None,
            is_indicative=row["indicative"],
        )
        for row in result.competences
    )


def cut_lines(result: Result) -> tuple[CutLine, ...]:
    """Put the comparisons that make a result borderline into lines."""
    names = _area_names(result)
    return tuple(
        CutLine(names.get(row["area"], ""), Fraction(row["threshold"]), Fraction(row["share"]))
        for row in result.deciding_cuts
    )


def _area_cut(area: Mapping[str, Any], rule: Mapping[str, Any]) -> AreaCut:
    return AreaCut(
        name=area["name"],
        share=Fraction(area["share"]),
        points=Fraction(area["points"]),
        item_count=area["items"],
        is_reached=area["code"] in rule["reached_areas"],
        is_mandatory=area["code"] in rule.get("mandatory_areas", ()),  # results before there were any have no row
    )


def _area_line(row: Mapping[str, Any], cut: Fraction | None, beside: tuple[Fraction, ...]) -> AreaLine:
    share = Fraction(row["share"])
    is_reached = cut is None or share >= cut
    return AreaLine(
        name=row["name"],
        share=share,
        cut=cut,
        beside=beside,
        bar=bar(share, cut, row["items"], is_reached=is_reached),
        level=row["level"],
        levels=tuple(_level_line(level, row["level"]) for level in row.get("levels", ())),
        is_indicative=row["indicative"],
        is_deciding=row["deciding"],
    )


def _level_line(row: Mapping[str, Any], attained: int | None) -> LevelLine:
    if attained is not None and row["level"] <= attained:
        outcome = LEVEL_ATTAINED
    else:
        outcome = LEVEL_OVER_A_MISSED_ONE if row["reached"] else LEVEL_MISSED
    return LevelLine(
        level=row["level"],
        cut=Fraction(row["cut"]) if row["cut"] else None,
        share=Fraction(row["share"]) if "share" in row else None,
        item_count=row["items"],
        outcome=outcome,
        is_indicative=row["indicative"],
    )


def _overall_cuts(result: Result) -> tuple[Fraction, ...]:
    return tuple(Fraction(row["threshold"]) for row in result.rules_met if row["rule"] == "overall")


def _area_names(result: Result) -> dict[str, str]:
    return {row["code"]: row["name"] for row in result.areas}
