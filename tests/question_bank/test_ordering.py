"""Ordering: a whole order, and the ways of counting what is right of it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Invalid
from question_bank.item_kinds import KINDS, CreditTable
from tests.builders.samples import item, things

ORDERING = KINDS["ordering"]
EXACT, TABLE_CUT = CreditTable.EXACT, CreditTable.TABLE_CUT
IDS = "abcdefghijklmno"


def sequence(length: int, counted: str = "whole") -> dict[str, Any]:
    return item(elements=things(*sorted(IDS[:length], reverse=True)), key=list(IDS[:length]), counted=counted)


def worth(ordered: Sequence[str], counted: str, table: CreditTable = EXACT) -> Fraction:
    return ORDERING.mark(sequence(len(ordered), counted), {"ordered": list(ordered)}, table).fraction


def rotated(ids: str, by: int = 1) -> str:
    return ids[by:] + ids[:by]


lengths = st.integers(3, 15)


@given(lengths, st.data())
def test_a_rotation_leaves_all_neighbours_but_one_and_no_place(length: int, data: st.DataObject) -> None:
    turned = rotated(IDS[:length], data.draw(st.integers(1, length - 1)))
    assert worth(turned, "neighbours") == Fraction(length - 2, length - 1)
    assert worth(turned, "places") == worth(turned, "whole") == 0


@given(lengths, st.data())
def test_two_neighbours_swapped_leave_all_places_but_two(length: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, length - 2))
    ids = list(IDS[:length])
    ids[place], ids[place + 1] = ids[place + 1], ids[place]
    assert worth(ids, "places") == Fraction(length - 2, length)
    broken = len({place - 1, place, place + 1} & set(range(length - 1)))
    assert worth(ids, "neighbours") == Fraction(length - 1 - broken, length - 1)
    assert worth(ids, "whole") == 0


@given(st.permutations(IDS[:6]))
def test_only_the_right_order_is_worth_all(ids: list[str]) -> None:
    is_right = ids == list(IDS[:6])
    assert {worth(ids, counted) == 1 for counted in ("whole", "places", "neighbours")} == {is_right}


@pytest.mark.parametrize("counted", ["places", "neighbours"])
@pytest.mark.parametrize("length", [3, 4, 5])
def test_who_orders_at_random_expects_one_part_in_as_many_as_there_are_elements(length: int, counted: str) -> None:
    marks = [worth(ids, counted) for ids in permutations(IDS[:length])]
    assert sum(marks) / len(marks) == Fraction(1, length)


def test_the_reverse_has_no_right_neighbour() -> None:
    assert worth("edcba", "neighbours") == 0
    assert worth("edcba", "places") == Fraction(1, 5)


def test_the_order_is_whole_where_nothing_is_said_and_parts_are_cut_by_the_table() -> None:
    unsaid = {name: value for name, value in sequence(4).items() if name != "counted"}
    assert ORDERING.faults(unsaid) == []
    assert ORDERING.mark(unsaid, {"ordered": list("bcda")}, EXACT).proof["counted"] == "whole"
    assert worth("bcda", "neighbours", TABLE_CUT) == Fraction(66, 100)
    assert worth("abcd", "whole", TABLE_CUT) == 1


@pytest.mark.parametrize(
    ("value", "place", "message"),
    [
        (["a", "b"], "/ordered", "must name all 3 elements, each once; it names 2"),
        (["a", "b", "b"], "/ordered/2", "'b' stands already at /ordered/1"),
        (["a", "b", "d"], "/ordered/2", "'d' is no element of this item"),
        (["a", "b", "c", "a"], "/ordered", "needs 0 to 3, has 4"),
        (["a", "b", 3], "/ordered/2", "must be text"),
        ("abc", "/ordered", "must be a list"),
    ],
)
def test_what_is_no_whole_order_is_refused(value: Any, place: str, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ORDERING.read_response({"elements": ["c", "a", "b"]}, {"ordered": value})
    assert (refusal.value.faults[0].place, refusal.value.faults[0].message) == (place, message)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"key": ["a", "b"]}, "/key"),
        ({"key": []}, "/key"),
        ({"key": ["a", "b", "b"]}, "/key/2"),
        ({"key": ["a", "b", "x"]}, "/key/2"),
        ({"elements": things("a", "b"), "key": ["a", "b"]}, "/elements"),
        ({"elements": things(*IDS, "p"), "key": [*IDS, "p"]}, "/elements"),
        ({"counted": "some"}, "/counted"),
    ],
)
def test_a_fault_of_the_author_is_named_with_its_place(changes: dict[str, Any], place: str) -> None:
    assert place in [fault.place for fault in ORDERING.faults(sequence(3) | changes)]


def test_a_candidate_sees_the_drawn_order_alone() -> None:
    assert ORDERING.candidate_content(sequence(3), {"elements": ["b", "c", "a"]}) == {
        "kind": "ordering",
        "stem": "<p>What comes first?</p>",
        "counts": "whole",
        "elements": things("b", "c", "a"),
    }
