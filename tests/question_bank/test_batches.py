"""Batches: one step of many, seen beforehand, taken by all or none, and taken back as a step of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry, verify_chain
from kernel.errors import Forbidden, Invalid, NotFound
from kernel.permissions import AccountRole
from question_bank.authoring import draft_item, move_item, pilot, submit_for_review
from question_bank.batches import (
    STEPS,
    Batch,
    BatchRefused,
    Obstacle,
    batch_for,
    preview,
    take_batch,
    versions_for,
    versions_named,
)
from question_bank.competences import Framework
from question_bank.finding import Search, find_items
from question_bank.items import ItemState, ItemVersion, StandingChange
from question_bank.next_steps import Step
from question_bank.steps import ReasonMissing
from question_bank.undoing import undo_batch, undo_preview
from tests.builders.kernel import NOW, make_actor
from tests.builders.question_bank import (
    Staff,
    item_document,
    make_approved_items,
    make_drafts,
    make_framework,
    make_live_items,
    make_staff,
)

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def framework(tx: Session, staff: Staff) -> Framework:
    return make_framework(tx, staff)


def states(versions: Sequence[ItemVersion]) -> list[str]:
    return [version.standing.state for version in versions]


def obstacles(tx: Session, batch: Batch) -> list[tuple[str, int, Obstacle | None]]:
    return [(p.version.item.code, p.version.number, p.obstacle) for p in undo_preview(tx, batch)]


def test_a_preview_tells_who_can_and_who_cannot_and_changes_nothing(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    both = make_actor(tx, staff.organisation, AccountRole.AUTHOR, AccountRole.REVIEWER)
    own = draft_item(tx, framework, item_document("a"), language="en", actor=both, now=NOW)
    items = [item_document("b"), item_document("c"), item_document("a", stem="What else?")]
    theirs, draft, later = make_drafts(tx, staff, framework, items)
    for version in (own, theirs, later):
        submit_for_review(tx, version, actor=staff.author, now=NOW)
    seen = preview(tx, Step.APPROVE, [own, theirs, draft, later], actor=both)
    assert [(p.version, p.obstacle) for p in seen] == [
        (own, Obstacle.OWN),
        (theirs, None),
        (draft, Obstacle.STANDS_ELSEWHERE),
        (later, Obstacle.WROTE_EARLIER),
    ]
    assert states([own, theirs, draft, later]) == ["in_review", "in_review", "draft", "in_review"]
    with pytest.raises(BatchRefused) as refused:
        take_batch(tx, Step.APPROVE, [own, theirs, draft], reason="Sound.", actor=both, now=NOW)
    assert [str(fault) for fault in refused.value.faults] == [
        "a: own: it is in_review",
        "c: stands_elsewhere: it is draft",
    ]
    assert states([own, theirs]) == ["in_review", "in_review"]


def test_a_preview_says_what_taking_does(tx: Session, staff: Staff, framework: Framework) -> None:
    """Whatever stands in the way by the preview is refused alone; whatever does not is taken."""
    everybody = make_actor(tx, staff.organisation, AccountRole.MANAGER, AccountRole.REVIEWER)
    approved = make_approved_items(tx, staff, framework, [item_document(code) for code in ("a", "b", "c", "d", "e")])
    live, piloted, resting, retired = approved[1:]
    for version, path in (
        (live, [ItemState.LIVE]),
        (resting, [ItemState.LIVE, ItemState.RESTING]),
        (retired, [ItemState.RETIRED]),
    ):
        for target in path:
            move_item(tx, version, target=target, reason="So.", actor=staff.manager, now=NOW)
    pilot(tx, piloted, actor=staff.manager, now=NOW)
    drafts = make_drafts(tx, staff, framework, [item_document("f"), item_document("g")])
    submit_for_review(tx, drafts[1], actor=staff.author, now=NOW)
    for step in Step:
        for prospect in preview(tx, step, [*approved, *drafts], actor=everybody):
            saved = tx.begin_nested()
            if prospect.obstacle:
                with pytest.raises(BatchRefused):
                    take_batch(tx, step, [prospect.version], reason="So.", actor=everybody, now=LATER)
            else:
                batch = take_batch(tx, step, [prospect.version], reason="So.", actor=everybody, now=LATER)
                assert (undo_preview(tx, batch)[0].obstacle is None) == prospect.can_be_undone, (step, prospect.state)
            saved.rollback()
            tx.expire_all()


@pytest.mark.parametrize(("step", "start"), [(Step.REST, "live"), (Step.SUBMIT, "draft")])
def test_a_step_is_taken_back_as_a_step_of_its_own(
    tx: Session, staff: Staff, framework: Framework, step: Step, start: str
) -> None:
    make = make_live_items if start == "live" else make_drafts
    versions = make(tx, staff, framework, [item_document(code) for code in ("a", "b", "c")])
    actor = staff.manager if start == "live" else staff.author
    batch = take_batch(tx, step, versions[:2], reason="Too early.", actor=actor, now=NOW)
    assert states(versions) == [STEPS[step].target, STEPS[step].target, start]
    undoing = undo_batch(tx, batch_for(tx, actor, batch.id), reason="A mistake.", actor=actor, now=LATER)
    assert states(versions) == [start] * 3
    assert (undoing.undoes_id, undoing.step) == (batch.id, "undo")
    moves = tx.execute(
        select(StandingChange.from_state, StandingChange.to_state, StandingChange.reason)
        .where(StandingChange.version_id == versions[0].id)
        .order_by(StandingChange.at)
    ).all()
    assert moves[-1][1:] == (start, "A mistake.")
    with pytest.raises(BatchRefused):
        undo_batch(tx, batch, reason="Again.", actor=actor, now=LATER)
    with pytest.raises(BatchRefused):
        undo_batch(tx, undoing, reason="And back.", actor=actor, now=LATER)
    assert verify_chain(tx, staff.organisation.id).holds
    told = tx.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"item_batch:{undoing.id}")).all()
    assert told == ["item_batch.undo"]


def test_undoing_a_release_puts_both_versions_back(tx: Session, staff: Staff, framework: Framework) -> None:
    (old,) = make_live_items(tx, staff, framework, [item_document("a")])
    (new,) = make_live_items(tx, staff, framework, [item_document("a", stem="What else?")])
    other, *_ = make_live_items(tx, staff, framework, [item_document("b")])
    move_item(tx, other, target=ItemState.RESTING, reason="Enough.", actor=staff.manager, now=NOW)
    batch = take_batch(tx, Step.RELEASE, [old, other], reason="", actor=staff.manager, now=NOW)
    assert states([old, new, other]) == ["live", "resting", "live"]
    assert obstacles(tx, batch) == [("a", 1, None), ("a", 2, None), ("b", 1, None)]
    undo_batch(tx, batch, reason="Not yet.", actor=staff.manager, now=LATER)
    assert states([old, new, other]) == ["resting", "live", "resting"]


def test_what_moved_on_or_has_no_way_back_stays(tx: Session, staff: Staff, framework: Framework) -> None:
    (a, b) = make_live_items(tx, staff, framework, [item_document("a"), item_document("b")])
    batch = take_batch(tx, Step.REST, [a, b], reason="Enough.", actor=staff.manager, now=NOW)
    make_live_items(tx, staff, framework, [item_document("a", stem="What else?")])
    assert obstacles(tx, batch) == [("a", 1, Obstacle.MOVED_ON), ("b", 1, None)]
    undo_batch(tx, batch, reason="Awake.", actor=staff.manager, now=LATER)
    assert states([a, b]) == ["resting", "live"]
    first = take_batch(
        tx,
        Step.RELEASE,
        make_approved_items(tx, staff, framework, [item_document("c")]),
        reason="",
        actor=staff.manager,
        now=NOW,
    )
    gone = take_batch(tx, Step.RETIRE, [b], reason="Old.", actor=staff.manager, now=LATER)
    for final in (first, gone):
        assert [obstacle for *_, obstacle in obstacles(tx, final)] == [Obstacle.NO_WAY_BACK]


def test_the_version_that_can_take_the_step_is_chosen(tx: Session, staff: Staff, framework: Framework) -> None:
    (live,) = make_live_items(tx, staff, framework, [item_document("a")])
    (draft,) = make_drafts(tx, staff, framework, [item_document("a", stem="What else?")])
    ids = {live.item_id}
    assert versions_for(tx, staff.manager, Step.REST, ids) == [live]
    assert versions_for(tx, staff.manager, Step.SUBMIT, ids) == [draft]
    assert versions_for(tx, staff.manager, Step.APPROVE, ids) == [draft]
    take_batch(tx, Step.REST, [live], reason="Enough.", actor=staff.manager, now=NOW)
    (line,) = find_items(tx, staff.manager, Search(state=ItemState.DRAFT), limit=5).lines
    assert line.administered == []


def test_two_versions_of_one_item_are_not_released_together(tx: Session, staff: Staff, framework: Framework) -> None:
    (first,) = make_approved_items(tx, staff, framework, [item_document("a")])
    (second,) = make_approved_items(tx, staff, framework, [item_document("a", stem="What else?")])
    seen = preview(tx, Step.RELEASE, [first, second], actor=staff.manager)
    assert [prospect.obstacle for prospect in seen] == [None, Obstacle.SAME_ITEM_TWICE]


def test_steps_need_their_permission_their_reason_and_an_organisation(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    versions = make_live_items(tx, staff, framework, [item_document("a")])
    with pytest.raises(Forbidden):
        preview(tx, Step.REST, versions, actor=staff.author)
    with pytest.raises(ReasonMissing):
        take_batch(tx, Step.REST, versions, reason=" ", actor=staff.manager, now=NOW)
    batch = take_batch(tx, Step.REST, versions, reason="Enough.", actor=staff.manager, now=NOW)
    with pytest.raises(Forbidden):
        undo_batch(tx, batch, reason="Back.", actor=staff.author, now=NOW)
    with pytest.raises(ReasonMissing):
        undo_batch(tx, batch, reason="", actor=staff.manager, now=NOW)
    stranger = make_staff(tx).manager
    with pytest.raises(NotFound):
        batch_for(tx, stranger, batch.id)
    with pytest.raises(NotFound):
        versions_named(tx, stranger, [versions[0].id])
    with pytest.raises(NotFound):
        take_batch(tx, Step.RELEASE, versions, reason="", actor=stranger, now=NOW)
    assert versions_for(tx, stranger, Step.RELEASE, [versions[0].item_id]) == []
    for ids in ([], [versions[0].id] * 1001):
        with pytest.raises(Invalid, match="1 to 1000"):
            versions_named(tx, staff.manager, ids)
