"""The acts journeys are made of: book, arrive, admit, start, answer, hand in, close, decide."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from exam_engine.assembly.sample import sample_scheme
from exam_engine.demo.stage import AUTHOR, CANDIDATE, DECISION_MAKER, MANAGER, PROCTOR, REVIEWER, Person
from kernel.canonical import iso
from question_bank.item_kinds import MARKED_BY_PEOPLE
from question_bank.marked_text import Shape, shown
from tests.builders.answers import wrong_response
from tests.builders.question_bank import bank_document, framework_document, item_document
from tests.builders.samples import PLAN_FILE, SAMPLES, SENT
from tests.stage import Caller, Site

BANK = Path(__file__).resolve().parents[2] / "question_bank" / "sample" / "items"
Answer = Callable[[dict[str, Any]], dict[str, Any]]
ROLE = "DEV"
"""A job role of the small framework that asks every kind."""
TAGS = {"code", "cognitive", "expected_difficulty", "expected_seconds", "enemies"}


@dataclass
class Seat:
    """One candidate in one sitting, with what they hold."""

    site: Site
    person: Person
    sitting_id: str
    attempt_id: str = ""
    exam_token: str = ""

    @property
    def caller(self) -> Caller:
        return self.site.people[self.person]

    def paper(self) -> list[dict[str, Any]]:
        slots: list[dict[str, Any]] = self.caller.get(f"/attempts/{self.attempt_id}/paper")["slots"]
        return slots

    def standing(self) -> dict[str, Any]:
        told: dict[str, Any] = self.caller.get(f"/attempts/{self.attempt_id}")
        return told

    def send(self, slot: int, content: bytes, name: str = "") -> Any:
        """Send a file to a slot."""
        return self.caller.send(f"/attempts/{self.attempt_id}/slots/{slot}/files", content, name=name)

    def respond(self, slot: int, base: int, response: dict[str, Any]) -> Any:
        """Save an answer; the files of samples that it names are sent before."""
        for file in response.get("files", ()):
            if content := SENT.get(file["hash"]):
                reply = self.send(slot, content, file["name"])
                assert reply.status_code == 201, reply.text
        return self.caller.respond(self.attempt_id, slot, base, response, token=self.exam_token)


SAMPLE_CONTENTS = {kind: sample.content for kind, sample in SAMPLES.items()}
KEYED_CONTENTS = {kind: content for kind, content in SAMPLE_CONTENTS.items() if kind not in MARKED_BY_PEOPLE}


def ask_every_kind(site: Site, contents: Mapping[str, Mapping[str, Any]] = SAMPLE_CONTENTS) -> Site:
    """Import an item of every kind, review and release it, and make the form that asks each of them once."""
    author, reviewer, manager = (site.people[person] for person in (AUTHOR, REVIEWER, MANAGER))
    framework = framework_document()
    manager.post("/frameworks", framework)
    author.upload(PLAN_FILE)
    competences = [competence for competence in framework["competences"] if ROLE in competence["eqf"]]
    imported = author.post(
        f"/frameworks/{framework['framework']['code']}/imports?format=bank", _bank_of_every_kind(competences, contents)
    )
    for version in imported["version_ids"]:
        author.post(f"/item-versions/{version}/submission")
        reviewer.post(f"/item-versions/{version}/reviews", {"verdict": "approved", "reason": "Sound."})
        manager.post(f"/item-versions/{version}/release")
    draft = sample_scheme(framework, ROLE)
    draft["rules"] |= {"pass": {"overall": "1/2"}}
    if MARKED_BY_PEOPLE & contents.keys():
        draft["rules"] |= {"marking": {}}
    scheme = manager.post("/schemes", draft)
    manager.post(f"/scheme-versions/{scheme['id']}/publication")
    counts = Counter(_competence_of(number, competences)["code"] for number in range(len(contents)))
    cells = [
        {"area": found["area"], "competence": code, "level": found["eqf"][ROLE], "count": counts[code]}
        for found in competences
        if (code := found["code"]) in counts
    ]
    plan = {"cells": cells, "time_limit_seconds": 3600, "difficulty_target": "1/2", "difficulty_tolerance": "1/2"}
    blueprint = manager.post(f"/scheme-versions/{scheme['id']}/blueprints", plan)
    site.form_id = manager.post(f"/blueprints/{blueprint['id']}/forms", {"seed": "every kind"})["id"]
    return site


def _competence_of(number: int, competences: list[dict[str, Any]]) -> dict[str, Any]:
    return competences[number % len(competences)]


def _bank_of_every_kind(competences: list[dict[str, Any]], contents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    items = []
    for number, (kind, content) in enumerate(contents.items()):
        competence = _competence_of(number, competences)
        tags = {name: value for name, value in item_document(f"K-{number}").items() if name in TAGS}
        placed = {"kind": kind.rpartition(" ")[2], "competence": competence["code"], "level": competence["eqf"][ROLE]}
        items.append({"rationale": "Because.", "source": "A book", **tags, **placed, **content})
    return bank_document(items)


def book(site: Site, person: Person = CANDIDATE, *, title: str = "Monday sitting", language: str | None = None) -> Seat:
    """The manager opens a sitting and books a place."""
    manager, now = site.people[MANAGER], site.clock()
    window = {"start_from": iso(now), "start_by": iso(now + timedelta(hours=2))}
    order = {"title": title, "form_id": site.form_id, "time_zone": "Europe/Sofia", **window}
    sitting = manager.post("/sittings", order)
    manager.post(f"/sittings/{sitting['id']}/opening")
    place = {"email": person.email, "candidate_name": person.name, "language": language}
    manager.post(f"/sittings/{sitting['id']}/bookings", place)
    return Seat(site, person, sitting["id"])


def arrive(seat: Seat) -> Seat:
    """The candidate comes to the door."""
    booking = next(row for row in seat.caller.all("/bookings") if row["sitting_state"] == "open")
    seat.attempt_id = seat.caller.post(f"/bookings/{booking['id']}/arrival")["id"]
    return seat


def admit(seat: Seat) -> Seat:
    """The proctor looks at a passport and lets the candidate in."""
    seat.site.people[PROCTOR].post(f"/attempts/{seat.attempt_id}/check-in", {"method": "passport"})
    return seat


def start(seat: Seat) -> Seat:
    """The clock starts."""
    seat.exam_token = seat.caller.post(f"/attempts/{seat.attempt_id}/start")["exam_token"]
    return seat


def seated(site: Site, person: Person = CANDIDATE) -> Seat:
    """A candidate with a running attempt."""
    return start(admit(arrive(book(site, person))))


def answer_all(seat: Seat, answer: Answer) -> int:
    """Answer every slot; each save must be acknowledged."""
    slots = seat.paper()
    for slot in slots:
        reply = seat.respond(slot["slot"], slot["revision"], answer(slot))
        assert reply.status_code == 200, reply.text
    return len(slots)


def rightly(site: Site) -> Answer:
    """Answer as somebody who knows everything."""
    return lambda slot: site.answers[slot["stem"]]


def wrongly(site: Site) -> Answer:
    """Answer so that no part is right."""
    return lambda slot: wrong_response(slot, site.answers[slot["stem"]])


def rightly_but_in(site: Site, areas: Collection[str]) -> Answer:
    """Know everything outside some areas, and nothing inside them."""
    knowing, failing = rightly(site), wrongly(site)
    return lambda slot: failing(slot) if area_of(slot["stem"]) in areas else knowing(slot)


def hand_in(seat: Seat) -> dict[str, Any]:
    """Submit, and hold the receipt."""
    receipt: dict[str, Any] = seat.caller.post(f"/attempts/{seat.attempt_id}/submission")
    return receipt


def close(seat: Seat) -> None:
    """The manager closes the sitting, the worker lays out what people mark and scores the rest."""
    seat.site.people[MANAGER].post(f"/sittings/{seat.sitting_id}/closing")
    seat.site.work()


def close_and_score(seat: Seat) -> dict[str, Any]:
    """The manager closes the sitting, the worker scores; the result as the decision maker reads it."""
    close(seat)
    decider = seat.site.people[DECISION_MAKER]
    row = next(row for row in decider.all("/results") if row["attempt_id"] == seat.attempt_id)
    result: dict[str, Any] = decider.get(f"/results/{row['id']}")
    return result


def grant(seat: Seat, result: dict[str, Any]) -> dict[str, Any]:
    """The decision maker grants, the worker issues; the register's entry."""
    site = seat.site
    reason = "All rules of the scheme are met; the evidence is complete."
    site.people[DECISION_MAKER].post(f"/results/{result['id']}/decision", {"outcome": "granted", "reason": reason})
    site.work()
    credential: dict[str, Any] = site.people[MANAGER].all("/credentials")[0]
    return credential


def verified(site: Site, code: str) -> dict[str, Any]:
    """Anybody opens the URL."""
    reply = site.client.get(f"/V/{code}", headers={"Accept": "application/json"})
    assert reply.status_code in {200, 404}, reply.text
    report: dict[str, Any] = reply.json()
    return report


@cache
def _areas() -> dict[str, str]:
    items = [item for path in BANK.glob("*.json") for item in json.loads(path.read_text())["items"]]
    return {shown(item["stem"], Shape.BLOCKS): item["competence"].split(".")[0] for item in items}


def area_of(stem: str) -> str:
    """The area an item of the sample bank belongs to."""
    return _areas()[stem]
