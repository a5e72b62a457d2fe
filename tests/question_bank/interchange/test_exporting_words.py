"""A translator's table: what is missing or outdated goes out, and comes back as drafts of what it was written for."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from kernel.errors import Invalid, NotFound
from question_bank.competences import Framework
from question_bank.documents import DocumentRefused
from question_bank.interchange.choosing import Chosen
from question_bank.interchange.completion import Supplied
from question_bank.interchange.exporting_words import export_words
from question_bank.interchange.formats import UnknownFormat
from question_bank.interchange.importing import make_ready, take_previewed
from question_bank.interchange.losses import LossKind
from question_bank.interchange.previewing import Preview, preview_items
from question_bank.items import ItemVersion
from tests.builders.files import STORAGE
from tests.builders.kernel import NOW
from tests.builders.kinds import CONTENTS
from tests.builders.question_bank import Staff, item_document, make_drafts, make_framework, make_staff

Row = list[str]


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def framework(tx: Session, staff: Staff) -> Framework:
    return make_framework(tx, staff)


def table(tx: Session, staff: Staff, framework: Framework, *, name: str = "csv", **facts: Any) -> list[Row]:
    given = {"language": "de", "chosen": Chosen(), "actor": staff.author, **facts}
    document = export_words(tx, framework, format_name=name, **given).document
    if name == "csv":
        return list(csv.reader(StringIO(document.decode("utf-8-sig"), newline="")))
    rows = load_workbook(BytesIO(document))["items"].iter_rows(values_only=True)
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


def filled(rows: list[Row], words: str = "{} auf Deutsch") -> bytes:
    head, *others = rows
    return as_csv([head, *([*row[:-1], words.format(row[3])] for row in others)])


def as_csv(rows: list[Row]) -> bytes:
    buffer = StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


def previewed(tx: Session, staff: Staff, framework: Framework, document: bytes) -> Preview:
    facts: dict[str, Any] = {"file": "de.csv", "format_name": "csv", "supplied": Supplied(), "actor": staff.author}
    return preview_items(tx, framework, BytesIO(document), **facts)


def taken(tx: Session, staff: Staff, framework: Framework, document: bytes) -> list[ItemVersion]:
    preview = previewed(tx, staff, framework, document)
    ready = make_ready(preview, agreement=preview.agreement, storage=STORAGE)
    return [tx.get_one(ItemVersion, id_) for id_ in take_previewed(tx, framework, ready, actor=staff.author, now=NOW)]


def test_items_go_out_are_translated_and_come_back(tx: Session, staff: Staff, framework: Framework) -> None:
    tags = {name: value for name, value in item_document().items() if name not in {"options", "key"}}
    kinds = {kind: own for kind, own in CONTENTS.items() if kind != "hotspot"}
    made = make_drafts(
        tx, staff, framework, [tags | {"code": f"K-{kind}", "kind": kind} | own for kind, own in kinds.items()]
    )
    rows = table(tx, staff, framework)
    assert rows == table(tx, staff, framework, name="xlsx")
    assert rows[0] == ["code", "place", "state", "original", "before", "de"]
    assert {row[2] for row in rows[1:]} == {"missing"}
    drafts = taken(tx, staff, framework, filled(rows))
    assert {draft.original_id for draft in drafts} == {version.id for version in made}
    assert {(draft.language, draft.standing.state) for draft in drafts} == {("de", "draft")}
    assert all(draft.content["stem"].endswith("auf Deutsch") for draft in drafts)
    assert table(tx, staff, framework) == rows[:1]
    whole = table(tx, staff, framework, whole=True)
    assert {(row[2], row[5] == f"{row[3]} auf Deutsch") for row in whole[1:]} == {("translated", True)}
    assert set(previewed(tx, staff, framework, filled(whole)).becoming.values()) == {"same"}


def test_an_outdated_translation_keeps_what_still_holds(tx: Session, staff: Staff, framework: Framework) -> None:
    make_drafts(tx, staff, framework, [item_document("a"), item_document("b")])
    taken(tx, staff, framework, filled(table(tx, staff, framework)))
    make_drafts(tx, staff, framework, [item_document("a", stem="Which one now?")])
    by_place = {row[1]: row for row in table(tx, staff, framework)[1:]}
    assert {row[0] for row in by_place.values()} == {"a"}
    assert by_place["/stem"][2:] == [
        "outdated",
        "Which one now?",
        "What does the city do first in case a? auf Deutsch",
        "",
    ]
    assert by_place["/options/0/text"][5] == by_place["/options/0/text"][4] == "Option a auf Deutsch"


def test_what_is_not_translated_whole_stays_open(tx: Session, staff: Staff, framework: Framework) -> None:
    make_drafts(tx, staff, framework, [item_document("a"), item_document("b")])
    head, *rows = table(tx, staff, framework)
    for row in rows:
        row[5] = row[3] if row[0] == "a" and row[1] != "/stem" else ""
    preview = previewed(tx, staff, framework, as_csv([head, *rows]))
    assert list(preview.items) == []
    told = {loss.subject: (loss.place, loss.message) for loss in preview.report.of_kind(LossKind.OPEN)}
    assert told["a"][0] == ":2"
    assert told["a"][1].startswith("has 1 of ")
    assert told["b"][1] == "is not translated yet"


def test_words_for_what_is_not_said_any_more_are_refused(tx: Session, staff: Staff, framework: Framework) -> None:
    make_drafts(tx, staff, framework, [item_document("a")])
    document = filled(table(tx, staff, framework))
    make_drafts(tx, staff, framework, [item_document("a", stem="Which one now?")])
    preview = previewed(tx, staff, framework, document)
    [refused] = preview.report.of_kind(LossKind.REFUSED)
    assert "/stem the original says something else now; export it anew" in refused.message


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("/stem", "/options/0/text", "has two rows for one place"),
        ("/stem", "/key/0", "/stem is missing; /key/0 is no text of the original"),
        ("\na,", "\nc,", "there is no item 'c'"),
        ("\na,", "\n!,", "names no item"),
    ],
)
def test_rows_that_fit_nothing_are_refused(
    tx: Session, staff: Staff, framework: Framework, old: str, new: str, told: str
) -> None:
    make_drafts(tx, staff, framework, [item_document("a")])
    document = filled(table(tx, staff, framework)).decode().replace(old, new)
    preview = previewed(tx, staff, framework, document.encode())
    assert any(told in loss.message for loss in preview.report.of_kind(LossKind.REFUSED)), preview.report.losses


@pytest.mark.parametrize("head", ["code,place,state,original,before,German", "code,place,de", "code,place"])
def test_a_table_with_other_columns_is_refused(tx: Session, staff: Staff, framework: Framework, head: str) -> None:
    with pytest.raises(DocumentRefused, match="needs the columns code, place"):
        previewed(tx, staff, framework, f"{head}\n".encode())


def test_strangers_other_formats_and_no_languages_are_refused(tx: Session, staff: Staff, framework: Framework) -> None:
    for changed, refusal in (
        ({"actor": make_staff(tx).author}, NotFound),
        ({"language": "German"}, Invalid),
        ({"format_name": "gift"}, UnknownFormat),
    ):
        given = {"format_name": "csv", "language": "de", "chosen": Chosen(), "actor": staff.author, **changed}
        with pytest.raises(refusal):
            export_words(tx, framework, **given)
