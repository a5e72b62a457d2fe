"""The catalogue of items with the index of their words, and batches: one step taken by many versions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import full_text, guards
from question_bank.full_text import item_words

revision = "2026_11_22_1730"
down_revision = "2026_11_22_1710"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
FACETS = (
    *("state", "is_live", "is_pilot", "area", "competence", "level", "kind", "language"),
    *("author_id", "cognitive", "band"),
)
AT_ONCE = 500
NEWEST = sa.text(
    """
    SELECT i.organisation_id, i.id AS item_id, v.id AS newest_id, i.code, s.state, a.code AS area,
        c.code AS competence, v.level, v.kind, v.language, v.author_id, v.cognitive, v.expected_difficulty, v.content,
        (SELECT max(o.since) FROM item_standings o WHERE o.item_id = i.id) AS changed_at,
        EXISTS (SELECT 1 FROM item_standings o WHERE o.item_id = i.id AND o.state = 'live') AS is_live,
        EXISTS (SELECT 1 FROM item_standings o WHERE o.item_id = i.id AND o.state = 'pilot') AS is_pilot
    FROM items i
    JOIN item_versions v ON v.item_id = i.id
        AND v.number = (
            SELECT max(o.number) FROM item_versions o WHERE o.item_id = i.id AND o.original_id IS NULL
        )
    JOIN item_standings s ON s.version_id = v.id
    JOIN competences c ON c.id = v.competence_id
    JOIN areas a ON a.id = c.area_id
    ORDER BY i.code
    """
).columns(
    organisation_id=sa.Uuid(),
    item_id=sa.Uuid(),
    newest_id=sa.Uuid(),
    author_id=sa.Uuid(),
    changed_at=UTC,
    is_live=sa.Boolean(),
    is_pilot=sa.Boolean(),
    content=JSON,
)


def upgrade() -> None:
    catalogue, words = _make_catalogue()
    _make_batches()
    full_text.make_index()
    _fill(catalogue, words)


def downgrade() -> None:
    op.drop_table("item_batch_members")
    op.drop_table("item_batches")
    full_text.drop_index()
    op.drop_table("item_words")
    op.drop_table("catalogue")


def _make_catalogue() -> tuple[sa.Table, sa.Table]:
    catalogue = op.create_table(
        "catalogue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("newest_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("is_pilot", sa.Boolean(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("competence", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("cognitive", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("changed_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue")),
        sa.UniqueConstraint("item_id", name=op.f("uq_catalogue_item_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_catalogue_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_catalogue_item_id_items")),
        sa.ForeignKeyConstraint(["newest_id"], ["item_versions.id"], name=op.f("fk_catalogue_newest_id_item_versions")),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_catalogue_author_id_accounts")),
    )
    op.create_index("ix_catalogue_by_code", "catalogue", ["organisation_id", "code", *FACETS, "id"])
    op.create_index("ix_catalogue_by_change", "catalogue", ["organisation_id", "changed_at", "id", *FACETS])
    op.create_index("ix_catalogue_authors", "catalogue", ["organisation_id", "author_id"])
    op.create_index("ix_catalogue_languages", "catalogue", ["organisation_id", "language"])
    words = op.create_table(
        "item_words",
        sa.Column("entry_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_item_words")),
        sa.ForeignKeyConstraint(["entry_id"], ["catalogue.id"], name=op.f("fk_item_words_entry_id_catalogue")),
    )
    return catalogue, words


def _make_batches() -> None:
    op.create_table(
        "item_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("undoes_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_batches")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_item_batches_undoes_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_item_batches_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["taken_by"], ["accounts.id"], name=op.f("fk_item_batches_taken_by_accounts")),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["item_batches.id"], name=op.f("fk_item_batches_undoes_id_item_batches")
        ),
    )
    op.create_index(op.f("ix_item_batches_organisation_id"), "item_batches", ["organisation_id"])
    op.create_table(
        "item_batch_members",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "version_id", name=op.f("pk_item_batch_members")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["item_batches.id"], name=op.f("fk_item_batch_members_batch_id_item_batches")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_batch_members_version_id_item_versions")
        ),
    )
    guards.refuse_rewrites("item_batches")
    guards.refuse_rewrites("item_batch_members")


def _fill(catalogue: sa.Table, words: sa.Table) -> None:
    """Catalogue what the bank holds already, so many items at a time."""
    bank = op.get_bind()
    number = 0
    for portion in _portions():
        entries, texts = [], []
        for row in portion:
            number += 1
            facts = dict(row)
            content, difficulty = facts.pop("content"), Fraction(facts.pop("expected_difficulty"))
            band = "easy" if difficulty >= Fraction(7, 10) else "medium" if difficulty >= Fraction(1, 2) else "hard"
            entries.append({"id": number, **facts, "band": band})
            texts.append({"entry_id": number, "words": item_words(facts["code"], content)})
        bank.execute(sa.insert(catalogue), entries)
        bank.execute(sa.insert(words), texts)
    if number and bank.dialect.name == "postgresql":
        op.execute("SELECT setval(pg_get_serial_sequence('catalogue', 'id'), (SELECT max(id) FROM catalogue))")


def _portions() -> Iterator[list[Any]]:
    found = op.get_bind().execute(NEWEST).mappings()
    while portion := found.fetchmany(AT_ONCE):
        yield list(portion)
