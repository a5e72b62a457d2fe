"""Words by their places: all that is in a language, and nothing that decides what is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.full_text import item_words
from question_bank.item_kinds import KINDS
from question_bank.item_words import in_other_words, shape_at, words_of
from question_bank.marked_text import Shape
from question_bank.translations import misfits
from tests.builders.samples import SAMPLES

STIMULUS = {"stimulus": {"code": "tram", "title": "A tram", "text": "It is late."}}
BAD_FORMULA = r"\(\frac\)"
IN_A_BLOCK = "~~~\n![](nowhere)\n~~~"
"""Code where there are blocks, a picture from nowhere in a line."""


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_words_of_every_kind_can_be_exchanged(kind: str) -> None:
    content: dict[str, Any] = dict(SAMPLES[kind].content)
    words = words_of(content)
    assert "/stem" in words
    assert in_other_words(content, words) == content
    other = in_other_words(content, {place: f"{text} so" for place, text in words.items()})
    assert misfits(content, other) == []
    assert {*words_of(other)} == {*words}
    assert other != content


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_what_is_written_at_a_place_stands_there(kind: str, data: st.DataObject) -> None:
    content = SAMPLES[kind].content
    place = data.draw(st.sampled_from(sorted(words_of(content))))
    said = data.draw(st.text(min_size=1))
    assert words_of(in_other_words(content, {place: said})) == {**words_of(content), place: said}


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_every_text_of_a_set_is_read_in_the_shape_its_kind_asks_for(kind: str) -> None:
    content = {**SAMPLES[kind].content, **STIMULUS}
    assert KINDS[kind].faults(content) == []
    for place in words_of(content):
        shape = shape_at(place)
        assert is_refused(kind, content, place, BAD_FORMULA, "formula") == (shape is not None), place
        assert is_refused(kind, content, place, IN_A_BLOCK, "nowhere") == (shape is Shape.LINE), place


def is_refused(kind: str, content: dict[str, Any], place: str, text: str, why: str) -> bool:
    faults = KINDS[kind].faults(in_other_words(content, {place: text}))
    return any(fault.place == place and why in fault.message for fault in faults)


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_an_item_is_found_by_each_of_its_texts(kind: str) -> None:
    content = {**SAMPLES[kind].content, **STIMULUS}
    told = {place: f"word{number}" for number, place in enumerate(words_of(content))}
    assert set(told.values()) <= set(item_words("A.1", in_other_words(content, told)).split())


def test_a_key_is_no_words_whatever_its_ids_are_called() -> None:
    content = {"rows": [{"id": "text", "text": "A tram"}], "key": {"text": "true", "title": "false"}}
    assert words_of(content) == {"/rows/0/text": "A tram"}
    (misfit,) = misfits(content, content | {"key": {"text": "false", "title": "false"}})
    assert misfit.place == "/key/text"


def test_marks_are_no_words() -> None:
    content = {"stimulus": {"text": "~~~\nfence\n~~~"}, "picture": {"description": "Two **ways**"}, "source": "*"}
    assert item_words("", content).split() == ["fence", "two", "ways"]
