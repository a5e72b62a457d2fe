"""Frameworks over the API: drafted, saved without overwriting, compared, published; exported and read again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exam_engine.demo.stage import AUTHOR, MANAGER
from question_bank.sample import sample_framework
from tests.stage import Caller, Site

CODE = "smart-city-sample"


@pytest.fixture
def author(site: Site) -> Caller:
    return site.people[AUTHOR]


def begun(author: Caller) -> tuple[str, str, dict[str, Any]]:
    """The address of a draft of the sample, its tag and its document."""
    version = sample_framework()["framework"]["version"]
    reply = author.ask("POST", "/framework-drafts", {"base": {"code": CODE, "version": version}})
    assert reply.status_code == 201, reply.text
    return f"/framework-drafts/{reply.json()['id']}", str(reply.headers["etag"]), reply.json()["document"]


def test_of_two_who_save_the_second_is_told(author: Caller) -> None:
    path, tag, document = begun(author)
    first = author.ask("PUT", path, {**document, "roles": []}, headers={"If-Match": tag})
    assert (first.status_code, first.json()["faults"][0]["place"]) == (200, "/roles")
    assert author.ask("PUT", path, document, headers={"If-Match": tag}).status_code == 412
    assert author.ask("PUT", path, document).status_code == 428
    back = author.ask("PUT", path, document, headers={"If-Match": first.headers["etag"]})
    assert (back.status_code, back.json()["fault_count"]) == (200, 0)


def test_a_large_draft_is_saved_and_a_broken_one_refused(site: Site, author: Caller) -> None:
    path, tag, document = begun(author)
    document["competences"][0]["description"] = "x" * 70_000
    reply = author.ask("PUT", path, document, headers={"If-Match": tag})
    assert reply.status_code == 200, "a document may be larger than any other body"
    assert reply.json()["faults"][0]["message"].startswith("has 70000 characters")
    headers = {"Authorization": f"Bearer {author.token}", "If-Match": reply.headers["etag"]}
    broken = site.client.put(f"/api/v1{path}", content=b'{"areas": [1.5]}', headers=headers)
    assert (broken.status_code, broken.json()["code"]) == (422, "document_refused")


def test_a_manager_publishes_what_an_author_wrote_and_items_follow(site: Site, author: Caller) -> None:
    path, tag, document = begun(author)
    old = document["framework"]["version"]
    document["framework"]["version"] = "next"
    gone = document["competences"].pop()
    for task in (task for role in document["roles"] for task in role["tasks"]):
        task["competences"] = [code for code in task["competences"] if code != gone["code"]]
    author.ask("PUT", path, document, headers={"If-Match": tag})
    (change,) = author.get(f"{path}/comparison")["changes"]
    assert (change["code"], change["differences"]) == (gone["code"], ["vanished"])
    assert change["live_items"] == change["items"] > 0
    assert author.refused("POST", f"{path}/publication")["status"] == 403
    published = site.people[MANAGER].post(f"{path}/publication")
    assert (published["code"], published["version"]) == (CODE, "next")
    assert site.people[MANAGER].get(f"/frameworks/{CODE}/versions/next") == document
    carried = author.post(f"/frameworks/{CODE}/versions/next/carried-items", {"from_version": old})
    assert {left["competence"] for left in carried["left"]} == {gone["code"]}
    assert len(carried["left"]) == change["live_items"]
    assert len(carried["drafts"]) + len(carried["left"]) == len(site.people[MANAGER].all("/items"))


def test_a_faulty_draft_is_not_published(site: Site) -> None:
    manager = site.people[MANAGER]
    draft = manager.post("/framework-drafts", {})
    problem = manager.refused("POST", f"/framework-drafts/{draft['id']}/publication")
    assert (problem["status"], problem["code"]) == (409, "incomplete_framework")
    assert [fault["place"] for fault in problem["faults"]] == [fault["place"] for fault in draft["faults"]]
    assert manager.post(f"/framework-drafts/{draft['id']}/discarding")["state"] == "discarded"


def test_our_case_package_read_again_is_the_same_framework(site: Site, author: Caller) -> None:
    version = sample_framework()["framework"]["version"]
    package = author.get(f"/frameworks/{CODE}/versions/{version}/case")
    assert package["CFDocument"]["creator"]
    losses = author.get(f"/frameworks/{CODE}/versions/{version}/case/losses?case_version=1.0")
    assert losses["counts"]["refused"] > 40
    headers = {"Authorization": f"Bearer {author.token}"}
    reply = site.client.post("/api/v1/framework-drafts/case", content=json.dumps(package), headers=headers)
    assert reply.status_code == 201, reply.text
    draft = reply.json()
    assert (draft["fault_count"], draft["report"]["losses"]) == (0, [])
    known = site.people[MANAGER].all("/frameworks")
    published = site.people[MANAGER].post(f"/framework-drafts/{draft['id']}/publication")
    assert published == known[0]
    assert site.people[MANAGER].all("/frameworks") == known


def test_coverage_answers_for_the_facets_asked(author: Caller) -> None:
    cells = author.get(f"/frameworks/{CODE}/coverage?reserve=2")["cells"]
    needed = [cell for cell in cells if cell["need"]]
    assert needed
    assert all(cell["wanted"] == 2 * cell["need"] for cell in needed)
    drafts = author.get(f"/frameworks/{CODE}/coverage?state=draft")["cells"]
    assert sum(cell["have"] for cell in drafts) == 0
    everything = author.get(f"/frameworks/{CODE}/coverage?state=any")["cells"]
    counts = author.get(f"/frameworks/{CODE}/coverage/counts")["counts"]
    assert sum(cell["have"] for cell in everything) == len(author.all("/items"))
    assert sum(cell["have"] for cell in everything) == sum(c["items"] for c in counts if c["language"] == "en")
    assert author.refused("GET", f"/frameworks/{CODE}/coverage?state=lost")["status"] == 422
