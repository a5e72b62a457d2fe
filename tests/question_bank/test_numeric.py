"""Numeric: a typed number, in a unit where there are units, near enough to the answer."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from kernel.errors import Invalid
from question_bank.item_kinds import KINDS, CreditTable
from tests.builders.samples import SAMPLES, item

NUMERIC = KINDS["numeric"]
EXACT = CreditTable.EXACT
LENGTH = SAMPLES["numeric"].content
KM_AND_M = {"units": ["km", "m"]}


def worth(content: dict[str, Any], value: str, unit: str | None = None) -> int:
    number = {"value": value} | ({"unit": unit} if unit else {})
    return int(NUMERIC.mark(content, {"number": number}, EXACT).fraction)


def test_a_number_must_be_exact_where_nothing_is_said() -> None:
    content = item(answer="0.1")
    assert [worth(content, value) for value in ("0.1", "0,10", "1e-1", ".1")] == [1, 1, 1, 1]
    assert [worth(content, value) for value in ("0.1000000000000000000000000001", "-0.1", "0")] == [0, 0, 0]


def test_a_fraction_that_never_ends_is_met_within_a_bound() -> None:
    content = item(answer="2/3", within={"decimal_places": 2})
    assert [worth(content, value) for value in ("0.67", "0.666", "0.6666666", "0.66", "0.7")] == [1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("value", "unit", "is_right"),
    [
        ("12.5", "km", True),
        ("12,4", "km", True),
        ("12500", "m", True),
        ("1.25e4", "m", True),
        ("12.5", "m", False),
        ("12500", "km", False),
        ("12.5", None, False),
    ],
)
def test_a_value_is_compared_in_the_unit_of_the_answer(value: str, unit: str | None, is_right: bool) -> None:
    assert worth(LENGTH, value, unit) == is_right


def test_a_proof_names_the_value_in_the_unit_of_the_answer() -> None:
    proof = NUMERIC.mark(LENGTH, {"number": {"value": "1,24e4", "unit": "m"}}, EXACT).proof
    assert proof["answer"] == "25/2"
    assert proof["within"] == {"relative": "1/100"}
    assert proof["units"] == {"km": "1", "m": "1/1000"}
    assert proof["number"] == {"value": "1.24e4", "unit": "m"}
    assert Fraction(proof["in_the_unit_of_the_answer"]) == Fraction("12.4")


def test_a_number_without_its_unit_is_kept_until_the_unit_is_chosen() -> None:
    assert NUMERIC.read_response(KM_AND_M, {"number": {"value": "12"}}) == {"number": {"value": "12"}}
    assert NUMERIC.read_response(KM_AND_M, {"number": {"value": " ", "unit": "m"}}) == {}


@pytest.mark.parametrize(
    ("arrangement", "value", "place", "message"),
    [
        (KM_AND_M, {"value": "1 000", "unit": "m"}, "/number/value", "'1 000' is no number: write it like 12.5, and"),
        (KM_AND_M, {"value": "1.000,5"}, "/number/value", "'1.000,5' is no number"),
        (KM_AND_M, {"value": 12}, "/number/value", "must be text"),
        (KM_AND_M, {"unit": "m"}, "/number/value", "is missing"),
        (KM_AND_M, {"value": "1", "unit": "mile"}, "/number/unit", "'mile' is no unit of this item"),
        (KM_AND_M, {"value": "1", "unit": None}, "/number/unit", "must be text"),
        ({"units": []}, {"value": "1", "unit": "m"}, "/number/unit", "'m' is no unit of this item"),
        ({"units": []}, {"value": "1", "exact": "yes"}, "/number/exact", "'exact' is no part of a number"),
        ({"units": []}, "12", "/number", "must be an object"),
    ],
)
def test_what_is_no_number_is_refused(arrangement: Any, value: Any, place: str, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        NUMERIC.read_response(arrangement, {"number": value})
    (fault,) = refusal.value.faults
    assert fault.place == place
    assert fault.message.startswith(message)


UNIT = {"unit": "km", "factor": "1"}


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"answer": "12,5"}, "/answer", "'12,5' is no number"),
        ({"answer": 12}, "/answer", "must be text"),
        ({"within": {}}, "/within", "says in one way"),
        ({"within": {"absolute": "1", "relative": "1"}}, "/within", "says in one way"),
        ({"within": {"about": "1"}}, "/within/about", "is unknown here"),
        ({"within": {"absolute": "-1"}}, "/within/absolute", "is negative"),
        ({"within": {"absolute": 1}}, "/within/absolute", "must be text"),
        ({"within": {"decimal_places": "2"}}, "/within/decimal_places", "must be a whole number"),
        ({"within": {"decimal_places": 16}}, "/within/decimal_places", "16 is outside 0..15"),
        ({"within": {"significant_figures": 0}}, "/within/significant_figures", "0 is outside 1..15"),
        ({"within": {"relative": "1/10"}, "answer": "0"}, "/within/relative", "has no meaning where the answer is 0"),
        ({"within": {"significant_figures": 2}, "answer": "0.0"}, "/within/significant_figures", "has no meaning"),
        ({"within": "1/10"}, "/within", "must be an object"),
        ({"units": []}, "/units", "needs 1 to 20, has 0"),
        ({"units": [{"unit": "m", "factor": "1/1000"}]}, "/units", "has no unit with the factor 1"),
        ({"units": [UNIT, UNIT]}, "/units/1/unit", "'km' stands already at /units/0/unit"),
        ({"units": [UNIT, {"unit": "m", "factor": "0"}]}, "/units/1/factor", "must be more than 0"),
        ({"units": [UNIT, {"unit": "m"}]}, "/units/1/factor", "is missing"),
        ({"units": [UNIT, {"unit": "", "factor": "2"}]}, "/units/1/unit", "is empty"),
    ],
)
def test_a_fault_of_the_author_is_named_with_its_place(changes: dict[str, Any], place: str, message: str) -> None:
    faults = {fault.place: fault.message for fault in NUMERIC.faults(LENGTH | changes)}
    assert faults[place].startswith(message)


def test_a_candidate_sees_the_units_and_neither_answer_nor_factors() -> None:
    shown = NUMERIC.candidate_content(LENGTH, KM_AND_M)
    assert shown == {"kind": "numeric", "stem": "<p>What comes first?</p>", "units": ["km", "m"]}
