"""An item over the API: talked about, returned, rewritten, piloted beside the live version, and known outside at last."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exam_engine.demo.stage import AUTHOR, CANDIDATE, MANAGER, PROCTOR, REVIEWER
from kernel.canonical import iso
from tests.builders.question_bank import bank_document, framework_document, item_document
from tests.journeys.acts import admit, arrive, book, start
from tests.stage import Caller, Site

STEM, BETTER = "What does the city do first?", "What does the city count first?"


@pytest.fixture
def author(site: Site) -> Caller:
    site.people[MANAGER].post("/frameworks", framework_document())
    return site.people[AUTHOR]


@pytest.fixture
def reviewer(site: Site) -> Caller:
    return site.people[REVIEWER]


@pytest.fixture
def manager(site: Site) -> Caller:
    return site.people[MANAGER]


def written(author: Caller, **changes: Any) -> str:
    """Write an item, or its next version, and return where it is found."""
    document = bank_document([item_document("X-1", **{"stem": STEM, **changes})])
    (version,) = author.post("/frameworks/small-city/imports?format=bank", document)["version_ids"]
    return f"/item-versions/{version}"


def approved(author: Caller, reviewer: Caller, version: str) -> None:
    author.post(f"{version}/submission")
    reviewer.post(f"{version}/reviews", {"verdict": "approved", "reason": "Sound."})


def test_a_version_is_talked_about_returned_and_told_as_it_was(
    site: Site, author: Caller, reviewer: Caller, manager: Caller
) -> None:
    version = written(author)
    due_at = iso(site.clock.turn(minutes=5) + timedelta(hours=3))
    author.post(f"{version}/submission", {"due_at": due_at})
    assert author.get("/reviews-due")["items"] == []
    (due,) = reviewer.get("/reviews-due?days_ahead=1")["items"]
    assert (due["code"], due["state"], due["overdue"]) == ("X-1", "in_review", False)
    site.clock.turn(hours=4)
    assert [row["overdue"] for row in reviewer.all("/reviews-due")] == [True]

    comment = reviewer.post(f"{version}/comments", {"text": "First of what?", "place": "/stem"})
    assert comment["who"] == REVIEWER.name
    refusal = reviewer.refused("POST", f"{version}/comments", {"text": "Hm.", "place": "/options/9"})
    assert [fault["place"] for fault in refusal["faults"]] == ["place"]
    reviewer.post(f"{version}/reviews", {"verdict": "returned", "reason": "See my comment."})
    settled = author.post(f"/item-comments/{comment['id']}/resolution", {"text": "It says so now."})
    assert author.refused("POST", f"/item-comments/{comment['id']}/resolution", {"text": "Again."})["status"] == 409
    (shown,) = manager.all(f"{version}/comments")
    assert shown == {**comment, "resolution": settled}

    events = manager.all(f"{version}/history")
    assert [(row["to_state"] or row["verdict"], row["who"], row["reason"]) for row in events] == [
        ("draft", AUTHOR.name, ""),
        ("in_review", AUTHOR.name, ""),
        ("returned", REVIEWER.name, "See my comment."),
        ("draft", REVIEWER.name, "See my comment."),
    ]
    assert reviewer.all("/reviews-due") == []


def test_a_rewritten_item_is_compared_and_piloted_beside_the_live_one(
    site: Site, author: Caller, reviewer: Caller, manager: Caller
) -> None:
    old = written(author)
    assert manager.refused("POST", f"{old}/pilot")["code"] == "illegal_move"
    approved(author, reviewer, old)
    manager.post(f"{old}/release")
    new = written(author, stem=BETTER)
    assert manager.get(old)["state"] == "live", "editing made another version, and nothing of this one"
    approved(author, reviewer, new)
    assert manager.post(f"{new}/pilot")["state"] == "pilot"
    assert manager.get(old)["state"] == "live"

    told = author.get(f"{new}/changes")
    assert (told["code"], told["before"], told["after"]) == ("X-1", 1, 2)
    (change,) = told["changes"]
    assert (change["place_before"], change["how"]) == ("/stem", "changed")
    assert [(piece["side"], piece["text"]) for piece in change["pieces"]] == [
        ("both", "What does the city "),
        ("before", "do "),
        ("after", "count "),
        ("both", "first?"),
    ]
    assert author.get(f"{old}/changes?since=2")["before_hash"] == told["after_hash"]
    assert author.refused("GET", f"{old}/changes")["status"] == 404, "there is none before the first"

    manager.post(f"{new}/release")
    assert [manager.get(version)["state"] for version in (old, new)] == ["resting", "live"]
    site.clock.turn(hours=1)
    again = {"verdict": "confirmed", "reason": "Still sound.", "review_again_at": "2028-11-22T09:00:00Z"}
    assert reviewer.post(f"{new}/reviews", again)["state"] == "live"
    assert manager.all(f"{new}/history")[-1]["due_at"] == "2028-11-22T09:00:00Z"


def test_a_compromised_item_holds_the_exam_back_until_somebody_says_why_not(site: Site, manager: Caller) -> None:
    seat = admit(arrive(book(site)))
    item = next(row for row in manager.all("/items") if manager.get(f"/items/{row['code']}/uses")["items"])
    manager.post(f"/item-versions/{item['version_id']}/moves", {"to": "compromised", "reason": "Seen on a forum."})
    refusal = seat.caller.refused("POST", f"/attempts/{seat.attempt_id}/start")
    assert (refusal["code"], refusal["status"]) == ("no_entry", 409)
    assert item["code"] not in str(refusal)

    (use,) = manager.all(f"/items/{item['code']}/uses")
    assert (use["form_id"], use["sitting_id"], use["attempts"], use["begun"]) == (site.form_id, seat.sitting_id, 1, 0)
    security = manager.get(f"/sittings/{seat.sitting_id}/security")
    assert [row["code"] for row in security["stopped_by"]] == [item["code"]]
    assert manager.refused("POST", f"/sittings/{seat.sitting_id}/clearances", {"reason": "ok"})["status"] == 422
    reason = {"reason": "Nobody of this room has seen the forum."}
    cleared = manager.post(f"/sittings/{seat.sitting_id}/clearances", reason)
    assert cleared["version_ids"] == [item["version_id"]]
    assert manager.get(f"/sittings/{seat.sitting_id}/security") == {"stopped_by": [], "clearances": [cleared]}
    start(seat)
    assert manager.all(f"/items/{item['code']}/uses")[0]["begun"] == 1

    window = {"start_from": iso(site.clock()), "start_by": iso(site.clock() + timedelta(hours=2))}
    order = {"title": "Tuesday", "form_id": site.form_id, "time_zone": "Europe/Sofia", **window}
    assert manager.refused("POST", "/sittings", order)["compromised"] == [item["code"]]
    for person in (CANDIDATE, PROCTOR):
        assert site.people[person].refused("GET", f"/items/{item['code']}/uses")["status"] == 403
