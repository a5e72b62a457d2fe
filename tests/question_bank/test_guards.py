"""What the database itself refuses, whatever the code above it does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.db import Base
from kernel.ids import new_id
from question_bank import competences, items
from question_bank.items import EnemyPair, Item, ItemReview, ItemVersion, Standing
from tests.builders.kernel import NOW
from tests.builders.question_bank import (
    Staff,
    framework_document,
    item_document,
    make_approved_items,
    make_framework,
    make_live_items,
    make_staff,
)

Statement = Callable[[], object]


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def versions(tx: Session, staff: Staff) -> list[ItemVersion]:
    """Two live items that are enemies."""
    return make_live_items(
        tx, staff, make_framework(tx, staff), [item_document("a", enemies=["b"]), item_document("b")]
    )


def refused(tx: Session, statement: Statement, reason: str) -> None:
    with pytest.raises(IntegrityError, match=reason), tx.begin_nested():
        statement()


APPEND_ONLY = [
    table.name
    for table in Base.metadata.sorted_tables
    if table.info["append_only"]
    and any(
        getattr(model, "__tablename__", None) == table.name
        for room in (competences, items)
        for model in vars(room).values()
    )
]


def test_the_whole_bank_but_its_standings_is_append_only() -> None:
    assert set(APPEND_ONLY) == {
        "frameworks",
        "areas",
        "competences",
        "job_roles",
        "role_levels",
        "items",
        "item_versions",
        "item_standing_changes",
        "item_reviews",
        "enemy_pairs",
    }


@pytest.mark.parametrize("name", APPEND_ONLY)
def test_rows_are_neither_changed_nor_deleted(tx: Session, versions: list[ItemVersion], name: str) -> None:
    table = Base.metadata.tables[name]
    column = next(iter(table.primary_key))
    before = tx.execute(select(table).order_by(column)).all()
    assert before
    refused(tx, lambda: tx.execute(update(table).values({column.name: column})), "append-only: UPDATE refused")
    refused(tx, lambda: tx.execute(delete(table)), "append-only: DELETE refused")
    assert tx.execute(select(table).order_by(column)).all() == before


def test_a_review_by_the_author_is_refused(tx: Session, staff: Staff, versions: list[ItemVersion]) -> None:
    author = versions[0].author_id
    row = {"version_id": versions[0].id, "author_id": author, "reviewer_id": author}
    refused(tx, lambda: add_review(tx, **row), "two_persons")


def test_a_review_cannot_lie_about_the_author(tx: Session, staff: Staff, versions: list[ItemVersion]) -> None:
    row = {
        "version_id": versions[0].id,
        "author_id": staff.reviewer.account_id,
        "reviewer_id": versions[0].author_id,
    }
    refused(tx, lambda: add_review(tx, **row), "(?i)foreign key")


def add_review(tx: Session, **row: object) -> None:
    tx.execute(insert(ItemReview).values(id=new_id(), verdict="approved", reason="x", at=NOW, **row))


def test_two_live_versions_of_one_item_are_refused(tx: Session, staff: Staff) -> None:
    framework = make_framework(tx, staff)
    make_live_items(tx, staff, framework, [item_document()])
    (second,) = make_approved_items(tx, staff, framework, [item_document(stem="What else?")])
    to_live = update(Standing).where(Standing.version_id == second.id).values(state="live")
    refused(tx, lambda: tx.execute(to_live), r"(?i)unique|append-only")


def test_an_item_code_stands_once_in_an_organisation(tx: Session, versions: list[ItemVersion]) -> None:
    item = versions[0].item
    row = {
        "id": new_id(),
        "organisation_id": item.organisation_id,
        "code": item.code,
        "framework_id": item.framework_id,
        "created_at": NOW,
    }
    refused(tx, lambda: tx.execute(insert(Item).values(row)), r"(?i)unique|append-only")


@pytest.mark.parametrize(
    "changes", [{"level": 0}, {"level": 9}, {"expected_seconds": 0}], ids=["level 0", "level 9", "no time"]
)
def test_an_impossible_version_is_refused(tx: Session, versions: list[ItemVersion], changes: dict[str, object]) -> None:
    table = ItemVersion.__table__
    row = tx.execute(select(table).where(table.c.id == versions[0].id)).one()._asdict()
    refused(tx, lambda: tx.execute(insert(table).values(row | {"id": new_id(), "number": 2} | changes)), r"(?i)check")


def test_enemies_are_stored_once_with_the_smaller_id_first(tx: Session, versions: list[ItemVersion]) -> None:
    pair = tx.scalars(select(EnemyPair)).one()
    backwards = {"item_id": pair.enemy_id, "enemy_id": pair.item_id}
    refused(tx, lambda: tx.execute(insert(EnemyPair).values(backwards)), "ordered")


def test_a_framework_version_stands_once_in_an_organisation(tx: Session, staff: Staff) -> None:
    make_framework(tx, staff)
    second = make_framework(tx, staff, framework_document(version="2"))
    table = competences.Framework.__table__
    row = tx.execute(select(table).where(table.c.id == second.id)).one()._asdict()
    refused(
        tx, lambda: tx.execute(insert(table).values(row | {"id": new_id(), "version": "1"})), r"(?i)unique|append-only"
    )
