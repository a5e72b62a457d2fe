"""No reply a candidate can get holds a key, a rationale, feedback, a source or a statistic."""

from __future__ import annotations

import json
from typing import Any

from exam_engine.demo.stage import PROCTOR
from question_bank.item_kinds import KINDS, MARKED_BY_PEOPLE
from tests.builders.samples import SAMPLES
from tests.journeys.acts import (
    BANK,
    admit,
    area_of,
    arrive,
    ask_every_kind,
    book,
    close_and_score,
    grant,
    hand_in,
    rightly,
    seated,
    start,
)
from tests.stage import Site

SECRET_MEMBERS = {
    "key",
    "keys",
    "rationale",
    "feedback",
    "source",
    "expected_difficulty",
    "expected_seconds",
    "content",
    "content_hash",
    "cognitive",
    "enemies",
    "marks",
    "proof",
    "fraction",
    "accepted",
    "answer",
    "within",
    "factor",
    "case",
    "accents",
    "credit",
    "counted",
    "scoring",
    "rubric",
    "guidance",
    "model_answer",
}

SHOWN = {
    "single_choice": {"stem", "choose", "options", "id", "text"},
    "multiple_choice": {"stem", "choose", "options", "id", "text", "counts"},
    "matrix": {"stem", "rows", "columns", "id", "text", "counts"},
    "matching": {"stem", "premises", "counterparts", "id", "text", "use", "counts"},
    "ordering": {"stem", "elements", "id", "text", "counts"},
    "gap_select": {"stem", "passage", "gaps", "id", "options", "text", "counts"},
    "gap_text": {"stem", "passage", "gaps", "id", "counts"},
    "short_text": {"stem"},
    "numeric": {"stem", "units"},
    "essay": {"stem", "words", "min", "max"},
    "upload": {"stem", "files", "accepts", "count_max", "bytes_max"},
    "hotspot": {"stem", "choose", "picture", "spots", "id", "text", "shape", "counts"}
    | {"media", "description", "width", "height", "rectangle", "circle", "polygon"},
}
"""By kind, every member that a slot of a paper has at any depth besides the paper's own: nothing else is shown."""
OF_EVERY_SLOT = {"slot", "kind", "revision", "response"}


def secrets() -> list[str]:
    """Every text of the sample bank that only authors and reviewers may read."""
    items = [item for path in BANK.glob("*.json") for item in json.loads(path.read_text())["items"]]
    texts = [item[name] for item in items for name in ("rationale", "source", "code")]
    return texts + [option["feedback"] for item in items for option in item.get("options", ())]


def members(value: Any) -> set[str]:
    """Every member name in a JSON document, at any depth."""
    if isinstance(value, dict):
        return set(value) | {name for item in value.values() for name in members(item)}
    if isinstance(value, list):
        return {name for item in value for name in members(item)}
    return set()


def test_a_whole_exam_shows_nothing_but_questions(site: Site) -> None:
    seat = arrive(book(site))
    candidate, answer, replies = seat.caller, rightly(site), []

    def heard(method: str, path: str, body: object = None) -> Any:
        reply = candidate.ask(method, path, body)
        replies.append(reply)
        return reply

    heard("GET", "/bookings")
    early = heard("GET", f"/attempts/{seat.attempt_id}/paper")
    assert early.status_code == 409, "the paper is sealed until the clock runs"
    start(admit(seat))
    heard("POST", f"/attempts/{seat.attempt_id}/start")
    heard("GET", f"/attempts/{seat.attempt_id}")
    paper = heard("GET", f"/attempts/{seat.attempt_id}/paper").json()
    replies += [seat.respond(slot["slot"], 0, answer(slot)) for slot in paper["slots"]]
    answered = heard("GET", f"/attempts/{seat.attempt_id}/paper").json()
    replies.append(seat.respond(1, 0, {}))
    replies.append(seat.respond(1, 1, {"chosen": ["zz"]}))
    replies.append(seat.respond(99, 0, {}))
    hand_in(seat)
    heard("GET", f"/attempts/{seat.attempt_id}/receipt")
    heard("GET", f"/attempts/{seat.attempt_id}/paper")
    credential = grant(seat, close_and_score(seat))
    result = heard("GET", f"/attempts/{seat.attempt_id}/result").json()
    assert [row for row in result["competences"] if {"points", "share"} & set(row)] == []
    for area in result["areas"]:
        if min(level["items"] for level in area["levels"]) <= 2:
            assert members(area["levels"]) & {"points", "share"} == set(), "on two items they would tell the key"
    heard("GET", "/own-credentials")
    replies.append(site.client.get(f"/V/{credential['code']}", headers={"Accept": "text/html"}))
    for page in ("/my", f"/my/attempts/{seat.attempt_id}", f"/my/attempts/{seat.attempt_id}/result"):
        replies.append(site.client.get(page, headers={"Cookie": f"session={candidate.token}", "Accept": "text/html"}))
        assert replies[-1].status_code == 200, page

    texts = secrets()
    for reply in replies:
        assert [text for text in texts if text in reply.text] == [], reply.url
        if reply.headers["content-type"].startswith("application/json"):
            assert members(reply.json()) & SECRET_MEMBERS == set(), reply.url
    assert {area_of(slot["stem"]) for slot in paper["slots"]} == {f"A{number}" for number in range(1, 9)}
    assert [slot["slot"] for slot in answered["slots"] if slot["response"]] == [slot["slot"] for slot in paper["slots"]]
    for slot in paper["slots"] + answered["slots"]:
        slot.pop("response")  # the candidate's own, named by the ids of what was answered
        assert members(slot) <= OF_EVERY_SLOT | SHOWN[slot["kind"]], slot


def test_every_kind_says_what_it_shows() -> None:
    assert SHOWN.keys() == KINDS.keys()


def test_no_kind_shows_anything_else(site: Site) -> None:
    seat = seated(ask_every_kind(site))
    before = seat.caller.ask("GET", f"/attempts/{seat.attempt_id}/paper")
    saved = [seat.respond(slot["slot"], 0, SAMPLES[slot["kind"]].wrong) for slot in before.json()["slots"]]
    foreign = [seat.respond(slot["slot"], 1, {"foreign": 1}) for slot in before.json()["slots"]]
    after = seat.caller.ask("GET", f"/attempts/{seat.attempt_id}/paper")
    assert {reply.status_code for reply in saved} == {200}
    assert {reply.status_code for reply in foreign} == {422}
    for slot in before.json()["slots"] + after.json()["slots"]:
        response = slot.pop("response")  # the candidate's own, named by the ids of what was answered
        assert response in ({}, SAMPLES[slot["kind"]].wrong)
        assert members(slot) == OF_EVERY_SLOT - {"response"} | SHOWN[slot["kind"]], slot
        assert "SECRET" not in str(slot)
    for reply in (before, *foreign):
        assert "SECRET" not in reply.text
    for slot in after.json()["slots"]:
        if slot["kind"] in MARKED_BY_PEOPLE:
            seat.respond(slot["slot"], 1, {})  # taken back: nobody has to mark it
    hand_in(seat)
    close_and_score(seat)
    result = seat.caller.ask("GET", f"/attempts/{seat.attempt_id}/result")
    assert members(result.json()) & SECRET_MEMBERS == set()


def test_the_order_of_options_says_nothing(site: Site) -> None:
    """Over one paper the key's position among four options is spread; a fixed order would show the author's."""
    seat = start(admit(arrive(book(site))))
    positions = [0] * 4
    for slot in seat.paper():
        if slot["kind"] == "single_choice" and len(slot["options"]) == 4:
            right = site.answers[slot["stem"]]["chosen"]
            positions[next(i for i, option in enumerate(slot["options"]) if option["id"] in right)] += 1
    expected = sum(positions) / 4
    # Chi-square with 3 degrees of freedom: 16.3 is exceeded once in a thousand papers, 27.9 once in 250,000.
    assert sum((count - expected) ** 2 / expected for count in positions) < 27.9


def test_the_paper_is_drawn_once(site: Site) -> None:
    seat = start(admit(arrive(book(site))))
    assert seat.paper() == seat.paper()


def test_strangers_find_nothing(site: Site) -> None:
    """Another candidate of the same body cannot tell that the attempt exists."""
    from exam_engine.demo.stage import SIMULATED

    seat = start(admit(arrive(book(site))))
    other = site.people[SIMULATED]
    for method, path in (
        ("GET", f"/attempts/{seat.attempt_id}"),
        ("GET", f"/attempts/{seat.attempt_id}/paper"),
        ("POST", f"/attempts/{seat.attempt_id}/start"),
        ("POST", f"/attempts/{seat.attempt_id}/submission"),
        ("GET", f"/attempts/{seat.attempt_id}/receipt"),
        ("GET", f"/attempts/{seat.attempt_id}/result"),
    ):
        assert other.refused(method, path)["code"] == "not_found", path
    second = start(admit(arrive(book(site, SIMULATED, title="Another"))))
    foreign = second.caller.respond(seat.attempt_id, 1, 0, {}, token=second.exam_token)
    assert foreign.status_code in {401, 403, 404}
    assert site.people[PROCTOR].refused("GET", "/results")["code"] == "forbidden"
