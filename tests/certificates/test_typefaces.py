"""Typefaces: what can be printed, and how text of any length is set."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.typefaces import (
    DoesNotFit,
    Face,
    glyph_faults,
    load_faces,
    printed,
    set_display,
    set_paragraph,
    width_of,
)

NAMES = [
    "Ελευθερία Παπαδοπούλου",
    "Ἀριστοτέλης ὁ Σταγειρίτης",
    "Ивайло Щърбанов-Йорданов",
    "Ștefania Țîrlea",
    "Şerban Ţurcanu",
    "María José Núñez y Güell",
    "Łukasz Żółć",
    "Þórður Æðeyjarson",
    "Ọlátúńjí Adéṣọlá",
    "Nguyễn Thị Ánh",
    "Dvořák-Škvorecký",
    "O\u2019Brien",
]
words = st.text(st.characters(codec="ascii", categories=["Lu", "Ll"]), min_size=1, max_size=12)
phrases = st.lists(words, min_size=1, max_size=8).map(" ".join)


@pytest.mark.parametrize("name", NAMES)
def test_european_names_can_be_printed(name: str) -> None:
    assert glyph_faults("name", printed(name)) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("王小明", "U+5C0F CJK UNIFIED IDEOGRAPH-5C0F"),
        ("محمد", "U+062D ARABIC LETTER HAH"),
        ("Ann\x00", "U+0000 unnamed"),
        ("Ann\u200b", "U+200B ZERO WIDTH SPACE"),
        ("\u202enaoJ", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("\ud800", "U+D800 unnamed"),
        ("\ue000", "U+E000 unnamed"),
        ("🎓", "U+1F393 GRADUATION CAP"),
    ],
)
def test_what_would_print_as_a_box_or_not_at_all_is_named_with_its_code_point(name: str, said: str) -> None:
    (fault,) = glyph_faults("holder_name", name)
    assert fault.place == "holder_name"
    assert said in fault.message


def test_names_are_printed_composed_and_with_single_spaces() -> None:
    assert printed("  S\u0326tefania\t\u00a0 T\u0326i\u0302rlea\n") == "Ștefania Țîrlea"


@given(st.text(max_size=50))
def test_the_printed_form_is_stable(text: str) -> None:
    assert printed(printed(text)) == printed(text)


def test_every_face_covers_latin_greek_and_cyrillic() -> None:
    letters = [
        code
        for start, end in ((0x20, 0x17F), (0x218, 0x21C), (0x386, 0x3CF), (0x400, 0x460), (0x1E00, 0x1F00))
        for code in range(start, end)
        if unicodedata.category(chr(code)) not in {"Cn", "Cc"}
    ]
    assert set(letters) <= load_faces()


@given(phrases)
def test_a_heading_fits_its_width_and_loses_no_word(text: str) -> None:
    heading = set_display("title", text, Face.SERIF, sizes=(42, 4), width=300, lines_max=2)
    assert " ".join(heading.lines) == text
    assert len(heading.lines) <= 2
    assert 4 <= heading.size <= 42
    assert all(width_of(line, heading.face, heading.size) <= 300.001 for line in heading.lines)


def test_a_short_heading_is_as_large_as_allowed_and_a_long_one_breaks_evenly() -> None:
    def setting(text: str) -> tuple[float, tuple[str, ...]]:
        made = set_display("name", text, Face.SERIF, sizes=(40, 18), width=400, lines_max=2)
        return made.size, made.lines

    assert setting("Bo Li") == (40, ("Bo Li",))
    size, lines = setting("María José Núñez de la Peña y Fernández-Villaverde del Río")
    assert lines == ("María José Núñez de la Peña y", "Fernández-Villaverde del Río")
    assert 18 <= size < 40


def test_a_heading_without_end_is_refused_by_its_place() -> None:
    with pytest.raises(DoesNotFit) as refused:
        set_display("holder_name", "W" * 200, Face.SERIF, sizes=(40, 18), width=400, lines_max=2)
    assert refused.value.faults[0].place == "holder_name"


@settings(max_examples=50)
@given(phrases)
def test_a_paragraph_keeps_its_size_and_loses_no_word(text: str) -> None:
    paragraph = set_paragraph("statement", text, Face.SANS, size=8, width=120, lines_max=20)
    assert " ".join(paragraph.lines) == text
    assert paragraph.size == 8
    assert all(width_of(line, Face.SANS, 8) <= 120 for line in paragraph.lines)


@pytest.mark.parametrize("text", ["many words " * 40, "W" * 60])
def test_a_paragraph_that_is_too_long_or_has_too_long_a_word_is_refused(text: str) -> None:
    with pytest.raises(DoesNotFit):
        set_paragraph("statement", text.strip(), Face.SANS, size=8, width=120, lines_max=3)
