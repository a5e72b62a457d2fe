"""Places on a picture in the authoring form: numbers keep their meaning, and new places stand apart."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_engine.http.web.bank.posted_item import change_rows, read_posted
from exam_engine.http.web.bank.spot_fields import drawn_places, new_corner, new_spot, shape_of
from question_bank.documents import opened
from question_bank.item_kinds.shapes import overlap, read_shape

SHAPES = ("rectangle", "circle", "polygon")
ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*SHAPES, "x"]), inner, max_size=2),
    max_leaves=8,
)


def pieces(shape: dict[str, Any], width: int, height: int) -> Any:
    place = opened(shape, "")
    found = read_shape(place, width, height)
    assert not place.faults, (shape, place.faults)
    return found


@given(st.integers(40, 8192), st.integers(40, 8192), st.lists(st.sampled_from(SHAPES), min_size=2, max_size=16))
def test_new_places_lie_on_the_picture_and_apart(width: int, height: int, shapes: list[str]) -> None:
    document = {"picture": {"width": width, "height": height}}
    found = [pieces(new_spot(document, shape, number), width, height) for number, shape in enumerate(shapes)]
    assert not any(overlap(one, other) for one, other in combinations(found, 2))


@pytest.mark.parametrize(("shape", "count"), [("rectangle", 4), ("circle", 3)])
def test_without_a_picture_the_numbers_of_a_new_place_are_open(shape: str, count: int) -> None:
    assert new_spot({}, shape, 0) == {shape: [None] * count}


def test_an_open_number_leaves_the_others_where_they_are() -> None:
    numbers = [(f"/spots/-0/shape/rectangle/-{index}", text) for index, text in enumerate(["10", "", "30", "-4"])]
    posted = read_posted(numbers)
    assert posted.document == {"spots": [{"shape": {"rectangle": [10, None, 30, "-4"]}}]}
    assert posted.field_at("/spots/0/shape/rectangle/1") == "/spots/-0/shape/rectangle/-1"
    assert posted.field_at("/spots/0/shape") == "/spots/-0/shape"


def test_places_and_corners_are_added_and_taken_away() -> None:
    document: dict[str, Any] = {"kind": "hotspot", "picture": {"width": 90, "height": 90}}
    change_rows(document, "look /picture")
    change_rows(document, "add-polygon /spots")
    change_rows(document, "add-circle /spots")
    assert [(spot["id"], shape_of(spot)[0]) for spot in document["spots"]] == [("a", "polygon"), ("b", "circle")]
    change_rows(document, "add /spots/-0/shape/polygon")
    assert len(document["spots"][0]["shape"]["polygon"]) == 4
    change_rows(document, "remove /spots/-0/shape/polygon/-3")
    change_rows(document, "remove /spots/-1")
    assert [(spot["id"], len(shape_of(spot)[1])) for spot in document["spots"]] == [("a", 3)]


def test_a_new_corner_lies_between_the_last_and_the_first() -> None:
    assert new_corner([[0, 0], [10, 0], [10, 10]]) == [5, 5]
    assert new_corner([[None, 0], [1, 1]]) == [None, None]


@given(ANYTHING)
def test_whatever_a_program_has_saved_can_be_shown(shape: Any) -> None:
    name, numbers = shape_of({"shape": shape})
    assert name in SHAPES
    assert isinstance(numbers, list)
    assert len(drawn_places({"spots": [{"shape": shape}, shape]})) <= 2
