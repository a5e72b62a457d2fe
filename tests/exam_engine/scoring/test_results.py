"""Results keep what went in, can be worked out again, and are versioned."""

from __future__ import annotations

import uuid
from fractions import Fraction

import pytest
from sqlalchemy import func, insert, select, text, update

from exam_engine.delivery.lifecycle import Attempt
from exam_engine.delivery.responses import Response
from exam_engine.demo.stage import MANAGER, PROCTOR
from exam_engine.scoring.results import NotScorable, Result, score_attempt
from exam_engine.scoring.unaltered import RecordsDisagree
from exam_engine.scoring.worklist import unscored_attempts
from kernel.canonical import digest
from kernel.permissions import the_product
from question_bank.item_kinds import kind_named
from question_bank.item_kinds.kind import CreditTable
from question_bank.items import ItemVersion
from tests.journeys.acts import answer_all, close_and_score, hand_in, rightly, rightly_but_in, seated, wrongly
from tests.question_bank.test_guards import unguarded
from tests.stage import Site


def test_a_running_attempt_is_not_scored(site: Site) -> None:
    seat = seated(site)
    with site.installation.database.transaction() as tx:
        attempt = tx.get_one(Attempt, uuid.UUID(seat.attempt_id))
        with pytest.raises(NotScorable, match="in_progress"):
            score_attempt(tx, attempt, actor=the_product(attempt.organisation_id), now=site.clock())


def test_what_somebody_ended_before_its_time_is_scored_for_a_person_alone(site: Site) -> None:
    seat = seated(site)
    reason = {"reason": "The fire alarm went off in the middle of it."}
    site.people[PROCTOR].post(f"/attempts/{seat.attempt_id}/termination", reason)
    with site.installation.database.transaction() as tx:
        attempt = tx.get_one(Attempt, uuid.UUID(seat.attempt_id))
        assert unscored_attempts(tx, site.clock(), 10) == [], "it waits for nobody's machine"
        with pytest.raises(NotScorable, match="for a person to say"):
            score_attempt(tx, attempt, actor=the_product(attempt.organisation_id), now=site.clock())
    assert site.people[MANAGER].post(f"/attempts/{seat.attempt_id}/results")["score"] == "0"


def test_scoring_again_from_the_same_inputs_is_the_same_result(site: Site) -> None:
    seat = seated(site)
    hand_in(seat)
    first = close_and_score(seat)
    assert first["score"] == "0"
    with site.installation.database.transaction() as tx:
        attempt = tx.get_one(Attempt, uuid.UUID(seat.attempt_id))
        again = score_attempt(tx, attempt, actor=the_product(attempt.organisation_id), now=site.clock())
        assert (str(again.id), again.number) == (first["id"], 1)
        assert tx.scalar(select(func.count()).select_from(Result)) == 1


def test_every_mark_can_be_worked_out_again(site: Site) -> None:
    """An auditor recomputes the score from responses and item versions alone, and finds the stored proof."""
    seat = seated(site)
    answer_all(seat, rightly_but_in(site, {"A2"}))
    hand_in(seat)
    close_and_score(seat)
    with site.installation.database.reading() as tx:
        result = tx.scalars(select(Result)).one()
        versions = {str(row.id): row for row in tx.scalars(select(ItemVersion))}
        responses = {row.slot: row.value for row in tx.scalars(select(Response))}
        paper = {slot["slot"]: slot for slot in result.attempt.paper}
        for row in result.marks:
            version = versions[paper[row["slot"]]["version"]]
            again = kind_named(version.kind).mark(version.content, responses[row["slot"]], CreditTable.EXACT)
            assert str(again.fraction) == row["fraction"]
            assert {**again.proof, "content_hash": version.content_hash} == row["proof"]
        points = sum((Fraction(row["fraction"]) for row in result.marks), Fraction(0))
        assert result.score == points / result.item_count == Fraction(7, 8)
        assert {"form_hash", "paper_hash", "receipt_hash", "rules_hash", "scheme_version", "scoring"} == set(
            result.inputs
        )
        assert [area["code"] for area in result.areas] == [f"A{number}" for number in range(1, 9)]


def test_a_response_slipped_in_after_the_hand_in_counts_nothing(site: Site) -> None:
    """Somebody with the database's password adds a better answer; the receipt says what was handed in."""
    seat = seated(site)
    slot = seat.paper()[0]
    assert seat.respond(1, 0, wrongly(site)(slot)).status_code == 200
    hand_in(seat)
    better = rightly(site)(slot)
    row = {
        "attempt_id": uuid.UUID(seat.attempt_id),
        "slot": 1,
        "revision": 2,
        "save_id": "slipped-in",
        "value": better,
        "value_hash": digest(better),
        "received_at": site.clock(),
    }
    with site.installation.database.transaction() as tx:
        tx.execute(insert(Response).values(row))
    assert close_and_score(seat)["score"] == "0"


def test_records_that_disagree_are_not_scored(site: Site) -> None:
    seat = seated(site)
    assert seat.respond(1, 0, wrongly(site)(seat.paper()[0])).status_code == 200
    hand_in(seat)
    with site.installation.database.transaction() as tx:
        if tx.get_bind().dialect.name == "sqlite":
            tx.execute(text("DROP TRIGGER responses_append_only_update"))
        else:
            tx.execute(text("ALTER TABLE responses DISABLE TRIGGER USER"))
        tx.execute(update(Response).values(value={}))
    with site.installation.database.transaction() as tx:
        attempt = tx.get_one(Attempt, uuid.UUID(seat.attempt_id))
        with pytest.raises(RecordsDisagree):
            score_attempt(tx, attempt, actor=the_product(attempt.organisation_id), now=site.clock())


def test_a_key_that_is_changed_for_a_while_scores_nothing(site: Site) -> None:
    seat = seated(site)
    slot = seat.paper()[0]
    assert seat.respond(1, 0, wrongly(site)(slot)).status_code == 200
    hand_in(seat)
    site.people[MANAGER].post(f"/sittings/{seat.sitting_id}/closing")
    with site.installation.database.transaction() as tx:
        attempt = tx.get_one(Attempt, uuid.UUID(seat.attempt_id))
        version = tx.get_one(ItemVersion, uuid.UUID(attempt.paper[0]["version"]))
        with unguarded(tx, "item_versions"):
            tx.execute(
                update(ItemVersion)
                .where(ItemVersion.id == version.id)
                .values(content={**version.content, "rationale": "Whatever was chosen is right."})
            )
    site.work()
    (told,) = site.people[MANAGER].all("/setbacks")
    assert (told["reason"], site.people[MANAGER].all("/results")) == ("records_disagree", [])
