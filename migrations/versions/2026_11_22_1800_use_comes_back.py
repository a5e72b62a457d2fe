"""Use comes back: how item versions were used, which sittings were counted, and items found by how they measured."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_1800"
down_revision = "2026_11_22_1730"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
FACETS = (
    *("state", "is_live", "is_pilot", "area", "competence", "level", "kind", "language"),
    *("author_id", "cognitive", "band"),
)
MEASURED = {"exposure": "none", "facility": "unknown", "discrimination": "unknown"}


def upgrade() -> None:
    _make_uses()
    for column, unmeasured in MEASURED.items():
        _add_facet(sa.Column(column, sa.Text(), nullable=False, server_default=unmeasured))
    _add_facet(sa.Column("is_flagged", sa.Boolean(), nullable=False, server_default=sa.false()))
    _index((*FACETS, *MEASURED, "is_flagged"))


def downgrade() -> None:
    _index(FACETS)
    for column in (*MEASURED, "is_flagged"):
        op.drop_column("catalogue", column)
    op.drop_table("sitting_counts")
    op.drop_table("item_uses")


def _make_uses() -> None:
    op.create_table(
        "item_uses",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("occasion_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("is_scored", sa.Boolean(), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("last_seen_at", UTC, nullable=False),
        sa.Column("tally", JSON, nullable=False),
        sa.Column("counted_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("version_id", "occasion_id", name=op.f("pk_item_uses")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_uses_version_id_item_versions")
        ),
    )
    op.create_index(op.f("ix_item_uses_occasion_id"), "item_uses", ["occasion_id"])
    op.create_table(
        "sitting_counts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("results_hash", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("counted_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting_counts")),
        sa.UniqueConstraint("sitting_id", name=op.f("uq_sitting_counts_sitting_id")),
        sa.CheckConstraint("(results_hash IS NULL) = (reason IS NOT NULL)", name=op.f("ck_sitting_counts_one_of_both")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_sitting_counts_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["sitting_id"], ["sittings.id"], name=op.f("fk_sitting_counts_sitting_id_sittings")),
    )
    op.create_index(op.f("ix_sitting_counts_organisation_id"), "sitting_counts", ["organisation_id"])


def _add_facet(column: sa.Column[object]) -> None:
    op.add_column("catalogue", column)
    if op.get_bind().dialect.name != "sqlite":  # where a default cannot be dropped, and every row is written by models
        op.alter_column("catalogue", column.name, server_default=None)


def _index(facets: tuple[str, ...]) -> None:
    """Have both orders of the catalogue hold every facet, so that a page is read from one index alone."""
    op.drop_index("ix_catalogue_by_code", "catalogue")
    op.drop_index("ix_catalogue_by_change", "catalogue")
    op.create_index("ix_catalogue_by_code", "catalogue", ["organisation_id", "code", *facets, "id"])
    op.create_index("ix_catalogue_by_change", "catalogue", ["organisation_id", "changed_at", "id", *facets])
