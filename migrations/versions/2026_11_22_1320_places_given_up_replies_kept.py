"""Sittings that are cancelled, attempts that are ended before their time, and replies kept for requests sent again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "2026_11_22_1320"
down_revision = "2026_11_22_0900"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("sittings", sa.Column("cancelled_at", UTC, nullable=True))
    op.add_column("sittings", sa.Column("cancelled_because", sa.Text(), nullable=True))
    op.create_table(
        "terminations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("terminated_by", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terminations")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_terminations_attempt_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_terminations_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_terminations_attempt_id_attempts")),
        sa.ForeignKeyConstraint(
            ["terminated_by"], ["accounts.id"], name=op.f("fk_terminations_terminated_by_accounts")
        ),
    )
    op.create_index(op.f("ix_terminations_organisation_id"), "terminations", ["organisation_id"])
    guards.refuse_rewrites("terminations")
    op.create_table(
        "kept_replies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("kept_at", UTC, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_replies")),
        sa.UniqueConstraint(
            "account_id", "organisation_id", "key", name=op.f("uq_kept_replies_account_id_organisation_id_key")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_kept_replies_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_kept_replies_account_id_accounts")),
    )
    op.create_index(op.f("ix_kept_replies_organisation_id"), "kept_replies", ["organisation_id"])
    op.create_index(op.f("ix_kept_replies_kept_at"), "kept_replies", ["kept_at"])


def downgrade() -> None:
    op.drop_table("kept_replies")
    op.drop_table("terminations")
    op.drop_column("sittings", "cancelled_because")
    op.drop_column("sittings", "cancelled_at")
