"""The pool: live items of one framework, in two queries, named by a hash that knows content and no row."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from question_bank.authoring import move_item, pilot_all
from question_bank.items import ItemState
from question_bank.pool import Pool, PoolItem, live_pool
from tests.builders.kernel import NOW
from tests.builders.question_bank import (
    Staff,
    framework_document,
    item_document,
    make_approved_items,
    make_drafts,
    make_framework,
    make_live_items,
    make_staff,
)
from tests.builders.scripts import essay_document


def pool_of(tx: Session, *items: dict[str, Any]) -> Pool:
    """The pool of a new organisation with these live items."""
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    make_live_items(tx, staff, framework, items)
    return live_pool(tx, framework, staff.organisation.id)


def test_a_pool_item_carries_its_tags(tx: Session) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    item = item_document("x", competence="B.1", level=6, kind="multiple_choice", key=["a", "c"])
    (version,) = make_live_items(tx, staff, framework, [item])
    assert live_pool(tx, framework, staff.organisation.id).items == (
        PoolItem(
            version_id=version.id,
            code="x",
            content_hash=version.content_hash,
            area="B",
            competence="B.1",
            level=6,
            kind="multiple_choice",
            expected_difficulty=Fraction(31, 50),
            expected_seconds=60,
        ),
    )


def test_what_people_mark_is_in_the_pool_only_where_somebody_will_mark_and_so_are_the_others_of_its_set(
    tx: Session,
) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    stimulus = {"code": "S", "title": "A plan", "text": "The plan of the quarter."}
    documents = [item_document("alone"), essay_document("essay"), item_document("beside", stimulus=stimulus)]
    documents.append(essay_document("of-the-set", stimulus=stimulus))
    make_live_items(tx, staff, framework, documents)
    everything = live_pool(tx, framework, staff.organisation.id, admits_marked_by_people=True)
    assert [item.code for item in everything.items] == ["alone", "beside", "essay", "of-the-set"]
    keyed = live_pool(tx, framework, staff.organisation.id)
    assert [item.code for item in keyed.items] == ["alone"]
    assert keyed.pool_hash == pool_of(tx, item_document("alone")).pool_hash


def test_only_what_is_live_is_in_the_pool(tx: Session) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    make_drafts(tx, staff, framework, [item_document("draft")])
    make_approved_items(tx, staff, framework, [item_document("approved")])
    live, resting = make_live_items(tx, staff, framework, [item_document("live"), item_document("resting")])
    move_item(tx, resting, target=ItemState.RESTING, reason="Seen often.", actor=staff.manager, now=NOW)
    pool = live_pool(tx, framework, staff.organisation.id)
    assert [item.version_id for item in pool.items] == [live.id]


def test_pilots_are_in_no_pool_while_they_run_nor_afterwards(tx: Session) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    (live,) = make_live_items(tx, staff, framework, [item_document("a")])
    documents = [item_document("a", stem="What else?"), item_document("new", enemies=["a"]), item_document("c")]
    revised, new, _ = make_approved_items(tx, staff, framework, documents)
    pilot_all(tx, [revised, new], actor=staff.manager, now=NOW)
    for _ in range(2):
        pool = live_pool(tx, framework, staff.organisation.id)
        assert [item.version_id for item in pool.items] == [live.id]
        assert pool.enemies == frozenset()
        move_item(tx, new, target=ItemState.RESTING, reason="Enough answers.", actor=staff.manager, now=NOW)
        new, revised = revised, new


def test_a_pool_is_one_frameworks_and_one_organisations(tx: Session) -> None:
    def live_in(staff: Staff, code: str) -> Pool:
        framework = make_framework(tx, staff, framework_document(code=code))
        make_live_items(tx, staff, framework, [item_document(f"{code}-item")])
        return live_pool(tx, framework, staff.organisation.id)

    staff = make_staff(tx)
    assert [item.code for item in live_in(staff, "one").items] == ["one-item"]
    assert [item.code for item in live_in(staff, "two").items] == ["two-item"]
    assert [item.code for item in live_in(make_staff(tx), "one").items] == ["one-item"]


def test_a_stranger_sees_an_empty_pool(tx: Session) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    make_live_items(tx, staff, framework, [item_document()])
    assert live_pool(tx, framework, make_staff(tx).organisation.id).items == ()


def test_items_follow_the_order_of_their_codes_on_every_database(tx: Session) -> None:
    codes = ["b", "B", "a-1", "a.1", "a_1", "Ä", "a"]
    assert [item.code for item in pool_of(tx, *map(item_document, codes)).items] == sorted(codes)


def test_enemies_are_pairs_of_live_items(tx: Session) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    items = [item_document("a", enemies=["b", "c"]), item_document("b"), item_document("c")]
    _, _, last = make_live_items(tx, staff, framework, items)
    both = frozenset({frozenset("ab"), frozenset("ac")})
    assert live_pool(tx, framework, staff.organisation.id).enemies == both
    move_item(tx, last, target=ItemState.RETIRED, reason="Old.", actor=staff.manager, now=NOW)
    assert live_pool(tx, framework, staff.organisation.id).enemies == {frozenset("ab")}


def test_equal_banks_of_different_bodies_have_the_same_hash(tx: Session) -> None:
    items = [item_document("a", enemies=["b"]), item_document("b")]
    turned = [item_document("b", enemies=["a"]), item_document("a")]
    assert pool_of(tx, *items).pool_hash == pool_of(tx, *turned).pool_hash


@pytest.mark.parametrize(
    "change",
    [
        {"code": "x"},
        {"stem": "What else?"},
        {"key": ["a"]},
        {"rationale": "Another reason."},
        {"competence": "A.2"},
        {"level": 5},
        {"expected_difficulty": "0.63"},
        {"expected_seconds": 61},
        {"kind": "multiple_choice"},
        {"enemies": ["b"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_matters_to_a_form_changes_the_hash(tx: Session, change: dict[str, Any]) -> None:
    first = pool_of(tx, item_document("a"), item_document("b"))
    assert first.pool_hash != pool_of(tx, item_document("a") | change, item_document("b")).pool_hash


def test_a_pool_is_read_in_two_queries_however_large(tx: Session) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    make_live_items(
        tx, staff, framework, [item_document(f"i{n}", enemies=[f"i{n - 1}"] if n else []) for n in range(60)]
    )
    seen: list[str] = []
    event.listen(tx.get_bind(), "before_cursor_execute", lambda *call: seen.append(call[2]))
    pool = live_pool(tx, framework, staff.organisation.id)
    assert (len(pool.items), len(pool.enemies), len(seen)) == (60, 59, 2)
