"""Usage: kept by occasion and replaced whole, pooled over languages, pilots apart; and items found by it."""

from __future__ import annotations

import copy
import uuid
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from question_bank.competences import Framework
from question_bank.finding import Search, find_items
from question_bank.item_questions import Discrimination, Exposure, Facility
from question_bank.items import ItemVersion
from question_bank.translations import draft_translation
from question_bank.usage import Showing, VersionUsage, keep_showings, telling, usages_of
from tests.builders.kernel import NOW
from tests.builders.question_bank import Staff, item_document, make_drafts, make_framework, make_live_items, make_staff
from tests.builders.usage import showing

FORM, OTHER_FORM = uuid.uuid4(), uuid.uuid4()


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def framework(tx: Session, staff: Staff) -> Framework:
    return make_framework(tx, staff)


@pytest.fixture
def version(tx: Session, staff: Staff, framework: Framework) -> ItemVersion:
    return make_live_items(tx, staff, framework, [item_document("a"), item_document("b")])[0]


def keep(tx: Session, *showings: Showing, occasion: uuid.UUID | None = None, form: uuid.UUID = FORM) -> uuid.UUID:
    occasion = occasion or uuid.uuid4()
    keep_showings(tx, occasion, showings, form_id=form, now=NOW)
    return occasion


def usage(tx: Session, staff: Staff, version: ItemVersion) -> VersionUsage:
    return next(one for one in usages_of(tx, staff.author, "a") if one.version == version)


def found(tx: Session, staff: Staff, **asked: Any) -> list[str]:
    return [line.newest.item.code for line in find_items(tx, staff.author, Search(**asked), limit=5).lines]


def in_bulgarian(tx: Session, staff: Staff, original: ItemVersion) -> ItemVersion:
    content = copy.deepcopy(original.content) | {"stem": "Какво прави градът най-напред?"}
    return draft_translation(tx, original, language="bg", content=content, actor=staff.author, now=NOW)


def test_a_version_nobody_met_has_nothing_to_tell(tx: Session, staff: Staff, version: ItemVersion) -> None:
    known = usage(tx, staff, version)
    assert (known.own.papers, known.own.last_seen_at, known.own.figures.marked, known.asked) == (0, None, 0, [])
    assert telling([known]) is None
    with pytest.raises(NotFound):
        usages_of(tx, make_staff(tx).author, "a")


def test_an_occasion_counted_again_takes_the_place_of_what_was_counted(
    tx: Session, staff: Staff, version: ItemVersion
) -> None:
    occasion = keep(tx, showing(version, ("c", 8, 9), ("a", 2, 3)))
    keep(tx, showing(version, ("c", 8, 6), seen=NOW + timedelta(days=1)))
    assert usage(tx, staff, version).own.figures.facility == Fraction(15, 18)
    keep(tx, showing(version, ("c", 8, 3), ("a", 2, 9)), occasion=occasion)
    known = usage(tx, staff, version).own
    assert (known.papers, known.figures.facility) == (18, Fraction(9, 18))
    assert known.last_seen_at == NOW + timedelta(days=1)
    keep(tx, occasion=occasion)
    assert usage(tx, staff, version).own.papers == 6
    assert found(tx, staff, exposure=Exposure.FEW) == ["a"]


def test_forms_are_compared_within_themselves(tx: Session, staff: Staff, version: ItemVersion) -> None:
    """In each form who is right is as strong as who is wrong; thrown together it would look like a sound item."""
    keep(tx, showing(version, ("c", 9, 18), ("a", 9, 2), ("c", 7, 18), ("a", 7, 2)))
    keep(tx, showing(version, ("c", 3, 2), ("a", 3, 18), ("c", 1, 2), ("a", 1, 18)), form=OTHER_FORM)
    assert usage(tx, staff, version).own.figures.discrimination == Decimal(0)


def test_languages_are_counted_apart_and_pooled_for_the_original(
    tx: Session, staff: Staff, version: ItemVersion
) -> None:
    translation = in_bulgarian(tx, staff, version)
    keep(tx, showing(version, ("c", 8, 10)), showing(translation, ("a", 2, 30)))
    original, translated = usage(tx, staff, version), usage(tx, staff, translation)
    assert (original.own.figures.facility, translated.own.figures.facility) == (1, 0)
    assert (original.pooled.papers, original.pooled.figures.facility) == (40, Fraction(1, 4))
    assert translated.pooled == translated.own
    assert telling(usages_of(tx, staff.author, "a")) == original


def test_few_papers_in_a_language_do_not_come_back_by_subtraction(
    tx: Session, staff: Staff, version: ItemVersion
) -> None:
    translation = in_bulgarian(tx, staff, version)
    keep(tx, showing(version, ("c", 8, 5)), showing(translation, ("a", 2, 9)))
    assert usage(tx, staff, version).pooled.figures.marked == 14, "neither is told by itself"
    keep(tx, showing(version, ("c", 8, 5)))
    original = usage(tx, staff, version)
    assert usage(tx, staff, translation).own.figures.is_withheld
    assert (original.pooled.papers, original.pooled.figures) == (19, original.own.figures)


def test_pilots_stand_apart(tx: Session, staff: Staff, version: ItemVersion) -> None:
    keep(tx, showing(version, ("a", 2, 12), scored=False))
    assert usage(tx, staff, version).own.figures.facility == 0
    keep(tx, showing(version, ("c", 8, 11)))
    known = usage(tx, staff, version).own
    assert (known.papers, known.scored.facility, known.piloted.facility) == (23, 1, 0)
    assert known.figures is known.scored


def test_items_are_found_by_how_they_measured(tx: Session, staff: Staff, version: ItemVersion) -> None:
    nothing = {"exposure": Exposure.NONE, "facility": Facility.UNKNOWN, "discrimination": Discrimination.UNKNOWN}
    assert all(found(tx, staff, **{facet: value}) == ["a", "b"] for facet, value in nothing.items())
    keep(tx, showing(version, ("c", 8, 20), ("a", 2, 10), ("b", 2, 10)))
    facets = {"exposure": Exposure.SOME, "facility": Facility.MEDIUM, "discrimination": Discrimination.SOUND}
    assert found(tx, staff, **facets, is_flagged=True) == ["a"], "nobody chose d"
    assert found(tx, staff, is_flagged=False) == found(tx, staff, exposure=Exposure.NONE) == ["b"]
    keep(tx, showing(version, ("d", 1, 1)))
    assert found(tx, staff, is_flagged=False) == ["a", "b"]


def test_an_item_stays_exposed_and_judged_while_its_next_version_is_new(
    tx: Session, staff: Staff, framework: Framework, version: ItemVersion
) -> None:
    keep(tx, showing(version, ("c", 8, 40)))
    (draft,) = make_drafts(tx, staff, framework, [item_document("a", stem="What comes last?")])
    assert found(tx, staff, facility=Facility.VERY_HIGH, exposure=Exposure.SOME) == ["a"]
    assert [one.version for one in usages_of(tx, staff.author, "a")] == [draft, version]
    keep(tx, showing(draft, ("a", 5, 31)))
    assert found(tx, staff, facility=Facility.VERY_LOW) == ["a"], "the newest version that was met is judged"
    assert found(tx, staff, exposure=Exposure.SOME) == ["a"]


def test_pages_go_on_after_a_row_whatever_is_asked_for(tx: Session, staff: Staff, framework: Framework) -> None:
    versions = make_live_items(tx, staff, framework, [item_document(code) for code in "klmn"])
    keep(tx, *(showing(version, ("c", 8, 40)) for version in versions))
    search, codes, after = Search(facility=Facility.VERY_HIGH), [], ""
    while page := find_items(tx, staff.author, search, after=after, limit=1):
        codes += [line.newest.item.code for line in page.lines]
        if page.after is None:
            break
        after = page.after
    assert codes == ["k", "l", "m", "n"]
