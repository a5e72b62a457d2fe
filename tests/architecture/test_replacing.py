"""What is kept cannot be replaced, not even by a program that knows nothing of our connections' settings.

SQLite's REPLACE deletes whatever stands in a row's way, by any unique key or by its rowid, and fires no trigger of
deleting unless the connection asks for that. PostgreSQL knows no REPLACE; what empties a table there is TRUNCATE.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from exam_engine.tables import METADATA
from tests.conftest import RolledBack

APPEND_ONLY = sorted(name for name, table in METADATA.tables.items() if table.info["append_only"])
KEPT = (
    *("attempts", "bookings", "framework_drafts", "item_standings", "scheme_versions", "scripts", "sittings"),
    *APPEND_ONLY,
)
"""Every table from which the database lets nothing be deleted, or nothing that stands."""


@pytest.fixture(scope="module")
def file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("foreign") / "exam-engine.db"))


@pytest.fixture
def foreign(file: Path) -> Iterator[sqlite3.Connection]:
    """A program that has never heard of us: no triggers on what REPLACE deletes, no foreign keys, no checks."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA ignore_check_constraints=ON")
    assert not connection.execute("PRAGMA recursive_triggers").fetchone()[0]
    connection.execute("BEGIN")
    yield connection
    connection.close()


def test_every_kept_table_is_known(foreign: sqlite3.Connection) -> None:
    guarded = foreign.execute(
        "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%'"
    )
    assert {row["tbl_name"] for row in guarded} == set(KEPT)


@pytest.mark.parametrize("verb", ["INSERT", "UPDATE"])
@pytest.mark.parametrize("table", KEPT)
def test_nothing_that_stands_is_replaced_by_any_key(foreign: sqlite3.Connection, table: str, verb: str) -> None:
    guards = _take_off(foreign, table)
    for place, facts in _places(foreign, table):
        for guarded in (True, False):
            foreign.execute("SAVEPOINT attack")
            _write(foreign, table, 1, facts)
            if verb == "UPDATE":
                _write(foreign, table, 2, facts)
            for guard in guards if guarded else ():
                foreign.execute(guard)
            with suppress(sqlite3.IntegrityError):
                _replace(foreign, verb, table, place, facts)
            stands = foreign.execute(f"SELECT 1 FROM {table} WHERE rowid = 1 AND {_content(foreign, table, facts)}")
            assert bool(stands.fetchall()) is guarded, f"{table} by {', '.join(place)}"
            foreign.execute("ROLLBACK TO attack")


@pytest.mark.parametrize("table", KEPT)
def test_nothing_that_stands_is_emptied(rolled_back: RolledBack, table: str) -> None:
    with rolled_back("postgresql") as tx, pytest.raises(IntegrityError, match="TRUNCATE refused"):
        tx.execute(text(f"TRUNCATE {table} CASCADE"))


def _take_off(foreign: sqlite3.Connection, table: str) -> list[str]:
    """Take off every guard, and return those that have to do with rows that stand: whatever else is refused of a new row
    is no proof that it would not have replaced one."""
    triggers = foreign.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
    ).fetchall()
    for trigger in triggers:
        foreign.execute(f"DROP TRIGGER {trigger['name']}")
    about_new_rows = re.compile(rf"CREATE TRIGGER {table}_(?!replacing_|skip_taken)\w+ BEFORE INSERT ")
    return [trigger["sql"] for trigger in triggers if not about_new_rows.match(trigger["sql"])]


def _places(foreign: sqlite3.Connection, table: str) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """Yield every key by which a row may stand in another's way, with what makes the key count."""
    yield ("rowid",), {}
    for index in foreign.execute(f"PRAGMA index_list({table})").fetchall():
        if index["unique"]:
            place = tuple(row["name"] for row in foreign.execute(f"PRAGMA index_info({index['name']})"))
            found = foreign.execute("SELECT sql FROM sqlite_master WHERE name = ?", (index["name"],)).fetchone()["sql"]
            where = re.search(r"WHERE (\w+)[^']+'(\w+)'", found or "")
            yield place, ({where[1]: where[2]} if where else {})


def _values(foreign: sqlite3.Connection, table: str, number: int, facts: dict[str, str]) -> dict[str, Any]:
    columns = [row["name"] for row in foreign.execute(f"PRAGMA table_info({table})")]
    return {"rowid": number} | dict.fromkeys(columns, f"{number:032x}") | facts


def _content(foreign: sqlite3.Connection, table: str, facts: dict[str, str]) -> str:
    return " AND ".join(f"{name} = '{value}'" for name, value in _values(foreign, table, 1, facts).items())


def _write(foreign: sqlite3.Connection, table: str, number: int, facts: dict[str, str], verb: str = "INSERT") -> None:
    values = _values(foreign, table, number, facts)
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    foreign.execute(f"{verb} INTO {table} ({names}) VALUES ({marks})", values)


def _replace(foreign: sqlite3.Connection, verb: str, table: str, place: tuple[str, ...], facts: dict[str, str]) -> None:
    """Write the second row where the first one stands."""
    taken = {name: value for name, value in _values(foreign, table, 1, facts).items() if name in place}
    if verb == "INSERT":
        _write(foreign, table, 2, facts | taken, "INSERT OR REPLACE")
    else:
        moved = ", ".join(f"{name} = :{name}" for name in taken)
        foreign.execute(f"UPDATE OR REPLACE {table} SET {moved} WHERE rowid = 2", taken)
