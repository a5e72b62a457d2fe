"""Posted items: whatever a form posts is read as its author meant it, and rows keep their names when they move."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_engine.http.web.bank.posted_item import STEPS_MAX, change_rows, fresh_id, read_posted
from exam_engine.http.web.bank.words import KINDS
from tests.exam_engine.http.web.bank.authoring import fields_of, item_of

STEPS = st.text("ab/-:lines0", max_size=12)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_fields_of_an_item_are_the_item(kind: str) -> None:
    item = item_of(kind, "X-1")
    posted = read_posted(fields_of(item)).document
    posted["elements"] = sorted(posted.get("elements", []), key=str)
    item["elements"] = sorted(item.get("elements", []), key=str)
    assert posted == item


@given(st.lists(st.tuples(STEPS, st.text(max_size=5)), max_size=12))
def test_whatever_is_posted_is_read(fields: list[tuple[str, str]]) -> None:
    posted = read_posted([(f"/{name}", text) for name, text in fields])
    assert isinstance(posted.document, dict)
    for place, name in posted.fields.items():
        assert posted.field_at(place) == name
        assert posted.field_at(f"{place}/7/to") == name


def test_rows_stand_in_the_order_in_which_they_are_posted() -> None:
    posted = read_posted([("/options/-4/text", "second"), ("/options/-0/id", "a"), ("/options/-4/id", "b")])
    assert posted.document == {"options": [{"text": "second", "id": "b"}, {"id": "a"}]}
    assert posted.field_at("/options/0/text") == "/options/-4/text"
    assert posted.field_at("/options/1/id") == "/options/-0/id"


def test_an_empty_field_is_a_member_that_is_not_given() -> None:
    fields = [("/stem", "  "), ("/options/-0/id", "a"), ("/options/-0/text", ""), ("/within/absolute", "")]
    posted = read_posted(fields)
    assert posted.document == {"options": [{"id": "a"}]}
    assert posted.field_at("/options/0/text") == "/options/-0/text"


def test_numbers_that_are_none_stay_as_they_were_typed() -> None:
    assert read_posted([("/level", "5"), ("/expected_seconds", "a minute")]).document == {
        "level": 5,
        "expected_seconds": "a minute",
    }


def test_lines_are_elements() -> None:
    assert read_posted([("/accepted:lines", "one\r\n\r\n two \n")]).document == {"accepted": ["one", "two"]}


def test_what_is_nested_too_deeply_is_passed_over() -> None:
    assert read_posted([("/a" * (STEPS_MAX + 1), "x"), ("stem", "x")]).document == {}


DOCUMENT: dict[str, Any] = {
    "options": [{"id": "a"}, {"id": "c"}, {"id": "b"}],
    "gaps": [{"id": "a", "options": [{"id": "a"}]}],
}


@pytest.mark.parametrize(
    ("change", "ids"),
    [
        ("add /options", "acbd"),
        ("remove /options/-1", "ab"),
        ("up /options/-1", "cab"),
        ("up /options/-0", "acb"),
        ("down /options/-1", "abc"),
        ("down /options/-2", "acb"),
        ("remove /options/-7", "acb"),
        ("remove /options/-x", "acb"),
        ("up /nothing/-1", "acb"),
        ("sideways", "acb"),
        ("add", "acb"),
        ("", "acb"),
    ],
)
def test_rows_are_added_taken_away_and_moved(change: str, ids: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    change_rows(document, change)
    assert "".join(row["id"] for row in document["options"]) == ids


def test_rows_within_rows() -> None:
    document = copy.deepcopy(DOCUMENT)
    change_rows(document, "add /gaps/-0/options")
    assert document["gaps"][0]["options"] == [{"id": "a"}, {"id": "b"}]
    change_rows(document, "add /gaps/-9/options")
    change_rows(document, "add /units")
    assert document["units"] == [{}]


@given(st.lists(st.fixed_dictionaries({"id": st.sampled_from([*"abcxyz", "r0", "r1", "r2"])}), max_size=60))
def test_a_fresh_id_is_nobodys(rows: list[dict[str, str]]) -> None:
    assert {"id": fresh_id(rows)} not in rows
