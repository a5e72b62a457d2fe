"""Sketches in one row for each version, a column for each band, so that a bank of 100,000 items is taken in quickly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from question_bank.likeness import asked_in, bands_of, shingles_of

revision = "2026_11_22_1810"
down_revision = "2026_11_22_1800"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BANDS = [f"band_{number}" for number in range(12)]
AT_ONCE = 1000


def upgrade() -> None:
    op.drop_table("item_sketches")
    sketches = op.create_table(
        "item_sketches",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        *(sa.Column(band, sa.BigInteger(), nullable=False) for band in BANDS),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_item_sketches")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_sketches_version_id_item_versions")
        ),
    )
    _fill(sketches, lambda id_, bands: [{"version_id": id_} | dict(zip(BANDS, bands, strict=True))])
    for band in BANDS:
        op.create_index(op.f(f"ix_item_sketches_{band}"), "item_sketches", [band])


def downgrade() -> None:
    op.drop_table("item_sketches")
    sketches = op.create_table(
        "item_sketches",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", "band", name=op.f("pk_item_sketches")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_sketches_version_id_item_versions")
        ),
    )
    _fill(sketches, lambda id_, bands: [{"version_id": id_, "band": band} for band in set(bands)])
    op.create_index("ix_item_sketches_band", "item_sketches", ["band", "version_id"])


def _fill(sketches: sa.Table, rows_of: Callable[[Any, list[int]], list[dict[str, Any]]]) -> None:
    versions = sa.table("item_versions", sa.column("id", sa.Uuid()), sa.column("content", JSON))
    for written in op.get_bind().execute(sa.select(versions.c.id, versions.c.content)).partitions(AT_ONCE):
        sketched = ((id_, bands_of(shingles_of(asked_in(content)))) for id_, content in written)
        rows = [row for id_, bands in sketched if bands for row in rows_of(id_, bands)]
        if rows:
            op.bulk_insert(sketches, rows)
