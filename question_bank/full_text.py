"""Full text: the words of items, and how those that say certain words are found on either database.

One rule: words are made alike here, whoever writes or searches them, so both databases only compare letters: no case,
no accents, no marks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Integer,
    Select,
    and_,
    cast,
    func,
    literal_column,
    select,
    tablesample,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from kernel.db import Base, table_facts
from question_bank.item_words import plain_texts

QUERY_WORDS_MAX = 12
MANY = 0.15
"""Where so large a share of all items says the words, PostgreSQL walks along the rows and looks each up among the hits."""
_SAMPLED_PERCENT = 0.2
PREFIX_FROM = 3
"""The last word of a query may be unfinished from so many letters on; a shorter one is meant as it stands."""
_WORD_MAX = 64
_WORD = re.compile(r"[^\W_]+")
VECTOR = "to_tsvector('simple', words)"


class ItemWords(Base):
    """What the newest version of an item says, as its words: each once, between single spaces, in no order.

    Both databases keep an index of them: SQLite a table of FTS5 that triggers keep in step, PostgreSQL a GIN index.
    """

    __tablename__ = "item_words"
    __table_args__ = (
        table_facts(pii={}, unowned="it is part of a row of the catalogue, which carries the organisation"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("catalogue.id"), primary_key=True, autoincrement=False)
    words: Mapped[str]


def item_words(code: str, content: Mapping[str, Any]) -> str:
    """Return what an item is found by: the words of its code and of every text of its content, whatever its kind."""
    words = {word for text in (code, *plain_texts(content)) for word in _folded_words(text)}
    return f" {' '.join(sorted(words))} "


def query_words(query: str) -> list[str]:
    """Return the words of a query, as many as are looked for; empty where it has none."""
    return _folded_words(query)[:QUERY_WORDS_MAX]


def says(
    query: list[str], words: ColumnElement[str] | InstrumentedAttribute[str] = ItemWords.words
) -> ColumnElement[bool]:
    """Return the condition that words hold all that a query names: for a row that is read anyway, on any database."""
    return and_(*(words.contains(part) for part in _parts(query)))


def saying(
    tx: Session, rows: Select[int], entry_id: ColumnElement[int] | InstrumentedAttribute[int], query: list[str]
) -> Select[int]:
    """Return of rows that are sorted along an index those that say the words, found by the database's own index.

    Args:
        entry_id: the column of the rows that names the entry of the catalogue.
    """
    hits = _hits(tx, query)
    if tx.get_bind().dialect.name == "sqlite":
        found = hits.cte("saying").prefix_with("MATERIALIZED")
        return rows.join(found, found.c.entry_id == entry_id)
    if _share(tx, query) < MANY:
        # An array, since a list that is joined with them would be walked whole.
        return rows.where(entry_id == func.any(func.array(hits.scalar_subquery())))
    # Of many, the first ones are wanted: the rows are walked in their order, each looked up among what was found.
    # A join, which "IS TRUE" forbids, would put all that was found in order first.
    return rows.where(entry_id.in_(hits).is_(True))


@contextmanager
def use_the_index(tx: Session) -> Iterator[None]:
    """Have PostgreSQL find words by their index alone.

    Where it expects most items to say a word it would rather read them all, and take every text apart for it.
    """
    if tx.get_bind().dialect.name != "postgresql":
        yield
        return
    tx.execute(text("SET LOCAL enable_seqscan = off"))
    yield
    tx.execute(text("SET LOCAL enable_seqscan = on"))


def _folded_words(text: str) -> list[str]:
    """Return the words of a text in their order, without case and accents; punctuation parts them."""
    letters = text.casefold()
    if not text.isascii():
        composed = unicodedata.normalize("NFKC", text).casefold()
        letters = "".join(x for x in unicodedata.normalize("NFKD", composed) if not unicodedata.combining(x))
    return [word[:_WORD_MAX] for word in _WORD.findall(letters)]


def _share(tx: Session, query: list[str]) -> float:
    """About how many items say the words, of all; by a sample of PostgreSQL's pages, which may be empty."""
    sample = tablesample(Base.metadata.tables[ItemWords.__tablename__], func.system(_SAMPLED_PERCENT))
    return float(tx.scalar(select(func.avg(cast(says(query, sample.c.words), Integer)))) or 0)


def _hits(tx: Session, query: list[str]) -> Select[int]:
    if tx.get_bind().dialect.name == "sqlite":
        terms = " ".join(f'"{word}"{"*" * is_prefix}' for word, is_prefix in _marked(query))
        rows = text("SELECT rowid AS entry_id FROM item_words_index WHERE item_words_index MATCH :terms")
        return select(rows.bindparams(terms=terms).columns(ItemWords.entry_id).subquery("found").c.entry_id)
    terms = " & ".join(f"'{word}'{':*' * is_prefix}" for word, is_prefix in _marked(query))
    vector: ColumnElement[Any] = literal_column(VECTOR)
    return select(ItemWords.entry_id).where(vector.op("@@")(func.to_tsquery("simple", terms)))


def _parts(query: list[str]) -> list[str]:
    return [f" {word}" if is_prefix else f" {word} " for word, is_prefix in _marked(query)]


def _marked(query: list[str]) -> list[tuple[str, bool]]:
    """Return each word with whether it may be only the beginning of one."""
    last = len(query) - 1
    return [(word, index == last and len(word) >= PREFIX_FROM) for index, word in enumerate(query)]
