"""Scripts in hand: who takes one keeps a place for their marks for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "2026_11_22_1880"
down_revision = "2026_11_22_1870"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "script_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("marker_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("script_id", sa.Uuid(), nullable=False),
        sa.Column("held_at", UTC, nullable=False),
        sa.Column("held_until", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script_holds")),
        sa.UniqueConstraint(
            "organisation_id", "marker_id", "number", name=op.f("uq_script_holds_organisation_id_marker_id_number")
        ),
        sa.CheckConstraint("held_until >= held_at", name=op.f("ck_script_holds_held_until")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_script_holds_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["marker_id"], ["accounts.id"], name=op.f("fk_script_holds_marker_id_accounts")),
        sa.ForeignKeyConstraint(["script_id"], ["scripts.id"], name=op.f("fk_script_holds_script_id_scripts")),
    )
    op.create_index(op.f("ix_script_holds_organisation_id"), "script_holds", ["organisation_id"])
    op.create_index("ix_script_holds_script_id_held_until", "script_holds", ["script_id", "held_until"])
    guards.refuse_rewrites("script_holds")
    op.drop_index("ix_scripts_state_opened_at", "scripts")
    op.create_index("ix_scripts_state_opened_at_id", "scripts", ["state", "opened_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_scripts_state_opened_at_id", "scripts")
    op.create_index("ix_scripts_state_opened_at", "scripts", ["state", "opened_at"])
    op.drop_table("script_holds")
