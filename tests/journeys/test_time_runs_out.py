"""Time runs out while answers are in flight: what was acknowledged counts, what came too late does not."""

from __future__ import annotations

from datetime import datetime, timedelta

from exam_engine.demo.stage import MANAGER
from tests.journeys.acts import close_and_score, rightly, seated
from tests.stage import Site


def test_the_server_closes_what_nobody_handed_in(site: Site) -> None:
    seat = seated(site)
    answer = rightly(site)
    slots = seat.paper()
    for slot in slots[:40]:
        assert seat.respond(slot["slot"], 0, answer(slot)).status_code == 200
    deadline = datetime.fromisoformat(seat.standing()["deadline_at"])

    site.clock.turn(minutes=140)  # exactly the deadline
    assert site.clock() == deadline
    assert seat.respond(slots[40]["slot"], 0, answer(slots[40])).status_code == 200
    site.clock.turn(seconds=5)  # in flight: the grace for transport
    assert seat.respond(slots[41]["slot"], 0, answer(slots[41])).status_code == 200
    assert site.work() == 0
    site.clock.turn(microseconds=1)
    late = seat.respond(slots[42]["slot"], 0, answer(slots[42]))
    assert (late.status_code, late.json()["code"]) == (409, "too_late")

    manager = site.people[MANAGER]
    assert manager.refused("POST", f"/sittings/{seat.sitting_id}/closing")["status"] == 409
    site.clock.turn(minutes=4)
    site.work()
    standing = seat.standing()
    assert (standing["state"], datetime.fromisoformat(standing["ended_at"])) == ("timed_out", deadline)
    receipt = seat.caller.get(f"/attempts/{seat.attempt_id}/receipt")
    assert (receipt["answered_count"], receipt["ending"]) == (42, "timed_out")
    assert seat.respond(slots[42]["slot"], 0, answer(slots[42])).json()["code"] == "attempt_closed"
    assert close_and_score(seat)["score"] == "21/40"


def test_handing_in_late_gives_the_receipt_of_the_deadline(site: Site) -> None:
    seat = seated(site)
    deadline = datetime.fromisoformat(seat.standing()["deadline_at"])
    site.clock.turn(minutes=143)
    reply = seat.caller.ask("POST", f"/attempts/{seat.attempt_id}/submission")
    assert reply.status_code == 200, reply.text
    assert datetime.fromisoformat(reply.json()["ended_at"]) == deadline


def test_the_clock_starts_at_the_start_and_not_at_the_door(site: Site) -> None:
    seat = seated(site)
    standing = seat.standing()
    started, deadline = (datetime.fromisoformat(standing[name]) for name in ("started_at", "deadline_at"))
    assert deadline - started == timedelta(seconds=standing["time_limit_seconds"])
    site.clock.turn(minutes=1)
    again = seat.caller.post(f"/attempts/{seat.attempt_id}/start")["attempt"]
    assert again["deadline_at"] == standing["deadline_at"]
    assert again["remaining_seconds"] == 8400 - 60
