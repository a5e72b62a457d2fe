"""The name of the scoring rules holds a fingerprint of what they do: whoever changes that gives them another name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from exam_engine.assembly.rules import SchemeRules
from exam_engine.scoring import breakdown as breakdown_module
from exam_engine.scoring.breakdown import breakdown
from exam_engine.scoring.levels import Cut
from exam_engine.scoring.scores import SCORING_VERSION, Score, SlotMark
from kernel.canonical import digest
from question_bank.item_kinds import CreditTable, kind_named

PAPERS = 20
AREAS = {"A": "First area", "B": "Second area", "C": "Third area"}
COMPETENCES = {f"{area}.{number}": f"Competence {number} of {area}" for area in AREAS for number in (1, 2, 3)}
LEVELS = {1: 4, 2: 5, 3: 6}
ITEMS_PER_COMPETENCE = 4
LETTERS = "abcde"
AREAS_AT = {"threshold": "2/3", "at_least": 2}
RULES: list[dict[str, Any]] = [
    {"overall": "53/80", "areas_at": AREAS_AT, "area_floor": "2/5"},
    {"overall": "2/3"},
    {"areas_at": {**AREAS_AT, "mandatory": ["B"]}},
    {"areas_at": {**AREAS_AT, "mandatory": ["A", "C"]}, "area_floor": "1/3"},
    {"area_floor": "1/2"},
]


def content(right: int) -> dict[str, Any]:
    """An item with so many right options of five."""
    return {"options": [{"id": letter} for letter in LETTERS], "key": list(LETTERS[:right])}


def chosen(paper: int, slot: int, right: int) -> list[str] | None:
    """What the candidate of a paper chose: ability grows with the paper's number, chance is a hash."""
    chance = hashlib.sha256(f"{paper}/{slot}".encode()).digest()
    if chance[0] < 12 * paper:
        return list(LETTERS[:right])
    if chance[0] > 250:
        return None
    options = [letter for letter, byte in zip(LETTERS, chance[1:], strict=False) if byte % 3 == 0]
    return options if right > 1 else options[:1]


def marks(paper: int, table: CreditTable) -> list[SlotMark]:
    """One paper of 36 slots, marked by the item kinds themselves."""
    found = []
    for slot in range(len(COMPETENCES) * ITEMS_PER_COMPETENCE):
        competence, right = list(COMPETENCES)[slot // ITEMS_PER_COMPETENCE], 1 + slot % ITEMS_PER_COMPETENCE
        kind = kind_named("single_choice" if right == 1 else "multiple_choice")
        options = chosen(paper, slot, right)
        mark = kind.mark(content(right), None if options is None else {"chosen": options}, table)
        area, number = competence.split(".")
        found.append(SlotMark(slot + 1, area, competence, LEVELS[int(number)], mark.fraction, mark.proof))
    return found


def outcomes() -> list[dict[str, Any]]:
    """Everything that results of the worked papers would say, under every kind of rule and both credit tables."""
    found = []
    for passing in RULES:
        for table in CreditTable:
            rules = SchemeRules.parse(
                {
                    "credit_table": table.value,
                    "pass": passing,
                    "level_cuts": {"4": "1/2", "5": "3/5", "6": "2/3"},
                    "indicative_below_items": 10,
                }
            )
            found += [
                breakdown(marks(paper, table), rules, areas=AREAS, competences=COMPETENCES) for paper in range(PAPERS)
            ]
    return found


def fingerprint() -> str:
    return digest(outcomes())[:12]


def test_the_name_of_the_scoring_rules_is_what_they_do() -> None:
    number, _, named = SCORING_VERSION.partition("-")
    told = (
        f"marks, scores, levels or verdicts of worked papers are not those of {SCORING_VERSION}. If that is meant, "
        f'these are other rules: SCORING_VERSION = "{int(number) + 1}-{fingerprint()}", and docs/decisions say why'
    )
    assert named == fingerprint(), told


def test_the_worked_papers_meet_every_outcome() -> None:
    """What they never meet, the fingerprint would not see."""
    found = outcomes()
    for name in ("passed", "borderline"):
        assert {row[name] for row in found} == {True, False}
    rows = [rule for row in found for rule in row["rules_met"]]
    assert {(rule["rule"], rule["met"]) for rule in rows} == {
        (rule, met) for rule in ("overall", "areas_at", "area_floor") for met in (True, False)
    }
    assert any(rule["missed_mandatory_areas"] and len(rule["reached_areas"]) >= 2 for rule in rows)
    areas = [area for row in found for area in row["areas"]]
    assert {area["level"] for area in areas} == {None, 4, 5, 6}
    assert any(Fraction(area["share"]) == Fraction(2, 3) for area in areas), "equal to a cut"
    assert any(
        level["reached"] and (area["level"] or 0) < level["level"] for area in areas for level in area["levels"]
    ), "a level above a missed one"


def _rounded(score: Score) -> Fraction:
    return Fraction(round(100 * score.points / score.item_count), 100)


@pytest.mark.parametrize(
    ("owner", "name", "other"),
    [
        (Cut, "is_reached", property(lambda cut: cut.score.share > cut.threshold)),
        (Cut, "is_near", property(lambda _cut: False)),
        (Score, "share", property(_rounded)),
        (breakdown_module, "attained_level", lambda scores, _cuts: max(scores)),
    ],
    ids=["equal is not enough", "nothing is near", "rounded", "levels for nothing"],
)
def test_other_rules_have_another_fingerprint(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, other: Callable[..., Any]
) -> None:
    monkeypatch.setattr(owner, name, other)
    assert fingerprint() != SCORING_VERSION.partition("-")[2]
