"""Full text: the words of items, and how those that say certain words are found on either database.

One rule: words are made alike here, whoever writes or searches them, so both databases only compare letters: no case,
no accents, no marks.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Select,
    and_,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from kernel.db import Base, table_facts
from question_bank.item_words import plain_texts

QUERY_WORDS_MAX = 12
PREFIX_FROM = 3
"""The last word of a query may be unfinished from so many letters on; a shorter one is meant as it stands."""
_WORD_MAX = 64
_WORD = re.compile(r"[^\W_]+")
VECTOR = "to_tsvector('simple', words)"


class ItemWords(Base):
    """What the newest version of an item says, as its words: each once, between single spaces, in no order.

    Both databases keep an index of them: SQLite a table of FTS5 that triggers keep in step, PostgreSQL a GIN index.
    Whose item it is and its code, which never change, stand beside them: what the index finds is put in order and
    cut off without a look at the catalogue.
    """

    __tablename__ = "item_words"
    __table_args__ = (table_facts(pii={}),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("catalogue.id"), primary_key=True, autoincrement=False)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    code: Mapped[str]
    words: Mapped[str]


def item_words(code: str, content: Mapping[str, Any]) -> str:
    """Return what an item is found by: the words of its code and of every text of its content, whatever its kind."""
    words = {word for text in (code, *plain_texts(content)) for word in _folded_words(text)}
    return f" {' '.join(sorted(words))} "


def query_words(query: str) -> list[str]:
    """Return the words of a query, as many as are looked for; empty where it has none."""
    return _folded_words(query)[:QUERY_WORDS_MAX]


def says(query: list[str]) -> ColumnElement[bool]:
    """Return the condition that words hold all that a query names: for a row that is read anyway, on any database."""
    return and_(*(ItemWords.words.contains(part) for part in _parts(query)))


def said(tx: Session, query: list[str]) -> ColumnElement[bool]:
    """Return the condition that a row of :class:`ItemWords` holds what a query names, as the database's index knows it."""
    if tx.get_bind().dialect.name == "sqlite":
        return ItemWords.entry_id.in_(_matches(query))
    terms = " & ".join(f"'{word}'{':*' * is_prefix}" for word, is_prefix in _marked(query))
    vector: ColumnElement[Any] = literal_column(VECTOR)
    return vector.op("@@")(func.to_tsquery("simple", terms))


def entry_said(
    tx: Session, entry_id: ColumnElement[int] | InstrumentedAttribute[int], query: list[str]
) -> ColumnElement[bool]:
    """Return the condition that the entry of the catalogue that a column names says what a query names."""
    if tx.get_bind().dialect.name == "sqlite":
        return entry_id.in_(_matches(query))
    # An array, since a list that is joined with them would be walked whole.
    return entry_id == func.any(func.array(select(ItemWords.entry_id).where(said(tx, query)).scalar_subquery()))


@contextmanager
def use_the_index(tx: Session) -> Iterator[None]:
    """Have PostgreSQL find words by their index alone, and by itself.

    Where it expects most items to say a word it would rather read them all, and take every text apart for it; and what
    takes some milliseconds is not worth calling others who have work of their own.
    """
    if tx.get_bind().dialect.name != "postgresql":
        yield
        return
    tx.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0"))
    yield
    tx.execute(text("SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL max_parallel_workers_per_gather TO DEFAULT"))


def _folded_words(text: str) -> list[str]:
    """Return the words of a text in their order, without case and accents; punctuation parts them."""
    letters = text.casefold()
    if not text.isascii():
        composed = unicodedata.normalize("NFKC", text).casefold()
        letters = "".join(x for x in unicodedata.normalize("NFKD", composed) if not unicodedata.combining(x))
    return [word[:_WORD_MAX] for word in _WORD.findall(letters)]


def _matches(query: list[str]) -> Select[int]:
    terms = " ".join(f'"{word}"{"*" * is_prefix}' for word, is_prefix in _marked(query))
    rows = text("SELECT rowid AS entry_id FROM item_words_index WHERE item_words_index MATCH :terms")
    return select(rows.bindparams(terms=terms).columns(ItemWords.entry_id).subquery("found").c.entry_id)


def _parts(query: list[str]) -> list[str]:
    return [f" {word}" if is_prefix else f" {word} " for word, is_prefix in _marked(query)]


def _marked(query: list[str]) -> list[tuple[str, bool]]:
    """Return each word with whether it may be only the beginning of one."""
    last = len(query) - 1
    return [(word, index == last and len(word) >= PREFIX_FROM) for index, word in enumerate(query)]
