"""Translating: translations that a document brings, beside what they translate; judged and drafted many at a time.

One rule: one that comes with its item translates that item; one that comes alone, what is live or was written last.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from kernel.db import portions
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.competences import Framework
from question_bank.documents import Place, quoted
from question_bank.drafts import TAGS, as_written
from question_bank.intake import VersionRow, begin
from question_bank.interchange.entries import Entry, Item
from question_bank.item_kinds import kind_named
from question_bank.item_words import in_other_words, words_of
from question_bank.items import Item as BankItem
from question_bank.items import ItemState, ItemVersion, Standing, content_hash
from question_bank.translations import OUT_OF_USE, misfits, translation_row


class Said(NamedTuple):
    """One version of an item, without its content."""

    id: uuid.UUID
    number: int
    original_id: uuid.UUID | None
    language: str
    content_hash: str
    state: str


@dataclass(slots=True)
class Known:
    """An item of the bank as its translations see it: its versions in the order of their numbers."""

    framework_code: str
    item_id: uuid.UUID
    versions: list[Said] = field(default_factory=list)

    @property
    def newest(self) -> Said:
        """What was written last, translations aside."""
        return next(version for version in reversed(self.versions) if version.original_id is None)

    @property
    def translatable(self) -> Said | None:
        """What is worth translating: the live version, or else the newest that is in use."""
        usable = [one for one in self.versions if one.original_id is None and one.state not in OUT_OF_USE]
        return next((one for one in usable if one.state == ItemState.LIVE), usable[-1] if usable else None)

    def becoming(self, original_id: uuid.UUID | None, language: str, name: str) -> str:
        """Return what words of this hash become: ``new``, ``next``, or the ``same`` as the newest translation."""
        sisters = [one for one in self.versions if one.original_id is not None and one.language == language]
        mine = [one for one in sisters if one.original_id == original_id]
        if mine and mine[-1].content_hash == name:
            return "same"
        return "next" if sisters else "new"


def known_items(tx: Session, organisation_id: uuid.UUID, codes: Collection[str]) -> dict[str, Known]:
    """Return items of an organisation by their codes, with their versions in whatever language."""
    facts = (ItemVersion.id, ItemVersion.number, ItemVersion.original_id, ItemVersion.language)
    found = (
        select(BankItem.code, BankItem.id, Framework.code, *facts, ItemVersion.content_hash, Standing.state)
        .join(ItemVersion, ItemVersion.item_id == BankItem.id)
        .join(Framework, Framework.id == BankItem.framework_id)
        .join(Standing, Standing.version_id == ItemVersion.id)
        .where(BankItem.organisation_id == organisation_id)
        .order_by(ItemVersion.number)
    )
    items: dict[str, Known] = {}
    for some in portions(sorted(set(codes))):
        for row in tx.execute(found.where(BankItem.code.in_(some))):
            items.setdefault(row[0], Known(row[2], row[1])).versions.append(Said(*row[3:]))
    return items


def written_versions(tx: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Item]:
    """Return what versions say in the shape of the bank file, with their language, by their identifiers."""
    found = select(ItemVersion).options(joinedload(ItemVersion.competence))
    versions = (tx.scalars(found.where(ItemVersion.id.in_(some))) for some in portions(sorted(ids)))
    return {version.id: as_written(version) for some in versions for version in some}


def read_translation(place: Place, entry: Entry, original: Mapping[str, Any]) -> Item:
    """Return what an original says in the words of an entry, in the shape of the bank file; faults are at their places."""
    own = {name: value for name, value in original.items() if name not in (*TAGS, "language")}
    content = {name: value for name, value in entry.item.items() if name != "code"}
    if entry.words is not None:
        content = _read_words(place, entry.words, own)
    if entry.language == original["language"]:
        place.member("code").refuse(say("is written in %(language)s already", language=quoted(entry.language)))
    for fault in (*misfits(own, content), *kind_named(original["kind"]).faults(content)):
        place.refuse(fault.message, below=fault.place)
    tags = {name: original[name] for name in TAGS if name in original and name not in ("code", "enemies")}
    return {"code": entry.item["code"], **tags, "enemies": [], **content}


def _read_words(place: Place, words: Mapping[str, tuple[str, str]], own: Mapping[str, Any]) -> dict[str, Any]:
    """Put words in the places of others; what they were written for must still stand there, and all of it."""
    there = words_of(own)
    for pointer, text in there.items():
        if pointer not in words:
            place.refuse(say("is missing"), below=pointer)
        elif words[pointer][0] != text:
            place.refuse(say("the original says something else now; export it anew"), below=pointer)
    for pointer in words.keys() - there.keys():
        place.refuse(say("is no text of the original; export it anew"), below=pointer)
    said = {pointer: text for pointer, (_, text) in words.items() if pointer in there}
    return in_other_words(own, said)


def name_of(item: Mapping[str, Any], language: str) -> str:
    """Return the hash that names a translation in the shape of the bank file."""
    return content_hash(item["kind"], language, _content(item))


def draft_translations(
    tx: Session,
    framework: Framework,
    translations: Iterable[tuple[Item, str, uuid.UUID]],
    known: Mapping[str, Known],
    *,
    actor: Actor,
    now: datetime,
) -> list[uuid.UUID]:
    """Draft translations - each an item, its language and its original - and return their identifiers."""
    wanted = list(translations)
    originals = {
        version.id: version
        for some in portions(sorted({original_id for _, _, original_id in wanted}))
        for version in tx.scalars(select(ItemVersion).where(ItemVersion.id.in_(some)))
    }
    numbers = {code: item.versions[-1].number for code, item in known.items()}
    rows: list[VersionRow] = []
    for item, language, original_id in wanted:
        numbers[item["code"]] += 1
        rows.append(
            translation_row(originals[original_id], language, _content(item), numbers[item["code"]])
            | {"author_id": actor.person, "created_at": now}
        )
    for some_rows in portions(rows):
        begin(tx, some_rows, organisation_id=framework.organisation_id)
    return [row["id"] for row in rows]


def _content(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in TAGS}
