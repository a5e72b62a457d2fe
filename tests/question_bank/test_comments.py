"""Comments: said about a version or a place of it, resolved once by a later entry, never edited."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry
from kernel.errors import Invalid, NotFound
from kernel.ids import new_id
from question_bank.comments import (
    TEXT_CHARACTERS_MAX,
    ItemComment,
    ResolvedAlready,
    add_comment,
    comment_for,
    comments_on,
    resolve_comment,
)
from question_bank.items import ItemVersion
from tests.builders.kernel import NOW
from tests.builders.question_bank import Staff, item_document, make_drafts, make_framework, make_staff


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def version(tx: Session, staff: Staff) -> ItemVersion:
    return make_drafts(tx, staff, make_framework(tx, staff), [item_document()])[0]


def test_people_comment_and_somebody_resolves(tx: Session, staff: Staff, version: ItemVersion) -> None:
    hours = [NOW + timedelta(hours=hour) for hour in range(3)]
    first = add_comment(tx, version, text=" Too long. ", place="/options/1/text", actor=staff.reviewer, now=hours[0])
    add_comment(tx, version, text="Which city?", actor=staff.manager, now=hours[1])
    entry = resolve_comment(tx, first, text="Cut by half.", actor=staff.author, now=hours[2])
    one, other = comments_on(tx, staff.author, version)
    assert (one.text, one.place, one.written_by) == ("Too long.", "/options/1/text", staff.reviewer.account_id)
    assert one.resolution is entry
    assert (entry.text, entry.writer.id, entry.at) == ("Cut by half.", staff.author.account_id, hours[2])
    assert (other.text, other.place, other.resolution) == ("Which city?", "", None)


def test_a_comment_is_resolved_once(tx: Session, staff: Staff, version: ItemVersion) -> None:
    comment = add_comment(tx, version, text="Too long.", actor=staff.reviewer, now=NOW)
    resolve_comment(tx, comment, text="Cut.", actor=staff.author, now=NOW)
    with pytest.raises(ResolvedAlready, match="write a new one"):
        resolve_comment(tx, comment, text="Cut again.", actor=staff.author, now=NOW)


@pytest.mark.parametrize("text", ["", " \n", "x" * (TEXT_CHARACTERS_MAX + 1)])
def test_a_comment_says_something_readable(tx: Session, staff: Staff, version: ItemVersion, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        add_comment(tx, version, text=text, place="options", actor=staff.author, now=NOW)
    assert [fault.place for fault in refused.value.faults] == ["text", "place"]
    comment = add_comment(tx, version, text="Fine.", actor=staff.author, now=NOW)
    with pytest.raises(Invalid, match="how it was settled"):
        resolve_comment(tx, comment, text=text, actor=staff.author, now=NOW)


@pytest.mark.parametrize("place", ["", "/stem", "/options", "/options/0", "/options/3/id", "/key/0", "/level"])
def test_a_comment_points_at_a_place_of_the_item(tx: Session, staff: Staff, version: ItemVersion, place: str) -> None:
    assert add_comment(tx, version, text="Look.", place=place, actor=staff.author, now=NOW).place == place


@pytest.mark.parametrize(
    "place", ["stem", "/stems", "/options/4", "/options/-1", "/options/01", "/options/a", "/stem/0", "/", "#/stem"]
)
def test_a_pointer_that_leads_nowhere_is_refused(tx: Session, staff: Staff, version: ItemVersion, place: str) -> None:
    with pytest.raises(Invalid, match="leads nowhere"):
        add_comment(tx, version, text="Look.", place=place, actor=staff.author, now=NOW)


def test_strangers_find_no_comment(tx: Session, staff: Staff, version: ItemVersion) -> None:
    comment = add_comment(tx, version, text="Too long.", actor=staff.reviewer, now=NOW)
    stranger = make_staff(tx).manager
    assert comments_on(tx, stranger, version) == []
    with pytest.raises(NotFound):
        comment_for(tx, stranger, comment.id)
    with pytest.raises(NotFound):
        comment_for(tx, staff.author, uuid.uuid4())


def test_a_resolution_is_no_comment(tx: Session, staff: Staff, version: ItemVersion) -> None:
    comment = add_comment(tx, version, text="Too long.", actor=staff.reviewer, now=NOW)
    entry = resolve_comment(tx, comment, text="Cut.", actor=staff.author, now=NOW)
    with pytest.raises(NotFound):
        comment_for(tx, staff.author, entry.id)


def test_the_database_lets_an_entry_resolve_only_another_one_on_its_version(
    tx: Session, staff: Staff, version: ItemVersion
) -> None:
    comment = add_comment(tx, version, text="Too long.", actor=staff.reviewer, now=NOW)
    (other,) = make_drafts(tx, staff, make_framework(tx, staff), [item_document("b")])
    own = new_id()
    row = {"written_by": staff.author.account_id, "at": NOW, "text": "x", "place": ""}
    for wrong in (
        {"id": new_id(), "version_id": other.id, "resolves_id": comment.id},
        {"id": own, "version_id": version.id, "resolves_id": own},
    ):
        with pytest.raises(IntegrityError), tx.begin_nested():
            tx.execute(insert(ItemComment).values(row | wrong))


def test_the_audit_log_tells_of_a_comment_without_its_words(tx: Session, staff: Staff, version: ItemVersion) -> None:
    comment = add_comment(tx, version, text="Too long.", actor=staff.reviewer, now=NOW)
    entry = resolve_comment(tx, comment, text="Cut.", actor=staff.author, now=NOW)
    said, settled = tx.scalars(
        select(AuditEntry).where(AuditEntry.action.in_(["item.comment", "item.resolve"])).order_by(AuditEntry.sequence)
    )
    assert (said.subject, settled.subject) == (f"item_comment:{comment.id}", f"item_comment:{entry.id}")
    assert (said.details["resolves"], settled.details["resolves"]) == (None, str(comment.id))
    assert "Too long." not in str(said.details)
