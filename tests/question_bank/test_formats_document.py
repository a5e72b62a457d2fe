"""The examples of docs/formats.md are what they claim to be: documents that import, and answers that are right."""

from __future__ import annotations

import json
import re
from pathlib import Path

from sqlalchemy.orm import Session

from question_bank.interchange.framework_json import import_framework
from question_bank.item_kinds import KINDS, MARKED_BY_PEOPLE, CreditTable, kind_named
from question_bank.media import StoredFile, add_medium
from tests.builders.kernel import NOW
from tests.builders.question_bank import import_bank, item_document, make_drafts, make_framework, make_staff

DOCUMENT = (Path(__file__).parents[2] / "docs" / "formats.md").read_text()
FRAMEWORK, BANK, *ITEMS, TRANSLATIONS, _rules = re.findall(r"^```json\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
RIGHT = re.findall(r"^Right: `(.*?)`", DOCUMENT, re.MULTILINE)
PICTURE = next(item["picture"] for item in map(json.loads, ITEMS) if "picture" in item)
TAGS = {"code", "competence", "level", "cognitive", "expected_difficulty", "expected_seconds", "enemies"}


def test_the_documents_import(tx: Session) -> None:
    staff = make_staff(tx)
    framework = import_framework(
        tx, staff.organisation.id, FRAMEWORK.encode(), file="formats.md", actor=staff.manager, now=NOW
    )
    versions = import_bank(tx, framework, BANK.encode(), file="formats.md", actor=staff.author, now=NOW)
    assert [version.kind for version in versions] == ["single_choice", "multiple_choice"]
    read = {"file": "formats.md", "actor": staff.author, "now": NOW}
    [translation] = import_bank(tx, framework, TRANSLATIONS.encode(), **read)
    assert (translation.language, translation.original_id) == ("de", versions[0].id)


def test_the_item_of_every_other_kind_imports_and_its_answer_is_right(tx: Session) -> None:
    staff = make_staff(tx)
    stored = StoredFile(
        PICTURE["media"].removeprefix("media:").removesuffix(".png"),
        "image/png",
        1,
        PICTURE["width"],
        PICTURE["height"],
    )
    add_medium(tx, stored, file_name="", description="", actor=staff.author, now=NOW)
    tagged = [
        {name: value for name, value in item_document(f"K-{number}").items() if name in TAGS} | json.loads(written)
        for number, written in enumerate(ITEMS)
    ]
    versions = make_drafts(tx, staff, make_framework(tx, staff), tagged)
    assert [version.kind for version in versions] == list(KINDS)[2:]
    keyed = [version for version in versions if version.kind not in MARKED_BY_PEOPLE]
    for version, right in zip(keyed, RIGHT, strict=True):
        mark = kind_named(version.kind).mark(version.content, json.loads(right), CreditTable.EXACT)
        assert mark.fraction == 1, version.kind


def test_every_kind_has_its_chapter() -> None:
    chapters = re.findall(r"^### (.*)$", DOCUMENT, re.MULTILINE)
    assert [name for chapter in chapters[:-1] for name in chapter.split(", ")] == list(KINDS)
    assert chapters[-1] == "Importing"
