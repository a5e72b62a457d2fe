"""Beside the words of an item stand whose it is and its code: what the index of words finds is put in order by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import full_text

revision = "2026_11_23_0900"
down_revision = "2026_11_22_1910"
branch_labels = None
depends_on = None

BEFORE = "item_words_before"


def upgrade() -> None:
    _make_anew(
        [sa.Column("organisation_id", sa.Uuid(), nullable=False), sa.Column("code", sa.Text(), nullable=False)],
        [
            sa.ForeignKeyConstraint(
                ["organisation_id"], ["organisations.id"], name=op.f("fk_item_words_organisation_id_organisations")
            )
        ],
        f"""
        INSERT INTO item_words (entry_id, organisation_id, code, words)
        SELECT c.id, c.organisation_id, c.code, w.words FROM {BEFORE} w JOIN catalogue c ON c.id = w.entry_id
        """,
    )


def downgrade() -> None:
    _make_anew([], [], f"INSERT INTO item_words (entry_id, words) SELECT entry_id, words FROM {BEFORE}")


def _make_anew(columns: list[sa.Column[object]], constraints: list[sa.ForeignKeyConstraint], fill: str) -> None:
    full_text.drop_index()
    op.rename_table("item_words", BEFORE)
    if op.get_bind().dialect.name == "postgresql":  # its name is wanted again, and holds for the whole schema
        op.drop_constraint("pk_item_words", BEFORE)
    op.create_table(
        "item_words",
        sa.Column("entry_id", sa.Integer(), nullable=False, autoincrement=False),
        *columns,
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_item_words")),
        sa.ForeignKeyConstraint(["entry_id"], ["catalogue.id"], name=op.f("fk_item_words_entry_id_catalogue")),
        *constraints,
    )
    if op.get_bind().dialect.name == "sqlite":
        full_text.make_index()  # its triggers fill it
        op.execute(fill)
    else:
        op.execute(fill)
        full_text.make_index()  # quicker at once than row by row
    op.drop_table(BEFORE)
