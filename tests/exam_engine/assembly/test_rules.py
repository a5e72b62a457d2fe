"""Rules: thresholds are exact, the two-thirds trap is not fallen into, and nothing is shown on the wrong side."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_engine.assembly.rules import AreasAt, InvalidRules, SchemeRules, decimal_text, percent_text, threshold
from question_bank.item_kinds import CreditTable
from question_bank.item_kinds.kind import credit

DOCUMENT: dict[str, Any] = {
    "credit_table": "exact",
    "pass": {"overall": "53/80", "areas_at": {"threshold": "2/3", "at_least": 6}, "area_floor": "2/5"},
    "level_cuts": {"4": "1/2", "5": "3/5", "6": "2/3"},
    "indicative_below_items": 10,
}
CUTS = ("66", "66.66", "66.7", "2/3")
# Answers, credit table, score in percent (or the fraction), and pass or fail at each of the cuts: facts of the
# domain, 4.1. "1x2of3" is one item with two of its three right options chosen.
TRAP = [
    ("6x1, 1x2of3, 3x0", "exact", "2/3", "PPFP"),
    ("6x1, 1x2of3, 3x0", "table_cut", "66.6", "PFFF"),
    ("10x2of3", "exact", "2/3", "PPFP"),
    ("10x2of3", "table_cut", "66", "PFFF"),
    ("5x1, 5x1of3", "exact", "2/3", "PPFP"),
    ("5x1, 5x1of3", "table_cut", "66.5", "PFFF"),
    ("10x1, 5x0", "exact", "2/3", "PPFP"),
    ("10x1, 5x0", "table_cut", "2/3", "PPFP"),
    ("33x1, 17x0", "exact", "66", "PFFF"),
    ("33x1, 17x0", "table_cut", "66", "PFFF"),
    ("7x1, 9x2of3, 1x1of4, 3x0", "exact", "66.25", "PFFF"),
    ("7x1, 9x2of3, 1x1of4, 3x0", "table_cut", "65.95", "FFFF"),
    ("6x1, 1x1of2, 3x0", "exact", "65", "FFFF"),
    ("6x1, 1x1of2, 3x0", "table_cut", "65", "FFFF"),
    ("6x1, 1x3of4, 3x0", "exact", "67.5", "PPPP"),
    ("6x1, 1x3of4, 3x0", "table_cut", "67.5", "PPPP"),
    ("7x1, 3x0", "exact", "70", "PPPP"),
    ("7x1, 3x0", "table_cut", "70", "PPPP"),
]
shares = st.fractions(min_value=0, max_value=1, max_denominator=10**6)


def score(answers: str, table: CreditTable) -> Fraction:
    marks = []
    for group in answers.split(", "):
        times, _, worth = group.partition("x")
        right_chosen, _, right = worth.partition("of")
        marks += [credit(int(right_chosen), int(right or 1), table)] * int(times)
    return sum(marks, Fraction()) / len(marks)


def document(**changes: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(DOCUMENT)), **changes}


def with_mandatory(areas: object) -> dict[str, Any]:
    passing = DOCUMENT["pass"]
    return document(**{"pass": {**passing, "areas_at": {**passing["areas_at"], "mandatory": areas}}})


def faults_of(changed: object) -> dict[str, str]:
    with pytest.raises(InvalidRules) as refusal:
        SchemeRules.parse(changed)
    return {fault.place: fault.message for fault in refusal.value.faults}


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("66.66", (3333, 5000)),
        ("2/3", (2, 3)),
        ("66.7", (667, 1000)),
        ("66", (33, 50)),
        ("100", (1, 1)),
        ("1/1", (1, 1)),
    ],
)
def test_a_threshold_is_read_exactly(text: str, exact: tuple[int, int]) -> None:
    assert threshold(text) == Fraction(*exact)


@pytest.mark.parametrize(
    "text",
    [
        "66,66",
        "66.66%",
        " 66",
        "6e1",
        "-1",
        "+66",
        "2/0",
        "2/-3",
        "٦٦",
        "",
        ".5",
        "nan",
        "1/3/2",
        "0x42",
        "66.",
        "2 / 3",
    ],
)
def test_other_spellings_are_refused_with_the_right_one(text: str) -> None:
    with pytest.raises(InvalidRules, match=r'"66\.66"'):
        threshold(text)


@pytest.mark.parametrize("value", [66.66, 66, 0.5, True, None, Fraction(2, 3), ["66"]])
def test_a_threshold_is_text_and_never_a_number(value: object) -> None:
    with pytest.raises(InvalidRules, match="is not a cut"):
        threshold(value)


@pytest.mark.parametrize("text", ["100.01", "3/2", "101"])
def test_more_than_the_whole_is_refused(text: str) -> None:
    with pytest.raises(InvalidRules, match="more than the whole"):
        threshold(text)


@pytest.mark.parametrize("text", ["0.66", "1", "0.5"])
def test_a_share_written_where_percent_are_meant_is_refused(text: str) -> None:
    with pytest.raises(InvalidRules, match="percent"):
        threshold(text)


@pytest.mark.parametrize(("answers", "table", "printed", "verdicts"), TRAP)
def test_the_two_thirds_trap(answers: str, table: str, printed: str, verdicts: str) -> None:
    reached = score(answers, CreditTable(table))
    assert reached == threshold(printed)
    assert "".join("P" if reached >= threshold(cut) else "F" for cut in CUTS) == verdicts


@pytest.mark.parametrize(("answers", "table", "_printed", "verdicts"), TRAP)
def test_what_is_printed_beside_a_cut_agrees_with_the_verdict(
    answers: str, table: str, _printed: str, verdicts: str
) -> None:
    reached = score(answers, CreditTable(table))
    for cut, verdict in zip(map(threshold, CUTS), verdicts, strict=True):
        assert (shown(percent_text(reached, cut)) >= shown(percent_text(cut, reached))) == (verdict == "P")


def test_the_documented_rules_are_read() -> None:
    rules = SchemeRules.parse(DOCUMENT)
    assert rules.credit_table is CreditTable.EXACT
    assert rules.overall == Fraction(53, 80)
    assert rules.areas_at == AreasAt(Fraction(2, 3), 6)
    assert rules.area_floor == Fraction(2, 5)
    assert dict(rules.level_cuts) == {4: Fraction(1, 2), 5: Fraction(3, 5), 6: Fraction(2, 3)}
    assert rules.indicative_below_items == 10


def test_the_example_of_the_formats_document_is_read() -> None:
    text = (Path(__file__).parents[3] / "docs" / "formats.md").read_text()
    example = json.loads(re.findall(r"^```json\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[-1])
    rules = SchemeRules.parse(example)
    assert rules.areas_at == AreasAt(Fraction(2, 3), 6, frozenset({"A1", "A4"}))
    assert rules.overall == Fraction(53, 80)


def test_equal_rules_have_equal_documents_however_they_were_spelt() -> None:
    spelt = document(
        **{"pass": {"overall": "66.25", "areas_at": {"threshold": "4/6", "at_least": 6}, "area_floor": "40"}}
    )
    assert SchemeRules.parse(spelt).document == SchemeRules.parse(DOCUMENT).document == DOCUMENT


def test_a_cut_at_the_whole_survives_its_own_document() -> None:
    rules = SchemeRules.parse(document(**{"pass": {"overall": "100"}}))
    assert SchemeRules.parse(rules.document).overall == 1


@pytest.mark.parametrize(
    "alone", [{"overall": "60"}, {"areas_at": {"threshold": "60", "at_least": 1}}, {"area_floor": "66"}]
)
def test_one_rule_is_enough_to_pass_by(alone: dict[str, Any]) -> None:
    assert SchemeRules.parse(document(**{"pass": alone})).document["pass"].keys() == alone.keys()


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"credit_table": "generous"}, "/credit_table", "exact, table_cut"),
        ({"credit_table": None}, "/credit_table", "must be text"),
        ({"pass": {}}, "/pass", "everybody would pass"),
        ({"pass": {"overall": None}}, "/pass", "everybody would pass"),
        ({"pass": "66"}, "/pass", "must be an object"),
        ({"pass": {"overal": "66"}}, "/pass/overal", "unknown"),
        ({"pass": {"overall": 66}}, "/pass/overall", "must be text"),
        ({"pass": {"overall": 66.25}}, "/pass/overall", "inexactly"),
        ({"pass": {"overall": "0"}}, "/pass/overall", "empty paper"),
        ({"pass": {"overall": "6/5"}}, "/pass/overall", "more than the whole"),
        ({"pass": {"areas_at": {"threshold": "2/3", "at_least": 0}}}, "/pass/areas_at/at_least", "outside 1"),
        ({"pass": {"areas_at": {"threshold": "2/3", "at_least": True}}}, "/pass/areas_at/at_least", "whole number"),
        ({"pass": {"areas_at": {"threshold": "2/3"}}}, "/pass/areas_at/at_least", "is missing"),
        ({"pass": {"areas_at": {"at_least": 6}}}, "/pass/areas_at/threshold", "is missing"),
        ({"level_cuts": {}}, "/level_cuts", "at least one level"),
        ({"level_cuts": {"9": "1/2"}}, "/level_cuts/9", "unknown"),
        ({"level_cuts": {"4": "3/5", "5": "1/2"}}, "/level_cuts/5", "above the cuts of all lower"),
        ({"level_cuts": {"4": "1/2", "5": "50"}}, "/level_cuts/5", "above the cuts of all lower"),
        ({"level_cuts": {"4": "0/1"}}, "/level_cuts/4", "empty paper"),
        ({"indicative_below_items": 0}, "/indicative_below_items", "outside 1"),
        ({"indicative_below_items": 9.5}, "/indicative_below_items", "inexactly"),
        ({"rounding": "up"}, "/rounding", "unknown"),
    ],
)
def test_wrong_rules_are_refused_by_place(changes: dict[str, Any], place: str, words: str) -> None:
    assert words in faults_of(document(**changes))[place]


def test_every_fault_is_named_at_once() -> None:
    wrong = {"credit_table": "x", "pass": {"overall": 1.5}, "level_cuts": {"4": "x"}, "extra": 1}
    assert faults_of(wrong).keys() == {
        "/credit_table",
        "/pass/overall",
        "/level_cuts/4",
        "/extra",
        "/indicative_below_items",
    }


@pytest.mark.parametrize("nonsense", [None, [], "rules", 3, {}])
def test_what_is_no_rules_at_all_is_refused(nonsense: object) -> None:
    assert faults_of(nonsense)


def test_more_areas_than_there_are_is_a_fault() -> None:
    rules = SchemeRules.parse(DOCUMENT)
    assert not rules.area_faults("ABCDEF")
    assert [str(fault) for fault in rules.area_faults("ABCDE")] == [
        "/pass/areas_at/at_least: asks for 6 areas, but the examination has 5"
    ]


def test_a_mandatory_area_that_there_is_not_is_a_fault() -> None:
    rules = SchemeRules.parse(with_mandatory(["C", "X", "W"]))
    assert not rules.area_faults("ABCDEFWX")
    assert [str(fault) for fault in rules.area_faults("ABCDEF")] == [
        "/pass/areas_at/mandatory: 'W' is no area of the examination; there is A, B, C, D, E, F",
        "/pass/areas_at/mandatory: 'X' is no area of the examination; there is A, B, C, D, E, F",
    ]


def test_rules_stored_before_there_were_mandatory_areas_are_read_and_keep_their_document() -> None:
    rules = SchemeRules.parse(DOCUMENT)
    assert rules.areas_at == AreasAt(Fraction(2, 3), 6, frozenset())
    for none in ([], None):
        assert SchemeRules.parse(with_mandatory(none)).document == DOCUMENT


def test_rules_that_say_nothing_of_marking_keep_their_document_and_a_tenth_is_meant_where_people_mark() -> None:
    assert SchemeRules.parse(DOCUMENT).marking is None
    assert SchemeRules.parse(DOCUMENT).document == DOCUMENT
    for said in ({}, {"tolerance": "10"}, {"tolerance": "1/10"}):
        rules = SchemeRules.parse(document(marking=said))
        assert rules.marking is not None
        assert rules.marking.tolerance == Fraction(1, 10)
        assert rules.document == document(marking={"tolerance": "1/10"})
    exact = SchemeRules.parse(document(marking={"tolerance": "0"})).marking
    assert exact is not None
    assert exact.tolerance == 0


@pytest.mark.parametrize(
    ("marking", "place"),
    [
        ("yes", "/marking"),
        ({"tolerance": "0.5"}, "/marking/tolerance"),
        ({"tolerance": 10}, "/marking/tolerance"),
        ({"tolerance": "101"}, "/marking/tolerance"),
        ({"markers": 2}, "/marking/markers"),
    ],
)
def test_marking_that_cannot_be_read_is_refused_by_place(marking: object, place: str) -> None:
    assert set(faults_of(document(marking=marking))) == {place}


def test_mandatory_areas_have_one_document_whatever_their_order() -> None:
    rules = SchemeRules.parse(with_mandatory(["C", "A"]))
    assert rules.areas_at == AreasAt(Fraction(2, 3), 6, frozenset({"A", "C"}))
    assert rules.document == with_mandatory(["A", "C"])
    assert SchemeRules.parse(rules.document) == rules


@pytest.mark.parametrize(
    ("mandatory", "place", "words"),
    [
        ("A", "/pass/areas_at/mandatory", "must be a list"),
        ({"A": 1}, "/pass/areas_at/mandatory", "must be a list"),
        ([1], "/pass/areas_at/mandatory/0", "must be text"),
        (["A", "two words"], "/pass/areas_at/mandatory/1", "is no code"),
        (["A", "B", "A"], "/pass/areas_at/mandatory/2", "stands already at /pass/areas_at/mandatory/0"),
        (list("ABCDEFG"), "/pass/areas_at/mandatory", "names 7 areas, but at_least asks for 6"),
    ],
)
def test_mandatory_areas_that_cannot_be_read_are_refused_by_place(mandatory: object, place: str, words: str) -> None:
    assert words in faults_of(with_mandatory(mandatory))[place]


def test_every_examined_level_has_a_cut_and_no_other_has() -> None:
    rules = SchemeRules.parse(DOCUMENT)
    assert not rules.level_faults({4, 5, 6})
    assert [fault.place for fault in rules.level_faults({4})] == ["/level_cuts/5", "/level_cuts/6"]
    assert [fault.place for fault in rules.level_faults({3, 6})] == ["/level_cuts/3"]


def test_an_area_that_decides_needs_enough_items() -> None:
    rules = SchemeRules.parse(DOCUMENT)
    assert not rules.items_faults({"A1": 10, "A2": 12})
    assert [fault.message for fault in rules.items_faults({"A1": 9, "A2": 10})] == [
        "area A1 has 9 items; an area that decides needs 10"
    ]
    alone = SchemeRules.parse({**DOCUMENT, "pass": {"overall": "60"}})
    assert not alone.items_faults({"A1": 1})


@pytest.mark.parametrize(
    ("share", "beside", "text"),
    [
        ("53/80", (), "66.25%"),
        ("2/3", (), "66.66…%"),
        ("0", (), "0%"),
        ("1", (), "100%"),
        ("1/10", (), "10%"),
        ("2/3", ("667/1000",), "66.66…%"),
        ("2/3", ("3333/5000",), "66.666…%"),
        ("666659/1000000", ("2/3",), "66.6659%"),
        ("66666659/100000000", ("2/3",), "66.66665…%"),
        ("6666666659/10000000000", ("2/3",), "6666666659/10000000000"),
    ],
)
def test_percentages_are_cut_off_and_told_apart(share: str, beside: tuple[str, ...], text: str) -> None:
    assert percent_text(Fraction(share), *map(Fraction, beside)) == text


@pytest.mark.parametrize(
    ("value", "beside", "text"),
    [
        ("29/50", (), "0.58"),
        ("1/8000", (), "0.000125"),
        ("1/3", ("1/4",), "0.3333…"),
        ("1/3", ("3333/10000",), "0.33333…"),
        ("7", (), "7"),
        ("1/999999999", ("0",), "1/999999999"),
    ],
)
def test_decimals_are_written_in_the_same_manner(value: str, beside: tuple[str, ...], text: str) -> None:
    assert decimal_text(Fraction(value), *map(Fraction, beside)) == text


def shown(text: str) -> Fraction:
    """What a reader takes a printed number for."""
    if "/" in text:
        return Fraction(text) * 100
    return Fraction(re.sub("[…%]", "", text))


@given(shares, shares)
def test_two_printed_numbers_compare_as_they_are(one: Fraction, other: Fraction) -> None:
    left, right = shown(percent_text(one, other)), shown(percent_text(other, one))
    assert (left < right, left == right) == (one < other, one == other)


@given(shares)
def test_a_printed_number_is_never_above_the_truth(share: Fraction) -> None:
    text = percent_text(share)
    assert 0 <= share * 100 - shown(text) < Fraction(1, 100)
    assert ("…" in text) == (shown(text) != share * 100)


@given(st.integers(0, 10**11), st.integers(0, 9))
def test_every_decimal_up_to_the_whole_is_read_as_written(digits: int, places: int) -> None:
    text = f"{digits // 10**places}" + (f".{digits % 10**places:0{places}}" if places else "")
    percent = Fraction(digits, 10**places)
    if percent == 0 or 1 < percent <= 100:
        assert threshold(text) == percent / 100
    else:
        with pytest.raises(InvalidRules):
            threshold(text)
