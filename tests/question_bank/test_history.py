"""History: every step and verdict of a version, in order, with who took it; read from what was appended."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.permissions import AccountRole
from question_bank.authoring import Verdict, confirm, draft_item, release, review, submit_for_review
from question_bank.history import Event, history_of
from question_bank.items import ItemVersion
from tests.builders.kernel import NOW, make_actor
from tests.builders.question_bank import Staff, item_document, make_framework, make_staff

HOUR = timedelta(hours=1)


@pytest.fixture
def staff(tx: Session) -> Staff:
    staff = make_staff(tx)
    roles = (AccountRole.AUTHOR, AccountRole.REVIEWER, AccountRole.MANAGER)
    people = (make_actor(tx, staff.organisation, role, name=role.title()) for role in roles)
    return Staff(staff.organisation, *people)


def lived(tx: Session, staff: Staff, *, pause: timedelta) -> ItemVersion:
    """An item that is returned, handed in again, approved, released and confirmed, so much time after each other."""
    framework = make_framework(tx, staff)
    version = draft_item(tx, framework, item_document(), language="en", actor=staff.author, now=NOW)
    submit_for_review(tx, version, actor=staff.author, now=NOW + pause)
    review(tx, version, verdict=Verdict.RETURNED, reason="Unclear.", actor=staff.reviewer, now=NOW + 2 * pause)
    again = NOW + 3 * pause + HOUR  # the author has read it meanwhile
    submit_for_review(tx, version, actor=staff.author, now=again)
    review(tx, version, verdict=Verdict.APPROVED, reason="Sound.", actor=staff.reviewer, now=again + pause)
    release(tx, version, actor=staff.manager, now=again + 2 * pause)
    confirm(tx, version, reason="Still sound.", actor=staff.reviewer, now=again + 3 * pause + HOUR)
    return version


def told(event: Event) -> tuple[str | None, str | None, str, str | None]:
    return event.to_state, event.verdict, event.reason, event.who


@pytest.mark.parametrize("pause", [HOUR, timedelta()], ids=["hours apart", "at one moment"])
def test_steps_and_verdicts_are_told_in_order_with_names(tx: Session, staff: Staff, pause: timedelta) -> None:
    assert [told(event) for event in history_of(tx, lived(tx, staff, pause=pause))] == [
        ("draft", None, "", "Author"),
        ("in_review", None, "", "Author"),
        (None, "returned", "Unclear.", "Reviewer"),
        ("draft", None, "Unclear.", "Reviewer"),
        ("in_review", None, "", "Author"),
        (None, "approved", "Sound.", "Reviewer"),
        ("approved", None, "Sound.", "Reviewer"),
        ("live", None, "", "Manager"),
        (None, "confirmed", "Still sound.", "Reviewer"),
    ]


def test_dates_stand_where_they_were_set(tx: Session, staff: Staff) -> None:
    dated = [
        (event.to_state or event.verdict) for event in history_of(tx, lived(tx, staff, pause=HOUR)) if event.due_at
    ]
    assert dated == ["in_review", "in_review", "approved", "confirmed"]


@pytest.mark.parametrize("pause", [HOUR, timedelta()])
def test_pages_together_are_the_history(tx: Session, staff: Staff, pause: timedelta) -> None:
    version = lived(tx, staff, pause=pause)
    whole = history_of(tx, version)
    read: list[Event] = []
    while page := history_of(tx, version, after=read[-1].id if read else None, limit=2):
        read += page
    assert read == list(whole)


def test_what_never_happened_is_no_place_to_go_on(tx: Session, staff: Staff) -> None:
    with pytest.raises(NotFound):
        history_of(tx, lived(tx, staff, pause=HOUR), after=uuid.uuid4())
