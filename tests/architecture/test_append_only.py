"""The database itself refuses to rewrite what happened, on both databases, for every table declared so."""

from __future__ import annotations

import re
from pathlib import Path

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


def test_the_migration_guards_exactly_the_declared_tables() -> None:
    versions = Path(__file__).resolve().parents[2] / "migrations" / "versions"
    source = "\n".join(path.read_text() for path in versions.glob("*.py"))
    assert [name for name in APPEND_ONLY if f'"{name}"' not in source] == []


def _row(number: int) -> dict[str, str]:
    return {"i": f"{number:032x}", "n": "2026-11-22 09:00:00.000000"}
