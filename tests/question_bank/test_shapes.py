"""Shapes on a picture: exact in whole numbers, compared with counting pixels by brute force."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.documents import opened
from question_bank.item_kinds.shapes import Circle, Piece, overlap, place_of, read_shape

SIDE = 12
STEPS = [Fraction(number, 4) + Fraction(1, 8) for number in range(SIDE * 4)]
"""Points off every line of whole pixels."""
numbers = st.integers(0, SIDE)
rectangles = st.builds(
    lambda left, top, width, height: {"rectangle": [left, top, min(left + width, SIDE), min(top + height, SIDE)]},
    *(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1), st.integers(1, SIDE), st.integers(1, SIDE)),
)
circles = st.integers(1, SIDE // 2).flatmap(
    lambda radius: st.builds(
        lambda x, y: {"circle": [x, y, radius]}, *[st.integers(radius, SIDE - radius) for _ in range(2)]
    )
)
corners = st.lists(st.tuples(numbers, numbers).map(list), min_size=3, max_size=7)


def read(shape: Any) -> tuple[list[Piece], dict[str, str]]:
    place = opened(shape, "")
    return read_shape(place, SIDE, SIDE), place.faults


def is_sound(points: list[list[int]]) -> bool:
    return read({"polygon": points})[1] == {}


shapes = rectangles | circles | corners.filter(is_sound).map(lambda points: {"polygon": points})


def holds(shape: dict[str, Any], x: Fraction, y: Fraction) -> bool:
    """Whether a point lies in a shape, by its definition."""
    match shape:
        case {"rectangle": [left, top, right, bottom]}:
            return left < x < right and top < y < bottom
        case {"circle": [cx, cy, radius]}:
            return (x - cx) ** 2 + (y - cy) ** 2 < radius**2
    ring = shape["polygon"]
    crossed = 0
    for (x1, y1), (x2, y2) in pairwise([*ring, ring[0]]):
        if (y1 > y) != (y2 > y) and x1 + (y - y1) * Fraction(x2 - x1, y2 - y1) > x:
            crossed += 1
    return crossed % 2 == 1


@given(shapes, shapes)
def test_shapes_that_share_a_point_overlap(one: dict[str, Any], other: dict[str, Any]) -> None:
    shared = any(holds(one, x, y) and holds(other, x, y) for x in STEPS for y in STEPS)
    said = overlap(read(one)[0], read(other)[0])
    assert said == overlap(read(other)[0], read(one)[0])
    assert said or not shared


@given(shapes)
def test_a_shape_overlaps_itself(shape: dict[str, Any]) -> None:
    assert overlap(read(shape)[0], read(shape)[0])


@given(rectangles, rectangles)
def test_rectangles_overlap_as_their_sides_say(one: dict[str, Any], other: dict[str, Any]) -> None:
    (l1, t1, r1, b1), (l2, t2, r2, b2) = one["rectangle"], other["rectangle"]
    assert overlap(read(one)[0], read(other)[0]) == (l1 < r2 and l2 < r1 and t1 < b2 and t2 < b1)


@given(corners.filter(is_sound))
def test_a_polygon_is_cut_into_triangles_that_cover_it_once(points: list[list[int]]) -> None:
    def twice_the_area(ring: Any) -> int:
        return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise([*ring, ring[0]])))

    pieces, _ = read({"polygon": points})
    assert sum(twice_the_area(piece) for piece in pieces) == twice_the_area(points)
    for number, piece in enumerate(pieces):
        assert not isinstance(piece, Circle)
        assert not overlap([piece], pieces[:number])


@given(corners, st.integers(0, 6))
def test_where_a_polygon_begins_and_which_way_it_runs_says_nothing(points: list[list[int]], turn: int) -> None:
    turned = points[turn % len(points) :] + points[: turn % len(points)]
    assert is_sound(points) == is_sound(turned) == is_sound(points[::-1])


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({"rectangle": [0, 0, 5, 5]}, {"rectangle": [5, 0, 9, 5]}, False),
        ({"circle": [3, 3, 3]}, {"circle": [9, 3, 3]}, False),
        ({"circle": [3, 3, 3]}, {"circle": [8, 3, 3]}, True),
        ({"circle": [4, 4, 3]}, {"rectangle": [7, 0, 9, 9]}, False),
        ({"circle": [4, 4, 3]}, {"rectangle": [6, 0, 9, 9]}, True),
        ({"circle": [3, 3, 1]}, {"rectangle": [0, 0, 9, 9]}, True),
        # A U, and what stands between its arms.
        (
            {"polygon": [[0, 0], [3, 0], [3, 6], [6, 6], [6, 0], [9, 0], [9, 9], [0, 9]]},
            {"rectangle": [3, 0, 6, 6]},
            False,
        ),
        (
            {"polygon": [[0, 0], [3, 0], [3, 6], [6, 6], [6, 0], [9, 0], [9, 9], [0, 9]]},
            {"rectangle": [3, 0, 6, 7]},
            True,
        ),
        # The diagonal of a circle's corner: nearer than a box would say.
        ({"circle": [4, 4, 4]}, {"polygon": [[8, 8], [7, 8], [8, 7]]}, False),
    ],
)
def test_touching_is_not_overlapping(one: Any, other: Any, *, said: bool) -> None:
    assert overlap(read(one)[0], read(other)[0]) is said


@pytest.mark.parametrize(
    ("shape", "place", "told"),
    [
        ({}, "", "must be one of"),
        ({"ellipse": [1, 1, 1, 1]}, "", "must be one of"),
        ({"circle": [5, 5, 1], "rectangle": [0, 0, 1, 1]}, "", "must be one of"),
        ({"rectangle": [0, 0, 5]}, "/rectangle", "needs 4, has 3"),
        ({"rectangle": [5, 0, 5, 5]}, "/rectangle", "is empty"),
        ({"rectangle": [0, 0, 13, 5]}, "/rectangle/2", "13 is outside 0..12"),
        ({"rectangle": [0, -1, 3, 5]}, "/rectangle/1", "-1 is outside"),
        ({"rectangle": [0, 0, True, 5]}, "/rectangle/2", "must be a whole number"),
        ({"circle": [5, 5, 0]}, "/circle", "is empty"),
        ({"circle": [5, 5, 6]}, "/circle", "reaches out of the picture"),
        ({"polygon": [[0, 0], [5, 5]]}, "/polygon", "needs 3 to 24"),
        ({"polygon": [[0, 0]] * 25}, "/polygon", "needs 3 to 24"),
        ({"polygon": [[0, 0], [5, 5], [10, 10]]}, "/polygon", "crosses or touches itself, or is empty"),
        ({"polygon": [[0, 0], [5, 5], [5, 0], [0, 5]]}, "/polygon", "crosses or touches itself"),
        ({"polygon": [[0, 0], [5, 0], [5, 0], [0, 5]]}, "/polygon", "crosses or touches itself"),
        ({"polygon": [[0, 0], [6, 0], [6, 6], [3, 0], [0, 6]]}, "/polygon", "crosses or touches itself"),
        ({"polygon": [[0, 0], [6, 0], [9, 0], [6, 0], [6, 6]]}, "/polygon", "crosses or touches itself"),
        ({"polygon": [[0, 0], [5, "5"], [0, 5]]}, "/polygon/1/1", "must be a whole number"),
    ],
)
def test_a_shape_that_is_none_is_refused_with_its_place(shape: Any, place: str, told: str) -> None:
    pieces, faults = read(shape)
    assert pieces == []
    assert list(faults) == [place]
    assert told in faults[place]


def test_a_reader_meets_what_is_above_first() -> None:
    boxes = {"polygon": [[5, 9], [7, 3], [9, 9]]}, {"circle": [5, 5, 4]}, {"rectangle": [0, 3, 2, 5]}
    assert [place_of(shape) for shape in boxes] == [(3, 7), (1, 5), (3, 0)]
