"""Outcomes: a result put into lines that a person can read, with every share beside the line it is compared with."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from exam_engine.delivery.sittings import Sitting
from exam_engine.http.web.charts import Bar, bar
from exam_engine.http.web.listings import Scored
from exam_engine.http.web.words import BORDERLINE, DECISIONS, RULES_MET, RULES_MISSED, UNDECIDED, Sign
from exam_engine.scoring.adjudication import Decision, Outcome
from exam_engine.scoring.results import Result


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """The whole score; ``beside`` are the lines from which its display must stay distinguishable."""

    share: Fraction
    points: Fraction
    item_count: int
    beside: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One pass rule of the scheme and what was reached."""

    rule: str
    is_met: bool
    cut: Fraction
    share: Fraction
    needed: int
    all: int
    reached_count: int
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AreaLine:
    """One area of the profile."""

    name: str
    share: Fraction
    cut: Fraction | None
    beside: tuple[Fraction, ...]
    bar: Bar
    level: int | None
    is_indicative: bool
    is_deciding: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """All areas against the line that areas are compared with, where the scheme has one."""

    cut: Fraction | None
    areas: tuple[AreaLine, ...]


@dataclass(frozen=True, slots=True)
class CompetenceLine:
    """One competence at the level it was asked."""

    name: str
    area: str
    level_asked: int
    points: Fraction
    item_count: int
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
    names = _area_names(result)
    return tuple(
        RuleLine(
            rule=row["rule"],
            is_met=row["met"],
            cut=Fraction(row["threshold"]),
            share=result.score,
            needed=row["needed_areas"],
            all=len(row["reached_areas"]) + len(row["missed_areas"]),
            reached_count=len(row["reached_areas"]),
            missed=tuple(name for code, name in names.items() if code in row["missed_areas"]),
        )
        for row in result.rules_met
    )


def profile_of(result: Result) -> Profile:
    """Put the areas into lines and bars. The line drawn is the one most areas must reach, else the floor."""
    cuts = {row["rule"]: Fraction(row["threshold"]) for row in result.rules_met if row["rule"] != "overall"}
    cut = cuts.get("areas_at", cuts.get("area_floor"))
    return Profile(cut, tuple(_area_line(row, cut, tuple(cuts.values())) for row in result.areas))


def competence_lines(result: Result) -> tuple[CompetenceLine, ...]:
    """Put the competences into lines."""
    names = _area_names(result)
    return tuple(
        CompetenceLine(
            name=row["name"],
            area=names[row["area"]],
            level_asked=row["level_asked"],
            points=Fraction(row["points"]),
            item_count=row["items"],
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


def _area_line(row: dict[str, Any], cut: Fraction | None, beside: tuple[Fraction, ...]) -> AreaLine:
    share = Fraction(row["share"])
    is_reached = cut is None or share >= cut
    return AreaLine(
        name=row["name"],
        share=share,
        cut=cut,
        beside=beside,
        bar=bar(share, cut, row["items"], is_reached=is_reached),
        level=row["level"],
        is_indicative=row["indicative"],
        is_deciding=row["deciding"],
    )


def _overall_cuts(result: Result) -> tuple[Fraction, ...]:
    return tuple(Fraction(row["threshold"]) for row in result.rules_met if row["rule"] == "overall")


def _area_names(result: Result) -> dict[str, str]:
    return {row["code"]: row["name"] for row in result.areas}
