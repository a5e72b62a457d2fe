"""Whatever is sent, a reader gives entries or the domain's own refusals, within bounds of its own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import DomainError
from question_bank.documents import DocumentRefused
from question_bank.interchange import xlsx_tables
from question_bank.interchange.entries import Source, Target
from question_bank.interchange.formats import FORMATS
from question_bank.interchange.losses import LossReport
from tests.builders.kinds import CONTENTS
from tests.builders.question_bank import item_document
from tests.builders.samples import PLAN, PLAN_FILE

QUESTION = '<question type="shortanswer"><name><text>a</text></name><questiontext format="html"><text>{}</text></questiontext><answer fraction="100"><text>x</text></answer></question>'
BOMB = '<!DOCTYPE q [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE q [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def medium(address: str) -> bytes:
    assert address == f"media:{PLAN}.png"
    return PLAN_FILE


def drafts() -> list[dict[str, Any]]:
    tags = {name: value for name, value in item_document().items() if name not in {"options", "key"}}
    return [tags | {"code": f"K-{number}", "kind": kind} | own for number, (kind, own) in enumerate(CONTENTS.items())]


def valid(name: str) -> bytes:
    return b"".join(FORMATS[name].write(drafts(), Target("x", "en", LossReport(), medium)))


VALID = {name: valid(name) for name in FORMATS}


def reading(name: str, document: bytes) -> tuple[list[Any], LossReport]:
    report = LossReport()
    return [
        entry.item for entry in FORMATS[name].read(Source(BytesIO(document), "x", "en", report)) if entry.item
    ], report


def refused(name: str, document: bytes) -> str:
    with pytest.raises(DocumentRefused) as refusal:
        reading(name, document)
    return str(refusal.value.faults[0])


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE, '<!DOCTYPE q SYSTEM "https://x.example/q.dtd">'])
def test_a_document_type_is_refused(doctype: str) -> None:
    text = f'<?xml version="1.0"?>{doctype}<quiz>{QUESTION.format("&c;&a;")}</quiz>'
    assert "x:1" in refused("moodle", text.encode())


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"\xff\xfe:\x00:\x00", "UTF-16"),
        ("Ein Ma\u00df {=x}".encode("latin-1"), "x:1:7"),
        (b"good {=x}\n\nb\x00d {=x}", "x:3:2"),
        (b"a" * (1024 * 1024 + 1), "a line of more than"),
        (b"\n".join([b"x" * 1000] * 300), "a question of more than"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_their_place(document: bytes, message: str) -> None:
    assert message in refused("gift", document)


def test_ten_megabytes_without_an_end_of_line_are_not_read_further() -> None:
    stream = BytesIO(b"x" * 10_000_000)
    with pytest.raises(DocumentRefused):
        list(FORMATS["aiken"].read(Source(stream, "x", "en", LossReport())))
    assert stream.tell() <= 1024 * 1024 + 1


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"<quiz><question", "well-formed"),
        (b"<other/>", "must be <quiz>"),
        (b"<quiz><a/></quiz>", "not known here"),
        (b"<quiz><question>" + b"<a>" * 100_000, "well-formed"),
        (b"<quiz><question>" + b"<a>" * 150 + b"</a>" * 150, "more than 100 levels deep"),
        (b"<quiz><question>" + b"<a/>" * 100_000, "x:1: has more than 100000 tags in one <question>"),
        ("<quiz><question type='truefalse'/></quiz>".encode("utf-16") + b"\x00", "ends within a sign"),
        (b"<?xml version='1.0'?>\n<quiz>\xe9</quiz>", "x:2: says that it is utf-8"),
        (b"<?xml version='1.0' encoding='koi8-r'?><quiz/>", "write it in UTF-8"),
        (b"", "is empty"),
    ],
)
def test_xml_that_is_no_quiz_is_refused(document: bytes, message: str) -> None:
    assert message in refused("moodle", document)


def test_a_question_that_is_nested_too_deeply_is_refused_alone() -> None:
    deep = "&lt;div&gt;" * 3000
    items, report = reading("moodle", f"<quiz>{QUESTION.format(deep)}{QUESTION.format('fine?')}</quiz>".encode())
    assert [item["stem"] for item in items] == ["fine?"]
    assert len(report.losses) == 1


def test_numbers_without_end_are_refused() -> None:
    items, report = reading("gift", f"a {{#{'9' * 5000}}}\n\nb {{#1e99999}}\n\nc {{#1:-1}}".encode())
    assert items == []
    assert len(report.losses) == 3


def archive(change: Callable[[zipfile.ZipFile], None], *, source: bytes = VALID["xlsx"]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, old.read(member))
        change(new)
    return made.getvalue()


def test_archives_that_are_no_plain_tables_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "macro" in refused("xlsx", archive(lambda new: new.writestr("xl/vbaProject.bin", "x")))
    assert "document type" in refused("xlsx", archive(lambda new: new.writestr("xl/extra.xml", BOMB + "<q/>")))
    assert "would grow more than 200 times" in refused(
        "xlsx", archive(lambda new: new.writestr("xl/big.xml", b"0" * 5_000_000))
    )
    assert "is no ZIP file" in refused("xlsx", b"PK\x03\x04nonsense")
    assert "is no ZIP file" in refused("xlsx", VALID["xlsx"][:-200])
    monkeypatch.setattr(xlsx_tables, "UNPACKED_BYTES_MAX", 1000)
    assert "bytes; at most" in refused("xlsx", VALID["xlsx"])


def test_a_formula_is_refused_with_its_cell_and_without_the_rows_beside_it() -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "items"
    sheet.append(["kind", "stem", "match_1"])
    sheet.append(["short_text", '=HYPERLINK("https://x.example")', "one"])
    sheet.append(["short_text", "How many?", True])
    sheet.append(["short_text", "How many?", "one"])
    made = io.BytesIO()
    book.save(made)
    written = b"kind,stem,match_1\nshort_text,=1+1,one\nshort_text,How,many?,one\nshort_text,How many?,one\n"
    for name, document, told in (
        (
            "xlsx",
            made.getvalue(),
            [
                "x#items!A2: the row at items!A2: has a formula in B2; put its value there",
                "x#items!A3: the row at items!A3: has in C3 neither text nor a plain number; write it as text",
            ],
        ),
        (
            "csv",
            written,
            [
                "x:2: the row at 2: has a cell that begins with =, like a formula; put an apostrophe before it",
                "x:3: the row at 3: has 4 cells, and the head has 3",
            ],
        ),
    ):
        items, report = reading(name, document)
        assert [item["stem"] for item in items] == ["How many?"]
        assert [str(loss) for loss in report.losses] == told


def test_a_table_of_countless_cells_is_refused_before_it_is_read() -> None:
    def add(changed: zipfile.ZipFile) -> None:
        changed.writestr("xl/more.xml", "<a>" + "<c/>" * 150_000 + "</a>")

    assert "has more tags" in refused("xlsx", archive(add))


def test_columns_of_a_table_are_the_listed_ones() -> None:
    assert "'colour'" in refused("csv", b"kind,stem,colour\n")
    assert "twice" in refused("csv", b"kind,stem,stem\n")
    assert "no columns kind and stem" in refused("csv", b"code,key\n")


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_document_is_read_or_refused(name: str, data: st.DataObject) -> None:
    document = bytearray(VALID[name])
    signs = b"{}[]<>=~#:\\%\"',;&\x00\n\xff 0Aa-|*_`$^"
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(document) - 1))
        length = data.draw(st.integers(0, 20))
        piece = bytes(data.draw(st.lists(st.sampled_from(list(signs)), max_size=6)))
        document[place : place + length] = piece
    try:
        items, _ = reading(name, bytes(document))
    except DomainError:
        return
    assert all(isinstance(item, dict) for item in items)
