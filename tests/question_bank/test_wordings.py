"""Wordings: what of a typed text counts, letter by letter, in the languages that people type here."""
# ruff: noqa: RUF001 - letters that look alike are what is tested

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.item_kinds import KINDS, CreditTable
from question_bank.item_kinds.reading import TYPED_CHARACTERS_MAX
from question_bank.item_kinds.wordings import Weights, accepted_form, reduced
from tests.builders.samples import item

SHORT = KINDS["short_text"]
NOTHING: Weights = {"case": "ignored", "accents": "ignored"}
CASE: Weights = {"case": "counts", "accents": "ignored"}
ACCENTS: Weights = {"case": "ignored", "accents": "counts"}
BOTH: Weights = {"case": "counts", "accents": "counts"}
ALL = [NOTHING, CASE, ACCENTS, BOTH]


def alike(one: str, other: str) -> list[Weights]:
    """Under which weights two texts are the same answer."""
    return [weights for weights in ALL if reduced(one, weights) == reduced(other, weights)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("smart  city", " smart\u00a0city\n"),
        ("caf\u00e9", "cafe\u0301"),
        ("l\u2019eau", "l'eau"),
        ("l\u00b4eau", "l'eau"),
        ("\u201eStadt\u201c", '"Stadt"'),
        ("\u00abград\u00bb", '"град"'),
        ("e\u2011mail", "e-mail"),
        ("2010\u20132020", "2010-2020"),
        ("\u22125", "-5"),
        ("\u00b5m", "\u03bcm"),
        ("k\u2126", "k\u03a9"),
        ("soft\u00adware", "software"),
        ("city\u200b", "city"),
        # Greek: a sigma is one letter, wherever it stands.
        ("πόλις", "πόλισ"),
        ("ΠΌΛΙΣ", "ΠΌΛΙΣ"),
        # Romanian: the cedilla of older keyboards is the comma below.
        ("ora\u015f", "ora\u0219"),
        ("\u0162ar\u0103", "\u021aar\u0103"),
    ],
)
def test_what_a_reader_does_not_notice_never_decides(one: str, other: str) -> None:
    assert alike(one, other) == ALL


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Smart City", "smart city"),
        ("СОФИЯ", "София"),
        ("ПЛОВДИВ", "пловдив"),
        ("ΠΟΛΙΣ", "πολις"),
        ("Straße", "STRASSE"),
        ("Straße", "Strasse"),
        ("STRA\u1e9eE", "straße"),
    ],
)
def test_case_decides_only_where_it_counts(one: str, other: str) -> None:
    assert alike(one, other) == [NOTHING, ACCENTS]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("πόλη", "πολη"),
        ("\u1f04νθρωπος", "ανθρωπος"),
        ("ciudad común", "ciudad comun"),
        ("año", "ano"),
        ("oraș", "oras"),
        ("Țară", "Tara"),
        ("Kündigung", "Kundigung"),
        ("и\u0300", "и"),
        ("гра\u0301д", "град"),
        ("ёлка", "елка"),
    ],
)
def test_accents_decide_only_where_they_count(one: str, other: str) -> None:
    assert alike(one, other) == [NOTHING, CASE]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("край", "краи"),
        ("Йовков", "Иовков"),
        ("Київ", "Киів"),
        ("Ѓорѓи", "Горги"),
        ("ќерка", "керка"),
        ("Быкаў", "Быкау"),
        ("łódź", "lodz"),
        ("Kündigung", "Kuendigung"),
        ("10\u00b2", "102"),
        ("1\u00bd", "11/2"),
        ("smart city", "smartcity"),
        ("e-mail", "email"),
        ("a", "а"),  # a Latin and a Cyrillic letter
        ("", "a"),
    ],
)
def test_other_letters_are_other_answers(one: str, other: str) -> None:
    assert alike(one, other) == []


@pytest.mark.parametrize(("one", "other"), [("Πόλις", "ΠΟΛΙΣ"), ("\u1fb3δω", "ΑΔΩ"), ("\u0130zmir", "izmir")])
def test_case_and_accents_are_ignored_together(one: str, other: str) -> None:
    assert NOTHING in alike(one, other)
    assert BOTH not in alike(one, other)


typed = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
weights = st.sampled_from(ALL)


@given(typed, weights)
def test_what_counts_is_found_once_and_for_all(text: str, weights: Weights) -> None:
    once = reduced(text, weights)
    assert reduced(once, weights) == once
    assert unicodedata.is_normalized("NFC", once)


@given(typed, weights, st.sampled_from(["NFC", "NFD"]))
def test_every_spelling_of_a_text_is_the_same_answer(text: str, weights: Weights, form: Any) -> None:
    assert reduced(unicodedata.normalize(form, text), weights) == reduced(text, weights)


@given(st.text("abcdeàéî ñöü", max_size=20), st.text("abcdeàéî ñöü", max_size=20))
def test_what_is_the_same_when_more_counts_is_the_same_when_less_does(one: str, other: str) -> None:
    for stricter, laxer in ((BOTH, CASE), (BOTH, ACCENTS), (CASE, NOTHING), (ACCENTS, NOTHING)):
        assert laxer in alike(one, other) or stricter not in alike(one, other)


def test_the_form_of_the_author_is_named() -> None:
    assert accepted_form(" CENSUS ", ["count", "Census"], NOTHING) == "Census"
    assert accepted_form(" CENSUS ", ["count", "Census"], CASE) is None
    assert accepted_form("", ["count"], NOTHING) is None


def short(*accepted: Any, **changes: Any) -> dict[str, Any]:
    return item(accepted=list(accepted), **changes)


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (short(), "/accepted", "needs 1 to 50, has 0"),
        (short("a", "A "), "/accepted/1", "is accepted already by /accepted/0"),
        (short("city", "cíty"), "/accepted/1", "is accepted already by /accepted/0"),
        (short("city", 5), "/accepted/1", "must be text"),
        (short(" "), "/accepted/0", "is empty"),
        (short("\u0301"), "/accepted/0", "has nothing that counts"),
        (short("\u200b"), "/accepted/0", "has nothing that counts"),
        (short("x" * 201), "/accepted/0", "has 201 characters; a candidate can type 200"),
        (short("a", case="maybe"), "/case", "'maybe' is no weight; there is ignored, counts"),
        (short("a", accents=True), "/accents", "must be text"),
        (short("a", credit="per_part"), "/credit", "is unknown here"),
    ],
)
def test_a_fault_of_the_author_is_named_with_its_place(content: dict[str, Any], place: str, message: str) -> None:
    faults = {fault.place: fault.message for fault in SHORT.faults(content)}
    assert faults[place].startswith(message)


def test_forms_that_differ_in_what_counts_are_different_forms() -> None:
    assert SHORT.faults(short("a", "A", case="counts")) == []
    assert SHORT.faults(short("e", "é", accents="counts")) == []


def test_a_text_that_grows_when_it_is_brought_into_one_form_still_fits() -> None:
    growing = "\ufb2c"  # one character that is three in every normal form
    assert len(unicodedata.normalize("NFC", growing)) == 3
    fitting = SHORT.read_response({}, {"text": growing * (TYPED_CHARACTERS_MAX // 3)})
    assert SHORT.read_response({}, fitting) == fitting
    assert SHORT.mark(short("a"), fitting, CreditTable.EXACT).fraction == 0
    for refused in (growing * 67, "x" * 201):
        with pytest.raises(Exception, match="at most 200 are taken"):
            SHORT.read_response({}, {"text": refused})
