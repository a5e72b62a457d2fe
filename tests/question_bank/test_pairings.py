"""Pairings: tables of statements and matching: what is paired with what, once or often, and what each pair is worth."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations, product
from typing import Any

import pytest

from kernel.errors import Invalid
from question_bank.item_kinds import KINDS, CreditTable
from tests.builders.samples import SAMPLES, item, things

MATRIX, MATCHING = KINDS["matrix"], KINDS["matching"]
EXACT, TABLE_CUT = CreditTable.EXACT, CreditTable.TABLE_CUT
TABLE, PAIRS = SAMPLES["matrix"].content, SAMPLES["matching"].content
ROWS = [f"r{number}" for number in range(5)]


def statements(true: int, **changes: Any) -> dict[str, Any]:
    """Five statements, of which the first few are true."""
    key = {row: "t" if place < true else "f" for place, row in enumerate(ROWS)}
    return item(rows=things(*ROWS), columns=things("t", "f"), key=key, **changes)


def expected(content: dict[str, Any], ticked: list[tuple[str, ...]]) -> float:
    """The mean mark of those who say true of some statements and false of the others."""
    answers = [{"marked": {row: "t" if row in rows else "f" for row in ROWS}} for rows in ticked]
    return round(float(sum(MATRIX.mark(content, answer, EXACT).fraction for answer in answers) / len(answers)), 2)


# Oracle: what somebody who knows nothing can expect of true and false per option, for two and three right ones.
@pytest.mark.parametrize(("true", "of_all"), [(2, 0.40), (3, 0.60)])
def test_a_guesser_of_true_and_false_expects_half(true: int, of_all: float) -> None:
    subsets = [rows for size in range(6) for rows in combinations(ROWS, size)]
    assert expected(statements(true), subsets) == 0.50
    assert expected(statements(true), list(combinations(ROWS, true))) == 0.52
    assert expected(statements(true), [tuple(ROWS)]) == of_all
    assert expected(statements(true, credit="all_or_nothing"), subsets) == 0.03


def test_a_guesser_of_matching_expects_one_pair() -> None:
    content = item(premises=things(*"abcd"), counterparts=things(*"wxyz"), key=dict(zip("abcd", "wxyz", strict=True)))
    for use, ways in (("once", permutations("wxyz")), ("often", product("wxyz", repeat=4))):
        answers = [{"matched": dict(zip("abcd", way, strict=True))} for way in ways]
        marks = [MATCHING.mark(content | {"use": use}, answer, EXACT).fraction for answer in answers]
        assert sum(marks) / len(marks) == Fraction(1, 4)


def test_a_pair_left_open_is_worth_what_a_wrong_one_is() -> None:
    open_, wrong = ({"r1": "t", "r2": "f"}, {"r1": "t", "r2": "f", "r3": "f"})
    marks = [MATRIX.mark(TABLE, {"marked": pairs}, TABLE_CUT).fraction for pairs in (open_, wrong)]
    assert marks == [Fraction(66, 100), Fraction(66, 100)]


def test_rows_are_drawn_and_columns_keep_their_order() -> None:
    arrangement = MATRIX.arrange(TABLE, lambda ids: list(reversed(ids)))
    assert arrangement == {"rows": ["r3", "r2", "r1"], "columns": ["t", "f"]}
    shown = MATRIX.candidate_content(TABLE, arrangement)
    assert shown == {
        "kind": "matrix",
        "stem": "<p>What comes first?</p>",
        "counts": "per_part",
        "rows": list(reversed(things("r1", "r2", "r3"))),
        "columns": [{"id": "t", "text": "True"}, {"id": "f", "text": "False"}],
    }


def test_both_sides_of_matching_are_drawn_and_it_says_how_often_a_counterpart_is_used() -> None:
    arrangement = MATCHING.arrange(PAIRS, lambda ids: list(reversed(ids)))
    assert arrangement == {
        "premises": ["p3", "p2", "p1"],
        "counterparts": ["c4", "c3", "c2", "c1"],
        "use": "once",
    }
    assert MATCHING.candidate_content(PAIRS, arrangement)["use"] == "once"
    assert MATCHING.arrange(PAIRS | {"use": "often"}, list)["use"] == "often"


def test_a_counterpart_is_given_once_unless_the_item_says_often() -> None:
    twice = {"matched": {"p1": "c1", "p2": "c1"}}
    with pytest.raises(Invalid, match="/matched: gives 'c1' 2 times, where each is given once at most"):
        MATCHING.mark(PAIRS, twice, EXACT)
    often = PAIRS | {"use": "often", "key": {"p1": "c1", "p2": "c1", "p3": "c1"}}
    assert MATCHING.faults(often) == []
    assert MATCHING.mark(often, twice, EXACT).fraction == Fraction(2, 3)
    assert MATRIX.mark(TABLE, {"marked": dict.fromkeys(["r1", "r2", "r3"], "t")}, EXACT).fraction == Fraction(2, 3)


@pytest.mark.parametrize(
    ("value", "place", "message"),
    [
        ({"r9": "t"}, "/marked/r9", "'r9' is no row of this item"),
        ({"r1": "x"}, "/marked/r1", "'x' is no column of this item"),
        ({"r1": ["t"]}, "/marked/r1", "must be text"),
        ({"r1": ""}, "/marked/r1", "is empty"),
        (["r1", "t"], "/marked", "must be an object"),
        ({"r1": "t", "r2": "t", "r3": "t", "r4": "t"}, "/marked", "has 4 members, where at most 3 are possible"),
    ],
)
def test_what_the_table_does_not_have_is_refused(value: Any, place: str, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        MATRIX.read_response(MATRIX.arrange(TABLE, list), {"marked": value})
    assert [(fault.place, fault.message) for fault in refusal.value.faults] == [(place, message)]


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"premises": things("p1")}, "/premises", "needs 2 to 20, has 1"),
        ({"counterparts": things("c1", "c1")}, "/counterparts/1/id", "'c1' stands already at /counterparts/0/id"),
        ({"key": {"p1": "c1", "p2": "c2"}}, "/key", "says nothing of 'p3'"),
        ({"key": {"p1": "c1", "p2": "c1", "p3": "c2"}}, "/key", "gives 'c1' 2 times, where each is given once at most"),
        ({"key": {"p1": "c9", "p2": "c1", "p3": "c2"}}, "/key/p1", "'c9' is no counterpart of this item"),
        ({"key": ["c1"]}, "/key", "must be an object"),
        ({"use": "twice"}, "/use", "'twice' is no way of using them; there is once, often"),
        ({"credit": "half"}, "/credit", "'half' is no way of giving credit; there is per_part, all_or_nothing"),
        ({"rows": []}, "/rows", "is unknown here"),
    ],
)
def test_a_fault_of_the_author_is_named_with_its_place(changes: dict[str, Any], place: str, message: str) -> None:
    faults = {fault.place: fault.message for fault in MATCHING.faults(PAIRS | changes)}
    assert faults[place].startswith(message)


def test_a_table_says_nothing_of_use() -> None:
    assert [fault.place for fault in MATRIX.faults(TABLE | {"use": "often"})] == ["/use"]


def test_an_order_that_belongs_to_another_item_is_refused() -> None:
    with pytest.raises(Invalid, match="each thing of the item once"):
        MATRIX.candidate_content(TABLE, {"rows": ["r1", "r2"], "columns": ["t", "f"]})
