"""Exporting words: what the bank still has to say in a language, as a table that a translator fills in.

One rule: what an earlier translation said is offered again only where its original says the same today.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from kernel.db import portions
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.competences import Framework
from question_bank.documents import opened
from question_bank.interchange.choosing import Choice, Chosen, refuse_more
from question_bank.interchange.csv_tables import csv_of
from question_bank.interchange.entries import Item
from question_bank.interchange.exporting import Exported, tell_unwritten
from question_bank.interchange.formats import UnknownFormat, format_named
from question_bank.interchange.losses import LossKind, LossReport
from question_bank.interchange.previewing import refuse_strangers
from question_bank.interchange.translating import Known, Said, known_items, written_versions
from question_bank.interchange.word_tables import EXPLAINED, Lacking, head_of, rows_of
from question_bank.interchange.xlsx_tables import is_writable, xlsx_of
from question_bank.item_words import words_of
from question_bank.items import Item as BankItem
from question_bank.previews import content_of
from question_bank.translations import OUT_OF_USE, Lack

TRANSLATED: Final = "translated"
_Writer = Callable[[Sequence[str], Iterable[Sequence[str]]], Iterator[bytes]]
TABLES: Mapping[str, _Writer] = MappingProxyType(
    {"xlsx": lambda head, rows: xlsx_of(head, rows, EXPLAINED), "csv": csv_of}
)
"""In which a translator gets words and sends them back."""


def export_words(
    tx: Session,
    framework: Framework,
    *,
    format_name: str,
    language: str,
    chosen: Chosen,
    whole: bool = False,
    actor: Actor,
    items_max: int | None = None,
) -> Exported:
    """Write what the chosen items do not say in a language, or said of an earlier version.

    Args:
        whole: also what is translated, to be looked at again.
        items_max: how many may be chosen by somebody who waits.

    Raises:
        UnknownFormat: words do not go in this format.
        Invalid: this is no language tag, or more items than may be chosen.
        NotFound: the framework is another organisation's.
    """
    refuse_strangers(framework, actor)
    if format_name not in TABLES:
        one, other = TABLES
        message = say(
            "words for translators go as %(one)s or %(other)s, not as %(name)r", one=one, other=other, name=format_name
        )
        raise UnknownFormat(message)
    named = opened(language, "language")
    named.language()
    named.settle()
    choice = Choice(framework, chosen, originals=True)
    refuse_more(tx, choice, items_max)
    form, report = format_named(format_name), LossReport()
    file = f"{framework.code}.{language}.{form.suffix}"
    tell_unwritten(tx, choice, lambda kind, code, told: report.lose(kind, file, "", code, told))
    found = lacking_items(tx, framework, language, chosen, whole=whole)
    rows = _written(found, report, file, format_name)
    return Exported(TABLES[format_name](head_of(language), rows), form.media_type, file, report)


def lacking_items(
    tx: Session, framework: Framework, language: str, chosen: Chosen, *, whole: bool = False
) -> Iterator[Lacking]:
    """Yield the chosen items that are not said in a language as they stand, in order of codes."""
    choice = Choice(framework, chosen, originals=True)
    codes = tx.scalars(choice.newest().with_only_columns(BankItem.code)).all()
    for some in portions(codes):
        known = known_items(tx, framework.organisation_id, some)
        wanted = {code: _wanted(known[code], language) for code in some}
        ids = {one.id for versions in wanted.values() for one in versions if one is not None}
        ids |= {one.original_id for _, one in wanted.values() if one is not None and one.original_id is not None}
        said = written_versions(tx, ids)
        for code in some:
            item = _lacking(code, *wanted[code], said)
            if item is not None and (whole or item.state != TRANSLATED):
                yield item


def _wanted(known: Known, language: str) -> tuple[Said | None, Said | None]:
    """Return the version that is to be said in a language, and what says it, or an earlier one, there."""
    original = known.translatable
    if original is None or original.language == language:
        return None, None
    there = [
        one
        for one in known.versions
        if one.original_id is not None and one.language == language and one.state not in OUT_OF_USE
    ]
    mine = [one for one in there if one.original_id == original.id]
    return original, next(reversed(mine or there), None)


def _lacking(
    code: str, original: Said | None, translation: Said | None, said: Mapping[uuid.UUID, Item]
) -> Lacking | None:
    if original is None:
        return None
    words = words_of(content_of(said[original.id]))
    if translation is None:
        return Lacking(code, Lack.MISSING, words, {}, {})
    before = words_of(content_of(said[translation.id]))
    translated = translation.original_id or original.id
    if translated == original.id:
        return Lacking(code, TRANSLATED, words, {}, before)
    earlier = words_of(content_of(said[translated]))
    kept = {place: text for place, text in before.items() if words.get(place) == earlier.get(place)}
    return Lacking(code, Lack.OUTDATED, words, before, kept)


def _written(items: Iterable[Lacking], report: LossReport, file: str, format_name: str) -> Iterator[tuple[str, ...]]:
    for item in items:
        rows = list(rows_of(item))
        if format_name == "xlsx" and not all(is_writable(row) for row in rows):
            told = say("it has signs that XLSX writes otherwise; take CSV")
            report.lose(LossKind.REFUSED, file, "", item.code, told)
            continue
        report.take(item.code)
        yield from rows
