"""Terminations: somebody watching ends an attempt, says why, and decides nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_engine.delivery.lifecycle import Participation, Receipt
from exam_engine.delivery.reasons import ReasonMissing
from exam_engine.proctoring.sessions import OwnExam
from exam_engine.proctoring.terminations import Action, Termination, end_attempt, termination_of
from kernel.audit import AuditEntry
from kernel.canonical import digest
from kernel.errors import Forbidden, IllegalMove
from kernel.permissions import AccountRole, the_product
from tests.builders.delivery import (
    Candidate,
    House,
    make_candidate,
    make_house,
    make_person,
    make_running_attempt,
    make_waiting_attempt,
)

REASON = "The fire alarm went off and the room was cleared."
LATER = timedelta(minutes=5)


@pytest.fixture
def house(tx: Session, now: datetime) -> House:
    return make_house(tx, now=now)


@pytest.fixture
def candidate(tx: Session, house: House, now: datetime) -> Candidate:
    return make_candidate(tx, house, now=now)


@pytest.mark.parametrize(("who", "part"), [("proctor", "proctor"), ("manager", "organiser")])
def test_it_is_written_down_who_ended_it_and_why(
    tx: Session, house: House, candidate: Candidate, now: datetime, *, who: str, part: str
) -> None:
    attempt, actor = make_running_attempt(tx, house, candidate, now=now), getattr(house, who)
    assert termination_of(tx, attempt.id) is None
    made = end_attempt(tx, attempt, reason=f"  {REASON}\n", actor=actor, now=now + LATER)
    tx.expire(made)
    assert (made.terminated_by, made.reason, made.at) == (actor.person, REASON, now + LATER)
    assert termination_of(tx, attempt.id) is made
    assert (attempt.state, tx.get_one(Receipt, attempt.id).ending) == ("terminated", "terminated")
    assert tx.get(Participation, (attempt.id, actor.person, part)) is not None, "and therefore never decides on it"
    entry = tx.scalars(select(AuditEntry).where(AuditEntry.action == Action.TERMINATE)).one()
    assert (entry.subject, entry.actor_id) == (f"attempt:{attempt.id}", actor.person)
    assert entry.details == {"content": digest({"reason": REASON})}, "the wording itself stays out of the log"


def test_nobody_ends_their_own_exam(tx: Session, house: House, now: datetime) -> None:
    both = make_person(tx, house.organisation_id, AccountRole.PROCTOR, AccountRole.CANDIDATE, now=now)
    attempt = make_running_attempt(tx, house, both, now=now)
    with pytest.raises(OwnExam, match="hand it in"):
        end_attempt(tx, attempt, reason=REASON, actor=both.actor, now=now)
    assert attempt.state == "in_progress"


def test_the_product_itself_ends_nothing_before_its_time(
    tx: Session, house: House, candidate: Candidate, now: datetime
) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    with pytest.raises(Forbidden, match="by a person"):
        end_attempt(tx, attempt, reason=REASON, actor=the_product(house.organisation_id), now=now)


@pytest.mark.parametrize("reason", ["", " \n", "cheating", "x" * 2001])
def test_a_reason_can_be_understood_later(
    tx: Session, house: House, candidate: Candidate, now: datetime, reason: str
) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    with pytest.raises(ReasonMissing):
        end_attempt(tx, attempt, reason=reason, actor=house.proctor, now=now)
    assert attempt.state == "in_progress"


def test_only_what_runs_is_ended_and_only_once(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    waiting = make_waiting_attempt(tx, house, make_candidate(tx, house, now=now), now=now)
    with pytest.raises(IllegalMove, match="the attempt is awaiting"):
        end_attempt(tx, waiting, reason=REASON, actor=house.proctor, now=now)
    attempt = make_running_attempt(tx, house, candidate, now=now)
    end_attempt(tx, attempt, reason=REASON, actor=house.proctor, now=now)
    with pytest.raises(IllegalMove, match="the attempt is terminated"):
        end_attempt(tx, attempt, reason="Another reason, thought of later.", actor=house.manager, now=now)
    assert tx.scalars(select(func.count()).select_from(Termination)).one() == 1


def test_the_record_is_never_rewritten(tx: Session, house: House, candidate: Candidate, now: datetime) -> None:
    attempt = make_running_attempt(tx, house, candidate, now=now)
    end_attempt(tx, attempt, reason=REASON, actor=house.proctor, now=now)
    for statement in ("UPDATE terminations SET reason = 'Nothing happened.'", "DELETE FROM terminations"):
        with pytest.raises(IntegrityError, match="append-only"), tx.begin_nested():
            tx.execute(text(statement))
