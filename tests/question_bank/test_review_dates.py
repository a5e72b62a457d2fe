"""Review dates: what is due, in which order, and what ends a date."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Invalid
from question_bank.authoring import Verdict, confirm, move_item, pilot, release, review, submit_for_review
from question_bank.competences import Framework
from question_bank.items import ItemReview, ItemState, ItemVersion, StandingChange
from question_bank.review_dates import AGAIN_AFTER, VERDICT_WITHIN, next_review, reviews_due, verdict_due
from tests.builders.kernel import NOW
from tests.builders.question_bank import (
    Staff,
    item_document,
    make_approved_items,
    make_drafts,
    make_framework,
    make_live_items,
    make_staff,
)

DAY = timedelta(days=1)


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def framework(tx: Session, staff: Staff) -> Framework:
    return make_framework(tx, staff)


def due(tx: Session, staff: Staff, now: datetime, within: timedelta = timedelta()) -> list[str]:
    return [version.item.code for version in reviews_due(tx, staff.author, now=now, within=within)]


def submitted(tx: Session, staff: Staff, framework: Framework, code: str, due_at: datetime | None) -> ItemVersion:
    (version,) = make_drafts(tx, staff, framework, [item_document(code)])
    return submit_for_review(tx, version, due_at=due_at, actor=staff.author, now=NOW)


def test_a_date_is_as_wished_or_a_default() -> None:
    assert verdict_due(None, NOW) == NOW + VERDICT_WITHIN
    assert verdict_due(NOW + DAY, NOW) == NOW + DAY
    assert next_review(None, NOW) == NOW + AGAIN_AFTER


@pytest.mark.parametrize("wished", [NOW, NOW - DAY, NOW + 4000 * DAY, (NOW + DAY).replace(tzinfo=None)])
def test_a_date_lies_ahead_within_reason(wished: datetime) -> None:
    for read, place in ((verdict_due, "due_at"), (next_review, "review_again_at")):
        with pytest.raises(Invalid) as refused:
            read(wished, NOW)
        assert [fault.place for fault in refused.value.faults] == [place]


def test_the_longest_overdue_comes_first(tx: Session, staff: Staff, framework: Framework) -> None:
    for code, days in (("b", 5), ("a", 9), ("c", 1)):
        submitted(tx, staff, framework, code, NOW + days * DAY)
    assert due(tx, staff, NOW) == []
    assert due(tx, staff, NOW + DAY) == ["c"]
    assert due(tx, staff, NOW + 6 * DAY) == ["c", "b"]
    assert due(tx, staff, NOW + 6 * DAY, within=3 * DAY) == ["c", "b", "a"]


def test_a_verdict_ends_its_date_and_sets_the_next_one(tx: Session, staff: Staff, framework: Framework) -> None:
    returned = submitted(tx, staff, framework, "returned", NOW + DAY)
    approved = submitted(tx, staff, framework, "approved", NOW + DAY)
    review(tx, returned, verdict=Verdict.RETURNED, reason="Unclear.", actor=staff.reviewer, now=NOW)
    again = NOW + 100 * DAY
    found = {"verdict": Verdict.APPROVED, "reason": "Sound.", "review_again_at": again}
    review(tx, approved, **found, actor=staff.reviewer, now=NOW)  # type: ignore[arg-type]
    assert returned.standing.due_at is None
    assert approved.standing.due_at == again
    assert due(tx, staff, NOW + 101 * DAY) == [], "what nobody meets need not be looked at again"
    release(tx, approved, actor=staff.manager, now=NOW)
    assert due(tx, staff, NOW + 101 * DAY) == ["approved"]
    confirm(tx, approved, reason="Still sound.", actor=staff.reviewer, now=NOW + 101 * DAY)
    assert due(tx, staff, NOW + 102 * DAY) == []


def test_dates_are_kept_with_the_steps_and_verdicts_they_belong_to(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    version = submitted(tx, staff, framework, "a", NOW + DAY)
    again = NOW + 100 * DAY
    review(tx, version, verdict=Verdict.APPROVED, reason="Sound.", review_again_at=again, actor=staff.reviewer, now=NOW)
    changes = tx.execute(select(StandingChange.to_state, StandingChange.due_at)).all()
    assert set(changes) == {("draft", None), ("in_review", NOW + DAY), ("approved", None)}
    assert tx.scalars(select(ItemReview.review_again_at)).all() == [again]


def test_an_approved_version_keeps_its_date_until_it_is_out_of_use(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    (version,) = make_approved_items(tx, staff, framework, [item_document()])
    late = NOW + AGAIN_AFTER + DAY
    pilot(tx, version, actor=staff.manager, now=NOW)
    assert due(tx, staff, late) == [version.item.code]
    move_item(tx, version, target=ItemState.RESTING, reason="Seen often.", actor=staff.manager, now=NOW)
    assert due(tx, staff, late) == []
    move_item(tx, version, target=ItemState.LIVE, reason="Rested.", actor=staff.manager, now=NOW)
    assert due(tx, staff, late) == [version.item.code]
    move_item(tx, version, target=ItemState.RETIRED, reason="Old.", actor=staff.manager, now=NOW)
    assert (due(tx, staff, late), version.standing.due_at) == ([], None)


def test_another_body_has_nothing_to_review(tx: Session, staff: Staff, framework: Framework) -> None:
    make_live_items(tx, staff, framework, [item_document()])
    stranger = make_staff(tx)
    assert due(tx, stranger, NOW + 2 * AGAIN_AFTER) == []
