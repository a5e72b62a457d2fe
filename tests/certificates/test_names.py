"""Names: whatever passes at entry, up to the length the entry allows, becomes a certificate that passes every gate."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from certificates.document import draw_checked
from certificates.names import CHARACTERS_MAX, holder_faults, issuer_faults
from certificates.page import _laid_out
from certificates.typefaces import Face, glyph_faults, load_faces, printed, width_of
from certificates.wording import certificate_wording
from tests.builders.certificates import ADDRESS, AREAS, PUBLIC_URL, make_snapshot

PRINTABLE = sorted(chr(code) for code in load_faces() if not glyph_faults("", chr(code)))
LETTERS = [character for character in PRINTABLE if unicodedata.category(character).startswith("L")]
WIDEST = sorted(LETTERS, key=lambda character: -width_of(character, Face.SERIF, 1))[:40]
LONGEST = [
    *("W" * 200, "Ш" * 200, "Щ" * 200, "Ω" * 200, "Ǆ" * 200, "\u1f9d" * 200, "m" * 200, "i" * 200),
    " ".join(["Wwwww"] * 33),
    " ".join("W" * 100),
    "-".join("Щ" * 100),
    ("Wolfeschlegelsteinhausenbergerdorff-" * 6)[:200],
]
names = st.one_of(
    st.text(st.sampled_from(PRINTABLE), max_size=CHARACTERS_MAX),
    st.text(st.sampled_from([*LETTERS, " ", "-", "'", "."]), max_size=CHARACTERS_MAX),
    st.text(st.sampled_from([*WIDEST, " "]), min_size=CHARACTERS_MAX // 2, max_size=CHARACTERS_MAX),
    st.text(st.sampled_from(["Q", "e", "\u0323", "\u0301", "\u0308", " "]), max_size=60),
)


def areas(count: int) -> list[dict[str, Any]]:
    texts = [name for _, name, _ in AREAS]
    return [{"code": f"A{index}", "name": texts[index % len(texts)], "level": index % 8 + 1} for index in range(count)]


ON_PAGES = {"airy": areas(8), "fuller": areas(24), "dense": areas(44), "densest": areas(60)}


@pytest.mark.parametrize("name", LONGEST, ids=lambda name: f"{name[:6]}-{len(name)}")
@pytest.mark.parametrize("density", ON_PAGES)
def test_the_longest_names_pass_the_gates_on_every_page(density: str, name: str) -> None:
    assert holder_faults("name", name) == []
    draw_checked(make_snapshot(holder={"name": name}, areas=ON_PAGES[density]), PUBLIC_URL)


@settings(max_examples=400, deadline=None)
@given(names, st.sampled_from(sorted(ON_PAGES)))
@example("Ada " + "\u2e3b" * 150, "densest")
@example("Ad\u203fa\u203f\u203fb", "airy")
@example("q\u0323\u0323b", "airy")
@example("Ab \u0307cd", "airy")
def test_whatever_passes_as_a_holders_name_passes_the_gates(given_name: str, density: str) -> None:
    name = printed(given_name)
    assume(not holder_faults("name", name))
    draw_checked(make_snapshot(holder={"name": name}, areas=ON_PAGES[density]), PUBLIC_URL)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from(LETTERS), min_size=1, max_size=CHARACTERS_MAX))
def test_every_name_of_letters_passes(letters: str) -> None:
    assert holder_faults("name", printed(letters)) == []
    assert issuer_faults("name", printed(letters)) == []


@settings(max_examples=100, deadline=None)
@given(names)
def test_whatever_passes_as_an_issuers_name_passes_the_gates(given_name: str) -> None:
    name = printed(given_name)
    assume(not holder_faults("name", name) and not issuer_faults("name", name))
    draw_checked(make_snapshot(issuer={"name": name, "website": None}), PUBLIC_URL)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "letters"),
        ("12345", "letters"),
        ("x" * 201, "at most 200 characters"),
        ("王小明", "U+738B CJK UNIFIED IDEOGRAPH-738B"),
        ("Ada " + "\u2e3b" * 190, "no room for it on the certificate"),
        ("Ad\u203fa", "U+203F UNDERTIE"),
    ],
)
def test_what_no_certificate_can_carry_is_refused_and_named(name: str, told: str) -> None:
    for faults in (holder_faults("name", name), issuer_faults("name", name)):
        assert {fault.place for fault in faults} == {"name"}
        assert told in str(faults[0])


@pytest.mark.parametrize(
    "name", ["\u0301Ada", "Ab \u0307cd", "Ada 7\u0301", "q\u0323\u0323b"], ids=["first", "after space", "on 7", "twice"]
)
def test_a_mark_stands_on_a_letter_and_once(name: str) -> None:
    (fault,) = holder_faults("name", name)
    assert "a combining mark needs a letter before it, and once is enough: U+03" in fault.message


def test_the_page_is_the_same_whoever_holds_the_certificate() -> None:
    """The holder's place has one height on each page, so what fits one holder fits them all."""
    wordings = [certificate_wording(make_snapshot(holder={"name": name}), ADDRESS) for name in ("Bo Li", *LONGEST)]
    assert len({round(_laid_out(wording, ADDRESS)[1], 6) for wording in wordings}) == 1
