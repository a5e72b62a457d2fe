"""What is exported is the newest version of what was chosen; whatever of it is not written, or not as it stands, is told."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy.orm import Session

from kernel.errors import Invalid
from question_bank.administering import move_item
from question_bank.competences import Framework
from question_bank.interchange.choosing import Chosen
from question_bank.interchange.exporting import Exported, export_items
from question_bank.interchange.exporting_words import export_words
from question_bank.interchange.losses import LossKind
from question_bank.item_words import in_other_words
from question_bank.items import ItemState, ItemVersion
from question_bank.translations import draft_translation
from tests.builders.files import STORAGE
from tests.builders.kernel import NOW
from tests.builders.question_bank import (
    Staff,
    as_bytes,
    bank_document,
    framework_document,
    import_bank,
    item_document,
    make_drafts,
    make_framework,
    make_live_items,
    make_staff,
)

Told = tuple[LossKind, str, str]


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def framework(tx: Session, staff: Staff) -> Framework:
    return make_framework(tx, staff)


def exported(
    tx: Session, staff: Staff, framework: Framework, *, name: str = "bank", most: int | None = None, **facets: Any
) -> Exported:
    facts: dict[str, Any] = {"format_name": name, "chosen": Chosen(**facets), "storage": STORAGE, "items_max": most}
    return export_items(tx, framework, actor=staff.author, **facts)


def told(found: Exported) -> list[Told]:
    return [(loss.kind, loss.subject, loss.message) for loss in found.report.losses]


def documents_in(found: Exported) -> list[tuple[str, str, list[str]]]:
    """Of each document of a package its name, its language and the codes in it."""
    with ZipFile(BytesIO(found.document)) as archive:
        documents = [(name, json.loads(archive.read(name))) for name in sorted(archive.namelist())]
    return [
        (name, document["bank"]["language"], [item["code"] for item in document["items"]])
        for name, document in documents
        if "items/" in name or "translations/" in name
    ]


def enemies_in(found: Exported) -> dict[str, list[str]]:
    with ZipFile(BytesIO(found.document)) as archive:
        return {item["code"]: item["enemies"] for item in json.loads(archive.read("items/0001.json"))["items"]}


def make_german(tx: Session, staff: Staff, framework: Framework, *items: dict[str, Any]) -> list[ItemVersion]:
    document = as_bytes(bank_document(items, language="de"))
    return import_bank(tx, framework, document, file="de.json", actor=staff.author)


def said_in(tx: Session, staff: Staff, version: ItemVersion, language: str, stem: str) -> ItemVersion:
    content = in_other_words(version.content, {"/stem": stem})
    return draft_translation(tx, version, language=language, content=content, actor=staff.author, now=NOW)


def test_a_bank_with_two_original_languages_moves_whole(tx: Session, staff: Staff, framework: Framework) -> None:
    made = make_drafts(tx, staff, framework, [item_document("a"), item_document("c", stem="What?")])
    german = make_german(tx, staff, framework, item_document("b", stem="Welche?", enemies=["a"]), item_document("d"))
    said_in(tx, staff, made[0], "de", "Welche davon?")
    said_in(tx, staff, german[0], "en", "Which, in English?")
    found = exported(tx, staff, framework)
    assert told(found) == []
    assert documents_in(found) == [
        ("items/0001.json", "en", ["a", "c"]),
        ("items/0002.json", "de", ["b", "d"]),
        ("translations/de/0001.json", "de", ["a"]),
        ("translations/en/0001.json", "en", ["b"]),
    ]
    other = make_staff(tx)
    theirs = make_framework(tx, other)
    taken = import_bank(tx, theirs, found.document, file="b.zip", actor=other.author)
    assert sorted((one.item.code, one.language, one.original_id is None) for one in taken) == [
        ("a", "de", False),
        ("a", "en", True),
        ("b", "de", True),
        ("b", "en", False),
        ("c", "en", True),
        ("d", "de", True),
    ]
    assert exported(tx, other, theirs).document == found.document


def test_a_document_of_one_language_tells_what_is_not_written_in_it(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    make_drafts(tx, staff, framework, [item_document("a")])
    make_german(tx, staff, framework, item_document("b"))
    message = "is written in 'de' and says nothing in 'en'; it is not written"
    assert told(exported(tx, staff, framework, name="gift")) == [(LossKind.REFUSED, "b", message)]
    asked = exported(tx, staff, framework, name="gift", language="de")
    assert (list(asked.report.taken), told(asked)) == (["b"], [])
    facts: dict[str, Any] = {"format_name": "csv", "language": "en", "chosen": Chosen(), "actor": staff.author}
    assert list(export_words(tx, framework, **facts).report.taken) == ["b"]


def test_items_of_another_version_of_the_framework_are_told_and_can_be_had(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    make_drafts(tx, staff, framework, [item_document("a"), item_document("b"), item_document("c", level=5)])
    late = NOW + timedelta(days=1)
    newer = make_framework(tx, staff, framework_document(version="2"), now=late)
    make_drafts(tx, staff, newer, [item_document("b", stem="Which one now?")])
    message = "stands on version {} of the framework; it is exported with that"
    for name in ("bank", "gift"):
        now, before = exported(tx, staff, newer, name=name), exported(tx, staff, framework, name=name)
        assert told(now) == [(LossKind.REFUSED, code, message.format(1)) for code in ("a", "c")]
        assert list(now.report.taken) == ["b"]
        assert told(before) == [(LossKind.REFUSED, "b", message.format(2))]
        assert list(before.report.taken) == ["a", "c"]
    assert [code for _, code, _ in told(exported(tx, staff, newer, level=5))] == ["c"], "of what was asked for"
    make_drafts(tx, staff, make_framework(tx, staff, framework_document(code="other")), [item_document("x")])
    assert "x" not in {code for _, code, _ in told(exported(tx, staff, newer))}
    message = "stands on version 1 of the framework 'other'; it is exported with that"
    assert told(exported(tx, staff, newer, codes=["b", "x"])) == [(LossKind.REFUSED, "x", message)]


@pytest.mark.parametrize("name", ["bank", "gift"])
def test_states_that_no_document_keeps_are_told(tx: Session, staff: Staff, framework: Framework, name: str) -> None:
    drafts = [item_document(code, stem=f"Which {code}?") for code in "abc"]
    made = make_live_items(tx, staff, framework, drafts)
    for version, target in zip(made, (ItemState.COMPROMISED, ItemState.RETIRED), strict=False):
        move_item(tx, version, target=target, reason="It leaked.", actor=staff.manager, now=NOW)
    make_drafts(tx, staff, framework, [item_document("c", stem="Which c now?")])
    found = exported(tx, staff, framework, name=name)
    assert told(found) == [
        (LossKind.CHANGED, "a", "is compromised here; elsewhere it begins as a draft"),
        (LossKind.CHANGED, "b", "is retired here; elsewhere it begins as a draft"),
        (LossKind.CHANGED, "c", "version 1 is live here and is not written"),
    ]
    assert list(found.report.taken) == ["a", "b", "c"]


def test_translations_out_of_use_stay_behind(tx: Session, staff: Staff, framework: Framework) -> None:
    [version] = make_drafts(tx, staff, framework, [item_document("a")])
    retired = [said_in(tx, staff, version, language, "?") for language in ("bg", "de")]
    for one in retired:
        move_item(tx, one, target=ItemState.RETIRED, reason="Wrong.", actor=staff.manager, now=NOW)
    said_in(tx, staff, version, "de", "Welche?")
    found = exported(tx, staff, framework)
    assert documents_in(found)[1:] == [("translations/de/0001.json", "de", ["a"])]
    assert told(found) == [(LossKind.CHANGED, "a", "what it says in 'bg' is retired here; it is not written")]


def test_enemies_stand_at_both_and_strangers_at_none(tx: Session, staff: Staff, framework: Framework) -> None:
    drafts = [item_document("e-1"), item_document("e-2", enemies=["e-1"], level=5), item_document("e-3")]
    make_drafts(tx, staff, framework, drafts)
    whole = exported(tx, staff, framework)
    assert (enemies_in(whole), told(whole)) == ({"e-1": ["e-2"], "e-2": ["e-1"], "e-3": []}, [])
    for code, enemy in (("e-1", "e-2"), ("e-2", "e-1")):
        part = exported(tx, staff, framework, codes=[code])
        assert enemies_in(part) == {code: []}
        message = f"its enemy {enemy} is not in this document, which does not name it"
        assert told(part) == [(LossKind.CHANGED, code, message)]
        other = make_staff(tx)
        theirs = make_framework(tx, other)
        assert len(import_bank(tx, theirs, part.document, file="b.zip", actor=other.author)) == 1


def test_an_enemy_that_stays_behind_with_its_set_is_not_named(tx: Session, staff: Staff, framework: Framework) -> None:
    stimulus = {"code": "set-1", "title": "A hall", "text": "It opens at nine."}
    make_drafts(tx, staff, framework, [item_document("a"), item_document("s", stimulus=stimulus, enemies=["a"])])
    found = exported(tx, staff, framework, name="gift")
    assert b"enemies" not in found.document
    assert [(kind, code) for kind, code, _ in told(found)] == [(LossKind.CHANGED, "a"), (LossKind.REFUSED, "s")]


def test_whoever_waits_gets_so_many_items_at_most(tx: Session, staff: Staff, framework: Framework) -> None:
    make_drafts(tx, staff, framework, [item_document("a"), item_document("b", level=5)])
    assert len(exported(tx, staff, framework, most=2).report.taken) == 2
    assert len(exported(tx, staff, framework, most=1, level=5).report.taken) == 1
    message = "at most 1 items are exported here; choose fewer, or .* exam-engine export-items"
    with pytest.raises(Invalid, match=message):
        exported(tx, staff, framework, most=1)
    facts: dict[str, Any] = {"format_name": "csv", "language": "de", "chosen": Chosen(), "actor": staff.author}
    with pytest.raises(Invalid, match=message):
        export_words(tx, framework, items_max=1, **facts)


def test_a_document_comes_in_pieces_or_whole(tx: Session, staff: Staff, framework: Framework) -> None:
    make_drafts(tx, staff, framework, [item_document("a"), item_document("b")])
    one, other = exported(tx, staff, framework, name="gift"), exported(tx, staff, framework, name="gift")
    first = next(one.pieces)
    assert not list(other.losses.taken), "nothing is written before it is taken"
    assert list(other.report.taken) == ["a", "b"]
    rest = list(one.pieces)
    assert rest
    assert b"".join([first, *rest]) == other.document
