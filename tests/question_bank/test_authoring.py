"""Authoring: an item's life as it happens, and what it cannot skip: the second person, the reason, the one live version."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry, verify_chain
from kernel.canonical import iso
from kernel.db import Database
from kernel.errors import Forbidden, IllegalMove, Invalid, NotFound
from kernel.permissions import AccountRole, the_product
from question_bank.authoring import (
    NothingNew,
    OwnItem,
    ReasonMissing,
    SameItemTwice,
    Verdict,
    confirm,
    draft_item,
    item_version_for,
    move_item,
    pilot,
    release,
    release_all,
    review,
    review_all,
    submit_all,
    submit_for_review,
)
from question_bank.competences import Framework
from question_bank.items import ItemReview, ItemState, ItemVersion, Standing, StandingChange
from question_bank.review_dates import AGAIN_AFTER, VERDICT_WITHIN
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


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def framework(tx: Session, staff: Staff) -> Framework:
    return make_framework(tx, staff)


def drafted(tx: Session, staff: Staff, framework: Framework, **changes: Any) -> ItemVersion:
    return draft_item(tx, framework, item_document(**changes), language="en", actor=staff.author, now=NOW)


def state_of(version: ItemVersion) -> str:
    return version.standing.state


def history(tx: Session, version: ItemVersion) -> list[tuple[str | None, str, str]]:
    rows = tx.scalars(select(StandingChange).where(StandingChange.version_id == version.id).order_by(StandingChange.at))
    return [(row.from_state, row.to_state, row.reason) for row in rows]


def actions(tx: Session, staff: Staff) -> list[str]:
    rows = tx.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.organisation_id == staff.organisation.id, AuditEntry.actor_id.is_not(None))
        .order_by(AuditEntry.sequence)
    )
    return list(rows)


def test_an_item_lives_from_draft_to_retirement(tx: Session, staff: Staff, framework: Framework) -> None:
    hours = [NOW + timedelta(hours=hour) for hour in range(6)]
    version = drafted(tx, staff, framework)
    submit_for_review(tx, version, actor=staff.author, now=hours[1])
    review(tx, version, verdict=Verdict.APPROVED, reason=" Sound. ", actor=staff.reviewer, now=hours[2])
    release(tx, version, actor=staff.manager, now=hours[3])
    move_item(tx, version, target=ItemState.RESTING, reason="Seen often.", actor=staff.manager, now=hours[4])
    move_item(tx, version, target=ItemState.RETIRED, reason="Law changed.", actor=staff.manager, now=hours[5])
    assert history(tx, version) == [
        (None, "draft", ""),
        ("draft", "in_review", ""),
        ("in_review", "approved", "Sound."),
        ("approved", "live", ""),
        ("live", "resting", "Seen often."),
        ("resting", "retired", "Law changed."),
    ]
    assert (state_of(version), version.standing.since) == ("retired", hours[5])
    assert actions(tx, staff) == [
        "framework.import",
        "item.draft",
        "item.submit",
        "item.review",
        "item.release",
        "item.rest",
        "item.retire",
    ]
    assert verify_chain(tx, staff.organisation.id).holds


def test_the_audit_entry_of_a_step_names_its_versions_and_nobody(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    versions = make_drafts(tx, staff, framework, [item_document("a"), item_document("b")])
    submit_all(tx, versions, actor=staff.author, now=NOW)
    submit_for_review(tx, drafted(tx, staff, framework, code="c"), actor=staff.author, now=NOW)
    many, one = tx.scalars(select(AuditEntry).where(AuditEntry.action == "item.submit").order_by(AuditEntry.sequence))
    due_at = iso(NOW + VERDICT_WITHIN)
    assert many.details == {"versions": [str(version.id) for version in versions], "due_at": due_at}
    assert many.subject == f"item_bank:{staff.organisation.id}"
    assert one.subject == f"item_version:{one.details['versions'][0]}"


def test_an_author_cannot_review_their_own_item(tx: Session, staff: Staff, framework: Framework) -> None:
    version = drafted(tx, staff, framework)
    submit_for_review(tx, version, actor=staff.author, now=NOW)
    with pytest.raises(OwnItem, match=r"A\.1-4-01 must be reviewed by somebody else"):
        review(tx, version, verdict=Verdict.APPROVED, reason="Mine.", actor=staff.author, now=NOW)
    assert state_of(version) == "in_review"
    assert tx.scalars(select(ItemReview)).all() == []


def test_one_own_item_among_many_stops_the_whole_verdict(tx: Session, staff: Staff, framework: Framework) -> None:
    mine = make_drafts(tx, staff, framework, [item_document("a")])
    theirs = draft_item(tx, framework, item_document("b"), language="en", actor=staff.reviewer, now=NOW)
    submit_all(tx, [*mine, theirs], actor=staff.author, now=NOW)
    with pytest.raises(OwnItem, match="b must be"):
        review_all(tx, [*mine, theirs], verdict=Verdict.APPROVED, reason="All.", actor=staff.reviewer, now=NOW)
    assert [state_of(version) for version in (*mine, theirs)] == ["in_review", "in_review"]


def test_a_review_is_kept_with_reviewer_verdict_and_reason(tx: Session, staff: Staff, framework: Framework) -> None:
    version = drafted(tx, staff, framework)
    submit_for_review(tx, version, actor=staff.author, now=NOW)
    review(tx, version, verdict=Verdict.RETURNED, reason="Two options are right.", actor=staff.reviewer, now=NOW)
    assert state_of(version) == "draft"
    submit_for_review(tx, version, actor=staff.author, now=NOW)
    review(tx, version, verdict=Verdict.APPROVED, reason="Read again.", actor=staff.reviewer, now=NOW)
    kept = tx.scalars(select(ItemReview).where(ItemReview.version_id == version.id)).all()
    assert {(row.verdict, row.reason) for row in kept} == {
        ("returned", "Two options are right."),
        ("approved", "Read again."),
    }
    assert {row.reviewer_id for row in kept} == {staff.reviewer.account_id}


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_verdicts_and_moves_need_a_reason(tx: Session, staff: Staff, framework: Framework, reason: str) -> None:
    version = drafted(tx, staff, framework)
    submit_for_review(tx, version, actor=staff.author, now=NOW)
    with pytest.raises(ReasonMissing, match="reason: is empty"):
        review(tx, version, verdict=Verdict.APPROVED, reason=reason, actor=staff.reviewer, now=NOW)
    (live,) = make_live_items(tx, staff, framework, [item_document("b")])
    for target in (ItemState.RESTING, ItemState.RETIRED, ItemState.COMPROMISED):
        with pytest.raises(ReasonMissing):
            move_item(tx, live, target=target, reason=reason, actor=staff.manager, now=NOW)
    assert (state_of(version), state_of(live)) == ("in_review", "live")


def test_a_compromised_item_never_comes_back(tx: Session, staff: Staff, framework: Framework) -> None:
    (version,) = make_live_items(tx, staff, framework, [item_document()])
    move_item(tx, version, target=ItemState.COMPROMISED, reason="Seen on a forum.", actor=staff.manager, now=NOW)
    for target in (ItemState.LIVE, ItemState.RESTING, ItemState.RETIRED):
        with pytest.raises(IllegalMove, match="nowhere: this is its end"):
            move_item(tx, version, target=target, reason="Please.", actor=staff.manager, now=NOW)


def test_a_resting_item_wakes(tx: Session, staff: Staff, framework: Framework) -> None:
    (version,) = make_live_items(tx, staff, framework, [item_document()])
    move_item(tx, version, target=ItemState.RESTING, reason="Seen often.", actor=staff.manager, now=NOW)
    move_item(tx, version, target=ItemState.LIVE, reason="Rested enough.", actor=staff.manager, now=NOW)
    assert state_of(version) == "live"


@pytest.mark.parametrize("target", [ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.APPROVED])
def test_no_move_leads_around_the_review(tx: Session, staff: Staff, framework: Framework, target: ItemState) -> None:
    version = drafted(tx, staff, framework)
    submit_for_review(tx, version, actor=staff.author, now=NOW)
    with pytest.raises(IllegalMove, match="by drafting and review"):
        move_item(tx, version, target=target, reason="Hurry.", actor=staff.manager, now=NOW)
    with pytest.raises(IllegalMove, match="cannot become live"):
        release(tx, version, actor=staff.manager, now=NOW)
    assert state_of(version) == "in_review"


def test_a_step_taken_twice_is_refused(tx: Session, staff: Staff, framework: Framework) -> None:
    (version,) = make_live_items(tx, staff, framework, [item_document()])
    with pytest.raises(IllegalMove):
        release(tx, version, actor=staff.manager, now=NOW)
    with pytest.raises(IllegalMove):
        submit_for_review(tx, version, actor=staff.author, now=NOW)
    with pytest.raises(IllegalMove):
        review(tx, version, verdict=Verdict.APPROVED, reason="Again.", actor=staff.reviewer, now=NOW)


def test_a_released_version_sends_the_old_one_to_rest(tx: Session, staff: Staff, framework: Framework) -> None:
    (old,) = make_live_items(tx, staff, framework, [item_document()])
    (new,) = make_approved_items(tx, staff, framework, [item_document(stem="What else?")])
    assert (new.item_id, new.number) == (old.item_id, 2)
    assert (state_of(old), state_of(new)) == ("live", "approved")
    release(tx, new, actor=staff.manager, now=NOW + timedelta(hours=1))
    assert (state_of(old), state_of(new)) == ("resting", "live")
    assert history(tx, old)[-1] == ("live", "resting", "another version was released")


def test_waking_the_old_version_sends_the_new_one_to_rest(tx: Session, staff: Staff, framework: Framework) -> None:
    (old,) = make_live_items(tx, staff, framework, [item_document()])
    (new,) = make_live_items(tx, staff, framework, [item_document(stem="What else?")])
    release(tx, old, actor=staff.manager, now=NOW)
    assert (state_of(old), state_of(new)) == ("live", "resting")


def test_two_versions_of_one_item_cannot_be_released_together(tx: Session, staff: Staff, framework: Framework) -> None:
    first = make_approved_items(tx, staff, framework, [item_document()])
    second = make_approved_items(tx, staff, framework, [item_document(stem="What else?")])
    with pytest.raises(SameItemTwice):
        release_all(tx, [*first, *second], actor=staff.manager, now=NOW)


def test_a_draft_is_read_like_an_item_of_a_bank_file(tx: Session, staff: Staff, framework: Framework) -> None:
    with pytest.raises(Invalid) as refused:
        drafted(tx, staff, framework, key=["x"], level=9, expected_difficulty=0.5, enemies=["ghost"])
    assert {fault.place for fault in refused.value.faults} == {
        "item#/key/0",
        "item#/level",
        "item#/expected_difficulty",
        "item#/enemies/0",
    }
    with pytest.raises(Invalid, match="item#: must be an object"):
        draft_item(tx, framework, ["no item"], language="en", actor=staff.author, now=NOW)


def test_a_draft_that_says_nothing_new_is_refused(tx: Session, staff: Staff, framework: Framework) -> None:
    drafted(tx, staff, framework)
    with pytest.raises(NothingNew, match=r"A\.1-4-01"):
        drafted(tx, staff, framework)
    assert drafted(tx, staff, framework, stem="What else?").number == 2


def test_steps_are_taken_by_persons(tx: Session, staff: Staff, framework: Framework) -> None:
    product = the_product(staff.organisation.id)
    (version,) = make_approved_items(tx, staff, framework, [item_document()])
    with pytest.raises(Forbidden):
        release(tx, version, actor=product, now=NOW)
    with pytest.raises(Forbidden):
        draft_item(tx, framework, item_document("b"), language="en", actor=product, now=NOW)


def test_another_organisation_finds_nothing(tx: Session, staff: Staff, framework: Framework) -> None:
    (version,) = make_live_items(tx, staff, framework, [item_document()])
    stranger = make_staff(tx).manager
    with pytest.raises(NotFound):
        item_version_for(tx, stranger, version.id)
    with pytest.raises(NotFound):
        move_item(tx, version, target=ItemState.RETIRED, reason="Not mine.", actor=stranger, now=NOW)
    with pytest.raises(NotFound):
        draft_item(tx, framework, item_document("b"), language="en", actor=stranger, now=NOW)
    assert state_of(version) == "live"


def test_a_version_is_found_by_its_id_in_its_own_organisation(tx: Session, staff: Staff, framework: Framework) -> None:
    version = drafted(tx, staff, framework)
    assert item_version_for(tx, staff.reviewer, version.id) is version
    with pytest.raises(NotFound):
        item_version_for(tx, staff.reviewer, uuid.uuid4())


def test_a_reviewer_may_also_be_an_author_of_other_items(tx: Session, staff: Staff, framework: Framework) -> None:
    both = make_actor(tx, staff.organisation, AccountRole.AUTHOR, AccountRole.REVIEWER)
    draft_item(tx, framework, item_document("mine"), language="en", actor=both, now=NOW)
    version = drafted(tx, staff, framework, code="theirs")
    submit_for_review(tx, version, actor=staff.author, now=NOW)
    review(tx, version, verdict=Verdict.APPROVED, reason="Sound.", actor=both, now=NOW)
    assert state_of(version) == "approved"


def test_two_releases_of_one_item_at_the_same_moment_leave_one_live(database: Database) -> None:
    with database.transaction() as tx:
        staff = make_staff(tx)
        framework = make_framework(tx, staff)
        stems = ("What now?", "What then?")
        pair = [make_approved_items(tx, staff, framework, [item_document(stem=stem)])[0].id for stem in stems]
    together = Barrier(2)

    def run(version_id: uuid.UUID) -> None:
        with database.transaction() as tx:
            version = item_version_for(tx, staff.manager, version_id)
            if database.dialect == "postgresql":  # SQLite lets one writer in at a time
                together.wait()
            release(tx, version, actor=staff.manager, now=NOW)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(run, pair))
    with database.reading() as tx:
        assert sorted(tx.scalars(select(Standing.state))) == ["live", "resting"]


def test_a_revised_item_is_piloted_beside_the_live_one(tx: Session, staff: Staff, framework: Framework) -> None:
    (old,) = make_live_items(tx, staff, framework, [item_document()])
    (new,) = make_approved_items(tx, staff, framework, [item_document(stem="What else?")])
    pilot(tx, new, actor=staff.manager, now=NOW)
    assert (state_of(old), state_of(new)) == ("live", "pilot")
    release(tx, new, actor=staff.manager, now=NOW)
    assert (state_of(old), state_of(new)) == ("resting", "live")
    assert actions(tx, staff)[-2:] == ["item.pilot", "item.release"]


def test_a_piloted_version_sends_the_one_piloted_before_to_rest(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    first, second = (
        make_approved_items(tx, staff, framework, [item_document(stem=stem)])[0] for stem in ("What?", "What else?")
    )
    pilot(tx, first, actor=staff.manager, now=NOW)
    pilot(tx, second, actor=staff.manager, now=NOW)
    assert (state_of(first), state_of(second)) == ("resting", "pilot")
    assert ("pilot", "resting", "another version is piloted") in history(tx, first)
    move_item(tx, first, target=ItemState.PILOT, reason="Too few answers.", actor=staff.manager, now=NOW)
    assert (state_of(first), state_of(second)) == ("pilot", "resting")


def test_what_was_not_approved_is_not_piloted(tx: Session, staff: Staff, framework: Framework) -> None:
    version = drafted(tx, staff, framework)
    with pytest.raises(IllegalMove, match="cannot become pilot"):
        pilot(tx, version, actor=staff.manager, now=NOW)
    submit_for_review(tx, version, actor=staff.author, now=NOW)
    with pytest.raises(IllegalMove, match="cannot become pilot"):
        move_item(tx, version, target=ItemState.PILOT, reason="Hurry.", actor=staff.manager, now=NOW)


def test_a_refused_verdict_leaves_nothing(tx: Session, staff: Staff, framework: Framework) -> None:
    version = drafted(tx, staff, framework)
    with pytest.raises(IllegalMove):
        review(tx, version, verdict=Verdict.APPROVED, reason="Sound.", actor=staff.reviewer, now=NOW)
    assert tx.scalars(select(ItemReview)).all() == []


def test_who_wrote_an_earlier_version_returns_a_later_one_but_does_not_approve_it(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    both = make_actor(tx, staff.organisation, AccountRole.AUTHOR, AccountRole.REVIEWER)
    draft_item(tx, framework, item_document(), language="en", actor=both, now=NOW)
    edited = drafted(tx, staff, framework, stem="What does the city do at first?")
    submit_for_review(tx, edited, actor=staff.author, now=NOW)
    with pytest.raises(OwnItem, match="wrote no earlier version"):
        review(tx, edited, verdict=Verdict.APPROVED, reason="As I wrote it.", actor=both, now=NOW)
    review(tx, edited, verdict=Verdict.RETURNED, reason="It was better before.", actor=both, now=NOW)
    assert state_of(edited) == "draft"


def test_who_wrote_a_later_version_may_approve_an_earlier_one(tx: Session, staff: Staff, framework: Framework) -> None:
    first = drafted(tx, staff, framework)
    submit_for_review(tx, first, actor=staff.author, now=NOW)
    both = make_actor(tx, staff.organisation, AccountRole.AUTHOR, AccountRole.REVIEWER)
    draft_item(tx, framework, item_document(stem="What else?"), language="en", actor=both, now=NOW)
    review(tx, first, verdict=Verdict.APPROVED, reason="Sound.", actor=both, now=NOW)
    assert state_of(first) == "approved"


def test_an_approved_version_is_confirmed_where_it_stands(tx: Session, staff: Staff, framework: Framework) -> None:
    (version,) = make_live_items(tx, staff, framework, [item_document()])
    later, again = NOW + timedelta(days=700), NOW + timedelta(days=1000)
    confirm(tx, version, reason=" Still so. ", review_again_at=again, actor=staff.reviewer, now=later)
    assert (state_of(version), version.standing.since, version.standing.due_at) == ("live", NOW, again)
    kept = tx.scalars(select(ItemReview).order_by(ItemReview.at.desc())).first()
    assert kept is not None
    assert (kept.verdict, kept.reason, kept.review_again_at) == ("confirmed", "Still so.", again)
    assert actions(tx, staff)[-1] == "item.confirm"


def test_what_was_never_approved_or_is_out_of_use_is_not_confirmed(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    version = drafted(tx, staff, framework)
    (gone,) = make_live_items(tx, staff, framework, [item_document("b")])
    move_item(tx, gone, target=ItemState.RETIRED, reason="Old.", actor=staff.manager, now=NOW)
    for wrong in (version, gone):
        with pytest.raises(IllegalMove, match="what is confirmed was approved before"):
            confirm(tx, wrong, reason="Fine.", actor=staff.reviewer, now=NOW)
    submit_for_review(tx, version, actor=staff.author, now=NOW)
    with pytest.raises(IllegalMove, match="it is confirmed after that"):
        review(tx, version, verdict=Verdict.CONFIRMED, reason="Fine.", actor=staff.reviewer, now=NOW)


def test_confirming_is_a_second_persons_task(tx: Session, staff: Staff, framework: Framework) -> None:
    (version,) = make_live_items(tx, staff, framework, [item_document()])
    with pytest.raises(OwnItem):
        confirm(tx, version, reason="Mine.", actor=staff.author, now=NOW)
    with pytest.raises(ReasonMissing):
        confirm(tx, version, reason=" ", actor=staff.reviewer, now=NOW)
    with pytest.raises(NotFound):
        confirm(tx, version, reason="Theirs.", actor=make_staff(tx).reviewer, now=NOW)
    assert version.standing.due_at == NOW + AGAIN_AFTER
