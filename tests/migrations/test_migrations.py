"""Migrations: one head, up, down, up again, and tables equal to the models, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session

from exam_engine import migrate as migrating
from exam_engine.tables import METADATA
from kernel.db import Database
from migrations.full_text import is_modelled
from question_bank import finding
from question_bank.catalogue import CatalogueEntry
from question_bank.finding import Search, find_items
from question_bank.full_text import ItemWords
from tests.builders.question_bank import item_document, make_drafts, make_framework, make_live_items, make_staff


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
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_modelled})
        assert compare_metadata(context, METADATA) == []


def test_the_catalogue_of_a_bank_that_is_there_already(database: Database) -> None:
    """What a migration makes of existing rows is what authoring leaves, words and their index included."""
    with database.transaction() as tx:
        staff = make_staff(tx)
        framework = make_framework(tx, staff)
        make_live_items(tx, staff, framework, [item_document("a"), item_document("b", expected_difficulty="0.4")])
        make_drafts(tx, staff, framework, [item_document("a", stem="What about the harbour?")])
        before = _catalogue(tx)
    migrating.migrate(database.engine, "2026_11_22_1710")
    migrating.migrate(database.engine)
    with database.transaction() as tx:
        assert _catalogue(tx) == before
        make_drafts(tx, staff, tx.merge(framework), [item_document("c")])
        for window in (1000, 1):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(finding, "WINDOW", window)
                found = {query: find_items(tx, staff.author, Search(query), limit=5) for query in ("harbour", "case")}
            codes = {query: [line.newest.item.code for line in page.lines] for query, page in found.items()}
            assert codes == {"harbour": ["a"], "case": ["b", "c"]}


def test_words_of_stimuli_come_to_items_that_are_there_already(database: Database) -> None:
    stimulus = {"code": "S-1", "title": "A tram", "text": "It comes at *night*."}
    with database.transaction() as tx:
        staff = make_staff(tx)
        make_drafts(tx, staff, make_framework(tx, staff), [item_document("a", stimulus=stimulus), item_document("b")])
        before = _catalogue(tx)
        tx.execute(update(ItemWords).values(words=" a b "))
    migrating.migrate(database.engine, "2026_11_22_1901")
    migrating.migrate(database.engine)
    with database.transaction() as tx:
        assert [row[-1] for row in _catalogue(tx)] == [before[0][-1], " a b "]
        assert find_items(tx, staff.author, Search("tram nig"), limit=5).lines


def _catalogue(tx: Session) -> list[tuple[Any, ...]]:
    columns = [column for column in CatalogueEntry.__table__.c if column.name != "id"]
    rows = select(*columns, ItemWords.words).join(ItemWords, ItemWords.entry_id == CatalogueEntry.id)
    return [tuple(row) for row in tx.execute(rows.order_by(CatalogueEntry.code))]
