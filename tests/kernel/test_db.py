"""The database keeps moments aware, fractions exact, and readers out of writers' way."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from kernel.db import Database, ExactFraction, UtcDateTime
from kernel.organisations import Organisation
from tests.builders.kernel import make_organisation


def test_moments_come_back_aware_and_exact(database: Database) -> None:
    east = datetime(2026, 11, 22, 14, 2, 11, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with database.transaction() as tx:
        tx.add(Organisation(slug="east", name="East", created_at=east))
    with database.reading() as tx:
        read = tx.scalars(select(Organisation.created_at).where(Organisation.slug == "east")).one()
    assert read == east
    assert read.tzinfo is UTC


def test_a_naive_moment_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="needs a time zone"), database.transaction() as tx:
        tx.add(Organisation(slug="naive", name="Naive", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001


@pytest.mark.parametrize("fraction", [Fraction(53, 80), Fraction(0), Fraction(-1, 3), Fraction(2, 3)])
def test_fractions_come_back_exact(fraction: Fraction) -> None:
    dialect = create_engine("sqlite://").dialect
    column = ExactFraction()
    assert column.process_result_value(column.process_bind_param(fraction, dialect), dialect) == fraction
    assert column.process_bind_param(None, dialect) is None
    assert UtcDateTime().process_result_value(None, dialect) is None


def test_an_error_rolls_everything_back(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as tx:
        make_organisation(tx, "gone")
        raise RuntimeError
    with database.reading() as tx:
        assert tx.scalar(select(Organisation.id).where(Organisation.slug == "gone")) is None


def test_reading_may_not_write(database: Database) -> None:
    if database.dialect == "sqlite":
        with database.reading() as tx:  # SQLite's reader may try, but nobody commits for it
            make_organisation(tx, "sneaky")
        with database.reading() as tx:
            assert tx.scalar(select(Organisation.id).where(Organisation.slug == "sneaky")) is None
    else:
        with pytest.raises(DBAPIError, match="read-only"), database.reading() as tx:
            make_organisation(tx, "sneaky")


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    with database.transaction() as writing:
        make_organisation(writing, "unfinished")
        read: list[object] = []

        def look() -> None:
            with database.reading() as tx:
                read.append(tx.scalar(select(Organisation.id).where(Organisation.slug == "unfinished")))

        thread = threading.Thread(target=look)
        thread.start()
        thread.join(timeout=5)
        assert read == [None]


def test_sqlite_is_durable_and_strict(database: Database) -> None:
    if database.dialect != "sqlite":
        with database.reading() as tx:
            assert tx.execute(text("SHOW lock_timeout")).scalar() == "10s"
            assert tx.execute(text("SHOW synchronous_commit")).scalar() == "on"
        return
    with database.reading() as tx:
        pragmas = {name: tx.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")}
        assert pragmas == {"journal_mode": "wal", "synchronous": 2}
        assert tx.execute(text("PRAGMA foreign_keys")).scalar() == 1
