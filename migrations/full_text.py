"""Full text: the index of words, in the way of each database; what search reads is question_bank/full_text.py.

One rule: nobody writes to the index but the database itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alembic import op

INDEX = "item_words_index"
_FORGET = f"INSERT INTO {INDEX}({INDEX}, rowid, words) VALUES ('delete', OLD.entry_id, OLD.words);"
_LEARN = f"INSERT INTO {INDEX}(rowid, words) VALUES (NEW.entry_id, NEW.words);"
# Words come without case, accents and punctuation, so the tokenizer that only parts them is enough; that a word is
# there is all that is asked, so no places are kept.
_TABLE = (
    f"CREATE VIRTUAL TABLE {INDEX} USING fts5(words, content='item_words', content_rowid='entry_id',"
    " tokenize='ascii', detail='none', columnsize=0, prefix='3 4 5')"
)
_TRIGGERS = {"INSERT": _LEARN, "UPDATE": f"{_FORGET} {_LEARN}", "DELETE": _FORGET}


def make_index() -> None:
    """Create the index of ``item_words``; on SQLite a table with triggers, on PostgreSQL a GIN index."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE INDEX {INDEX} ON item_words USING gin (to_tsvector('simple', words))")
        return
    op.execute(_TABLE)
    for verb, statements in _TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {INDEX}_{verb.lower()} AFTER {verb} ON item_words FOR EACH ROW BEGIN {statements} END"
        )


def drop_index() -> None:
    """Undo :func:`make_index`; the triggers go with their table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP INDEX {INDEX}")
    else:
        for verb in _TRIGGERS:
            op.execute(f"DROP TRIGGER {INDEX}_{verb.lower()}")
        op.execute(f"DROP TABLE {INDEX}")


def is_modelled(name: str | None, _type: str, _parents: Mapping[str, Any]) -> bool:
    """Tell whether models describe what has this name: all but the index, which is written here."""
    return name is None or not name.startswith(INDEX)
