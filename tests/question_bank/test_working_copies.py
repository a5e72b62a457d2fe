"""Working copies and keeping: nothing typed is lost, nothing unseen is overwritten, and nobody reads another's desk."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.db import Database
from kernel.errors import NotFound
from question_bank import working_copies
from question_bank.authoring import NothingNew, submit_for_review
from question_bank.documents import DocumentRefused
from question_bank.items import Item
from question_bank.keeping import NewerVersion, framework_of_item, keep_draft, own_drafts
from question_bank.working_copies import (
    CopyExists,
    TooManyCopies,
    WorkingCopy,
    begin_copy,
    discard_copy,
    others_writing,
    overwrite_copy,
    own_copies,
    own_copy_of,
    working_copy_for,
)
from tests.builders.kernel import NOW
from tests.builders.question_bank import item_document, make_drafts, make_framework, make_staff


def test_a_copy_holds_whatever_was_typed_and_counts_its_revisions(tx: Session) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    facts = {"based_on": None, "language": "en", "actor": staff.author, "now": NOW}
    copy = begin_copy(tx, framework, None, {"stem": "", "options": [{}], "level": "five"}, **facts)
    assert (copy.revision, copy.based_on, copy.item) == (1, None, None)
    later = NOW + timedelta(minutes=1)
    overwrite_copy(tx, copy, {"stem": "What?"}, based_on=7, now=later)
    read = working_copy_for(tx, staff.author, copy.id, held=True)
    assert (read.document, read.revision, read.saved_at, read.based_on) == ({"stem": "What?"}, 2, later, None)
    discard_copy(tx, copy)
    with pytest.raises(NotFound):
        working_copy_for(tx, staff.author, copy.id)


def test_what_cannot_be_stored_exactly_is_refused(tx: Session) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    with pytest.raises(DocumentRefused):
        begin_copy(tx, framework, None, {"level": 1.5}, based_on=None, language="en", actor=staff.author, now=NOW)


def test_a_copy_is_its_authors_own(tx: Session) -> None:
    staff, other = make_staff(tx), make_staff(tx)
    framework = make_framework(tx, staff)
    (version,) = make_drafts(tx, staff, framework, [item_document()])
    item = tx.get_one(Item, version.item_id)
    facts = {"based_on": 1, "language": "en", "now": NOW}
    copy = begin_copy(tx, framework, item, {}, actor=staff.author, **facts)
    for stranger in (staff.manager, other.author):
        with pytest.raises(NotFound):
            working_copy_for(tx, stranger, copy.id)
        assert own_copies(tx, stranger) == []
    assert own_copy_of(tx, staff.author, item) is copy
    assert [found.author_id for found in others_writing(tx, staff.manager, item)] == [staff.author.person]
    assert others_writing(tx, staff.author, item) == []
    assert others_writing(tx, other.author, item) == []
    with pytest.raises(CopyExists) as refusal:
        begin_copy(tx, framework, item, {}, actor=staff.author, **facts)
    assert refusal.value.facts["copy"] == str(copy.id)
    assert begin_copy(tx, framework, item, {}, actor=staff.manager, **facts).based_on == 1


def test_new_items_are_begun_side_by_side_up_to_a_bound(tx: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working_copies, "COPIES_MAX", 2)
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    facts = {"based_on": None, "language": "en", "actor": staff.author}
    begun = [begin_copy(tx, framework, None, {}, now=NOW + timedelta(minutes=n), **facts) for n in range(2)]
    assert own_copies(tx, staff.author) == begun
    assert own_copies(tx, staff.author, after=begun[0].id, limit=5) == begun[1:]
    with pytest.raises(TooManyCopies):
        begin_copy(tx, framework, None, {}, now=NOW, **facts)


def test_two_windows_that_begin_at_once_make_one_copy(database: Database) -> None:
    with database.transaction() as tx:
        staff = make_staff(tx)
        framework = make_framework(tx, staff)
        (version,) = make_drafts(tx, staff, framework, [item_document()])
    start = Barrier(2)

    def begin(_window: int) -> uuid.UUID | None:
        start.wait()
        try:
            with database.transaction() as tx:
                item = tx.get_one(Item, version.item_id)
                facts = {"based_on": 1, "language": "en", "actor": staff.author, "now": NOW}
                return begin_copy(tx, framework, item, {}, **facts).id
        except CopyExists:
            return None

    with ThreadPoolExecutor(2) as windows:
        made = list(windows.map(begin, range(2)))
    assert made.count(None) == 1
    with database.reading() as tx:
        assert len(tx.scalars(select(WorkingCopy)).all()) == 1


def test_a_draft_is_kept_on_the_version_its_author_has_seen(tx: Session) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    facts = {"language": "en", "actor": staff.author, "now": NOW}
    first = keep_draft(tx, framework, item_document(), based_on=None, **facts)
    assert first.number == 1
    with pytest.raises(NewerVersion) as refusal:
        keep_draft(tx, framework, item_document(stem="Another one?"), based_on=None, **facts)
    assert refusal.value.facts["newest"] == 1
    second = keep_draft(tx, framework, item_document(stem="Another one?"), based_on=1, **facts)
    assert second.number == 2
    with pytest.raises(NewerVersion):
        keep_draft(tx, framework, item_document(stem="A third one?"), based_on=1, **facts)
    with pytest.raises(NothingNew):
        keep_draft(tx, framework, item_document(stem="Another one?"), based_on=2, **facts)
    for broken in ({}, {"code": 7}, [], None):
        with pytest.raises(DocumentRefused):
            keep_draft(tx, framework, broken, based_on=None, **facts)


def test_own_drafts_are_those_nobody_has_written_on_since(tx: Session) -> None:
    staff = make_staff(tx)
    framework = make_framework(tx, staff)
    make_drafts(tx, staff, framework, [item_document()])
    (second,) = make_drafts(tx, staff, framework, [item_document(stem="Newer?")])
    assert own_drafts(tx, staff.author, limit=5) == [second]
    assert own_drafts(tx, staff.reviewer, limit=5) == []
    assert framework_of_item(tx, tx.get_one(Item, second.item_id)) == framework
    submit_for_review(tx, second, actor=staff.author, now=NOW)
    assert own_drafts(tx, staff.author, limit=5) == []
