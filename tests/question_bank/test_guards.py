"""What the database itself refuses, whatever the code above it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.db import Base
from kernel.ids import new_id
from question_bank import comments, competences, items
from question_bank.authoring import draft_item, submit_for_review
from question_bank.comments import add_comment
from question_bank.framework_drafts import FrameworkDraft, begin_draft, discard_draft, publish_draft
from question_bank.items import MOVES, EnemyPair, Item, ItemReview, ItemState, ItemVersion, Standing, StandingChange
from tests.builders.kernel import NOW, unguard
from tests.builders.question_bank import (
    Staff,
    framework_document,
    item_document,
    make_approved_items,
    make_drafts,
    make_framework,
    make_live_items,
    make_staff,
    with_provenance,
)

Statement = Callable[[], object]
WROTE = "who wrote an item does not approve it"
ALONG_ITS_TABLE = "begins as a draft and moves along its table"
TAKEN = "(?i)unique|are not replaced"


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def versions(tx: Session, staff: Staff) -> list[ItemVersion]:
    """Two live items that are enemies, and a comment on one of them; the framework has a task and a criterion."""
    document = framework_document()
    document["competences"][0]["criteria"] = [with_provenance(code="A.1-c1", text="Does it.")]
    document["roles"][0]["tasks"] = [with_provenance(code="DEV-t1", text="Does it.", competences=["A.1"])]
    both = [item_document("a", enemies=["b"]), item_document("b")]
    made = make_live_items(tx, staff, make_framework(tx, staff, document), both)
    add_comment(tx, made[0], text="Too easy.", actor=staff.reviewer, now=NOW)
    return made


@contextmanager
def unguarded(tx: Session, table: str) -> Iterator[None]:
    """Let a block write what no code of ours would."""
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield
        tx.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        return
    found = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    triggers = tx.execute(found, {"table": table}).all()
    unguard(tx, table)
    yield
    for trigger in triggers:
        tx.execute(text(trigger.sql))


def refused(tx: Session, statement: Statement, reason: str) -> None:
    with pytest.raises(IntegrityError, match=reason), tx.begin_nested():
        statement()


APPEND_ONLY = [
    table.name
    for table in Base.metadata.sorted_tables
    if table.info["append_only"]
    and any(
        getattr(model, "__tablename__", None) == table.name
        for room in (comments, competences, items)
        for model in vars(room).values()
    )
]


def test_the_whole_bank_but_its_standings_is_append_only() -> None:
    assert set(APPEND_ONLY) == {
        "frameworks",
        "areas",
        "competences",
        "performance_criteria",
        "job_roles",
        "role_levels",
        "tasks",
        "task_competences",
        "items",
        "item_versions",
        "item_standing_changes",
        "item_reviews",
        "item_comments",
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


@pytest.mark.parametrize(
    ("verdict", "rule"), [("returned", "two_persons"), ("approved", WROTE), ("confirmed", WROTE), ("anything", WROTE)]
)
def test_a_review_by_the_author_is_refused(tx: Session, versions: list[ItemVersion], verdict: str, rule: str) -> None:
    author = versions[0].author_id
    row = {"version_id": versions[0].id, "author_id": author, "reviewer_id": author}
    refused(tx, lambda: add_review(tx, verdict=verdict, **row), rule)


def test_who_wrote_an_earlier_version_may_return_a_later_one_but_not_approve_it(tx: Session, staff: Staff) -> None:
    framework = make_framework(tx, staff)
    make_drafts(tx, staff, framework, [item_document()])
    edited = item_document(stem="What else?")
    later = draft_item(tx, framework, edited, language="en", actor=staff.reviewer, now=NOW)
    row = {"version_id": later.id, "author_id": later.author_id, "reviewer_id": staff.author.account_id}
    refused(tx, lambda: add_review(tx, **row), WROTE)
    add_review(tx, verdict="returned", **row)
    add_review(tx, **row | {"reviewer_id": staff.manager.account_id})


def test_a_review_cannot_lie_about_the_author(tx: Session, staff: Staff, versions: list[ItemVersion]) -> None:
    row = {
        "version_id": versions[0].id,
        "author_id": staff.reviewer.account_id,
        "reviewer_id": versions[0].author_id,
    }
    refused(tx, lambda: add_review(tx, verdict="returned", **row), "(?i)foreign key")


def add_review(tx: Session, *, verdict: str = "approved", **row: object) -> None:
    tx.execute(insert(ItemReview).values(id=new_id(), verdict=verdict, reason="x", at=NOW, **row))


def submitted(tx: Session, staff: Staff) -> ItemVersion:
    (version,) = make_drafts(tx, staff, make_framework(tx, staff), [item_document()])
    return submit_for_review(tx, version, actor=staff.author, now=NOW)


def standing_to(tx: Session, version: ItemVersion, state: str) -> None:
    tx.execute(update(Standing).where(Standing.version_id == version.id).values(state=state))


def step_to(tx: Session, version: ItemVersion, start: str | None, state: str) -> None:
    row = {"from_state": start, "to_state": state, "actor_id": version.author_id, "reason": "", "at": NOW}
    tx.execute(insert(StandingChange).values(id=new_id(), version_id=version.id, **row))


@pytest.mark.parametrize("verdict", [None, "returned", "confirmed"])
def test_no_version_is_approved_without_an_approving_review(tx: Session, staff: Staff, verdict: str | None) -> None:
    version = submitted(tx, staff)
    if verdict:
        people = {"author_id": version.author_id, "reviewer_id": staff.reviewer.account_id}
        add_review(tx, verdict=verdict, version_id=version.id, **people)
    refused(tx, lambda: standing_to(tx, version, "approved"), "needs an approving review")
    refused(tx, lambda: step_to(tx, version, "in_review", "approved"), "needs an approving review")


def test_an_approving_review_is_all_that_approval_needs(tx: Session, staff: Staff) -> None:
    version = submitted(tx, staff)
    add_review(tx, version_id=version.id, author_id=version.author_id, reviewer_id=staff.reviewer.account_id)
    standing_to(tx, version, "approved")
    step_to(tx, version, "in_review", "approved")


def test_the_review_of_another_version_approves_nothing(tx: Session, staff: Staff) -> None:
    framework = make_framework(tx, staff)
    make_approved_items(tx, staff, framework, [item_document()])
    (second,) = make_drafts(tx, staff, framework, [item_document(stem="What else?")])
    submit_for_review(tx, second, actor=staff.author, now=NOW)
    refused(tx, lambda: standing_to(tx, second, "approved"), "needs an approving review")


def test_no_version_is_used_without_an_approving_review_whatever_its_standing_says(tx: Session, staff: Staff) -> None:
    """Somebody took the guards off, wrote an approval into the tables, and put the guards back on."""
    version = submitted(tx, staff)
    with unguarded(tx, "item_standings"):
        standing_to(tx, version, "approved")
    for state in ("pilot", "live"):
        refused(tx, lambda state=state: standing_to(tx, version, state), "needs an approving review")  # type: ignore[misc]
        refused(tx, lambda state=state: step_to(tx, version, "approved", state), "needs an approving review")  # type: ignore[misc]


@pytest.mark.parametrize("start", ItemState)
def test_the_database_knows_the_table_of_moves(tx: Session, staff: Staff, start: ItemState) -> None:
    version = submitted(tx, staff)
    add_review(tx, version_id=version.id, author_id=version.author_id, reviewer_id=staff.reviewer.account_id)
    with unguarded(tx, "item_standings"):
        standing_to(tx, version, start)
    for target in ItemState:
        point = tx.begin_nested()
        if target in MOVES[start]:
            standing_to(tx, version, target)
            step_to(tx, version, start, target)
        elif target is not start:
            refused(tx, lambda target=target: standing_to(tx, version, target), ALONG_ITS_TABLE)  # type: ignore[misc]
            refused(tx, lambda target=target: step_to(tx, version, start, target), ALONG_ITS_TABLE)  # type: ignore[misc]
        point.rollback()


def test_a_version_begins_as_a_draft_and_once(tx: Session, staff: Staff) -> None:
    (version,) = make_drafts(tx, staff, make_framework(tx, staff), [item_document()])
    row = {"version_id": version.id, "item_id": version.item_id, "language": "en"} | {"state": "live", "since": NOW}
    refused(tx, lambda: tx.execute(insert(Standing).values(row | {"state": "draft"})), TAKEN)
    refused(tx, lambda: step_to(tx, version, None, "in_review"), ALONG_ITS_TABLE)
    refused(tx, lambda: tx.execute(delete(Standing)), "item_standings are kept")
    with unguarded(tx, "item_standings"):
        tx.execute(delete(Standing))
    refused(tx, lambda: tx.execute(insert(Standing).values(row)), ALONG_ITS_TABLE)


def test_a_standing_stays_with_its_version_and_item(tx: Session, versions: list[ItemVersion]) -> None:
    one, other = versions
    strange = update(Standing).where(Standing.version_id == one.id).values(item_id=other.item_id)
    refused(tx, lambda: tx.execute(strange), f"{ALONG_ITS_TABLE}|are not replaced")
    with unguarded(tx, "item_standings"):
        tx.execute(delete(Standing).where(Standing.version_id == one.id))
    row = {"version_id": one.id, "item_id": other.item_id, "language": "en", "state": "draft", "since": NOW}
    refused(tx, lambda: tx.execute(insert(Standing).values(row)), "names the item of its version")


def test_two_piloted_versions_of_one_item_are_refused(tx: Session, staff: Staff) -> None:
    framework = make_framework(tx, staff)
    first, second = (
        make_approved_items(tx, staff, framework, [item_document(stem=stem)])[0] for stem in ("What?", "What else?")
    )
    standing_to(tx, first, "pilot")
    refused(tx, lambda: standing_to(tx, second, "pilot"), TAKEN)


def test_two_live_versions_of_one_item_are_refused(tx: Session, staff: Staff) -> None:
    framework = make_framework(tx, staff)
    make_live_items(tx, staff, framework, [item_document()])
    (second,) = make_approved_items(tx, staff, framework, [item_document(stem="What else?")])
    to_live = update(Standing).where(Standing.version_id == second.id).values(state="live")
    refused(tx, lambda: tx.execute(to_live), TAKEN)


def test_an_item_code_stands_once_in_an_organisation(tx: Session, versions: list[ItemVersion]) -> None:
    item = versions[0].item
    row = {
        "id": new_id(),
        "organisation_id": item.organisation_id,
        "code": item.code,
        "framework_id": item.framework_id,
        "created_at": NOW,
    }
    refused(tx, lambda: tx.execute(insert(Item).values(row)), TAKEN)


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
    refused(tx, lambda: tx.execute(insert(table).values(row | {"id": new_id(), "version": "1"})), TAKEN)


@pytest.mark.parametrize("end", [discard_draft, publish_draft])
def test_a_framework_draft_that_is_over_is_frozen_and_kept(
    tx: Session, staff: Staff, end: Callable[..., object]
) -> None:
    draft = begin_draft(tx, base=make_framework(tx, staff), actor=staff.author, now=NOW)
    tx.execute(update(FrameworkDraft).values(document={}))
    refused(tx, lambda: tx.execute(update(FrameworkDraft).values(begun_by=staff.manager.account_id)), "is frozen")
    refused(tx, lambda: tx.execute(delete(FrameworkDraft)), "are kept")
    tx.execute(update(FrameworkDraft).values(document=framework_document()))
    tx.expire_all()
    end(tx, draft, actor=staff.manager, now=NOW)
    tx.flush()
    for changed in ({"document": {}}, {"state": "open", "framework_id": None}, {"changed_at": NOW}):
        refused(tx, lambda changed=changed: tx.execute(update(FrameworkDraft).values(changed)), "is frozen")  # type: ignore[misc]
    refused(tx, lambda: tx.execute(delete(FrameworkDraft)), "are kept")


def test_a_framework_draft_begins_open_and_is_not_replaced(tx: Session, staff: Staff) -> None:
    draft = begin_draft(tx, actor=staff.author, now=NOW)
    row = {column.key: getattr(draft, column.key) for column in FrameworkDraft.__table__.columns}
    closed = {**row, "id": new_id(), "state": "discarded"}
    refused(tx, lambda: tx.execute(insert(FrameworkDraft).values(closed)), "begins open")
    if tx.get_bind().dialect.name == "sqlite":
        replaced = insert(FrameworkDraft).prefix_with("OR REPLACE").values(row)
        refused(tx, lambda: tx.execute(replaced), "are not replaced")


def test_a_standing_is_in_the_language_of_its_version(tx: Session, versions: list[ItemVersion]) -> None:
    one = versions[0]
    strange = update(Standing).where(Standing.version_id == one.id).values(language="de")
    refused(tx, lambda: tx.execute(strange), "names the language of its version")
    with unguarded(tx, "item_standings"):
        tx.execute(delete(Standing).where(Standing.version_id == one.id))
    row = {"version_id": one.id, "item_id": one.item_id, "language": "de", "state": "draft", "since": NOW}
    refused(tx, lambda: tx.execute(insert(Standing).values(row)), "names the language of its version")
