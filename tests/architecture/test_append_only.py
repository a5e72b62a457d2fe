"""The database itself refuses to rewrite what happened, on both databases, for every table declared so."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_engine.tables import METADATA

APPEND_ONLY = sorted(name for name, table in METADATA.tables.items() if table.info["append_only"])
MUTABLE = sorted(set(METADATA.tables) - set(APPEND_ONLY))


def _triggers(tx: Session, table: str) -> str:
    if tx.get_bind().dialect.name == "sqlite":
        rows = tx.execute(text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :t"), {"t": table})
    else:
        rows = tx.execute(
            text("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = CAST(:t AS regclass)"), {"t": table}
        )
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_update_and_delete_are_guarded(tx: Session, table: str) -> None:
    triggers = _triggers(tx, table)
    assert re.search(r"BEFORE (UPDATE|DELETE)( OR DELETE)?( OR UPDATE)? ON", triggers), f"{table} has no guard"
    assert "UPDATE" in triggers
    assert "DELETE" in triggers
    if tx.get_bind().dialect.name == "postgresql":
        assert "TRUNCATE" in triggers


def test_a_guarded_row_resists(tx: Session) -> None:
    tx.execute(text("INSERT INTO organisations (id, slug, name, created_at) VALUES (:i, 'a', 'A', :n)"), _row(1))
    tx.execute(
        text(
            "INSERT INTO audit_entries (id, organisation_id, sequence, at, action, subject, details, previous_hash,"
            " entry_hash) VALUES (:i, :i, 1, :n, 'a', 's', '{}', 'p', 'h')"
        ),
        _row(1),
    )
    for statement in ("UPDATE audit_entries SET subject = 'x'", "DELETE FROM audit_entries"):
        with pytest.raises(DBAPIError, match="append-only"), tx.begin_nested():
            tx.execute(text(statement))


def test_replacing_a_row_is_refused(tx: Session) -> None:
    """SQLite's REPLACE deletes without firing DELETE triggers; PostgreSQL's upsert is an UPDATE."""
    tx.execute(text("INSERT INTO organisations (id, slug, name, created_at) VALUES (:i, 'a', 'A', :n)"), _row(1))
    entry = (
        "INTO audit_entries (id, organisation_id, sequence, at, action, subject, details, previous_hash, entry_hash)"
        " VALUES (:i, :o, 1, :n, 'a', 's', '{}', 'p', 'h')"
    )
    owner = _row(1)["i"]
    tx.execute(text(f"INSERT {entry}"), {**_row(1), "o": owner})
    on_sqlite = tx.get_bind().dialect.name == "sqlite"
    replace = (
        f"INSERT OR REPLACE {entry}" if on_sqlite else f"INSERT {entry} ON CONFLICT (id) DO UPDATE SET subject = 'x'"
    )
    replace_by_unique_key = (
        f"INSERT OR REPLACE {entry}"
        if on_sqlite
        else (f"INSERT {entry} ON CONFLICT (organisation_id, sequence) DO UPDATE SET subject = 'x'")
    )
    for statement, number in ((replace, 1), (replace_by_unique_key, 2)):
        with pytest.raises(DBAPIError, match="append-only|are not replaced"), tx.begin_nested():
            tx.execute(text(statement), {**_row(number), "o": owner})


@pytest.mark.parametrize(
    "table", ["attempts", "bookings", "framework_drafts", "item_standings", "scheme_versions", "scripts", "sittings"]
)
def test_rows_with_facts_that_stand_are_guarded(tx: Session, table: str) -> None:
    triggers = _triggers(tx, table)
    assert re.search(r"BEFORE UPDATE ON", triggers)
    assert re.search(r"BEFORE DELETE ON", triggers)


def _row(number: int) -> dict[str, str]:
    return {"i": f"{number:032x}", "n": "2026-11-22 09:00:00.000000"}
