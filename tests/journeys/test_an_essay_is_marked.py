"""An exam with an essay: sat, marked blind by two, settled by a third, scored, decided, and worked out again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select

from exam_engine.demo.stage import AUTHOR, CANDIDATE, DECISION_MAKER, MANAGER, MARKER, PASSWORD, PROCTOR, Person
from exam_engine.records import RECORDED
from exam_engine.scoring.results import Result
from kernel.accounts import account_by_email, grant_roles, open_account
from kernel.audit import verify_chain
from kernel.permissions import AccountRole
from kernel.reconciliation import reconcile
from tests.builders.samples import SAMPLES
from tests.builders.scripts import BEST, BETTER, WORST
from tests.journeys.acts import (
    SAMPLE_CONTENTS,
    Seat,
    ask_every_kind,
    close,
    grant,
    hand_in,
    seated,
)
from tests.journeys.test_nothing_leaks import members
from tests.proofs import worked_again
from tests.stage import Caller, Site

ASKED = {kind: SAMPLE_CONTENTS[kind] for kind in ("single_choice", "essay", "numeric")}
TEXT = SAMPLES["essay"].right["text"]


@pytest.fixture
def markers(site: Site) -> list[Caller]:
    """Three people who mark, two of whom also decide on exams."""
    return [site.people[MARKER], *more_markers(site)]


def more_markers(site: Site) -> list[Caller]:
    """Two more members of the body who mark, and decide."""
    others = [Person(f"marker-{number}", f"Marker {number}", AccountRole.MARKER) for number in (2, 3)]
    organisation_id = uuid.UUID(site.people[MARKER].get("/session")["organisation_id"])
    with site.installation.database.transaction() as tx:
        for person in others:
            account = open_account(
                tx, email=person.email, display_name=person.name, password=PASSWORD, now=site.clock()
            )
            roles = [person.role, AccountRole.DECISION_MAKER]
            grant_roles(tx, account, organisation_id, roles, now=site.clock())
    return [site.sign_in(person) for person in others]


def sat(site: Site) -> Seat:
    """Everything is answered rightly, the essay with a text."""
    seat = seated(ask_every_kind(site, ASKED))
    for slot in seat.paper():
        assert seat.respond(slot["slot"], 0, SAMPLES[slot["kind"]].right).status_code == 200
    hand_in(seat)
    return seat


def test_an_essay_is_sat_double_marked_adjudicated_scored_and_decided(site: Site, markers: list[Caller]) -> None:
    seat = sat(site)
    site.people[MANAGER].post(f"/sittings/{seat.sitting_id}/closing")
    assert markers[0].get("/scripts")["items"] == []
    site.clock.turn(minutes=1)
    site.work()
    assert len(markers[0].all("/scripts")) == 1
    site.work()
    assert waits(site), "nothing is scored, and nothing fails"
    assert site.people[MANAGER].refused("POST", f"/attempts/{seat.attempt_id}/results")["code"] == "awaiting_marks"

    taken = [marker.post("/script-holds")["script_id"] for marker in markers[:2]]
    assert len({*taken}) == 1, "the two who mark it alone"
    assert markers[2].refused("POST", "/script-holds")["code"] == "nothing_waits"
    give(markers[0], WORST)
    give(markers[1], BEST, style="Clear.")
    (waiting,) = markers[2].all("/scripts")
    assert waiting["state"] == "disputed"
    assert [markers[number].all("/scripts") for number in (0, 1)] == [[], []]
    site.work()
    assert waits(site)
    shown = markers[2].get(f"/scripts/{waiting['id']}")
    assert [row["levels"] for row in shown["to_settle"]] == [WORST, BEST]
    give(markers[2], BETTER)
    site.work()

    result = result_of(seat)
    assert result["score"] == "5/6", "two right answers, and half of the essay"
    with site.installation.database.reading() as tx:
        stored = tx.scalars(select(Result)).one()
        for row in stored.marks:
            proof = {name: value for name, value in row["proof"].items() if name != "content_hash"}
            assert worked_again(proof) == Fraction(row["fraction"])
    refused = markers[1].refused(
        "POST", f"/results/{result['id']}/decision", {"outcome": "granted", "reason": "All of it is there."}
    )
    assert refused["code"] == "took_part"
    assert site.people[DECISION_MAKER].get(f"/results/{result['id']}")["evidence"]["participants"]
    assert grant(seat, result)["code"]
    report = site.people[MANAGER].get("/marker-agreement")
    assert (report["answers"], report["compared"], report["whole"]) == (1, 0, None), "too few to tell anything of"
    assert_nothing_was_rewritten(site)


def waits(site: Site) -> bool:
    """Whether there is no result, and no setback that would say why."""
    manager = site.people[MANAGER]
    return (manager.all("/results"), manager.all("/setbacks")) == ([], [])


def give(marker: Caller, levels: dict[str, str], **comments: str) -> dict[str, Any]:
    """Mark the one script that waits, as it is shown."""
    (script,) = marker.all("/scripts")
    shown = marker.ask("GET", f"/scripts/{script['id']}")
    reply = marker.ask(
        "POST",
        f"/scripts/{script['id']}/markings",
        {"levels": levels, "comments": comments},
        headers={"If-Match": shown.headers["ETag"], "Idempotency-Key": "mine"},
    )
    assert reply.status_code == 201, reply.text
    marks: dict[str, Any] = reply.json()
    return marks


def result_of(seat: Seat) -> dict[str, Any]:
    (row,) = seat.site.people[DECISION_MAKER].all("/results")
    result: dict[str, Any] = seat.site.people[DECISION_MAKER].get(f"/results/{row['id']}")
    return result


def assert_nothing_was_rewritten(site: Site) -> None:
    with site.installation.database.reading() as tx:
        account = account_by_email(tx, MANAGER.email)
        assert account is not None
        organisation_id = uuid.UUID(site.people[MANAGER].get("/session")["organisation_id"])
        assert verify_chain(tx, organisation_id).holds
        assert reconcile(tx, organisation_id, RECORDED).agrees


def test_a_marker_sees_an_answer_and_never_whose_it_is(site: Site, markers: list[Caller]) -> None:
    seat = sat(site)
    close(seat)
    (script,) = markers[0].all("/scripts")
    assert script.keys() == {"id", "number", "state", "opened_on"}, "a day, and no moment"
    assert script["opened_on"] == site.clock().date().isoformat()
    reply = markers[0].ask("GET", f"/scripts/{script['id']}")
    shown = reply.json()
    assert shown["response"] == {"text": TEXT}
    assert shown["item"]["words"] == {"min": 5, "max": 300}
    assert [criterion["id"] for criterion in shown["marking"]["rubric"]] == ["facts", "style"]
    assert shown["marking"]["guidance"] == "<p>SECRET guidance</p>"
    secrets = [seat.attempt_id, seat.sitting_id, CANDIDATE.name, CANDIDATE.email, "SECRET rationale", "SECRET source"]
    assert [secret for secret in secrets if secret in reply.text] == []
    give(markers[0], BEST, facts="Nothing is missing.")
    beside = markers[1].ask("GET", f"/scripts/{script['id']}")
    assert beside.json() == shown, "what the first one gave is told to nobody who marks alone"
    assert beside.headers["ETag"] == reply.headers["ETag"]
    assert members(seat.caller.get("/bookings")) & {"rubric", "guidance", "model_answer"} == set()


@pytest.mark.parametrize(
    "refused",
    [
        lambda marker, script: marker.refused("POST", f"/scripts/{script}/markings", {"levels": {"facts": "all"}}),
        lambda marker, script: marker.refused(
            "POST", f"/scripts/{script}/markings", {"levels": BEST, "comments": {"other": "x"}}
        ),
    ],
)
def test_marks_that_do_not_fit_are_refused_with_their_places(
    site: Site, markers: list[Caller], refused: Callable[[Caller, str], dict[str, Any]]
) -> None:
    close(sat(site))
    (script,) = markers[0].all("/scripts")
    problem = refused(markers[0], script["id"])
    assert problem["status"] == 422
    assert [fault["place"] for fault in problem["faults"]] in (["/style"], ["/other"])


def test_whoever_saw_another_state_settles_nothing(site: Site, markers: list[Caller]) -> None:
    close(sat(site))
    (script,) = markers[2].all("/scripts")
    seen = markers[2].ask("GET", f"/scripts/{script['id']}").headers["ETag"]
    give(markers[0], WORST)
    give(markers[1], BEST)
    late = markers[2].ask("POST", f"/scripts/{script['id']}/markings", {"levels": BEST}, headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    blind = markers[2].ask("POST", f"/scripts/{script['id']}/markings", {"levels": BEST})
    any_ = markers[2].ask("POST", f"/scripts/{script['id']}/markings", {"levels": BEST}, headers={"If-Match": "*"})
    assert (any_.status_code, any_.json()["code"]) == (412, "precondition_failed"), "it names no mark that was seen"
    assert (blind.status_code, blind.json()["code"]) == (428, "precondition_required")
    for person in (AUTHOR, PROCTOR, CANDIDATE):
        assert site.people[person].refused("GET", "/scripts")["code"] == "forbidden"


def test_an_exam_that_was_ended_is_marked_and_scored_for_a_person_alone(site: Site, markers: list[Caller]) -> None:
    seat = seated(ask_every_kind(site, ASKED))
    essay = next(slot["slot"] for slot in seat.paper() if slot["kind"] == "essay")
    seat.respond(essay, 0, {"text": "Half a sen"})
    site.people[PROCTOR].post(f"/attempts/{seat.attempt_id}/termination", {"reason": "The fire alarm went off."})
    close(seat)
    give(markers[0], BEST)
    give(markers[1], BEST)
    site.work()
    assert waits(site)
    assert site.people[MANAGER].post(f"/attempts/{seat.attempt_id}/results")["score"] == "1/3"
