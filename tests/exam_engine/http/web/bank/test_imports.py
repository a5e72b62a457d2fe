"""The import and export pages: nothing is saved before its losses were read and agreed to, without a script as well."""

from __future__ import annotations

import csv
import json
from base64 import b64encode
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select
from starlette.requests import Request

from exam_engine.demo.stage import AUTHOR, MANAGER, REVIEWER
from exam_engine.http.middleware import IMPORT_BYTES_MAX
from exam_engine.http.web.bank import imports as bank_import
from exam_engine.http.web.bank.import_words import LOSSES, title_of
from question_bank.interchange.formats import FORMATS
from question_bank.interchange.losses import LossKind
from question_bank.interchange.previewing import Preview, preview_items
from question_bank.interchange.waiting import KEPT_FOR
from question_bank.items import ItemVersion
from tests.builders.files import png
from tests.builders.samples import PLAN
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.exam_engine.http.web.world import QUIZ, SUPPLIED
from tests.stage import URL, Site

FACTS = dict(part.split("=") for part in SUPPLIED.split("&"))
BOMB = b'<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz><question>&x;</question></quiz>'


def upload(visitor: Visitor, content: bytes, name: str = "quiz.gift", **facts: str) -> Page:
    reply = visitor.client.post("/bank/import", data=facts, files={"file": (name, content)}, headers={"Origin": URL})
    return Page(reply)


def agreed(page: Page, **changed: str) -> tuple[str, dict[str, str]]:
    """The address and the fields of the button that takes a document in."""
    posting = (form.attributes["action"] for form in page.all("form", method="post"))
    (action,) = (action for action in posting if action.startswith("/bank/import/"))
    fields = {field.attributes["name"]: field.attributes["value"] for field in page.all("input", type="hidden")}
    return action, {**fields, **changed}


def count(site: Site) -> int:
    with site.installation.database.reading() as tx:
        return tx.scalars(select(func.count()).select_from(ItemVersion)).one()


def test_a_document_is_looked_at_agreed_to_and_taken_in(site: Site) -> None:
    before, visitor = count(site), Visitor.at(site, AUTHOR)
    first = upload(visitor, QUIZ.encode())
    assert (first.status, first.heading) == (200, "What would be imported")
    assert "Nothing of it can be taken in as it stands." in first.text
    look = visitor.get(f"{first.reply.url.path}?{SUPPLIED}")
    assert "quiz.gift, read as GIFT (told from the file)" in look.text
    assert {"quiz.gift:4"} <= {code.text for code in look.all("code")}
    (table,) = (href for href in look.hrefs() if "/losses?" in href)
    assert "refused,quiz.gift,:4," in visitor.client.get(table).text
    assert "Items that would be taken in: 1" in look.text
    assert count(site) == before
    address, fields = agreed(look)
    overtaken = visitor.submit(address, **{**fields, "agreement": "0" * 64})
    assert (overtaken.status, "The report has changed" in overtaken.text, count(site)) == (409, True, before)
    site.clock.now += timedelta(seconds=1)  # what the stage has set was changed this very moment
    taken = visitor.submit(address, **fields)
    assert (taken.status, taken.heading, count(site)) == (200, "Taken in", before + 1)
    (found,) = (href for href in taken.hrefs() if href.startswith("/bank/items?"))
    assert [box.attributes["value"] for box in visitor.get(found).all("input", name="item")] == ["Q-1"]
    again = visitor.submit(address, **fields)
    assert (again.heading, count(site)) == ("Taken in", before + 1)
    same = visitor.get(f"{upload(visitor, QUIZ.encode() + b' ').reply.url.path}?{SUPPLIED}")
    assert "As it is" in same.text
    address, fields = agreed(same)
    assert "Everything in it was in the bank already" in visitor.submit(address, **fields).text


def test_what_was_uploaded_is_its_senders_own_and_for_a_day(site: Site) -> None:
    path = upload(Visitor.at(site, AUTHOR), QUIZ.encode()).reply.url.path
    assert Visitor.at(site, MANAGER).get(path).status == 404
    assert Visitor.at(site, REVIEWER).get(path).status == 403
    site.clock.now += KEPT_FOR
    assert Visitor.at(site, AUTHOR).get(path).status == 404
    assert site.work() == 1


@pytest.mark.parametrize(
    ("content", "name", "facts", "told"),
    [
        (b"", "a.gift", {}, "the file is empty"),
        ("::Q:: Größe {=a ~b}".encode("latin-1"), "a.gift", FACTS, "a.gift"),
        (BOMB, "a.xml", {**FACTS, "format": "moodle"}, "a.xml"),
        (b"<quiz><question>", "a.xml", {**FACTS, "format": "moodle"}, "a.xml:1"),
        (b"x", "a.docx", {}, "choose the format"),
        (QUIZ.encode(), "a.gift", {"level": "9"}, "write a whole number from 1 to 8"),
        (QUIZ.encode(), "a.gift", {"framework": "gone"}, "gone"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    site: Site, content: bytes, name: str, facts: dict[str, str], told: str
) -> None:
    page = upload(Visitor.at(site, AUTHOR), content, name, **facts)
    assert (page.status >= 400, page.heading) == (True, "Import items")
    assert told in page.text
    assert "root:" not in page.reply.text
    assert page.one("input", name="source").attributes["value"] == facts.get("source", "")


def test_what_is_too_large_is_refused_by_a_page(site: Site) -> None:
    page = upload(Visitor.at(site, AUTHOR), b"x" * (IMPORT_BYTES_MAX + 1))
    assert (page.status, page.heading) == (413, "Too much at once")


def test_a_field_that_no_text_may_hold_is_refused(site: Site) -> None:
    assert upload(Visitor.at(site, AUTHOR), QUIZ.encode(), source="a\0b").status == 422


def test_every_item_can_be_seen_as_candidates_would(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    two = QUIZ + "\n::Q-2::And what closes it? {=A lock ~A key}\n"
    path = upload(visitor, two.encode()).reply.url.path
    second = visitor.get(f"{path}?{SUPPLIED}&level=5&item=Q-2")
    assert "Item 2 of 2: Q-2" in second.text
    assert "And what closes it?" in second.one("script", id="slot").text
    assert "rationale" not in second.one("script", id="slot").text


def test_files_within_a_document_are_seen_before_they_are_taken_in(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    text = '<p>Which?</p><p><img src="@@PLUGINFILE@@/plan.png" alt="A plan"></p>'
    file = f'<file name="plan.png" path="/" encoding="base64">{b64encode(png()).decode()}</file>'
    document = (
        "<quiz><question type='multichoice'><name><text>P-1</text></name>"
        f"<questiontext format='html'><text><![CDATA[{text}]]></text>{file}</questiontext><single>true</single>"
        "<answer fraction='100'><text>a</text></answer><answer fraction='0'><text>b</text></answer></question></quiz>"
    )
    look = upload(visitor, document.encode(), "plan.xml", **FACTS, level="5", code_prefix="P-")
    assert "Items that would be taken in: 1" in look.text, look.text
    within = look.one("div", id="exam").attributes["data-media"].replace("{hash}", PLAN)
    shown = visitor.client.get(within)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert visitor.get(within.replace(PLAN, "0" * 64)).status == 404
    assert site.people[AUTHOR].ask("GET", f"/media/{PLAN}").status_code == 404
    address, fields = agreed(look)
    assert visitor.submit(address, **fields).heading == "Taken in"
    assert site.people[AUTHOR].ask("GET", f"/media/{PLAN}").status_code == 200


def test_what_was_found_is_exported_with_what_the_format_cannot_say(site: Site) -> None:
    visitor = Visitor.at(site, REVIEWER)
    search = "competence=A1.1&level=5"
    assert f"/bank/export?{search}" in visitor.get(f"/bank/items?{search}").hrefs()
    page = visitor.get(f"/bank/export?{search}&format=aiken")
    assert "Changes its meaning" in page.text
    (address,) = (href for href in page.hrefs() if href.startswith("/bank/export/document"))
    document = visitor.client.get(address)
    assert document.headers["content-disposition"] == 'attachment; filename="smart-city-sample.txt"'
    assert "ANSWER:" in document.text
    whole = visitor.client.get(f"/bank/export/document?{search}&format=bank").content
    with ZipFile(BytesIO(whole)) as package:
        assert {item["competence"] for item in json.loads(package.read("items/0001.json"))["items"]} == {"A1.1"}
    assert visitor.get("/bank/export/document?q=zzyzx&format=csv").status == 404
    assert visitor.get("/bank/export?level=5&format=word").status == 422


def test_a_translator_gets_words_and_they_come_back_to_be_reviewed(site: Site) -> None:
    visitor, search = Visitor.at(site, AUTHOR), "competence=A1.1&level=5"
    page = visitor.get(f"/bank/export?{search}&to=bg")
    assert "Never translated" in page.text
    (address,) = (href for href in page.hrefs() if href.endswith("&table=csv"))
    reply = visitor.client.get(address)
    assert reply.headers["content-disposition"] == 'attachment; filename="smart-city-sample.bg.csv"'
    head, *rows = csv.reader(StringIO(reply.content.decode("utf-8-sig"), newline=""))
    buffer = StringIO(newline="")
    csv.writer(buffer).writerows([head, *([*row[:5], f"bg {row[3]}"] for row in rows)])
    look = upload(visitor, buffer.getvalue().encode(), "smart-city-sample.bg.csv")
    codes = {row[0] for row in rows}
    assert f"Items that would be taken in: {len(codes)}" in look.text, look.text
    assert f"{rows[0][0]} (bg)" in look.text
    address, fields = agreed(look)
    assert visitor.submit(address, **fields).heading == "Taken in"
    assert "Nothing is missing" in visitor.get(f"/bank/export?{search}&to=bg").text
    with site.installation.database.reading() as tx:
        drafts = tx.scalars(select(ItemVersion).where(ItemVersion.language == "bg")).all()
        assert {draft.standing.state for draft in drafts} == {"draft"}
        assert len(drafts) == len(codes)
    assert visitor.get("/bank/export/words?to=bg&table=gift").status == 422


def test_a_bank_is_moved_by_page(site: Site) -> None:
    visitor, search = Visitor.at(site, AUTHOR), "competence=A1.1&level=5"
    package = visitor.client.get(f"/bank/export/document?{search}&format=bank").content
    look = upload(visitor, package, "smart-city-sample.zip")
    assert "read as Exam Engine (told from the file)" in look.text
    assert {badge for badge in ("New", "As it is") if badge in look.text} == {"As it is"}


def test_every_format_and_every_loss_has_its_words() -> None:
    assert all(title_of(name) for name in FORMATS)
    assert set(LOSSES) == set(LossKind)


def test_others_write_while_a_document_is_judged(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, before = Visitor.at(site, AUTHOR), count(site)
    address, fields = agreed(visitor.get(f"{upload(visitor, QUIZ.encode()).reply.url.path}?{SUPPLIED}"))
    judged = []

    def judge(*given: Any, **facts: Any) -> Preview:
        with site.installation.database.transaction():  # one at a time has it on SQLite
            judged.append(facts["file"])
        return preview_items(*given, **facts)

    monkeypatch.setattr(bank_import, "preview_items", judge)
    assert visitor.submit(address, **{**fields, "agreement": "0" * 64}).status == 409
    assert visitor.submit(address, **fields).heading == "Taken in"
    assert (count(site), len(judged)) == (before + 1, 3)


@pytest.mark.parametrize("path", ["/bank/import", f"/bank/import/{UUID(int=1)}", "/bank/framework-imports"])
def test_whoever_may_not_import_sends_no_document(site: Site, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    def unwanted(request: Request, **limits: object) -> None:
        raise AssertionError(request.url.path, limits)

    visitor = Visitor.at(site, REVIEWER)
    monkeypatch.setattr(Request, "form", unwanted)
    assert visitor.client.post(path, files={"file": ("x", b"x")}, headers={"Origin": URL}).status_code == 403
