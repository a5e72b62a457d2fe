"""The authoring form: what stands in it, where it came from, and what it becomes.

One rule: what an author has typed is never lost: it is posted, kept as a working copy, or shown beside what stands there.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from exam_engine.http.preconditions import StateChanged
from exam_engine.http.web.bank.posted_item import Posted, fresh_id, read_posted
from exam_engine.http.web.bank.spot_fields import complete_picture
from kernel.errors import Invalid
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.competences import Framework, framework_by_code
from question_bank.drafts import as_written
from question_bank.items import Item, ItemVersion, item_for
from question_bank.working_copies import WorkingCopy, begin_copy, overwrite_copy, working_copy_for

ROWS_AT_FIRST: Mapping[str, tuple[tuple[str, int], ...]] = {
    "single_choice": (("options", 4),),
    "multiple_choice": (("options", 5),),
    "matrix": (("rows", 3), ("columns", 2)),
    "matching": (("premises", 3), ("counterparts", 4)),
    "ordering": (("elements", 4),),
    "gap_select": (("gaps", 1),),
    "gap_text": (("gaps", 1),),
    "essay": (("rubric", 2),),
    "upload": (("rubric", 2),),
}
OPTIONS_OF_A_GAP = 3
LEVELS_OF_A_CRITERION = 3
FILES_AT_FIRST = MappingProxyType({"accepts": ("application/pdf",), "count_max": 1, "bytes_max": 5_000_000})
_NUMBER = re.compile("[0-9]{1,9}")
_ROWS = frozenset(
    {"options", "rows", "columns", "premises", "counterparts", "elements", "gaps", "units", "rubric", "spots"}
)
_ROWS_OF_ROWS = ("options", "levels")


@dataclass(frozen=True, slots=True)
class ItemForm:
    """What an author is writing. ``item`` is None for a new item, ``copy_id`` None until something was typed."""

    framework: Framework
    item: Item | None
    language: str
    document: dict[str, Any]
    based_on: int | None
    copy_id: uuid.UUID | None = None
    revision: int = 0
    posted: Posted | None = None

    @property
    def kind(self) -> str:
        """The name of the kind."""
        return str(self.document.get("kind", ""))

    @property
    def content_language(self) -> str:
        """The language of the framework's own words, such as the names of competences."""
        return self.framework.language


def blank_form(framework: Framework, kind: str) -> ItemForm:
    """Return the form of a new item with as many empty rows as its kind usually has."""
    document: dict[str, Any] = {"kind": kind}
    for name, count in ROWS_AT_FIRST.get(kind, ()):
        rows = document.setdefault(name, [])
        for _ in range(count):
            rows.append({"id": fresh_id(rows)})
    if kind == "gap_select":
        document["gaps"][0]["options"] = [{"id": id_} for id_ in "abc"[:OPTIONS_OF_A_GAP]]
    if kind == "upload":
        document["files"] = dict(FILES_AT_FIRST)
    for criterion in document.get("rubric", ()):
        criterion["levels"] = [{"id": id_} for id_ in "abc"[:LEVELS_OF_A_CRITERION]]
    return ItemForm(framework, None, framework.language, document, None)


def form_of_version(framework: Framework, version: ItemVersion) -> ItemForm:
    """Return the form of the next version of an item: what the version says."""
    document = {"code": version.item.code, **as_written(version)}
    language = str(document.pop("language"))
    return ItemForm(framework, version.item, language, in_order(document), version.number)


def form_of_copy(copy: WorkingCopy) -> ItemForm:
    """Return the form with what its author had typed."""
    return ItemForm(
        copy.framework, copy.item, copy.language, in_order(copy.document), copy.based_on, copy.id, copy.revision
    )


def form_posted(tx: Session, actor: Actor, fields: list[tuple[str, str]]) -> ItemForm:
    """Return the form as it was posted.

    Raises:
        NotFound: it names a framework or an item that is not there.
        Invalid: it is no form of ours.
    """
    posted, own = read_posted(fields), dict(fields)
    framework = framework_by_code(tx, actor.organisation_id, own.get("framework", ""))
    item = item_for(tx, actor, own["item"]) if own.get("item") else None
    copy_id = _id_in(own["copy"]) if own.get("copy") else None
    based_on = number_in(own["based_on"]) if own.get("based_on") else None
    revision = number_in(own.get("revision") or "0")
    document = posted.document if item is None else {**posted.document, "code": item.code}
    complete_picture(tx, actor, document)
    language = own.get("language") or framework.language
    return ItemForm(framework, item, language, document, based_on, copy_id, revision, posted)


def number_in(text: str) -> int:
    """Read the number of a version or a revision; Invalid where the form was not written by this page."""
    if not _NUMBER.fullmatch(text):
        message = say("this is no authoring form")
        raise Invalid(message)
    return int(text)


def save_copy(tx: Session, form: ItemForm, *, actor: Actor, now: datetime) -> WorkingCopy:
    """Keep what was posted as a working copy: a new one, or over the one that the author has seen.

    Raises:
        StateChanged: another window wrote over it; ``current`` is what stands there.
        NotFound: it was kept or discarded in another window.
        CopyExists: the author writes this item in another window.
    """
    if form.copy_id is None:
        return begin_copy(
            tx,
            form.framework,
            form.item,
            form.document,
            based_on=form.based_on,
            language=form.language,
            actor=actor,
            now=now,
        )
    copy = working_copy_for(tx, actor, form.copy_id, held=True)
    if copy.revision != form.revision:
        message = say("another window has written over this working copy; look at both texts")
        raise StateChanged(message, revision=copy.revision, current=copy.document)
    return overwrite_copy(tx, copy, form.document, based_on=form.based_on, now=now)


def _id_in(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        message = say("this is no authoring form")
        raise Invalid(message) from error


def in_order(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as its form can show it: rows are rows, and those of an order stand in their right order."""
    shown = {name: _rows(value) if name in _ROWS else value for name, value in document.items()}
    key, elements = shown.get("key"), shown.get("elements")
    if isinstance(key, list) and elements:
        places = {id_: index for index, id_ in enumerate(key) if isinstance(id_, str)}
        shown["elements"] = sorted(elements, key=lambda element: places.get(str(element.get("id")), len(places)))
    return shown


def _rows(value: object) -> list[dict[str, Any]]:
    """Return the rows of a list; a copy that a program has saved may hold anything."""
    rows = [dict(row) for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    for row in rows:
        row |= {name: _rows(row[name]) for name in _ROWS_OF_ROWS if name in row}
    return rows
