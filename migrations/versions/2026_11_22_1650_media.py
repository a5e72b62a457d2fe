"""Media of the item bank, and which item versions name them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "2026_11_22_1650"
down_revision = "2026_11_22_1640"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("uploaded_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("organisation_id", "sha256", name=op.f("uq_media_organisation_id_sha256")),
        sa.CheckConstraint("byte_size > 0", name=op.f("ck_media_has_bytes")),
        sa.CheckConstraint("(width IS NULL) = (height IS NULL)", name=op.f("ck_media_has_both_sides")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_media_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["uploaded_by"], ["accounts.id"], name=op.f("fk_media_uploaded_by_accounts")),
    )
    op.create_index(op.f("ix_media_organisation_id"), "media", ["organisation_id"])
    op.create_table(
        "item_media",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", "medium_id", name=op.f("pk_item_media")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_media_version_id_item_versions")
        ),
        sa.ForeignKeyConstraint(["medium_id"], ["media.id"], name=op.f("fk_item_media_medium_id_media")),
    )
    op.create_index(op.f("ix_item_media_medium_id"), "item_media", ["medium_id"])
    guards.refuse_rewrites("media")
    guards.refuse_rewrites("item_media")


def downgrade() -> None:
    op.drop_table("item_media")
    op.drop_table("media")
