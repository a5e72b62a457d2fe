"""Compromised items: nothing begins over them until a person has said why it may, and that covers what was known."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_engine.delivery.admission import NoEntry, admit, arrive, start
from exam_engine.delivery.attempts import submit
from exam_engine.delivery.clearances import (
    Clearance,
    FormCompromised,
    clearances_of,
    stopping_items,
)
from exam_engine.delivery.lifecycle import AttemptState, Part, Participation
from exam_engine.delivery.reasons import ReasonMissing
from exam_engine.delivery.sittings import (
    NothingToClear,
    Sitting,
    SittingState,
    cancel_sitting,
    clear_sitting,
    close_sitting,
    open_sitting,
    schedule_sitting,
)
from kernel.audit import AuditEntry
from kernel.errors import Forbidden
from kernel.permissions import AccountRole, the_product
from tests.builders.delivery import (
    WINDOW,
    Candidate,
    House,
    make_booking,
    make_candidate,
    make_compromised,
    make_house,
    make_open_sitting,
    make_person,
    make_running_attempt,
    make_waiting_attempt,
)

REASON = "The candidates of this room have not seen the forum."


@pytest.fixture
def house(tx: Session, now: datetime) -> House:
    return make_house(tx, now=now)


@pytest.fixture
def candidate(tx: Session, house: House, now: datetime) -> Candidate:
    return make_candidate(tx, house, now=now)


def scheduled(tx: Session, house: House, now: datetime) -> Sitting:
    window = {"start_from": now, "start_by": now + WINDOW, "time_zone": "Europe/Sofia"}
    return schedule_sitting(tx, house.form, title="Morning", **window, actor=house.manager, now=now)  # type: ignore[arg-type]


def test_no_sitting_is_scheduled_on_a_compromised_form(tx: Session, house: House, now: datetime) -> None:
    make_compromised(tx, house, now=now)
    with pytest.raises(FormCompromised, match=r"compromised items \(I-001\); assemble another form") as refused:
        scheduled(tx, house, now)
    assert refused.value.facts == {"compromised": ["I-001"]}


def test_a_scheduled_sitting_is_not_opened_until_it_is_cleared(tx: Session, house: House, now: datetime) -> None:
    sitting = scheduled(tx, house, now)
    make_compromised(tx, house, now=now)
    with pytest.raises(FormCompromised, match="cancel the sitting, or clear it"):
        open_sitting(tx, sitting, actor=house.manager, now=now)
    assert sitting.state == SittingState.SCHEDULED
    clear_sitting(tx, sitting, reason=REASON, actor=house.manager, now=now)
    assert open_sitting(tx, sitting, actor=house.manager, now=now).state == SittingState.OPEN


def test_nobody_is_booked_into_it(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    sitting = make_open_sitting(tx, house, now=now)
    make_compromised(tx, house, now=now)
    with pytest.raises(FormCompromised, match="book another sitting"):
        make_booking(tx, house, candidate, sitting=sitting, now=now)
    clear_sitting(tx, sitting, reason=REASON, actor=house.manager, now=now)
    make_booking(tx, house, candidate, sitting=sitting, now=now)


def test_nobody_arrives_and_no_candidate_learns_which_item_it_is(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    booking = make_booking(tx, house, candidate, now=now)
    make_compromised(tx, house, now=now)
    with pytest.raises(NoEntry, match="held back by the certification body") as refused:
        arrive(tx, booking, actor=candidate.actor, now=now)
    assert "I-001" not in str(refused.value)
    assert refused.value.facts == {}
    clear_sitting(tx, booking.sitting, reason=REASON, actor=house.manager, now=now)
    assert arrive(tx, booking, actor=candidate.actor, now=now).state == AttemptState.AWAITING


def test_nobody_starts_though_a_proctor_has_let_them_in(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    attempt = make_waiting_attempt(tx, house, candidate, now=now)
    admit(tx, attempt, actor=house.proctor, now=now)
    make_compromised(tx, house, now=now)
    with pytest.raises(NoEntry, match="held back"):
        start(tx, attempt, actor=candidate.actor, now=now)
    assert (attempt.state, attempt.started_at) == (AttemptState.AWAITING, None)
    clear_sitting(tx, attempt.booking.sitting, reason=REASON, actor=house.manager, now=now)
    assert start(tx, attempt, actor=candidate.actor, now=now).state == AttemptState.IN_PROGRESS


def test_whoever_works_already_works_on(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    make_compromised(tx, house, now=now)
    assert start(tx, attempt, actor=candidate.actor, now=now) is attempt
    assert submit(tx, attempt, actor=candidate.actor, now=now).ending == AttemptState.SUBMITTED


def test_a_clearance_covers_what_was_known_when_it_was_given(tx: Session, house: House, now: datetime) -> None:
    sitting = scheduled(tx, house, now)
    first = make_compromised(tx, house, now=now)
    clear_sitting(tx, sitting, reason=REASON, actor=house.manager, now=now)
    second = make_compromised(tx, house, position=3, now=now)
    assert stopping_items(tx, sitting) == [second]
    with pytest.raises(FormCompromised, match=r"\(I-003\)"):
        open_sitting(tx, sitting, actor=house.manager, now=now)
    clear_sitting(tx, sitting, reason=REASON, actor=house.manager, now=now + timedelta(minutes=1))
    assert [row.version_ids for row in clearances_of(tx, sitting)] == [[str(first.id)], [str(second.id)]]
    assert stopping_items(tx, sitting) == []


def test_a_clearance_is_for_one_sitting(tx: Session, house: House, now: datetime) -> None:
    cleared, other = scheduled(tx, house, now), scheduled(tx, house, now)
    make_compromised(tx, house, now=now)
    clear_sitting(tx, cleared, reason=REASON, actor=house.manager, now=now)
    with pytest.raises(FormCompromised):
        open_sitting(tx, other, actor=house.manager, now=now)


def test_there_must_be_something_to_clear_and_somebody_who_says_why(tx: Session, house: House, now: datetime) -> None:
    sitting = scheduled(tx, house, now)
    with pytest.raises(NothingToClear):
        clear_sitting(tx, sitting, reason=REASON, actor=house.manager, now=now)
    make_compromised(tx, house, now=now)
    with pytest.raises(ReasonMissing):
        clear_sitting(tx, sitting, reason="ok", actor=house.manager, now=now)
    with pytest.raises(Forbidden):
        clear_sitting(tx, sitting, reason=REASON, actor=the_product(house.organisation_id), now=now)
    cancel_sitting(tx, sitting, reason="Items are known outside.", actor=house.manager, now=now)
    with pytest.raises(NothingToClear):
        clear_sitting(tx, sitting, reason=REASON, actor=house.manager, now=now)
    assert tx.scalars(select(Clearance)).all() == []


def test_the_audit_log_tells_of_a_clearance_without_its_words(tx: Session, house: House, now: datetime) -> None:
    sitting = scheduled(tx, house, now)
    version = make_compromised(tx, house, now=now)
    clearance = clear_sitting(tx, sitting, reason=REASON, actor=house.manager, now=now)
    entry = tx.scalars(select(AuditEntry).where(AuditEntry.action == "sitting.clear")).one()
    assert (entry.subject, entry.actor_id) == (f"sitting:{sitting.id}", house.manager.account_id)
    assert entry.details["clearance"] == str(clearance.id)
    assert entry.details["versions"] == [str(version.id)]
    assert REASON not in str(entry.details)


def test_whoever_clears_a_sitting_took_part_in_all_its_attempts(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    sitting = make_open_sitting(tx, house, now=now)
    early = make_waiting_attempt(tx, house, candidate, sitting=sitting, now=now)
    other = make_candidate(tx, house, now=now)
    booking = make_booking(tx, house, other, sitting=sitting, now=now)
    make_compromised(tx, house, now=now)
    clearing = make_person(tx, house.organisation_id, AccountRole.MANAGER, now=now).actor
    clear_sitting(tx, sitting, reason=REASON, actor=clearing, now=now)
    late = arrive(tx, booking, actor=other.actor, now=now)
    organised = select(Participation.attempt_id).where(
        Participation.account_id == clearing.person, Participation.part == Part.ORGANISER
    )
    assert set(tx.scalars(organised)) == {early.id, late.id}
    close_sitting(tx, sitting, actor=clearing, now=now)
    assert len(tx.scalars(organised).all()) == 2
