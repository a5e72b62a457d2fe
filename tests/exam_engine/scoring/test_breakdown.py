"""The breakdown explains each level, and what candidates see of it gives no single answer away."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exam_engine.assembly.rules import AreasAt, SchemeRules
from exam_engine.scoring.breakdown import (
    TELLING_ITEMS_MAX,
    areas_for_candidate,
    breakdown,
    competences_for_candidate,
)
from exam_engine.scoring.scores import SlotMark
from question_bank.item_kinds.kind import CreditTable

NAMES = {"A": "First", "B": "Second"}
RULES = SchemeRules(
    credit_table=CreditTable.EXACT,
    overall=None,
    areas_at=AreasAt(Fraction(2, 3), 1, frozenset({"B"})),
    area_floor=None,
    level_cuts={4: Fraction(1, 2), 5: Fraction(3, 5), 6: Fraction(2, 3)},
    indicative_below_items=10,
)
MARKS = st.lists(
    st.tuples(st.sampled_from("AB"), st.integers(4, 6), st.sampled_from(["0", "1/3", "1/2", "1"])),
    min_size=1,
    max_size=40,
)


def told(*marks: tuple[str, int, str]) -> dict[str, Any]:
    """The breakdown of marks such as ``("A", 4, "1/2")``."""
    slots = [
        SlotMark(slot, area, f"{area}.{level}", level, Fraction(fraction), {})
        for slot, (area, level, fraction) in enumerate(marks, start=1)
    ]
    competences = {f"{area}.{level}": "Something" for area in NAMES for level in (4, 5, 6)}
    return breakdown(slots, RULES, areas=NAMES, competences=competences)


def levels(area: dict[str, Any], *members: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in members) for row in area["levels"]]


def test_every_level_of_an_area_stands_beside_its_cut() -> None:
    (area,) = told(*[("A", 4, "1")] * 10, *[("A", 5, "1/2")] * 3, *[("A", 6, "1")] * 3)["areas"]
    assert area["level"] == 4
    assert levels(area, "level", "cut", "share", "points", "items", "reached", "indicative") == [
        (4, "1/2", "1", "10", 10, True, False),
        (5, "3/5", "1/2", "3/2", 3, False, True),
        (6, "2/3", "1", "3", 3, True, True),
    ]


def test_equal_to_the_cut_is_reached_and_the_least_below_is_not() -> None:
    for last, reached in (("1", True), ("1/2", False)):
        (area,) = told(("A", 6, "1"), ("A", 6, last), ("A", 6, "0"))["areas"]
        assert levels(area, "reached") == [(reached,)]


@given(MARKS)
def test_the_level_attained_follows_from_the_levels_shown(marks: list[tuple[str, int, str]]) -> None:
    for area in told(*marks)["areas"]:
        attained = None
        for level, is_reached in levels(area, "level", "reached"):
            if not is_reached:
                break
            attained = level
        assert area["level"] == attained
        assert sum(row["items"] for row in area["levels"]) == area["items"]


def test_a_rule_says_which_mandatory_areas_were_missed() -> None:
    (rule,) = told(("A", 4, "1"), ("B", 4, "0"))["rules_met"]
    assert (rule["met"], rule["reached_areas"], rule["missed_mandatory_areas"]) == (False, ["A"], ["B"])
    (rule,) = told(("A", 4, "0"), ("B", 4, "1"))["rules_met"]
    assert (rule["met"], rule["mandatory_areas"], rule["missed_mandatory_areas"]) == (True, ["B"], [])


@given(MARKS)
def test_no_points_of_too_few_items_can_be_worked_out_by_a_candidate(marks: list[tuple[str, int, str]]) -> None:
    """Neither read nor got by taking the other levels' points from the area's."""
    result = told(*marks)
    assert not any({"points", "share"} & set(row) for row in competences_for_candidate(result["competences"]))
    for area, shown in zip(result["areas"], areas_for_candidate(result["areas"]), strict=True):
        is_telling = any(row["items"] <= TELLING_ITEMS_MAX for row in area["levels"])
        assert [("points" in row, "share" in row) for row in shown["levels"]] == [(not is_telling,) * 2] * len(
            area["levels"]
        )
        kept = ("level", "cut", "items", "reached", "indicative")
        assert levels(shown, *kept) == levels(area, *kept)
        assert {**shown, "levels": ()} == {**area, "levels": ()}


def test_areas_of_results_that_kept_no_levels_are_shown_as_they_are() -> None:
    (area,) = told(("A", 4, "1"))["areas"]
    before = {name: value for name, value in area.items() if name != "levels"}
    assert areas_for_candidate([before]) == [before]
