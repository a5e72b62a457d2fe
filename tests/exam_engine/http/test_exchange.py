"""Items exchanged over the API: a preview saves nothing, an import is what its preview said, an export comes back."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select
from starlette.requests import Request

from exam_engine.demo.stage import AUTHOR, REVIEWER
from exam_engine.http.api import exchange
from question_bank.interchange.previewing import Preview, preview_items
from question_bank.item_kinds import KINDS
from question_bank.items import ItemVersion
from question_bank.sample import sample_framework
from tests.stage import Site

GIFT = "// [tag:level=5]\n::Q-new::Which? {=a ~b}\n\nWrite {}\n"
SUPPLIED = "competence=A1.1&cognitive=apply&expected_difficulty=0.6&expected_seconds=60&rationale=x&source=y"


def count(site: Site) -> int:
    with site.installation.database.reading() as tx:
        return tx.scalars(select(func.count()).select_from(ItemVersion)).one()


def send(site: Site, path: str, document: bytes | str) -> Any:
    author = site.people[AUTHOR]
    content = document.encode() if isinstance(document, str) else document
    headers = {"Authorization": f"Bearer {author.token}"}
    return author.client.post(f"/api/v1{path}", content=content, headers=headers)


def framework(site: Site) -> str:
    return f"/frameworks/{sample_framework()['framework']['code']}"


def test_a_document_is_previewed_agreed_to_and_taken_in(site: Site) -> None:
    before, at = count(site), framework(site)
    preview = send(site, f"{at}/imports/previews?format=gift&{SUPPLIED}", GIFT).json()
    assert (preview["lossless"], preview["becoming"]["new"], count(site)) == (False, 1, before)
    assert preview["report"]["losses"][0]["place"] == ":4"
    assert preview["items"][0]["item"]["code"] == "Q-new"
    refused = send(site, f"{at}/imports?format=gift&{SUPPLIED}", GIFT)
    assert (refused.status_code, refused.json()["code"]) == (409, "losses_not_agreed")
    assert refused.json()["agreement"] == preview["agreement"]
    taken = send(site, f"{at}/imports?format=gift&{SUPPLIED}&agreement={preview['agreement']}", GIFT)
    assert (taken.status_code, taken.json()["item_count"], count(site)) == (201, 1, before + 1)


def test_what_is_exported_comes_back_as_nothing_new(site: Site) -> None:
    at = framework(site)
    for name in ("bank", "xlsx", "moodle"):
        exported = site.people[REVIEWER].ask("GET", f"{at}/exports?format={name}&competence=A1.1&level=5")
        assert exported.headers["content-disposition"].startswith("attachment")
        preview = send(site, f"{at}/imports/previews?format={name}", exported.content).json()
        assert preview["lossless"]
        assert preview["becoming"] == {"new": 0, "next": 0, "same": len(preview["items"])}
        assert preview["items"]
    report = site.people[REVIEWER].ask("GET", f"{at}/exports/report?format=aiken&competence=A1.1").json()
    assert report["counts"]["changed"]


def test_words_go_to_a_translator_and_come_back(site: Site) -> None:
    at = framework(site)
    path = f"{at}/words?to=bg&format=csv&competence=A1.1&level=5"
    table = site.people[REVIEWER].ask("GET", path).content.decode("utf-8-sig")
    head, *rows = csv.reader(StringIO(table))
    assert head == ["code", "place", "state", "original", "before", "bg"]
    assert {row[2] for row in rows} == {"missing"}
    buffer = StringIO()
    csv.writer(buffer).writerows([head, *([*row[:5], f"{row[3]} (bg)"] for row in rows)])
    taken = send(site, f"{at}/imports?format=csv", buffer.getvalue())
    assert (taken.status_code, taken.json()["item_count"]) == (201, len({row[0] for row in rows}))
    assert site.people[REVIEWER].ask("GET", path).text.count("\n") == 1
    assert site.people[REVIEWER].ask("GET", f"{at}/words?to=Bulgarian&format=csv").status_code == 422


def test_a_template_opens_as_a_table(site: Site) -> None:
    reply = site.people[AUTHOR].ask("GET", "/item-formats/xlsx/template")
    table = load_workbook(BytesIO(reply.content))
    assert table.sheetnames == ["items", "columns"]
    explained = dict(table["columns"].iter_rows(values_only=True))
    assert str(explained["kind"]).split(", ") == [name for name in KINDS if name not in {"hotspot", "essay", "upload"}]


def test_a_format_and_facts_that_are_not_known_are_refused(site: Site) -> None:
    at = framework(site)
    assert send(site, f"{at}/imports/previews?format=docx", GIFT).status_code == 422
    assert send(site, f"{at}/imports/previews?format=gift&colour=red", GIFT).status_code == 422
    assert send(site, f"{at}/imports/previews?format=gift", b"\xff\xfe").json()["code"] == "document_refused"


def test_others_write_while_a_document_is_judged(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = []

    def judge(*given: Any, **facts: Any) -> Preview:
        with site.installation.database.transaction():  # one at a time has it on SQLite
            judged.append(facts["file"])
        return preview_items(*given, **facts)

    monkeypatch.setattr(exchange, "preview_items", judge)
    taken = send(site, f"{framework(site)}/imports?format=gift&{SUPPLIED}", GIFT.partition("\n\n")[0])
    assert (taken.status_code, judged) == (201, ["request body"])


def test_one_request_takes_in_so_many_questions_at_most(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "ITEMS_MAX", 1)
    before = count(site)
    for way in ("imports", "imports/previews"):
        reply = send(site, f"{framework(site)}/{way}?format=gift&{SUPPLIED}", "::a::One? {=x ~y}\n\n::b::Two? {=x ~y}")
        assert (reply.status_code, "exam-engine import-items" in reply.json()["detail"]) == (413, True)
    assert count(site) == before


def test_one_request_writes_so_many_items_at_most(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "EXPORTED_MAX", 1)
    for way in ("exports?format=bank", "exports/report?format=gift", "words?to=bg&format=csv"):
        reply = site.people[REVIEWER].ask("GET", f"{framework(site)}/{way}")
        assert (reply.status_code, "exam-engine export-items" in reply.json()["detail"]) == (422, True)


def test_another_version_of_the_framework_is_asked_for(site: Site) -> None:
    version, at = sample_framework()["framework"]["version"], framework(site)
    facets = "format=gift&competence=A1.1&level=5"
    for way in (f"exports?{facets}", f"exports/report?{facets}", "words?to=bg&format=csv&competence=A1.1&level=5"):
        assert site.people[REVIEWER].ask("GET", f"{at}/{way}&version={version}").status_code == 200
        assert site.people[REVIEWER].ask("GET", f"{at}/{way}&version=0").status_code == 404


@pytest.mark.parametrize("path", ["imports?format=gift", "imports/previews?format=gift"])
def test_whoever_may_not_import_sends_no_document(site: Site, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    reviewer = site.people[REVIEWER]
    monkeypatch.setattr(Request, "body", unwanted)
    reply = reviewer.ask("POST", f"{framework(site)}/{path}")
    assert reply.status_code == 403


async def unwanted(request: Request) -> bytes:
    raise AssertionError(request.url.path)
