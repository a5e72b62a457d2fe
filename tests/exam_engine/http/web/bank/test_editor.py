"""Pages of the bank: faults at their fields, nothing typed is lost, conflicts are shown with both sides, steps as allowed."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from exam_engine.demo.stage import AUTHOR, MANAGER, REVIEWER
from exam_engine.http.web.bank import words as bank_words
from question_bank import batches
from question_bank.finding import Order
from question_bank.item_kinds import KINDS
from question_bank.item_questions import Discrimination, Exposure, Facility, Query
from question_bank.items import Cognitive, ItemState
from question_bank.next_steps import Step
from question_bank.reviews import Verdict
from question_bank.writing_checks import CHECKS, NEAR_DUPLICATE
from tests.exam_engine.http.web.bank.authoring import fields_of, item_of
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.stage import URL, Site

FRAMEWORK = "smart-city-sample"
OF_A_NEW_ITEM = [("framework", FRAMEWORK), ("item", ""), ("copy", ""), ("revision", "0"), ("language", "en")]


def posted(visitor: Visitor, fields: list[tuple[str, str]], path: str = "/bank/writing") -> Any:
    body: dict[str, list[str]] = {}
    for name, text in fields:
        body.setdefault(name, []).append(text)
    return visitor.client.post(path, data=body, headers={"Origin": URL}, follow_redirects=False)


def drafted(site: Site, code: str, **changes: Any) -> str:
    """Keep an item as a draft of the author's, over the API."""
    body = {"language": "en", "item": {**item_of("single_choice", code), **changes}}
    return str(site.people[AUTHOR].post(f"/frameworks/{FRAMEWORK}/drafts", body)["version_id"])


def test_everything_that_pages_say_has_its_words() -> None:
    assert set(bank_words.ITEM_STATES) == set(ItemState)
    assert set(bank_words.VERDICTS) == set(Verdict)
    assert set(bank_words.STEPS) == set(Step)
    assert set(bank_words.OBSTACLES) == set(batches.Obstacle)
    assert set(bank_words.ORDERS) == set(Order)
    assert set(bank_words.COGNITIVE) == set(Cognitive)
    assert set(bank_words.QUERIES) == set(Query)
    assert set(bank_words.EXPOSURES) == set(Exposure)
    assert set(bank_words.FACILITIES) == set(Facility)
    assert set(bank_words.DISCRIMINATIONS) == set(Discrimination)
    assert list(bank_words.KINDS) == list(KINDS)
    assert set(bank_words.CHECKS) == {check.id for check in (*CHECKS, NEAR_DUPLICATE)}


def test_a_refused_item_comes_back_with_each_fault_at_its_field(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    item = {**item_of("single_choice", "NEW-1"), "expected_difficulty": "a lot", "key": ["x"]}
    fields = [field for field in fields_of(item) if field[0] != "/options/-1/text"]
    reply = posted(visitor, [*OF_A_NEW_ITEM, *fields, ("/options/-1/text", ""), ("do", "keep")])
    page = Page(reply)
    assert page.status == 422
    shown = {fault.attributes["data-fault"] for fault in page.all("p") if "data-fault" in fault.attributes}
    told = {name for name in shown if page.one("p", **{"data-fault": name}).text.strip()}
    assert told == {"/expected_difficulty", "/options/-1/text", "/key/-"}
    assert page.one("textarea", name="/stem").text == item["stem"]
    assert page.one("input", name="/options/-1/text").attributes["aria-invalid"] == "true"


def test_rows_are_changed_by_the_server(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    page = Page(posted(visitor, [*OF_A_NEW_ITEM, *fields_of(item_of("ordering", "")), ("rows", "up /elements/-1")]))
    texts = [box.attributes["value"] for box in page.all("input") if box.attributes["name"].endswith("/text")]
    assert texts[:2] == ["Market consultation", "Need"]


def test_what_is_typed_is_kept_and_two_windows_do_not_overwrite_each_other(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    first = posted(visitor, [*OF_A_NEW_ITEM, ("/kind", "short_text"), ("/stem", "One?")], "/bank/writing/copy").json()
    assert first["revision"] == 1
    assert first["slot"]["stem"] == "<p>One?</p>"
    assert "/code" in first["faults"]
    own = [("framework", FRAMEWORK), ("copy", first["copy"]), ("language", "en"), ("/kind", "short_text")]
    second = posted(visitor, [*own, ("revision", "1"), ("/stem", "Two?")], "/bank/writing/copy").json()
    assert second["revision"] == 2
    reply = posted(visitor, [*own, ("revision", "1"), ("/stem", "Three?")], "/bank/writing/copy")
    assert reply.status_code == 412
    assert "Two?" in reply.json()["theirs"]
    assert "Three?" in reply.json()["mine"]
    page = Page(posted(visitor, [*own, ("revision", "1"), ("/stem", "Three?"), ("do", "look")]))
    assert page.status == 412
    assert "Two?" in page.one("textarea", id="theirs").text
    assert page.one("textarea", name="/stem").text == "Three?"
    insisting = [*own, ("revision", "1"), ("/stem", "Three?"), ("insist", "2")]
    assert posted(visitor, insisting, "/bank/writing/copy").json()["revision"] == 3
    assert visitor.get(f"/bank/items/new?copy={first['copy']}").one("textarea", name="/stem").text == "Three?"
    assert posted(Visitor.at(site, MANAGER), [*own, ("revision", "3")], "/bank/writing/copy").status_code == 404
    assert posted(visitor, [*own, ("do", "discard")]).headers["location"] == "/bank/work"
    assert site.people[AUTHOR].all("/working-copies") == []


def test_a_newer_version_is_shown_beside_what_was_written(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    drafted(site, "NEW-1")
    page = visitor.get("/bank/items/NEW-1/edit")
    assert page.one("input", name="based_on").attributes["value"] == "1"
    theirs = {**item_of("single_choice", "NEW-1"), "stem": "What does the manager ask?"}
    body = {"language": "en", "item": theirs, "based_on": 1}
    site.people[MANAGER].post(f"/frameworks/{FRAMEWORK}/drafts", body)
    mine = fields_of({**item_of("single_choice", "NEW-1"), "stem": "What does the author ask?"})
    own = [("framework", FRAMEWORK), ("item", "NEW-1"), ("based_on", "1"), ("language", "en")]
    overtaken = Page(posted(visitor, [*own, *mine, ("do", "keep")]))
    assert overtaken.status == 409
    assert "What does the manager ask?" in " ".join(cell.text for cell in overtaken.all("td"))
    assert overtaken.one("textarea", name="/stem").text == "What does the author ask?"
    kept = posted(visitor, [*own, *mine, ("do", "keep"), ("insist", "2")])
    assert kept.headers["location"] == "/bank/items/NEW-1?version=3"


def test_whoever_writes_the_same_item_is_named(site: Site) -> None:
    drafted(site, "NEW-1")
    body = {"framework": FRAMEWORK, "language": "en", "next_of": "NEW-1", "item": {"kind": "single_choice"}}
    site.people[MANAGER].post("/working-copies", body)
    for path in ("/bank/items/NEW-1", "/bank/items/NEW-1/edit"):
        assert f"{MANAGER.name} is writing a version" in Visitor.at(site, AUTHOR).get(path).text


def test_steps_are_offered_to_whom_they_belong_and_refused_with_what_was_typed(site: Site) -> None:
    drafted(site, "NEW-1")
    author, reviewer = Visitor.at(site, AUTHOR), Visitor.at(site, REVIEWER)
    steps = "/bank/items/NEW-1/versions/1/steps"
    assert reviewer.get("/bank/items/NEW-1").all("input", name="step") == []
    assert author.submit(steps, step="submit").status == 200
    offered = {box.attributes["value"] for box in reviewer.get("/bank/items/NEW-1").all("input", name="step")}
    assert offered == {"approve", "return"}
    refused = reviewer.submit(steps, step="return", reason="  ")
    assert refused.status == 422
    assert author.submit(steps, step="approve", reason="Mine.").status == 403
    assert reviewer.submit(steps, step="release").status == 403
    assert "Too short." in reviewer.submit(steps, step="return", reason="Too short.").text


def test_an_item_of_a_set_leads_to_the_others_and_shows_what_they_are_about(site: Site) -> None:
    about = {"code": "S-NEW", "title": "A *new* tram", "text": "Twelve stops."}
    drafted(site, "NEW-1", stimulus=about)
    alone = Visitor.at(site, AUTHOR).get("/bank/items/NEW-1")
    assert "No other item has been written for this set." in alone.text
    drafted(site, "NEW-2", stimulus=about)
    drafted(site, "NEW-3", stimulus={**about, "text": "Thirteen stops."})
    drafted(site, "NEW-4")
    page = Visitor.at(site, AUTHOR).get("/bank/items/NEW-1")
    slot = json.loads(page.one("script", id="slot").text)
    assert slot["stimulus"] == {"title": "A <em>new</em> tram", "text": "<p>Twelve stops.</p>"}
    section = page.one("section", id="set").text
    assert [code for code in ("S-NEW", "NEW-1", "NEW-2", "NEW-3", "NEW-4") if code in section] == [
        "S-NEW",
        "NEW-2",
        "NEW-3",
    ]
    assert section.count("its text of the set is another one") == 1
    assert {"/bank/items/NEW-2?version=1", "/bank/items/NEW-3?version=1"} <= page.hrefs()
    assert Visitor.at(site, AUTHOR).get("/bank/items/NEW-4").all("section", id="set") == []


def test_a_stimulus_is_previewed_while_it_is_written(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    fields = [*OF_A_NEW_ITEM, ("/kind", "short_text"), ("/stem", "Which?"), ("/stimulus/title", "A tram")]
    slot = posted(visitor, fields, "/bank/writing/copy").json()["slot"]
    assert slot["stimulus"] == {"title": "A tram", "text": "<p>…</p>"}
    written = {"language": "en", "item": {"kind": "short_text", "stem": "Which?", "stimulus": "no object"}}
    assert site.people[AUTHOR].post(f"/frameworks/{FRAMEWORK}/previews", written)["shown"] is None


def test_comments_are_made_and_settled(site: Site) -> None:
    version = drafted(site, "NEW-1")
    reviewer = Visitor.at(site, REVIEWER)
    comments = "/bank/items/NEW-1/versions/1/comments"
    assert reviewer.submit(comments, text="Why?", place="/nowhere").status == 422
    assert "Why so?" in reviewer.submit(comments, text="Why so?", place="/options/1/text").text
    (comment,) = site.people[AUTHOR].all(f"/item-versions/{version}/comments")
    page = Visitor.at(site, AUTHOR).submit(f"/bank/comments/{comment['id']}/resolution", text="As agreed.")
    assert "As agreed." in page.text


def test_an_answer_is_marked_with_its_proof_and_nothing_is_kept(site: Site) -> None:
    version, visitor = drafted(site, "NEW-1"), Visitor.at(site, REVIEWER)
    right = posted(visitor, [("version", version), ("response", '{"chosen": ["a"]}')], "/bank/marks").json()
    assert right["fraction"] == "1"
    assert {"name": "Key", "value": "a"} in right["lines"]
    for response in ('{"chosen": ["z"]}', "no JSON", "[]"):
        reply = posted(visitor, [("version", version), ("response", response)], "/bank/marks")
        assert reply.status_code == 422
    typed = [*OF_A_NEW_ITEM, *fields_of(item_of("numeric", "X")), ("response", '{"number": {"value": "22.5"}}')]
    assert posted(visitor, typed, "/bank/marks").json()["fraction"] == "0"
    unfinished = posted(visitor, [*OF_A_NEW_ITEM, ("/kind", "numeric"), ("response", "{}")], "/bank/marks")
    assert "faults" in unfinished.json()["refusal"]


STRANGE: list[dict[str, Any]] = [
    {},
    {"kind": "no such kind"},
    {"kind": "matrix", "rows": "none", "columns": [1, {"id": 5}], "key": ["x"], "stem": {"a": 1}},
    {"kind": "gap_select", "gaps": [{"options": [None, {"id": ["x"]}]}], "passage": 3},
    {"kind": "ordering", "elements": [{"id": []}], "key": [{}]},
    {"kind": "numeric", "within": "near", "units": {"unit": "km"}, "enemies": 3, "level": [1]},
    {"kind": "gap_text", "gaps": [{"accepted": "x"}], "case": {}},
]


@pytest.mark.parametrize("item", STRANGE, ids=json.dumps)
def test_whatever_a_program_has_saved_can_be_opened(site: Site, item: dict[str, Any]) -> None:
    copy = site.people[AUTHOR].post("/working-copies", {"framework": FRAMEWORK, "language": "en", "item": item})
    visitor = Visitor.at(site, AUTHOR)
    assert visitor.get(f"/bank/items/new?copy={copy['id']}").status == 200
    assert visitor.get("/bank/work").status == 200
    preview = site.people[AUTHOR].ask("POST", f"/frameworks/{FRAMEWORK}/previews", {"language": "en", "item": item})
    assert preview.status_code == 200
    assert preview.json()["faults"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([], 404),
        ([("framework", "nothing")], 404),
        ([("framework", FRAMEWORK), ("item", "nothing")], 404),
        ([("framework", FRAMEWORK), ("copy", "x")], 422),
        ([("framework", FRAMEWORK), ("copy", str(uuid.uuid4())), ("do", "look")], 404),
        ([("framework", FRAMEWORK), ("based_on", "x")], 422),
        ([("framework", FRAMEWORK), ("do", "keep"), ("insist", "x")], 422),
    ],
)
def test_what_is_no_form_of_ours_is_refused(site: Site, fields: list[tuple[str, str]], status: int) -> None:
    assert posted(Visitor.at(site, AUTHOR), fields).status_code == status
