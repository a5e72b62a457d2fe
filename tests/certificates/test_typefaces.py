"""Typefaces: what can be printed, and what cannot is named."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.typefaces import glyph_faults, load_faces, printed

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
        ("1\u20442", "U+2044 FRACTION SLASH"),
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
