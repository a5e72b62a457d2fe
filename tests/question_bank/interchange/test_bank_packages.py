"""A package moves a bank whole: items, sets, rubrics, media with what is said of them, and every translation."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from question_bank.competences import Framework
from question_bank.documents import DocumentRefused
from question_bank.interchange.bank_packages import CONTENTS
from question_bank.interchange.choosing import Chosen
from question_bank.interchange.completion import Supplied
from question_bank.interchange.entries import Source, Target
from question_bank.interchange.exporting import Exported, export_items
from question_bank.interchange.formats import FORMATS, format_told
from question_bank.interchange.importing import BankChanged, LossesNotAgreed, import_items, make_ready, take_previewed
from question_bank.interchange.losses import LossReport
from question_bank.interchange.previewing import Preview, preview_items
from question_bank.item_words import in_other_words, words_of
from question_bank.items import ItemVersion
from question_bank.media import Medium, add_medium, store_file
from question_bank.translations import draft_translation
from tests.builders.files import STORAGE
from tests.builders.item_drafts import items
from tests.builders.kernel import NOW
from tests.builders.kinds import CONTENTS as KINDS
from tests.builders.question_bank import Staff, item_document, make_drafts, make_framework, make_staff
from tests.builders.samples import PLAN, PLAN_FILE


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def framework(tx: Session, staff: Staff) -> Framework:
    return make_framework(tx, staff)


def exported(tx: Session, staff: Staff, framework: Framework) -> Exported:
    facts: dict[str, Any] = {"format_name": "bank", "storage": STORAGE, "actor": staff.author}
    return export_items(tx, framework, chosen=Chosen(), **facts)


def previewed(tx: Session, staff: Staff, framework: Framework, document: bytes) -> Preview:
    facts: dict[str, Any] = {"file": "b.zip", "format_name": "bank", "supplied": Supplied(), "actor": staff.author}
    return preview_items(tx, framework, BytesIO(document), **facts)


def taken(tx: Session, staff: Staff, framework: Framework, preview: Preview) -> list[Any]:
    ready = make_ready(preview, agreement=None, storage=STORAGE)
    return take_previewed(tx, framework, ready, actor=staff.author, now=NOW)


def spoken(tx: Session, staff: Staff, version: ItemVersion, language: str) -> ItemVersion:
    words = {
        place: f"{language}: {text}" for place, text in words_of(version.content).items() if "accepted" not in place
    }
    content = in_other_words(version.content, words)
    return draft_translation(tx, version, language=language, content=content, actor=staff.author, now=NOW)


def a_bank(tx: Session, staff: Staff, framework: Framework) -> list[ItemVersion]:
    """An item of every kind, a set, enemies, a picture with its words, and translations into two languages."""
    add_medium(
        tx, store_file(STORAGE, PLAN_FILE), file_name="plan.png", description="A plan.", actor=staff.author, now=NOW
    )
    tags = {name: value for name, value in item_document().items() if name not in {"options", "key"}}
    drafts = [tags | {"code": f"K-{number}", "kind": kind} | own for number, (kind, own) in enumerate(KINDS.items())]
    stimulus = {"code": "set-1", "title": "A hall", "text": "It opens at nine."}
    drafts += [item_document("s-1", stimulus=stimulus, enemies=["K-0"]), item_document("s-2", stimulus=stimulus)]
    made = make_drafts(tx, staff, framework, drafts)
    for version in made[:4]:
        spoken(tx, staff, version, "de")
    spoken(tx, staff, made[-1], "bg")
    return made


def test_a_bank_that_moves_to_another_body_is_the_same_bank(tx: Session, staff: Staff, framework: Framework) -> None:
    made = a_bank(tx, staff, framework)
    document = exported(tx, staff, framework).document
    other = make_staff(tx)
    theirs = make_framework(tx, other)
    preview = previewed(tx, other, theirs, document)
    assert (preview.is_lossless, set(preview.becoming.values())) == (True, {"new"})
    assert len(taken(tx, other, theirs, preview)) == len(made) + 5
    assert exported(tx, other, theirs).document == document
    medium = tx.scalars(select(Medium).where(Medium.organisation_id == other.organisation.id)).one()
    assert (medium.sha256, medium.file_name, medium.description) == (PLAN, "plan.png", "A plan.")
    again = previewed(tx, other, theirs, document)
    assert set(again.becoming.values()) == {"same"}
    assert taken(tx, other, theirs, again) == []


def test_what_changed_is_a_next_version_with_its_translation(tx: Session, staff: Staff, framework: Framework) -> None:
    a_bank(tx, staff, framework)
    document = edited(exported(tx, staff, framework).document, b"It opens at nine", b"It opens at ten")
    preview = previewed(tx, staff, framework, document)
    changed = {name for name, becoming in preview.becoming.items() if becoming == "next"}
    assert changed == {"s-1", "s-2", "s-2 (bg)"}
    assert len(taken(tx, staff, framework, preview)) == 3
    told = [str(loss) for loss in exported(tx, staff, framework).report.losses]
    assert told == []


def test_a_translation_of_an_earlier_version_is_told_and_not_written(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    [version] = make_drafts(tx, staff, framework, [item_document("a")])
    spoken(tx, staff, version, "de")
    make_drafts(tx, staff, framework, [item_document("a", stem="Which one now?")])
    found = exported(tx, staff, framework)
    assert "translations/de/0001.json" not in names_in(found.document)
    [loss] = found.report.losses
    assert "'de' translates an earlier version" in loss.message


def test_a_translation_falls_with_its_item(tx: Session, staff: Staff, framework: Framework) -> None:
    a, _ = make_drafts(tx, staff, framework, [item_document("a"), item_document("b", enemies=["a"])])
    spoken(tx, staff, a, "de")
    other = make_staff(tx)
    theirs = make_framework(tx, other)
    document = edited(exported(tx, staff, framework).document, b'"competence": "A.1"', b'"competence": "Z.9"')
    preview = previewed(tx, other, theirs, document)
    assert list(preview.items) == []
    assert [loss.place for loss in preview.report.losses][-1].startswith("/translations/de/0001.json") or any(
        "/translations/de/0001.json" in str(loss) for loss in preview.report.losses
    )
    late = edited(exported(tx, staff, framework).document, b'"enemies": [\n    "b"\n   ]', b'"enemies": ["x"]')
    late = edited(late, b'"enemies": [\n    "a"\n   ]', b'"enemies": []')
    preview = previewed(tx, other, theirs, late)
    assert [one.name for one in preview.items] == ["b"]
    assert any("its item is refused" in loss.message for loss in preview.report.losses)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b'"competence": "A.1"', b'"competence": "Z.9"', "the framework has no competence"),  # refused when judged
        (b'"level": 4,', b"", "say no level"),  # open
        (b'"code": "a",\n   "kind"', b'"code": "a", "\\u0000": 1,\n   "kind"', ""),  # refused by its reader
    ],
)
def test_a_translation_never_lands_on_an_earlier_text_of_its_item(
    tx: Session, staff: Staff, framework: Framework, old: bytes, new: bytes, told: str
) -> None:
    a, _ = make_drafts(tx, staff, framework, [item_document("a"), item_document("b")])
    spoken(tx, staff, a, "de")
    before = exported(tx, staff, framework).document
    assert old in contents_of(before, "items/0001.json")
    preview = previewed(tx, staff, framework, edited(edited(before, b"case a?", b"another case?"), old, new))
    assert "a" not in preview.becoming
    assert "a (de)" not in preview.becoming
    losses = [str(loss) for loss in preview.report.losses]
    assert any("/translations/de/0001.json" in line and "its item is refused" in line for line in losses), losses
    assert any("/translations/" not in line and told in line for line in losses)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"items/0001.json"', b'"items/0001.json", "items/0001.json"'),
        (b'"translations": []', b'"translations": ["items/0001.json"]'),
    ],
    ids=["among the items", "among the translations"],
)
def test_a_package_names_each_document_once(
    tx: Session, staff: Staff, framework: Framework, old: bytes, new: bytes
) -> None:
    make_drafts(tx, staff, framework, [item_document("a")])
    document = exported(tx, staff, framework).document
    assert old in contents_of(document, CONTENTS)
    with pytest.raises(DocumentRefused, match=r"items/0001\.json' stands already at"):
        previewed(tx, staff, framework, edited(document, old, new))


def test_items_come_before_what_translates_them(tx: Session, staff: Staff, framework: Framework) -> None:
    [version] = make_drafts(tx, staff, framework, [item_document("a")])
    spoken(tx, staff, version, "de")
    document = edited(exported(tx, staff, framework).document, b'"translations/de/0001.json"', b'"items/0001.json"')
    document = edited(document, b'"items": [\n  "items/0001.json"', b'"items": [\n  "translations/de/0001.json"')
    with pytest.raises(DocumentRefused, match="translations/de/0001.json#/format"):
        previewed(tx, staff, framework, document)


def test_a_translation_alone_is_taken_only_for_what_it_was_previewed_for(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    [version] = make_drafts(tx, staff, framework, [item_document("a")])
    content = in_other_words(version.content, {"/stem": "Was?"})
    header = {"code": "x", "framework": framework.code, "language": "de", "status": "sample", "notice": "n"}
    shape = {"format": "exam-engine-item-translations", "format_version": 1, "bank": header}
    document = json.dumps(shape | {"items": [{"code": "a", **content}]}).encode()
    preview = previewed(tx, staff, framework, document)
    make_drafts(tx, staff, framework, [item_document("a", stem="Which one now?")])
    with pytest.raises(BankChanged, match=r"a \(de\) has changed"):
        taken(tx, staff, framework, preview)
    preview = previewed(tx, staff, framework, document)
    assert len(taken(tx, staff, framework, preview)) == 1
    with pytest.raises(BankChanged):
        taken(tx, staff, framework, preview)


def contents_of(document: bytes, name: str) -> bytes:
    with ZipFile(BytesIO(document)) as archive:
        return archive.read(name)


def names_in(document: bytes) -> list[str]:
    with ZipFile(BytesIO(document)) as archive:
        return archive.namelist()


def edited(document: bytes, old: bytes, new: bytes, **files: bytes | None) -> bytes:
    """The same package with other bytes in its documents; files by the name of their member, None for none."""
    buffer = BytesIO()
    with ZipFile(BytesIO(document)) as before, ZipFile(buffer, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name not in files:
                after.writestr(name, content.replace(old, new) if name.endswith(".json") else content)
        for name, more in files.items():
            if more:
                after.writestr(name, more)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"items/0001.json": None}, "items/0001.json is missing in the package"),
        ({f"media/{PLAN}.png": None}, "is no medium of the package"),
        ({f"media/{PLAN}.png": PLAN_FILE + b"x"}, "is another file than its name says"),
        ({"items/0002.json": b"{}"}, "does not name the file items/0002.json"),
        ({CONTENTS: None}, "there is no bank.json in it"),
    ],
)
def test_a_package_with_less_or_more_than_it_says_is_refused_whole(
    tx: Session, staff: Staff, framework: Framework, change: dict[str, bytes | None], told: str
) -> None:
    a_bank(tx, staff, framework)
    document = edited(exported(tx, staff, framework).document, b"\0", b"", **change)
    with pytest.raises(DocumentRefused, match=told):
        previewed(tx, staff, framework, document)


def test_a_package_says_what_it_is() -> None:
    target = Target("x.zip", "en", LossReport())
    for name, told in {"bank": ("bank",), "qti2": ("qti3",)}.items():
        document = BytesIO(b"".join(FORMATS[name].write([item_document("a")], target)))
        assert format_told("x.ZIP", document) == told
        assert document.tell() == 0
    assert format_told("x.zip", BytesIO(b"PK")) == ("bank", "qti3", "qti2")
    assert format_told("x.json", BytesIO()) == ("bank",)
    assert format_told("x.docx", BytesIO()) == ()


def test_a_package_of_a_sample_stays_out_of_an_official_framework(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    make_drafts(tx, staff, framework, [item_document("a")])
    document = edited(exported(tx, staff, framework).document, b'"small-city"', b'"other-city"')
    with pytest.raises(DocumentRefused, match="'other-city' is not the framework imported into"):
        previewed(tx, staff, framework, document)


@settings(max_examples=30, deadline=None)
@given(st.lists(items(), min_size=1, max_size=4, unique_by=lambda item: item["code"]))
def test_whatever_items_say_comes_back(drafts: list[dict[str, Any]]) -> None:
    document = b"".join(FORMATS["bank"].write(drafts, Target("x.zip", "en", LossReport(), lambda _: PLAN_FILE)))
    report = LossReport()
    entries = [entry for entry in FORMATS["bank"].read(Source(BytesIO(document), "x.zip", "en", report)) if entry.item]
    assert [entry.item for entry in entries] == drafts
    assert list(report.losses) == []


def test_losses_of_a_package_name_the_file_within(tx: Session, staff: Staff, framework: Framework) -> None:
    make_drafts(tx, staff, framework, [item_document("a")])
    document = edited(exported(tx, staff, framework).document, b'"level": 4', b'"level": 9')
    facts: dict[str, Any] = {"format_name": "bank", "supplied": Supplied(), "agreement": None, "storage": STORAGE}
    with pytest.raises(LossesNotAgreed, match=r"b\.zip/items/0001\.json#/items/0: a: /level 9 is outside"):
        import_items(tx, framework, BytesIO(document), file="b.zip", actor=staff.author, now=NOW, **facts)
