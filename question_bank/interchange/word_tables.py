"""Tables for translators: one row for each text of an item, what it says beside what it says in another language.

One rule: words are taken for what they were written for. Where that says something else by now, they are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from kernel.sentences import say
from question_bank.documents import is_code, opened
from question_bank.interchange.entries import Entry, Source, taking
from question_bank.interchange.losses import LossKind

HEAD: Final = ("code", "place", "state", "original", "before")
"""The columns before the last one, which is named by its language."""
EXPLAINED: Final = {
    "code, place": "which text of which item; leave them as they are",
    "state": "missing: never translated; outdated: the original says something else by now; translated",
    "original": "what is to be said; leave it as it is",
    "before": "what an earlier translation said there",
    "the last column": "write the translation here, in the same marks; of accepted forms, one on each line. "
    "A gap [[1]] stays as it is. An item is taken in when all of its texts are there",
}


class Lacking(NamedTuple):
    """An item that is to be translated: its texts, what an earlier translation said, and what of it still holds."""

    code: str
    state: str
    words: Mapping[str, str]
    before: Mapping[str, str]
    kept: Mapping[str, str]


def head_of(language: str) -> tuple[str, ...]:
    """Return the columns of a table into a language."""
    return (*HEAD, language)


def rows_of(item: Lacking) -> Iterator[tuple[str, ...]]:
    """Yield a row for each text of an item."""
    for place, text in item.words.items():
        yield item.code, place, item.state, text, item.before.get(place, ""), item.kept.get(place, "")


def is_for_translators(head: Sequence[str]) -> bool:
    """Tell whether these are the columns of such a table."""
    return [name.lower() for name in head[:2]] == list(HEAD[:2])


def read_words(
    source: Source, place: str, head: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]
) -> Iterator[Entry]:
    """Yield the items of which every text is translated; the others are told, and stay as they are.

    Args:
        rows: the place of each, and its cells.

    Raises:
        DocumentRefused: the columns are not those of such a table.
    """
    columns = [name for name in head if name]
    language = columns[-1]
    named = opened(language, "")
    named.language()
    if [name.lower() for name in columns[:-1]] != list(HEAD) or named.faults:
        source.refuse(
            place, say("needs the columns %(head)s and one named by its language, such as de", head=", ".join(HEAD))
        )
    at = {name: number for number, name in enumerate((*HEAD, "translation"))}
    filled = ((where, [*cells, *[""] * len(at)]) for where, cells in rows)
    for code, some in groupby(filled, key=lambda row: row[1][at["code"]].strip()):
        texts = [(where, *(cells[at[name]] for name in ("place", "original", "translation"))) for where, cells in some]
        entry = Entry(source, texts[0][0], code if is_code(code) else "a row", language=language, translates=True)
        yield _read(entry, code, [text[1:] for text in texts])


def _read(entry: Entry, code: str, texts: Sequence[tuple[str, ...]]) -> Entry:
    with taking(entry):
        if not is_code(code):
            entry.refuse(say("names no item in the column code"))
        open_ = sum(not translation.strip() for _, _, translation in texts)
        if open_:
            told = say("is not translated yet")
            if open_ < len(texts):
                told = say(
                    "has %(open)s of %(count)s texts that are not translated yet; an item is taken whole",
                    open=open_,
                    count=len(texts),
                )
            entry.source.report.lose(LossKind.OPEN, entry.source.file, entry.place, entry.subject, told)
            return entry
        words = {place.strip(): (original, translation) for place, original, translation in texts}
        if len(words) < len(texts):
            entry.refuse(say("has two rows for one place"))
        entry.item, entry.words = {"code": code}, words
    return entry
