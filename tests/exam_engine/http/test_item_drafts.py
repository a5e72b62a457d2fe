"""Writing items over the API: tried out, kept on what was seen, checked, marked on trial; copies overwritten as read."""

from __future__ import annotations

from typing import Any

import pytest

from exam_engine.demo.stage import AUTHOR, MANAGER
from question_bank.item_kinds import KINDS
from tests.builders.samples import PLAN_FILE
from tests.exam_engine.http.web.bank.authoring import item_of
from tests.stage import Caller, Site

FRAMEWORK = "smart-city-sample"
DRAFTS, PREVIEWS = f"/frameworks/{FRAMEWORK}/drafts", f"/frameworks/{FRAMEWORK}/previews"


def test_a_draft_is_kept_once_and_on_what_was_seen(site: Site) -> None:
    author, item = site.people[AUTHOR], item_of("numeric", "NEW-1")
    body = {"language": "en", "item": item}
    first, again = (author.ask("POST", DRAFTS, body, headers={"Idempotency-Key": "one"}) for _ in range(2))
    assert first.status_code == 201
    assert first.content == again.content
    refused = author.refused("POST", DRAFTS, {"language": "en", "item": {**item, "answer": "23"}})
    assert (refused["code"], refused["newest"]) == ("newer_version", 1)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_preview_shows_what_a_paper_would_and_asks(site: Site, kind: str) -> None:
    site.people[AUTHOR].upload(PLAN_FILE)
    item = item_of(kind, "NEW-1")
    preview = site.people[AUTHOR].post(PREVIEWS, {"language": "en", "item": item})
    assert preview["faults"] == []
    assert preview["shown"]["kind"] == kind
    assert "rationale" not in preview["shown"]
    started = site.people[AUTHOR].post(PREVIEWS, {"language": "en", "item": {"kind": kind, "stem": "Is it not so?"}})
    assert {fault["place"] for fault in started["faults"]} >= {"/code", "/rationale", "/level"}
    assert [finding["check"] for finding in started["findings"]] == ["negative"]


def test_a_version_is_checked_and_marked_on_trial(site: Site) -> None:
    author = site.people[AUTHOR]
    item = {**item_of("single_choice", "NEW-1"), "stem": "Which of these must not come with open air measurements?"}
    one = author.post(DRAFTS, {"language": "en", "item": item})
    author.post(DRAFTS, {"language": "en", "item": {**item, "code": "NEW-2"}})
    found = author.get(f"/item-versions/{one['version_id']}/checks")["findings"]
    assert [finding["check"] for finding in found] == ["negative", "near_duplicate"]
    assert "NEW-2" in found[1]["found"]
    marks = f"/item-versions/{one['version_id']}/trial-marks"
    assert author.post(marks, {"response": {"chosen": ["a"]}})["fraction"] == "1"
    assert author.refused("POST", marks, {"response": {"chosen": ["z"]}})["code"] == "foreign_answer"


def test_a_copy_is_overwritten_only_as_it_was_read(site: Site) -> None:
    author = site.people[AUTHOR]
    body = {"framework": FRAMEWORK, "language": "en", "item": {"stem": "One?"}}
    begun = author.ask("POST", "/working-copies", body)
    path, etag = f"/working-copies/{begun.json()['id']}", begun.headers["ETag"]
    assert author.ask("PUT", path, {"item": {}}).status_code == 428
    saved = _put(author, path, {"item": {"stem": "Two?"}}, etag)
    assert saved.json()["revision"] == 2
    late = _put(author, path, {"item": {"stem": "Three?"}}, etag)
    assert late.status_code == 412
    assert late.json()["current"]["item"] == {"stem": "Two?"}
    assert author.ask("GET", path).headers["ETag"] == saved.headers["ETag"] == late.json()["etag"]
    assert author.ask("DELETE", path).status_code == 428
    assert site.people[MANAGER].ask("GET", path).status_code == 404
    assert author.ask("DELETE", path, headers={"If-Match": saved.headers["ETag"]}).status_code == 204
    assert author.ask("GET", path).status_code == 404


def test_an_item_is_written_by_its_author_in_one_copy(site: Site) -> None:
    author = site.people[AUTHOR]
    author.post(DRAFTS, {"language": "en", "item": item_of("numeric", "NEW-1")})
    body = {"framework": FRAMEWORK, "language": "en", "item": {}, "next_of": "NEW-1"}
    begun = author.post("/working-copies", body)
    assert begun["based_on"] == 1
    refused = author.refused("POST", "/working-copies", body)
    assert (refused["code"], refused["copy"]) == ("copy_exists", begun["id"])
    assert [copy["next_of"] for copy in author.all("/working-copies")] == ["NEW-1"]


def _put(caller: Caller, path: str, body: dict[str, Any], etag: str) -> Any:
    return caller.ask("PUT", path, body, headers={"If-Match": etag})
