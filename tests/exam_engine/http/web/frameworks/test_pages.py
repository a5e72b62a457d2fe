"""Pages of frameworks: parts saved on what was seen, faults at their fields, losses seen before anything is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exam_engine.demo.stage import AUDITOR, AUTHOR, MANAGER
from exam_engine.http.web.frameworks import words as framework_words
from question_bank.competences import FrameworkStatus
from question_bank.framework_comparison import Difference
from question_bank.framework_drafts import DraftState
from question_bank.framework_parts import PartKind
from question_bank.interchange.losses import LossKind
from question_bank.sample import sample_framework
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.stage import URL, Site

SAMPLE = sample_framework()
CODE, VERSION = SAMPLE["framework"]["code"], SAMPLE["framework"]["version"]
ADDRESS = f"/bank/frameworks/{CODE}/versions/{VERSION}"


@pytest.fixture
def author(site: Site) -> Visitor:
    return Visitor.at(site, AUTHOR)


def begun(visitor: Visitor) -> str:
    return str(visitor.send(f"{ADDRESS}/drafts").headers["location"])


def fields_of(page: Page) -> list[tuple[str, str]]:
    """What a browser would post of the form of a part, as it stands."""
    form: list[tuple[str, str]] = []
    for element in page.elements:
        name, kind = element.attributes.get("name", ""), element.attributes.get("type", "")
        if element.tag == "textarea":
            form.append((name, element.text))
        elif element.tag == "select":
            form.append((name, ""))
        elif element.tag == "option" and "selected" in element.attributes:
            form[-1] = (form[-1][0], element.attributes["value"])
        elif element.tag == "input" and (kind != "checkbox" or "checked" in element.attributes):
            form.append((name, element.attributes.get("value", "")))
    return form


def posted(visitor: Visitor, path: str, fields: list[tuple[str, str]], **changes: str) -> Any:
    body: dict[str, list[str]] = {}
    for name, text in fields:
        body.setdefault(name, []).append(text)
    body.update({name: [text] for name, text in changes.items()})
    return visitor.client.post(path, data=body, headers={"Origin": URL}, follow_redirects=False)


def saved(visitor: Visitor, path: str, **changes: str) -> Any:
    return posted(visitor, path, fields_of(visitor.get(path)), **{"do": "save", **changes})


def document_of(site: Site, draft: str) -> dict[str, Any]:
    document: dict[str, Any] = site.people[MANAGER].get(draft.removeprefix("/bank"))["document"]
    return document


def test_everything_that_pages_say_has_its_words() -> None:
    assert set(framework_words.STATUSES) == set(FrameworkStatus)
    assert set(framework_words.DRAFT_STATES) == set(DraftState)
    assert set(framework_words.PARTS) == set(PartKind)
    assert set(framework_words.DIFFERENCES) == set(Difference)
    assert set(framework_words.LOSSES) == set(LossKind)


@pytest.mark.parametrize("part", ["head/0", "areas/0", "roles/0", "competences/0"])
def test_saving_what_stands_there_changes_nothing(site: Site, author: Visitor, part: str) -> None:
    draft = begun(author)
    assert saved(author, f"{draft}/{part}").status_code == 303
    now = document_of(site, draft)
    assert [now[name] for name in now if now[name] != SAMPLE[name]] == []


def test_a_competence_is_written_anew_with_levels_and_criteria(site: Site, author: Visitor) -> None:
    draft = begun(author)
    form = author.get(f"{draft}/competences/new?area=A1")
    fields = [*fields_of(form), ("/criteria/-0/code", "A1.9.1"), ("/criteria/-0/text", "Draws a plan.")]
    refused = posted(
        author, f"{draft}/competences/new", fields, do="save", **{"/code": "A1.9", "/levels/-0/level": "5"}
    )
    assert refused.headers["location"] == f"{draft}/competences/40", "it lacks a name, so its form is shown again"
    again = author.get(f"{draft}/competences/40")
    assert again.one("input", id="/name").attributes["aria-invalid"] == "true"
    assert f"{draft}/competences/40#/name-fault" in author.get(draft).hrefs()
    done = saved(author, f"{draft}/competences/40", **{"/name": "Digging", "/description": "Digs where others dug."})
    assert done.headers["location"] == f"{draft}#competences-40"
    competence = document_of(site, draft)["competences"][40]
    role = SAMPLE["roles"][0]["code"]
    assert (competence["area"], competence["eqf"]) == ("A1", {role: 5})
    assert competence["criteria"][0]["provenance"] == {"code": "proposed", "text": "proposed"}
    assert site.people[MANAGER].get(draft.removeprefix("/bank"))["fault_count"] == 0


def test_tasks_take_the_competences_that_their_role_needs(site: Site, author: Visitor) -> None:
    draft = begun(author)
    path = f"{draft}/roles/0"
    page = Page(posted(author, path, fields_of(author.get(path)), rows="add /tasks"))
    there = SAMPLE["roles"][0]["tasks"]
    row = f"/tasks/-{len(there)}"
    boxes = {box.attributes["value"] for box in page.all("input", name=f"{row}/competences/-")}
    role = SAMPLE["roles"][0]["code"]
    assert boxes == {one["code"] for one in SAMPLE["competences"] if role in one["eqf"]}
    assert document_of(site, draft)["roles"][0]["tasks"] == there, "changing rows saves nothing"
    code = min(boxes)
    fields = [*fields_of(page), (f"{row}/competences/-", code)]
    posted(author, path, fields, do="save", **{f"{row}/code": "T1", f"{row}/text": "Plans."})
    *before, task = document_of(site, draft)["roles"][0]["tasks"]
    assert before == there
    assert (task["code"], task["text"], task["competences"]) == ("T1", "Plans.", [code])


def test_who_comes_too_late_gets_both_texts_and_may_save_theirs(site: Site, author: Visitor) -> None:
    draft = begun(author)
    path = f"{draft}/competences/0"
    mine = fields_of(author.get(path))
    saved(Visitor.at(site, MANAGER), path, **{"/name": "The manager's name"})
    late = posted(author, path, mine, do="save", **{"/name": "The author's name"})
    assert late.status_code == 409
    page = Page(late)
    assert page.one("input", id="/name").attributes["value"] == "The author's name"
    assert [page.one(side).text for side in ("del", "ins")] == ["manager", "author"]
    assert document_of(site, draft)["competences"][0]["name"] == "The manager's name"
    assert posted(author, path, fields_of(page), do="save").status_code == 303
    assert document_of(site, draft)["competences"][0]["name"] == "The author's name"


def test_another_part_may_be_written_meanwhile_and_the_list_moved(site: Site, author: Visitor) -> None:
    draft = begun(author)
    mine = fields_of(author.get(f"{draft}/areas/0"))
    manager = Visitor.at(site, MANAGER)
    saved(manager, f"{draft}/competences/0", **{"/name": "Another"})
    seal = fields_of(manager.get(f"{draft}/areas/1"))
    down = {"kind": "areas", "index": "1", "to": "up", "seal": dict(seal)["seal"]}
    assert manager.send(f"{draft}/moves", **down).status_code == 303
    assert posted(author, f"{draft}/areas/0", mine, do="save", **{"/name": "Mine"}).status_code == 303
    document = document_of(site, draft)
    assert [area["name"] for area in document["areas"]][:2] == [SAMPLE["areas"][1]["name"], "Mine"]
    assert document["competences"][0]["name"] == "Another"
    assert manager.send(f"{draft}/moves", **{**down, "seal": "x"}).status_code == 409


def test_what_was_taken_away_meanwhile_is_added_again(site: Site, author: Visitor) -> None:
    draft = begun(author)
    path = f"{draft}/areas/7"
    mine = fields_of(author.get(path))
    assert posted(author, path, mine, do="remove").headers["location"] == draft
    late = posted(author, path, mine, do="save")
    assert (late.status_code, len(document_of(site, draft)["areas"])) == (409, 7)
    form = Page(late).one("form", **{"class": "form framework-part"})
    assert form.attributes["action"] == f"{draft}/areas/new"
    posted(author, form.attributes["action"], fields_of(Page(late)), do="save")
    assert document_of(site, draft)["areas"][7]["code"] == SAMPLE["areas"][7]["code"]


def test_a_draft_is_published_as_it_was_seen(site: Site, author: Visitor) -> None:
    draft = begun(author)
    manager = Visitor.at(site, MANAGER)
    taken = manager.get(draft)
    assert "Another version is needed" not in taken.text, "it still says what the version says"
    saved(author, f"{draft}/areas/0", **{"/name": "Other words"})
    assert "Another version is needed" in manager.get(draft).text
    assert f"{draft}/publication" not in manager.get(draft).actions()
    saved(author, f"{draft}/head/0", **{"/version": "2"})
    seen = manager.get(draft)
    assert f"{draft}/publication" in seen.actions() - author.get(draft).actions()
    seal = seen.all("input", name="seal")[-1].attributes["value"]
    saved(author, f"{draft}/areas/1", **{"/name": "Unseen words"})
    assert manager.send(f"{draft}/publication", seal=seal).status_code == 412
    seal = manager.get(draft).all("input", name="seal")[-1].attributes["value"]
    page = manager.submit(f"{draft}/publication", seal=seal)
    assert page.status == 200
    assert f"/bank/frameworks/{CODE}/versions/2" in page.hrefs()
    assert saved(author, f"{draft}/areas/0").status_code == 409, "it is published"
    assert author.led(f"{draft}/areas/0").headers["location"] == draft


def test_items_are_carried_along_and_what_stays_behind_is_named(site: Site) -> None:
    manager = Visitor.at(site, MANAGER)
    draft = begun(manager)
    gone = SAMPLE["competences"][-1]["code"]
    posted(manager, f"{draft}/competences/39", fields_of(manager.get(f"{draft}/competences/39")), do="remove")
    saved(manager, f"{draft}/head/0", **{"/version": "2"})
    comparison = manager.get(draft)
    (row,) = [row.text.split() for row in comparison.all("tr") if row.text.startswith(gone)]
    assert row[0].startswith(f"{gone}vanished")
    seal = comparison.all("input", name="seal")[-1].attributes["value"]
    manager.submit(f"{draft}/publication", seal=seal)
    address = f"/bank/frameworks/{CODE}/versions/2"
    before = manager.get(address)
    assert "live items can follow as drafts" in before.text
    after = manager.submit(f"{address}/carried-items", source=VERSION)
    assert "Every live item that can follow has followed." in after.text
    assert f"({gone})" in after.text
    assert manager.submit(f"{address}/carried-items", source="2").status == 422


def test_losses_are_seen_before_anything_is_kept(site: Site, author: Visitor) -> None:
    package = author.led(f"{ADDRESS}/case?case_version=1.0")
    assert package.headers["content-disposition"].startswith("attachment")
    document = package.json()
    document["CFItems"][0]["notes"] = "Not ours."
    files = {"file": ("theirs.json", json.dumps(document).encode(), "application/json")}
    before = len(site.people[AUTHOR].all("/framework-drafts"))
    page = Page(author.client.post("/bank/framework-imports", files=files, headers={"Origin": URL}))
    assert "What becomes of theirs.json" in page.text
    assert len(site.people[AUTHOR].all("/framework-drafts")) == before
    fields = {name: page.one("input", name=name).attributes["value"] for name in ("name", "document", "agreement")}
    title = SAMPLE["framework"]["title"]
    changed = {**fields, "document": fields["document"].replace(title, "Another title")}
    other = author.client.post("/bank/framework-imports", data=changed, headers={"Origin": URL}, follow_redirects=False)
    assert other.status_code == 200, "another document than the one that was seen is shown, not kept"
    kept = author.send("/bank/framework-imports", **fields)
    assert kept.status_code == 303
    assert "What became of the imported file" in author.get(kept.headers["location"]).text


def test_our_own_document_becomes_a_draft_at_once_and_a_broken_one_is_refused(author: Visitor) -> None:
    own = author.led(f"{ADDRESS}/document")
    assert own.json() == SAMPLE
    for content, status in ((own.content, 303), (b'{"areas": [1.5]}', 422), (b"x", 422)):
        files = {"file": ("framework.json", content, "application/json")}
        reply = author.client.post(
            "/bank/framework-imports", files=files, headers={"Origin": URL}, follow_redirects=False
        )
        assert reply.status_code == status


def test_any_document_can_be_opened_and_mended(site: Site, author: Visitor) -> None:
    """A program may have saved anything; what cannot be read is named, and no page breaks."""
    broken = {"areas": [7, {"code": 3}], "roles": "x", "competences": [{"eqf": [], "criteria": {}, "area": None}, []]}
    files = {"file": ("framework.json", json.dumps(broken).encode(), "application/json")}
    headers = {"Origin": URL}
    draft = author.client.post("/bank/framework-imports", files=files, headers=headers, follow_redirects=False)
    address = draft.headers["location"]
    page = author.get(address)
    assert "Still missing" in page.text
    for part in ("head/0", "areas/0", "areas/1", "roles/new", "competences/0", "competences/1"):
        assert author.get(f"{address}/{part}").status == 200
        assert saved(author, f"{address}/{part}").status_code == 303
    assert author.get(f"{address}/areas/9").status == 404
    assert author.get(f"{address}/areas/x").status == 404


def test_auditors_read_and_are_offered_nothing_to_change(site: Site) -> None:
    page = Visitor.at(site, AUDITOR).get(ADDRESS)
    assert page.status == 200
    assert page.actions() <= {"/sign-out"}
