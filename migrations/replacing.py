"""Rows that stand are not replaced by others, by whatever key.

SQLite's REPLACE deletes what stands in a row's way without firing a trigger of deleting, unless a connection asks for
it; any row can be reached so by every unique key and by its rowid. PostgreSQL's upsert is an update, so nothing is
needed there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from alembic import op
from sqlalchemy import CursorResult

from migrations.triggers import is_postgresql, refuse_when

NAME = "replacing"


def refuse_replacing(table: str) -> None:
    """Refuse a row, new or changed, in the place of one that stands, by the keys which the table has now.

    A migration that gives the table another unique key calls it once more; the guard that stood is taken off.
    """
    if is_postgresql():
        return
    allow_replacing(table)
    message = f"rows of {table} are not replaced"
    refuse_when(table, NAME, "INSERT", message, _taken(table))
    moved = [f"{key} AND t.rowid <> OLD.rowid" for key in _keys(table)]
    refuse_when(table, NAME, "UPDATE", message, f"NEW.rowid <> OLD.rowid OR {_found(table, moved)}")


def skip_replacing(table: str) -> None:
    """Make an insert in the place of a row that stands do nothing, which is what the journal's statement asks for."""
    if not is_postgresql():
        op.execute(f"DROP TRIGGER IF EXISTS {table}_skip_taken")
        op.execute(
            f"CREATE TRIGGER {table}_skip_taken BEFORE INSERT ON {table}"
            f" WHEN {_taken(table)} BEGIN SELECT RAISE(IGNORE); END"
        )


def allow_replacing(table: str) -> None:
    """Undo :func:`refuse_replacing`."""
    if not is_postgresql():
        for verb in ("insert", "update"):
            op.execute(f"DROP TRIGGER IF EXISTS {table}_{NAME}_{verb}")


def _taken(table: str) -> str:
    # A new row that names no rowid has -1 there, and the journal writes thousands of those: they are not looked for.
    return f"NEW.rowid > 0 AND {_found(table, ['t.rowid = NEW.rowid'])} OR {_found(table, _keys(table))}"


def _found(table: str, conditions: Iterable[str]) -> str:
    return " OR ".join(f"EXISTS (SELECT 1 FROM {table} t WHERE {condition})" for condition in conditions)


def _keys(table: str) -> Iterator[str]:
    """Yield for every unique key the condition that a row ``t`` holds it where the new row would."""
    found = [row.name for row in _read(f"PRAGMA index_list({table})") if row.unique]
    columns = {name: [row.name for row in _read(f"PRAGMA index_info({name})")] for name in found}
    for name, key in columns.items():
        same = " AND ".join(f"t.{column} = NEW.{column}" for column in key)
        limit = _limit(name)
        if limit:
            yield f"{same} AND ({limit}) AND {_holds_of_new(limit, table)}"
        elif not any(set(other) < set(key) and not _limit(shorter) for shorter, other in columns.items()):
            yield same  # whoever has the place by a longer key has it by the shorter one


def _limit(index: str) -> str:
    """Return the condition of a partial index, or nothing."""
    (written,) = _read(f"SELECT sql FROM sqlite_master WHERE name = '{index}'").one()
    return (written or "").partition(" WHERE ")[2]


def _holds_of_new(condition: str, table: str) -> str:
    """Ask a condition that names columns of the table of the new row."""
    columns = [row.name for row in _read(f"PRAGMA table_info({table})") if re.search(rf"\b{row.name}\b", condition)]
    return f"(SELECT {condition} FROM (SELECT {', '.join(f'NEW.{column} AS {column}' for column in columns)}))"


def _read(statement: str) -> CursorResult[Any]:
    return op.get_bind().exec_driver_sql(statement)
