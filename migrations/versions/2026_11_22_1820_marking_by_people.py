"""Scripts that people mark, the marks they give, and who leaves a script to others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "2026_11_22_1820"
down_revision = "2026_11_22_1810"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "scripts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("value_hash", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scripts")),
        sa.UniqueConstraint("attempt_id", "slot", name=op.f("uq_scripts_attempt_id_slot")),
        sa.CheckConstraint("state IN ('waiting', 'disputed', 'marked')", name=op.f("ck_scripts_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_scripts_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_scripts_attempt_id_attempts")),
        sa.ForeignKeyConstraint(["version_id"], ["item_versions.id"], name=op.f("fk_scripts_version_id_item_versions")),
    )
    op.create_index(op.f("ix_scripts_organisation_id"), "scripts", ["organisation_id"])
    op.create_index("ix_scripts_state_opened_at", "scripts", ["state", "opened_at"])
    op.create_table(
        "markings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("script_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("marker_id", sa.Uuid(), nullable=False),
        sa.Column("levels", JSON, nullable=False),
        sa.Column("comments", JSON, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("marked_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_markings")),
        sa.UniqueConstraint("script_id", "part", name=op.f("uq_markings_script_id_part")),
        sa.UniqueConstraint("script_id", "marker_id", name=op.f("uq_markings_script_id_marker_id")),
        sa.CheckConstraint("part IN ('first', 'second', 'adjudication')", name=op.f("ck_markings_part")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_markings_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["script_id"], ["scripts.id"], name=op.f("fk_markings_script_id_scripts")),
        sa.ForeignKeyConstraint(["marker_id"], ["accounts.id"], name=op.f("fk_markings_marker_id_accounts")),
    )
    op.create_index(op.f("ix_markings_organisation_id"), "markings", ["organisation_id"])
    guards.refuse_rewrites("markings")
    op.create_table(
        "recusals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("script_id", sa.Uuid(), nullable=False),
        sa.Column("marker_id", sa.Uuid(), nullable=False),
        sa.Column("declined_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recusals")),
        sa.UniqueConstraint("script_id", "marker_id", name=op.f("uq_recusals_script_id_marker_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_recusals_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["script_id"], ["scripts.id"], name=op.f("fk_recusals_script_id_scripts")),
        sa.ForeignKeyConstraint(["marker_id"], ["accounts.id"], name=op.f("fk_recusals_marker_id_accounts")),
    )
    op.create_index(op.f("ix_recusals_organisation_id"), "recusals", ["organisation_id"])
    guards.refuse_rewrites("recusals")
    guards.guard_markings()


def downgrade() -> None:
    guards.release_markings()
    op.drop_table("recusals")
    op.drop_table("markings")
    op.drop_table("scripts")
