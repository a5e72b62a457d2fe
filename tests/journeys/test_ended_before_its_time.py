"""Plans change: a place is given up, a sitting is called off, an attempt is ended - and nobody is judged by it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from exam_engine.demo.stage import CANDIDATE, DECISION_MAKER, MANAGER, PROCTOR, SIMULATED
from kernel.accounts import account_by_email, grant_roles
from kernel.canonical import iso
from kernel.permissions import AccountRole
from tests.exam_engine.http.web.visitor import Visitor
from tests.journeys.acts import admit, answer_all, arrive, book, grant, rightly, seated, start
from tests.stage import Site

REASON = "The fire alarm went off and the room was cleared."


def test_a_candidate_whose_attempt_was_ended_is_scored_when_a_person_says_so(site: Site) -> None:
    seat = seated(site)
    answer_all(seat, rightly(site))
    proctor, manager, decider = (site.people[person] for person in (PROCTOR, MANAGER, DECISION_MAKER))
    site.clock.turn(minutes=30)
    ended = proctor.post(f"/attempts/{seat.attempt_id}/termination", {"reason": REASON})
    assert (ended["attempt_id"], ended["reason"]) == (seat.attempt_id, REASON)

    standing = seat.standing()
    assert (standing["state"], standing["ended_because"]) == ("terminated", REASON)
    assert datetime.fromisoformat(standing["ended_at"]) == site.clock()
    assert seat.respond(1, 1, {}).json()["code"] == "attempt_closed"
    receipt = seat.caller.get(f"/attempts/{seat.attempt_id}/receipt")
    assert (receipt["ending"], receipt["answered_count"]) == ("terminated", len(receipt["responses"]))
    visitor = Visitor.at(site, CANDIDATE)
    assert REASON in visitor.get(f"/my/attempts/{seat.attempt_id}").text
    assert "Ended by the invigilator" in visitor.get("/my").text

    manager.post(f"/sittings/{seat.sitting_id}/closing")
    site.clock.turn(hours=12)
    site.work()
    assert decider.all("/results") == [], "the worker gives no score to what a person ended"
    assert seat.caller.refused("GET", f"/attempts/{seat.attempt_id}/result")["code"] == "not_found"
    assert "Ended by the invigilator" in visitor.get("/my").text

    result = manager.post(f"/attempts/{seat.attempt_id}/results")
    assert (result["score"], result["passed"]) == ("1", True)
    evidence = decider.get(f"/results/{result['id']}")["evidence"]
    assert evidence["ending"]["how"] == "terminated"
    assert evidence["termination"]["reason"] == REASON
    assert REASON in Visitor.at(site, DECISION_MAKER).get(f"/decisions/{result['id']}").text
    assert grant(seat, result)["code"]


def test_whoever_ended_an_attempt_does_not_decide_on_it(site: Site) -> None:
    seat = seated(site)
    site.people[PROCTOR].post(f"/attempts/{seat.attempt_id}/termination", {"reason": REASON})
    site.people[MANAGER].post(f"/sittings/{seat.sitting_id}/closing")
    result = site.people[MANAGER].post(f"/attempts/{seat.attempt_id}/results")
    organisation_id = uuid.UUID(site.people[PROCTOR].get("/session")["organisation_id"])
    with site.installation.database.transaction() as tx:
        proctor = account_by_email(tx, PROCTOR.email)
        assert proctor is not None
        grant_roles(tx, proctor, organisation_id, [AccountRole.DECISION_MAKER], now=site.clock())
    decision = {"outcome": "refused", "reason": "I have seen it with my own eyes."}
    assert site.people[PROCTOR].refused("POST", f"/results/{result['id']}/decision", decision)["code"] == "took_part"


def test_a_sitting_is_called_off_and_its_candidates_read_why(site: Site) -> None:
    seat, manager = arrive(book(site)), site.people[MANAGER]
    told = manager.post(f"/sittings/{seat.sitting_id}/cancellation", {"reason": REASON})
    assert (told["state"], told["cancelled_because"]) == ("cancelled", REASON)
    assert datetime.fromisoformat(told["cancelled_at"]) == site.clock()
    (booking,) = seat.caller.all("/bookings")
    assert (booking["sitting_state"], booking["cancelled_because"]) == ("cancelled", REASON)
    assert datetime.fromisoformat(booking["withdrawn_at"]) == site.clock()
    assert seat.standing()["state"] == "expired"
    assert site.people[PROCTOR].refused("POST", f"/attempts/{seat.attempt_id}/check-in", {"method": "passport"})
    my = Visitor.at(site, CANDIDATE).get("/my").text
    assert "Cancelled" in my
    assert REASON in my
    page = Visitor.at(site, MANAGER).get(f"/manage/sittings/{seat.sitting_id}").text
    assert REASON in page
    assert "Results are scored" not in page
    start(admit(arrive(book(site))))  # another sitting can be sat at once


def test_places_are_given_up_by_candidates_and_by_the_body(site: Site) -> None:
    seat, manager = book(site), site.people[MANAGER]
    site.clock.turn(seconds=1)
    order = {"email": SIMULATED.email, "candidate_name": SIMULATED.name}
    manager.post(f"/sittings/{seat.sitting_id}/bookings", order)
    own, other = (site.people[person].all("/bookings")[0] for person in (CANDIDATE, SIMULATED))
    given_up = seat.caller.post(f"/bookings/{own['id']}/withdrawal")
    assert datetime.fromisoformat(given_up["withdrawn_at"]) == site.clock()
    assert seat.caller.refused("POST", f"/bookings/{other['id']}/withdrawal")["code"] == "not_found"
    assert seat.caller.refused("POST", f"/bookings/{own['id']}/arrival")["code"] == "no_entry"
    assert "Cancelled" in Visitor.at(site, CANDIDATE).get("/my").text

    site.clock.turn(minutes=1)
    manager.post(f"/sittings/{seat.sitting_id}/bookings/{other['id']}/withdrawal")
    rows = manager.all(f"/sittings/{seat.sitting_id}/bookings")
    assert [(row["candidate_name"], row["withdrawn_at"] is not None) for row in rows] == [
        (CANDIDATE.name, True),
        (SIMULATED.name, True),
    ]
    later = site.clock() + timedelta(hours=1)
    window = {"start_from": iso(later), "start_by": iso(later + timedelta(hours=2))}
    elsewhere = manager.post(
        "/sittings", {"title": "Tuesday", "form_id": site.form_id, "time_zone": "Europe/Sofia", **window}
    )
    path = f"/sittings/{elsewhere['id']}/bookings/{other['id']}/withdrawal"
    assert manager.refused("POST", path)["code"] == "not_found"
