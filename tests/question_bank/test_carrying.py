"""Carrying items to another version of their framework: proposed as drafts, never concluded."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from kernel.errors import Invalid, NotFound
from question_bank.authoring import Verdict, release_all, review_all, submit_all
from question_bank.carrying import carry_items
from question_bank.competences import Framework
from question_bank.items import ItemState, ItemVersion
from question_bank.pool import live_pool
from tests.builders.kernel import NOW
from tests.builders.question_bank import (
    Staff,
    competence_document,
    framework_document,
    item_document,
    make_drafts,
    make_framework,
    make_live_items,
    make_staff,
)


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def old(tx: Session, staff: Staff) -> Framework:
    return make_framework(tx, staff)


@pytest.fixture
def new(tx: Session, staff: Staff) -> Framework:
    """A second version, in which A.2 is called A.3."""
    document = framework_document(version="2")
    document["competences"][1] = competence_document("A.3", "A", {"DEV": 5})
    return make_framework(tx, staff, document)


def test_live_items_are_drafted_on_the_competence_of_the_same_code(
    tx: Session, staff: Staff, old: Framework, new: Framework
) -> None:
    live = make_live_items(tx, staff, old, [item_document("I-1"), item_document("I-2", competence="A.2", level=5)])
    make_drafts(tx, staff, old, [item_document("I-3")])
    versions, left = carry_items(tx, old, new, actor=staff.author, now=NOW)
    (carried,) = versions
    assert (carried.item_id, carried.number, carried.content_hash) == (live[0].item_id, 2, live[0].content_hash)
    assert carried.competence.framework_id == new.id
    assert carried.standing.state == ItemState.DRAFT
    assert live[0].standing.state == ItemState.LIVE, "the old version serves until the new one is released"
    assert left == [("I-2", "A.2")]


def test_carrying_twice_changes_nothing(tx: Session, staff: Staff, old: Framework, new: Framework) -> None:
    make_live_items(tx, staff, old, [item_document("I-1")])
    assert len(carry_items(tx, old, new, actor=staff.author, now=NOW).versions) == 1
    assert carry_items(tx, old, new, actor=staff.author, now=NOW) == ([], [])


def test_what_is_live_is_carried_even_when_a_newer_draft_waits(
    tx: Session, staff: Staff, old: Framework, new: Framework
) -> None:
    live = make_live_items(tx, staff, old, [item_document("I-1")])
    make_drafts(tx, staff, old, [item_document("I-1", stem="Unreviewed words?")])
    (carried,) = carry_items(tx, old, new, actor=staff.author, now=NOW).versions
    assert (carried.number, carried.content_hash) == (3, live[0].content_hash)


def test_a_carried_item_serves_the_new_version_once_it_is_reviewed(
    tx: Session, staff: Staff, old: Framework, new: Framework
) -> None:
    make_live_items(tx, staff, old, [item_document("I-1")])
    versions: list[ItemVersion] = carry_items(tx, old, new, actor=staff.author, now=NOW).versions
    assert live_pool(tx, new, staff.organisation.id).items == ()
    submit_all(tx, versions, actor=staff.author, now=NOW)
    review_all(tx, versions, verdict=Verdict.APPROVED, reason="Still sound.", actor=staff.reviewer, now=NOW)
    release_all(tx, versions, actor=staff.manager, now=NOW)
    assert [item.code for item in live_pool(tx, new, staff.organisation.id).items] == ["I-1"]
    assert live_pool(tx, old, staff.organisation.id).items == ()


def test_items_follow_only_within_one_framework_of_one_body(tx: Session, staff: Staff, old: Framework) -> None:
    other = make_framework(tx, staff, framework_document(code="another"))
    for target in (other, old):
        with pytest.raises(Invalid):
            carry_items(tx, old, target, actor=staff.author, now=NOW)
    with pytest.raises(NotFound):
        carry_items(tx, old, make_framework(tx, make_staff(tx)), actor=staff.author, now=NOW)
