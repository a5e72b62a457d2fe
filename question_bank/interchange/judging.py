"""Judging: the questions of a document as they come, a portion at a time, and which of them the bank can take.

One rule: what is read waits in a temporary file. Memory holds a portion and, of each question, its code and what it
becomes, so its bound is the number of questions and not what they say.
"""

from __future__ import annotations

import uuid
from collections import ChainMap, defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from kernel.sentences import say, together
from question_bank.competences import Framework
from question_bank.documents import Place, is_code, quoted
from question_bank.drafts import (
    ItemDraft,
    read_draft,
    refuse_foreign_code,
    refuse_other_language,
    refuse_strange_enemies,
)
from question_bank.intake import read_media
from question_bank.interchange.entries import Entry, Item
from question_bank.interchange.losses import LossKind, LossReport
from question_bank.interchange.spooling import Spool
from question_bank.interchange.translating import Known, known_items, name_of, read_translation, written_versions
from question_bank.items import Edition, newest_editions
from question_bank.media import StoredFile, references_in


class Judged(NamedTuple):
    """A question that was read whole: where it stands, how it is called there, and the item it becomes.

    Attributes:
        language: in which it is written.
        translates: nothing for an item; of a translation the identifier of its original, or that it comes with it.
    """

    file: str
    place: str
    subject: str
    item: Item
    language: str = ""
    translates: str | None = None

    @property
    def name(self) -> str:
        """By which it is known among all of its document."""
        return named(self.item["code"], self.language if self.translates else "")

    @property
    def opened(self) -> Place:
        """Its item, to be read with faults of its own."""
        return Place(self.item, f"{self.file}{self.place}", {})


WITH_ITS_ITEM: Final = "item"
"""What a translation translates that comes in one document with its item."""


def named(code: str, language: str) -> str:
    """Return the name of an item, or of its translation into a language."""
    return f"{code} ({language})" if language else code


def original_of(translation: Judged, known: Known) -> uuid.UUID:
    """Return the version that a translation translates: the one it was read beside, or what its item said last."""
    alone = translation.translates not in {None, WITH_ITS_ITEM}
    return uuid.UUID(translation.translates) if alone else known.newest.id


class Judging:
    """What the bank can take of one document; what it cannot take is refused in the report, and the rest is not."""

    def __init__(
        self,
        tx: Session,
        framework: Framework,
        language: str,
        competences: Mapping[str, uuid.UUID],
        report: LossReport,
        coming: Mapping[str, StoredFile],
    ) -> None:
        self._tx, self._framework, self._report, self._coming = tx, framework, report, coming
        self._language, self._competences = language, competences
        self.spool = Spool[Judged](Judged._make)
        self.subjects: list[str] = []
        self.becoming: dict[str, str] = {}
        """By code ``new``, ``next`` or ``same``, in the order of the spool."""
        self.enemies: dict[str, tuple[str, ...]] = {}
        """By code, of those that have some."""
        self._positions: dict[str, int] = {}
        self._given_up: set[str] = set()
        """Codes of items that stood in the document and were not taken; their translations go with them."""
        self._numbered: set[str] = set()
        """Codes of a portion that are a question's place in the document."""

    def take(self, portion: Iterable[tuple[Entry, Item | None]]) -> None:
        """Judge some questions, each by itself and by what the bank has of it; those without an item are given up."""
        items, translations = [], []
        for entry, item in portion:
            if entry.translates:
                translations += [entry] if item else []
            elif item is None:
                self._given_up.add(entry.subject)  # documents with translations call items by their codes
            else:
                language = entry.language or self._language
                items.append(Judged(entry.source.file, entry.place, entry.subject, item, language))
                if item["code"] != entry.item.get("code"):
                    self._numbered.add(item["code"])
        self._take_items(items)
        self._numbered.clear()
        if translations:
            self._take_translations(translations)

    def _take_items(self, questions: Sequence[Judged]) -> None:
        places = [question.opened for question in questions]
        drafts = [
            read_draft(place, question.language, self._competences)
            for question, place in zip(questions, places, strict=True)
        ]
        organisation_id = self._framework.organisation_id
        editions = newest_editions(self._tx, organisation_id, [draft.code for draft in drafts if is_code(draft.code)])
        references = [list(references_in(draft.content)) for draft in drafts]
        read_media(self._tx, organisation_id, places, references, self._coming)
        for question, place, draft in zip(questions, places, drafts, strict=True):
            code = place.member("code")
            refuse_foreign_code(code, self._framework.code, editions)
            refuse_other_language(code, question.language, editions)
            self._refuse_number(code, draft, editions)
            self._refuse_repeat(code, draft.code)
            if place.faults:
                self._given_up.add(draft.code)
                self._refuse(question, place)
                continue
            self._keep(question, becoming_of(draft, editions.get(draft.code)))
            if draft.enemies:
                self.enemies[draft.code] = draft.enemies

    def _take_translations(self, entries: Sequence[Entry]) -> None:
        """Judge translations, each by what it translates: an item that came before it, or one of the bank."""
        organisation_id = self._framework.organisation_id
        known = known_items(self._tx, organisation_id, [entry.item["code"] for entry in entries])
        alone = {
            item.translatable.id
            for code, item in known.items()
            if item.translatable is not None and code not in self._positions and code not in self._given_up
        }
        originals = written_versions(self._tx, alone)
        for entry in entries:
            question = Judged(entry.source.file, entry.place, entry.subject, entry.item, entry.language)
            place, code = question.opened, entry.item["code"]
            original, translates = self._original(code, known.get(code), originals)
            if original is None and code in self._given_up:
                place.member("code").refuse(say("its item is refused"))
            elif original is None:
                place.member("code").refuse(
                    say("there is no item %(code)s in use in the framework's bank", code=quoted(code))
                )
            else:
                item = read_translation(place, entry, original)
                question = question._replace(item=item, translates=translates)
                read_media(self._tx, organisation_id, [place], [list(references_in(item))], self._coming)
            self._refuse_repeat(place.member("code"), named(code, entry.language))
            if place.faults:
                self._refuse(question, place)
            else:
                self._keep(question, self._becoming_of(question, known.get(code)))

    def _original(
        self, code: str, known: Known | None, originals: Mapping[uuid.UUID, Item]
    ) -> tuple[Item | None, str | None]:
        if code in self._positions:
            question = self.spool[self._positions[code]]
            return {**question.item, "language": question.language}, WITH_ITS_ITEM
        is_known = known is not None and known.framework_code == self._framework.code
        if known is None or not is_known or known.translatable is None or code in self._given_up:
            return None, None
        return originals[known.translatable.id], str(known.translatable.id)

    def _becoming_of(self, translation: Judged, known: Known | None) -> str:
        if known is None:
            return "new"
        is_said_anew = self.becoming.get(translation.item["code"], "same") != "same"
        original_id = None if is_said_anew else original_of(translation, known)
        return known.becoming(original_id, translation.language, name_of(translation.item, translation.language))

    def _refuse_repeat(self, code: Place, name: str) -> None:
        if name in self._positions:
            first = self.spool[self._positions[name]].opened
            code.refuse(
                say("%(name)s stands already at %(pointer)s", name=quoted(name), pointer=first.member("code").pointer)
            )

    def _refuse_number(self, code: Place, draft: ItemDraft, editions: Mapping[str, Edition]) -> None:
        """Refuse a code that is a number where the bank knows it: nothing else tells which question it is."""
        edition = editions.get(draft.code) if draft.code in self._numbered and not code.faults else None
        if edition is not None and edition.content_hash != draft.content_hash:
            code.refuse(
                say(
                    "the bank has another content under %(code)s, which is only this question's number; give the question a code, or begin codes otherwise",
                    code=quoted(draft.code),
                )
            )

    def settle(self) -> None:
        """Refuse, now that all are read, those with an enemy that is no item; it may have been refused before."""
        strange = {enemy for enemies in self.enemies.values() for enemy in enemies if enemy not in self._positions}
        editions = newest_editions(self._tx, self._framework.organisation_id, strange)
        there = {code: 0 for code, edition in editions.items() if edition.framework_code == self._framework.code}
        known = ChainMap(self._positions, there)
        naming = self._naming()
        refused: set[int] = set()
        gone = [code for code, enemies in self.enemies.items() if _is_strange(code, enemies, known)]
        while gone:
            for code in gone:
                question = self.spool[self._positions[code]]
                place = question.opened
                refuse_strange_enemies(place.member("enemies"), code, known)
                self._refuse(question, place)
            for code in gone:
                refused.add(self._positions.pop(code))
                del self.enemies[code], self.becoming[code]
            namers = dict.fromkeys(namer for enemy in gone for namer in naming.get(enemy, ()))
            gone = [code for code in namers if code in self.enemies]
        refused |= self._orphans(refused)
        self.spool.forget(refused)
        self.subjects = [subject for at, subject in enumerate(self.subjects) if at not in refused]

    def _naming(self) -> Mapping[str, Sequence[str]]:
        """Return who names whom as an enemy, by those who are named."""
        naming: defaultdict[str, list[str]] = defaultdict(list)
        for code, enemies in self.enemies.items():
            for enemy in enemies:
                naming[enemy].append(code)
        return naming

    def _orphans(self, refused: Collection[int]) -> set[int]:
        """Refuse the translations of items that were refused at last, and return where they stand."""
        orphans: set[int] = set()
        for at, question in enumerate(self.spool) if refused else ():
            if question.translates == WITH_ITS_ITEM and question.item["code"] not in self._positions:
                place = question.opened
                place.member("code").refuse(say("its item is refused"))
                self._refuse(question, place)
                del self.becoming[question.name], self._positions[question.name]
                orphans.add(at)
        return orphans

    def _keep(self, question: Judged, becoming: str) -> None:
        name = question.name
        self._positions[name] = len(self.spool)
        self.spool.append(question)
        self.subjects.append(name if question.subject == name else question.subject)  # one text for both
        self.becoming[name] = becoming

    def _refuse(self, question: Judged, place: Place) -> None:
        told = together(
            (together((pointer.removeprefix(place.pointer), why), " ") for pointer, why in place.faults.items()), "; "
        )
        self._report.lose(LossKind.REFUSED, question.file, question.place, question.subject, told)


def _is_strange(code: str, enemies: Iterable[str], known: Container[str]) -> bool:
    return any(enemy == code or enemy not in known for enemy in enemies)


def becoming_of(draft: ItemDraft, edition: Edition | None) -> str:
    """Return what a draft becomes beside the newest version of its item: ``new``, ``next`` or ``same``."""
    if edition is None:
        return "new"
    return "same" if edition.tags == draft.tags else "next"
