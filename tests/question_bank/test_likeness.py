"""Likeness and sketches: the like are found among many, strangers are not, and the bank tells nobody else's items."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from question_bank import sketches
from question_bank.authoring import move_item
from question_bank.items import ItemState
from question_bank.likeness import BANDS, asked_in, bands_of, likeness, shingles_of
from question_bank.sketches import ALIKE, like_in_bank
from tests.builders.kernel import NOW
from tests.builders.question_bank import item_document, make_drafts, make_framework, make_live_items, make_staff

texts = st.lists(st.sampled_from(["city", "data", "tram", "plan", "open", "road", "bus"]), max_size=30).map(" ".join)
WORDS = [f"word{number}" for number in range(400)]
STEM = "A city opens its air measurements every hour. What must come with them so that others can use them?"


@given(texts, texts)
def test_likeness_is_a_share_and_has_no_direction(one: str, other: str) -> None:
    share = likeness(shingles_of(one), shingles_of(other))
    assert 0 <= share <= 1
    assert share == likeness(shingles_of(other), shingles_of(one))
    assert likeness(shingles_of(one), shingles_of(one.upper() + "!")) == (1 if one.strip() else 0)


@given(texts)
def test_a_sketch_follows_from_the_words_alone(text: str) -> None:
    bands = bands_of(shingles_of(text))
    assert len(bands) == (BANDS if text else 0)
    assert bands == bands_of(shingles_of(f"  {text.upper()}?"))
    assert all(-(2**63) <= band < 2**63 for band in bands)


def test_sketches_stay_what_they_are() -> None:
    """They are stored: another way of working them out needs a migration."""
    assert bands_of(shingles_of("the city opens its data"))[:2] == [-8976073351592446008, 4305127744142712599]


def test_the_like_meet_and_strangers_do_not() -> None:
    """Of pairs that are alike by 0.6 to 0.7, at least nine of ten meet; of strangers, hardly any."""
    draw = random.Random(7)
    met = strangers = pairs = 0
    for _ in range(400):
        words = draw.sample(WORDS, 24)
        changed = list(words)
        for place in draw.sample(range(24), 2):
            changed[place] = "other"
        one, other = shingles_of(" ".join(words)), shingles_of(" ".join(changed))
        if Fraction(3, 5) <= likeness(one, other) <= Fraction(4, 5):
            pairs += 1
            met += bool(set(bands_of(one)) & set(bands_of(other)))
        stranger = shingles_of(" ".join(draw.sample(WORDS, 24)))
        strangers += bool(set(bands_of(one)) & set(bands_of(stranger)))
    assert pairs > 200
    assert met > 0.9 * pairs
    assert strangers < 4


def test_a_short_question_is_told_apart_by_what_it_offers() -> None:
    stem = "Which statement is right?"
    one = {"stem": stem, "options": [{"text": "Trams are loud."}]}
    other = {"stem": stem, "options": [{"text": "Data are open."}]}
    assert asked_in(one) != asked_in(other)
    assert asked_in({"stem": STEM, "options": [{"text": "x"}]}) == asked_in({"stem": STEM})
    assert asked_in({"stem": 5, "options": "none", "passage": None}) == ""


def test_the_bank_knows_what_was_asked_before(tx: Session) -> None:
    staff, other = make_staff(tx), make_staff(tx)
    framework, foreign = make_framework(tx, staff), make_framework(tx, other)
    stems = {
        "A.1-4-01": STEM,
        "A.1-4-02": STEM.replace("hour", "day"),
        "A.1-4-03": "Which of the offices of a small town keeps the plan of its sewers up to date?",
    }
    versions = make_live_items(tx, staff, framework, [item_document(code, stem=stem) for code, stem in stems.items()])
    make_drafts(tx, other, foreign, [item_document("A.1-4-09", stem=STEM)])
    content = {"stem": STEM}
    found = like_in_bank(tx, staff.author, content, besides="A.1-4-99")
    assert [(like.version.item.code, like.share == 1) for like in found] == [("A.1-4-01", True), ("A.1-4-02", False)]
    assert all(like.share >= ALIKE for like in found)
    assert [like.version.item.code for like in like_in_bank(tx, staff.author, content, besides="A.1-4-01")] == [
        "A.1-4-02"
    ]
    move_item(tx, versions[0], target=ItemState.RETIRED, reason="Out.", actor=staff.manager, now=NOW)
    assert [like.version.item.code for like in like_in_bank(tx, staff.author, content, besides="")] == ["A.1-4-02"]
    assert like_in_bank(tx, staff.author, {"stem": "?"}, besides="") == []


def test_of_several_versions_of_an_item_the_likest_is_named(tx: Session) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    make_drafts(tx, staff, framework, [item_document(stem=STEM)])
    make_drafts(tx, staff, framework, [item_document(stem=STEM.replace("hour", "day"))])
    (like,) = like_in_bank(tx, staff.author, {"stem": STEM.replace("hour", "day")}, besides="")
    assert (like.version.number, like.share) == (2, 1)


def test_a_bank_that_repeats_itself_does_not_hide_who_asks_the_same(
    tx: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = make_staff(tx)
    beginning = "Read the following case of a small city on a river and decide what its council does first:"
    endings = ["which tram is bought", "where bridges are built", "who counts the bicycles", "when taxes are raised"]
    stems = [f"{beginning} {ending} {number}?" for number, ending in enumerate(endings * 4)]
    documents = [item_document(f"A.1-4-{number:02}", stem=stem) for number, stem in enumerate(stems)]
    make_drafts(tx, staff, make_framework(tx, staff), documents)
    monkeypatch.setattr(sketches, "OF_A_BAND_MAX", 3)
    found = like_in_bank(tx, staff.author, {"stem": stems[7]}, besides="")
    assert (found[0].version.item.code, found[0].share) == ("A.1-4-07", 1)
