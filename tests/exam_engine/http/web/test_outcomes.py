"""Outcomes on a page: every score beside the line it is compared with, never on its wrong side, and every level why."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_engine.assembly.rules import AreasAt, SchemeRules
from exam_engine.http.web.outcomes import profile_of, rule_lines
from exam_engine.http.web.rendering import environment
from exam_engine.scoring.breakdown import areas_for_candidate, breakdown
from exam_engine.scoring.results import Result
from exam_engine.scoring.scores import SlotMark
from question_bank.item_kinds.kind import CreditTable

NAMES = {"A": "Strategy, in short", "B": "Technology"}


def result(*marks: tuple[str, int, str], **changes: Any) -> Result:
    """A result of marks such as ``("A", 4, "1/2")``, with the rules changed as said."""
    facts: dict[str, Any] = {
        "credit_table": CreditTable.EXACT,
        "overall": Fraction(667, 1000),
        "areas_at": AreasAt(Fraction(667, 1000), 1, frozenset({"B"})),
        "area_floor": Fraction(2, 5),
        "level_cuts": {4: Fraction(1, 2), 5: Fraction(3, 5), 6: Fraction(2, 3)},
        "indicative_below_items": 10,
    }
    slots = [
        SlotMark(slot, area, f"{area}.{level}", level, Fraction(fraction), {})
        for slot, (area, level, fraction) in enumerate(marks, start=1)
    ]
    competences = {f"{area}.{level}": "Something" for area in NAMES for level in (4, 5, 6)}
    return Result(**breakdown(slots, SchemeRules(**facts | changes), areas=NAMES, competences=competences))


def shown(macro: str, language: str = "en", **facts: Any) -> str:
    """The words of one macro of charts.html."""
    template = environment(language).from_string('{% import "charts.html" as charts %}{{ charts.' + macro + " }}")
    return " ".join(re.sub(r"<[^>]+>", " ", template.render(**facts)).split())


def rules_shown(one: Result, language: str = "en") -> str:
    return shown('rules(rules, "en")', language, rules=rule_lines(one))


def levels_shown(one: Result, areas: list[dict[str, Any]]) -> str:
    return shown('levels(profile, 10, "en")', profile=profile_of(one, areas))


def test_two_thirds_are_never_shown_as_the_line_they_missed() -> None:
    text = rules_shown(result(*[("A", 4, "1"), ("A", 4, "1"), ("A", 4, "0")], *[("B", 4, "2/3")] * 3))
    assert "Overall at least 66.7% reached: 66.66…%" in text
    assert "At least 1 of 2 areas with 66.7% or more" in text
    assert "missed: Strategy, in short (66.66…%) · Technology (66.66…%)" in text
    assert "Strategy, in short 2 of 3 66.66…% missed reached" in text
    assert text.count("66.7%") == 3  # twice the rule, once the column: no score


def test_a_near_miss_is_told_from_the_line_by_more_digits() -> None:
    near, line = "3333/5000", AreasAt(Fraction(2, 3), 1)
    text = rules_shown(result(("A", 4, near), ("B", 4, near), overall=None, areas_at=line))
    assert "At least 1 of 2 areas with 66.666…% or more" in text
    assert "missed: Strategy, in short (66.66%) · Technology (66.66%)" in text


@given(
    st.fractions(0, 1, max_denominator=400), st.fractions(0, 1, max_denominator=400), st.fractions(Fraction(1, 20), 1)
)
def test_whatever_is_compared_is_shown_on_its_own_side(one: Fraction, other: Fraction, cut: Fraction) -> None:
    drawn = result(("A", 4, str(one)), ("B", 4, str(other)), overall=None, area_floor=None, areas_at=AreasAt(cut, 2))
    text = rules_shown(drawn)
    line = _number(re.search(r"areas with (\S+) or more", text))
    for name, share in (("Strategy, in short", one), ("Technology", other)):
        row = re.search(rf"{name} \S+(?: \S+)? of 1 (\S+) (reached|missed)", text)
        assert row is not None, text
        assert (row[2] == "reached") == (share >= cut) == (_number(row) >= line)


def _number(found: re.Match[str] | None) -> Fraction:
    assert found is not None
    text = re.sub("[…%]", "", found[1])
    return Fraction(text) * 100 if "/" in text else Fraction(text)


def test_a_mandatory_area_is_named_and_so_is_its_miss() -> None:
    text = rules_shown(result(("A", 4, "1"), ("B", 4, "1/2"), overall=None))
    assert "mandatory among them: Technology reached: 1" in text
    assert "mandatory and missed: Technology" in text
    assert "Technology 0.5 of 1 50% missed, mandatory reached" in text
    passed = rules_shown(result(("A", 4, "1"), ("B", 4, "1"), overall=None))
    assert "mandatory among them: Technology" in passed
    assert "mandatory and missed" not in passed
    assert "mandatory" not in rules_shown(result(("A", 4, "1"), ("B", 4, "1"), areas_at=AreasAt(Fraction(1, 2), 1)))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("bg", "задължителни и недостигнати:"),
        ("ro", "obligatorii și neatinse:"),
        ("es", "obligatorias y no alcanzadas:"),
        ("el", "υποχρεωτικοί που δεν επιτεύχθηκαν:"),
        ("de", "Pflicht und verfehlt:"),
    ],
)
def test_a_missed_mandatory_area_is_named_in_every_language(language: str, words: str) -> None:
    assert f"{words} Technology" in rules_shown(result(("A", 4, "1"), ("B", 4, "1/2")), language)


def test_every_level_says_why_it_was_attained_or_not() -> None:
    marks = [("A", 4, "1")] * 10 + [("A", 5, "1"), ("A", 5, "1/2"), ("A", 5, "0")] + [("A", 6, "2/3")] * 3
    one = result(*marks)  # type: ignore[arg-type]
    text = levels_shown(one, areas_for_candidate(one.areas))
    assert "Strategy, in short 4 50% 100% 10 attained" in text
    assert "Strategy, in short 5 60% 50% 3, indicative not attained: line missed" in text
    over = "Strategy, in short 6 66.66…% 66.66…% 3, indicative not attained: line reached, but a lower level missed"
    assert over in text
    assert "not shown" not in text


def test_a_candidate_sees_no_score_where_it_would_tell_single_answers_and_staff_does() -> None:
    one = result(("A", 4, "1"), ("A", 4, "0"), *[("A", 5, "1")] * 5, *[("B", 6, "1")] * 4)
    candidate, staff = levels_shown(one, areas_for_candidate(one.areas)), levels_shown(one, one.areas)
    assert "would give single answers away" in candidate
    assert "Strategy, in short 4 50% not shown 2, indicative attained" in candidate
    assert "Strategy, in short 5 60% not shown 5, indicative attained" in candidate
    assert "Technology 6 66.66…% 100% 4, indicative attained" in candidate
    assert "Strategy, in short 4 50% 50% 2, indicative attained" in staff
    assert "not shown" not in staff


def test_results_from_before_levels_and_mandatory_areas_were_kept_are_still_shown() -> None:
    one = result(("A", 4, "1"), ("B", 4, "1"))
    one.areas = [{name: value for name, value in area.items() if name != "levels"} for area in one.areas]
    one.rules_met = [{name: value for name, value in rule.items() if "mandatory" not in name} for rule in one.rules_met]
    assert "At least 1 of 2 areas with 66.7% or more reached: 2" in rules_shown(one)
    profile = profile_of(one, areas_for_candidate(one.areas))
    assert not profile.explains_levels
    assert not profile.withholds_levels
