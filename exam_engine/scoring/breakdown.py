"""The breakdown of a result: what it says per slot, area, competence and rule, as rows to keep and to show.

One rule: rows hold exact fractions as text, stand in the framework's order, and say where they are only indicative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from exam_engine.assembly.rules import SchemeRules
from exam_engine.scoring.levels import Cut, RuleOutcome, Verdict, attained_level, judge
from exam_engine.scoring.scores import Score, SlotMark, area_scores, competence_scores, level_scores, total_score

TELLING_ITEMS_MAX = 2
"""On so few items, points would tell a candidate which of the own answers were the key."""


def breakdown(
    marks: list[SlotMark], rules: SchemeRules, *, areas: Mapping[str, str], competences: Mapping[str, str]
) -> dict[str, Any]:
    """Everything a result says that follows from marks and rules, by the columns of a result.

    Args:
        areas, competences: names by code, in the framework's order.
    """
    whole = total_score(marks)
    verdict = judge(rules, whole, area_scores(marks))
    return {
        "marks": mark_rows(marks),
        "score": whole.share,
        "item_count": whole.item_count,
        "areas": area_rows(marks, areas, rules, verdict),
        "competences": competence_rows(marks, competences, rules),
        "rules_met": rule_rows(verdict.rules),
        "deciding_cuts": cut_rows(verdict.deciding_cuts),
        "passed": verdict.passed,
        "borderline": verdict.borderline,
    }


def mark_rows(marks: Iterable[SlotMark]) -> list[dict[str, Any]]:
    """One row per slot with its worked mark: an examiner's view, never a candidate's."""
    return [
        {
            "slot": mark.slot,
            "area": mark.area,
            "competence": mark.competence,
            "level": mark.level,
            "fraction": str(mark.fraction),
            "proof": dict(mark.proof),
        }
        for mark in marks
    ]


def area_rows(
    marks: list[SlotMark], names: Mapping[str, str], rules: SchemeRules, verdict: Verdict
) -> list[dict[str, Any]]:
    """One row per area: score, level attained and why, whether it reached the area threshold."""
    reached = {area for outcome in verdict.rules if outcome.rule == "areas_at" for area in outcome.reached_areas}
    scores = area_scores(marks)
    rows = []
    for code in (code for code in names if code in scores):
        score = scores[code]
        by_level = level_scores(mark for mark in marks if mark.area == code)
        rows.append(
            {
                "code": code,
                "name": names[code],
                **_score_row(score),
                "levels_tested": sorted(by_level),
                "levels": _level_rows(by_level, rules),
                "level": attained_level(by_level, rules.level_cuts),
                "indicative": score.item_count < rules.indicative_below_items,
                "reached": code in reached,
                "deciding": any(cut.area == code for cut in verdict.deciding_cuts),
            }
        )
    return rows


def competence_rows(marks: list[SlotMark], names: Mapping[str, str], rules: SchemeRules) -> list[dict[str, Any]]:
    """One row per competence and level asked; nearly always indicative, because few items stand behind it."""
    areas = {mark.competence: mark.area for mark in marks}
    order = list(names)
    scores = sorted(competence_scores(marks).items(), key=lambda entry: (order.index(entry[0][0]), entry[0][1]))
    return [
        {
            "code": code,
            "name": names[code],
            "area": areas[code],
            "level_asked": level,
            **_score_row(score),
            "level": attained_level({level: score}, rules.level_cuts),
            "indicative": score.item_count < rules.indicative_below_items,
        }
        for (code, level), score in scores
    ]


def competences_for_candidate(competences: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Competence rows without points; see :data:`TELLING_ITEMS_MAX`."""
    return [_without_points(row) for row in competences]


def areas_for_candidate(areas: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Area rows; where a level rests on too few items, no level of its area has points.

    All of them, because the points of one level are what those of the others leave of the area's.
    """
    return [
        {**row, "levels": [_without_points(level) for level in row["levels"]]} if _is_telling(row) else dict(row)
        for row in areas
    ]


def rule_rows(outcomes: Iterable[RuleOutcome]) -> list[dict[str, Any]]:
    """One row per pass rule of the scheme."""
    return [
        {
            "rule": outcome.rule,
            "met": outcome.is_met,
            "threshold": str(outcome.threshold),
            "reached_areas": list(outcome.reached_areas),
            "missed_areas": list(outcome.missed_areas),
            "needed_areas": outcome.needed_areas,
            "mandatory_areas": list(outcome.mandatory_areas),
            "missed_mandatory_areas": list(outcome.missed_mandatory_areas),
        }
        for outcome in outcomes
    ]


def cut_rows(cuts: Iterable[Cut]) -> list[dict[str, Any]]:
    """One row per deciding cut: what a person must look at."""
    return [
        {"rule": cut.rule, "area": cut.area, "threshold": str(cut.threshold), "share": str(cut.score.share)}
        for cut in cuts
    ]


def _level_rows(by_level: Mapping[int, Score], rules: SchemeRules) -> list[dict[str, Any]]:
    """One row per level asked, the lowest first: its cut, the score on its own items, whether it is reached."""
    rows = []
    for level, score in sorted(by_level.items()):
        cut = rules.level_cuts.get(level)
        rows.append(
            {
                "level": level,
                "cut": None if cut is None else str(cut),
                **_score_row(score),
                "reached": cut is not None and score.share >= cut,
                "indicative": score.item_count < rules.indicative_below_items,
            }
        )
    return rows


def _is_telling(area: Mapping[str, Any]) -> bool:
    return any(level["items"] <= TELLING_ITEMS_MAX for level in area.get("levels", ()))


def _without_points(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"points", "share"}}


def _score_row(score: Score) -> dict[str, Any]:
    return {"points": str(score.points), "items": score.item_count, "share": str(score.share)}
