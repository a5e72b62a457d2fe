"""Hotspot items: places on a picture, one or several to be chosen."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.orm import Session

from kernel.errors import Invalid
from question_bank.interchange.importing import LossesNotAgreed
from question_bank.item_kinds import CreditTable
from question_bank.item_kinds.hotspot import KIND
from question_bank.media import StoredFile, add_medium
from tests.builders.kernel import NOW
from tests.builders.question_bank import item_document, make_drafts, make_framework, make_staff
from tests.builders.samples import PLAN, SAMPLES

SEVERAL = SAMPLES["hotspot"].content
ONE = {name: value for name, value in SEVERAL.items() if name != "choose"} | {"key": ["b"]}


def faults(content: Any) -> dict[str, str]:
    return {fault.place: fault.message for fault in KIND.faults(content)}


def with_spots(*shapes: Any) -> dict[str, Any]:
    spots = [{"id": f"s{number}", "text": f"Spot {number}", "shape": shape} for number, shape in enumerate(shapes)]
    return ONE | {"spots": spots, "key": ["s0"]}


def test_one_spot_is_chosen_unless_the_item_says_several() -> None:
    assert faults(ONE) == {}
    assert KIND.mark(ONE, {"chosen": ["b"]}, CreditTable.EXACT).fraction == 1
    shown = KIND.candidate_content(ONE, KIND.arrange(ONE, list))
    assert shown["choose"] == "one"
    assert "counts" not in shown
    with pytest.raises(Invalid) as refusal:
        KIND.read_response(KIND.arrange(ONE, list), {"chosen": ["a", "b"]})
    assert [str(fault) for fault in refusal.value.faults] == ["/chosen: has 2 spots where one is to be chosen"]


@pytest.mark.parametrize(("scoring", "worth"), [("ecqa", 0), ("all_or_nothing", 0), ("plus_minus", Fraction(1, 2))])
def test_several_spots_are_scored_as_options_are(scoring: str, worth: Fraction) -> None:
    content = SEVERAL | {"scoring": scoring}
    assert faults(content) == {}
    assert KIND.mark(content, {"chosen": ["a", "b", "d"]}, CreditTable.EXACT).fraction == worth


def test_spots_are_numbered_from_above_to_below_whatever_their_order_in_the_file() -> None:
    turned = SEVERAL | {"spots": SEVERAL["spots"][::-1]}
    assert KIND.arrange(SEVERAL, list) == KIND.arrange(turned, list)
    assert KIND.arrange(SEVERAL, list)["spots"] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("changes", "place", "told"),
    [
        ({"key": ["a", "b"]}, "/key", 'has 2 right spots; where one is to be chosen, "choose" is "several"'),
        ({"key": []}, "/key", "needs 1 to 4, has 0"),
        ({"key": ["z"]}, "/key/0", "'z' is no spot of this item"),
        ({"scoring": "ecqa"}, "/scoring", "where one is to be chosen"),
        ({"choose": "all"}, "/choose", "'all' is no way of choosing"),
        (
            {"picture": {**ONE["picture"], "media": "https://elsewhere.example/x.png"}},
            "/picture/media",
            "names no picture",
        ),
        ({"picture": {**ONE["picture"], "media": f"media:{PLAN}.png "}}, "/picture/media", "names no picture"),
        ({"picture": {**ONE["picture"], "description": " "}}, "/picture/description", "is empty"),
        ({"picture": {**ONE["picture"], "width": 0}}, "/picture/width", "0 is outside 1..8192"),
        ({"picture": {**ONE["picture"], "onload": "alert(1)"}}, "/picture/onload", "is unknown here"),
        ({"spots": ONE["spots"][1:2]}, "/spots", "needs 2 to 20"),
    ],
)
def test_faults_name_their_place(changes: Any, place: str, told: str) -> None:
    found = faults(ONE | changes)
    assert list(found) == [place]
    assert told in found[place]


def test_spots_that_overlap_are_refused_and_touching_ones_are_not() -> None:
    left, right = {"rectangle": [0, 0, 300, 400]}, {"rectangle": [300, 0, 600, 400]}
    assert faults(with_spots(left, right)) == {}
    found = faults(with_spots(left, right, {"circle": [300, 200, 1]}))
    assert found == {"/spots/2/shape": "overlaps with /spots/0/shape; spots may touch and no more"}


def test_spots_lie_within_their_picture() -> None:
    found = faults(with_spots({"rectangle": [0, 0, 601, 9]}, {"circle": [600, 200, 1]}))
    assert found == {
        "/spots/0/shape/rectangle/2": "601 is outside 0..600",
        "/spots/1/shape/circle": "reaches out of the picture, which is 600 by 400 pixels",
    }


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        (StoredFile(PLAN, "image/png", 9, 600, 401), "this picture is 600 pixels wide and 401 high"),
        (StoredFile(PLAN, "audio/mpeg", 9, milliseconds=9), "this medium is audio/mpeg; its address ends with .mp3"),
        (None, "upload it first"),
    ],
)
def test_the_picture_must_be_the_one_the_item_was_drawn_upon(tx: Session, stored: StoredFile | None, told: str) -> None:
    staff = make_staff(tx)
    if stored:
        add_medium(tx, stored, file_name="", description="", actor=staff.author, now=NOW)
    tags = {name: value for name, value in item_document().items() if name not in {"options", "key"}}
    with pytest.raises(LossesNotAgreed) as refusal:
        make_drafts(tx, staff, make_framework(tx, staff), [tags | ONE | {"kind": "hotspot"}])
    (fault,) = refusal.value.faults
    assert fault.place == "items.json#/items/0"
    assert "/picture/media" in fault.message
    assert told in fault.message
