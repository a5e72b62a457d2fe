"""The decision: by somebody uninvolved, on the newest version, within the rules - and the database insists."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError

from exam_engine.demo.stage import CANDIDATE, DECISION_MAKER, PROCTOR, Person
from exam_engine.scoring.awards import NotGranted, award_of
from exam_engine.scoring.decisions import (
    AlreadyDecided,
    Decision,
    Outcome,
    ResultSuperseded,
    TookPart,
    decide,
    evidence_on,
)
from exam_engine.scoring.results import Result
from kernel.accounts import actor_for, member_with_email
from kernel.canonical import digest, plain
from kernel.errors import Invalid
from kernel.permissions import Actor
from tests.journeys.acts import answer_all, close_and_score, hand_in, rightly, seated
from tests.stage import Site

REASON = "The evidence is complete and the rules are met."


def decided_result(site: Site) -> uuid.UUID:
    seat = seated(site)
    answer_all(seat, rightly(site))
    hand_in(seat)
    return uuid.UUID(close_and_score(seat)["id"])


def actor(site: Site, tx: object, person: Person) -> Actor:
    organisation_id = uuid.UUID(site.people[PROCTOR].get("/session")["organisation_id"])
    account = member_with_email(tx, organisation_id, person.email, person.role)  # type: ignore[arg-type]
    return actor_for(tx, account.id, organisation_id)  # type: ignore[arg-type]


@pytest.mark.parametrize("person", [CANDIDATE, PROCTOR])
def test_the_database_refuses_whoever_took_part(site: Site, person: Person) -> None:
    """Even when the code above it is bypassed."""
    result_id = decided_result(site)
    with site.installation.database.transaction() as tx:
        result = tx.get_one(Result, result_id)
        involved = actor(site, tx, person)
        with pytest.raises(TookPart):
            decide(tx, result, outcome=Outcome.GRANTED, reason=REASON, actor=involved, now=site.clock())
        row = {
            "id": uuid.uuid4(),
            "organisation_id": result.organisation_id,
            "result_id": result.id,
            "attempt_id": result.attempt_id,
            "decided_by": involved.person,
            "outcome": "granted",
            "reason": REASON,
            "evidence": {},
            "evidence_hash": "",
            "decided_at": site.clock(),
        }
        with pytest.raises(DBAPIError, match="took part"), tx.begin_nested():
            tx.execute(insert(Decision).values(row))
        assert tx.scalar(select(func.count()).select_from(Decision)) == 0
        tx.execute(insert(Decision).values({**row, "decided_by": actor(site, tx, DECISION_MAKER).person}))


def test_a_decision_keeps_its_evidence(site: Site) -> None:
    result_id = decided_result(site)
    with site.installation.database.transaction() as tx:
        result = tx.get_one(Result, result_id)
        decider = actor(site, tx, DECISION_MAKER)
        decision = decide(tx, result, outcome=Outcome.GRANTED, reason=REASON, actor=decider, now=site.clock())
    with site.installation.database.reading() as tx:
        kept = tx.get_one(Decision, decision.id)
        assert kept.evidence == plain(evidence_on(tx, kept.result))
        assert kept.evidence_hash == digest(kept.evidence)
        assert kept.evidence["identity_check"]["method"] == "passport"
        assert {part["part"] for part in kept.evidence["participants"]} == {"candidate", "organiser", "proctor"}
        assert CANDIDATE.name not in str(kept.evidence)


@pytest.mark.parametrize("reason", ["", "   ", "fine"])
def test_a_reason_is_needed(site: Site, reason: str) -> None:
    result_id = decided_result(site)
    with site.installation.database.transaction() as tx:
        result, decider = tx.get_one(Result, result_id), actor(site, tx, DECISION_MAKER)
        with pytest.raises(Invalid, match="reason"):
            decide(tx, result, outcome=Outcome.REFUSED, reason=reason, actor=decider, now=site.clock())


def test_a_decision_is_taken_once_and_on_the_newest_version(site: Site) -> None:
    result_id = decided_result(site)
    with site.installation.database.transaction() as tx:
        result, decider = tx.get_one(Result, result_id), actor(site, tx, DECISION_MAKER)
        copy = {column.key: getattr(result, column.key) for column in Result.__table__.columns}
        newer = Result(**{**copy, "id": uuid.uuid4(), "number": 2, "inputs": {**result.inputs, "marking": "next"}})
        tx.add(newer)
        tx.flush()
        with pytest.raises(ResultSuperseded) as caught:
            decide(tx, result, outcome=Outcome.GRANTED, reason=REASON, actor=decider, now=site.clock())
        assert caught.value.facts["latest"] == str(newer.id)
        refused = decide(tx, newer, outcome=Outcome.REFUSED, reason=REASON, actor=decider, now=site.clock())
        with pytest.raises(NotGranted):
            award_of(tx, refused)
        with pytest.raises(AlreadyDecided):
            decide(tx, newer, outcome=Outcome.GRANTED, reason=REASON, actor=decider, now=site.clock())
