"""Migrations: one head, up, down, up again, and tables equal to the models, on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from exam_engine import migrate as migrating
from exam_engine.tables import METADATA
from kernel.db import Database


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(migrating._config()).get_heads()) == 1


def test_up_down_up(database: Database) -> None:
    migrating.migrate(database.engine, "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    assert not migrating.is_current(database.engine)
    migrating.migrate(database.engine)
    assert migrating.is_current(database.engine)
    migrating.migrate(database.engine)


def test_tables_equal_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
