"""Working copies of authors, and sketches by which a question that is asked twice is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from question_bank.likeness import asked_in, bands_of, shingles_of

revision = "2026_11_22_1710"
down_revision = "2026_11_22_1700"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CHUNK = 1000


def upgrade() -> None:
    op.create_table(
        "working_copies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("begun_at", UTC, nullable=False),
        sa.Column("saved_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_copies")),
        sa.UniqueConstraint("author_id", "item_id", name=op.f("uq_working_copies_author_id_item_id")),
        sa.CheckConstraint("(item_id IS NULL) = (based_on IS NULL)", name=op.f("ck_working_copies_based_on_a_version")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_working_copies_counted")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_working_copies_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_working_copies_author_id_accounts")),
        sa.ForeignKeyConstraint(
            ["framework_id"], ["frameworks.id"], name=op.f("fk_working_copies_framework_id_frameworks")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_working_copies_item_id_items")),
    )
    for column in ("organisation_id", "author_id", "item_id"):
        op.create_index(op.f(f"ix_working_copies_{column}"), "working_copies", [column])
    _make_sketches()


def downgrade() -> None:
    op.drop_table("item_sketches")
    op.drop_table("working_copies")


def _make_sketches() -> None:
    sketches = op.create_table(
        "item_sketches",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", "band", name=op.f("pk_item_sketches")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_sketches_version_id_item_versions")
        ),
    )
    op.create_index("ix_item_sketches_band", "item_sketches", ["band", "version_id"])
    versions = sa.table("item_versions", sa.column("id", sa.Uuid()), sa.column("content", JSON))
    for written in op.get_bind().execute(sa.select(versions.c.id, versions.c.content)).partitions(CHUNK):
        rows = [
            {"version_id": id_, "band": band}
            for id_, content in written
            for band in set(bands_of(shingles_of(asked_in(content))))
        ]
        if rows:
            op.bulk_insert(sketches, rows)
