"""Typesetting: text of any length is broken and sized, never cut, and never smaller than people can read."""

from __future__ import annotations

import struct
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.typefaces import FONTS, Face, width_of
from certificates.typesetting import LEADING, SMALLEST, DoesNotFit, SetText, set_display, set_paragraph

BOX = {"largest": 42.0, "width": 400.0, "height": 62.0}
words = st.text(st.characters(codec="ascii", categories=["Lu", "Ll"]), min_size=1, max_size=40)
phrases = st.lists(words, min_size=1, max_size=12).map(" ".join)
marked = st.text(st.sampled_from("WЩΩq\u0323\u0301- "), min_size=1, max_size=120).map(
    lambda text: " ".join(text.split())
)


def heading(text: str, **box: float) -> SetText:
    return set_display("title", text, Face.SERIF, **{**BOX, **box})


def letters(lines: tuple[str, ...]) -> str:
    return "".join(lines).replace(" ", "")


@given(phrases)
def test_a_heading_stays_in_its_box_and_loses_no_letter(text: str) -> None:
    made = heading(text)
    assert letters(made.lines) == text.replace(" ", "")
    assert SMALLEST <= made.size <= 42
    assert made.height == pytest.approx(len(made.lines) * made.size * LEADING)
    assert made.height <= 62.001
    assert all(width_of(line, made.face, made.size) <= 400.001 for line in made.lines)


def test_a_short_heading_is_as_large_as_allowed_and_a_long_one_breaks_evenly() -> None:
    assert (heading("Bo Li").size, heading("Bo Li").lines) == (42, ("Bo Li",))
    made = heading("María José Núñez de la Peña y Fernández-Villaverde del Río")
    assert made.lines == ("María José Núñez de la Peña y", "Fernández-Villaverde del Río")
    assert made.size == pytest.approx(62 / 2 / LEADING)


def test_words_are_broken_at_hyphens_sooner_than_anywhere_else() -> None:
    made = heading("Wolfeschlegelsteinhausen-Schwarzenbergerdorff", width=200)
    assert made.lines == ("Wolfeschlegelsteinhausen-", "Schwarzenbergerdorff")


def test_a_word_without_end_is_broken_once_it_would_be_much_smaller_whole() -> None:
    assert len(heading("W" * 20).lines) == 1
    made = heading("W" * 80)
    assert len(made.lines) > 1
    assert made.size > 1.5 * 400 / width_of("W" * 80, Face.SERIF, 1)


def test_a_heading_without_end_is_refused_by_its_place() -> None:
    with pytest.raises(DoesNotFit) as refused:
        heading("W" * 900)
    assert [fault.place for fault in refused.value.faults] == ["title"]


@settings(max_examples=200)
@given(marked.filter(bool), st.floats(60, 300))
def test_a_paragraph_never_leaves_its_width_and_loses_no_letter(text: str, width: float) -> None:
    made = set_paragraph(text, Face.SANS, largest=9.5, width=width, lines=2)
    assert letters(made.lines) == text.replace(" ", "")
    assert SMALLEST <= made.size <= 9.5
    assert all(width_of(line, Face.SANS, made.size) <= width + 0.001 for line in made.lines)


@given(marked.filter(bool), st.floats(60, 300))
def test_no_line_begins_with_a_mark_that_belongs_to_the_letter_above(text: str, width: float) -> None:
    made = set_paragraph(text, Face.SANS, largest=9.5, width=width, lines=2)
    inside = {word[0] for word in text.split(" ")}
    begun = {line[0] for line in made.lines if unicodedata.category(line[0]).startswith("M")}
    assert begun <= inside


def test_a_paragraph_shrinks_in_steps_and_takes_more_lines_only_in_the_smallest_size() -> None:
    def sizes(count: int) -> tuple[float, int]:
        made = set_paragraph(" ".join(["words"] * count), Face.SANS, largest=8, width=120, lines=2)
        return made.size, len(made.lines)

    assert sizes(4) == (8, 1)
    made = [sizes(count) for count in range(4, 40)]
    assert {8, 7.5, 6.5} <= {size for size, _ in made} <= {8, 7.5, 7, 6.5}
    assert all(lines <= 2 or size == SMALLEST for size, lines in made)
    assert max(lines for _, lines in made) > 2


@pytest.mark.parametrize("face", Face)
def test_the_smallest_size_is_as_high_as_the_law_asks_of_print_that_has_to_be_read(face: Face) -> None:
    assert SMALLEST * _x_height(face) / 72 * 25.4 >= 1.2


@pytest.mark.parametrize("face", Face)
def test_lines_stand_as_far_apart_as_the_faces_letters_reach(face: Face) -> None:
    """Marks stacked on capitals are the tallest; neighbouring lines may touch there, and only there."""
    ascent, descent = _reach(face)
    assert 0.95 * (ascent - descent) <= LEADING


def _x_height(face: Face) -> float:
    content, tables = _tables(face)
    (height,) = struct.unpack_from(">h", content, tables["OS/2"] + 86)
    return float(height) / _units(content, tables)


def _reach(face: Face) -> tuple[float, float]:
    content, tables = _tables(face)
    ascent, descent = struct.unpack_from(">hh", content, tables["hhea"] + 4)
    return ascent / _units(content, tables), descent / _units(content, tables)


def _units(content: bytes, tables: dict[str, int]) -> int:
    return int(struct.unpack_from(">H", content, tables["head"] + 18)[0])


def _tables(face: Face) -> tuple[bytes, dict[str, int]]:
    """Read where the tables of a TrueType file begin."""
    content = (FONTS / f"{face.value}.ttf").read_bytes()
    (count,) = struct.unpack_from(">H", content, 4)
    entries = (struct.unpack_from(">4sLLL", content, 12 + 16 * index) for index in range(count))
    return content, {tag.decode(): offset for tag, _, offset, _ in entries}
