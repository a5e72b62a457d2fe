"""Seals on status changes, setbacks of the worker, and no sentence about levels in frameworks any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_1400"
down_revision = "2026_11_22_1320"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
STATEMENT = "assessed against descriptors modelled on EQF level {level} by the issuer"


def upgrade() -> None:
    op.add_column("credential_status_changes", sa.Column("seal", sa.Text(), nullable=True))
    op.create_index(op.f("ix_audit_entries_organisation_id_subject"), "audit_entries", ["organisation_id", "subject"])
    op.drop_column("frameworks", "level_statement")
    op.create_table(
        "setbacks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("places", JSON, nullable=False),
        sa.Column("since", UTC, nullable=False),
        sa.Column("failed_at", UTC, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setbacks")),
        sa.UniqueConstraint("attempt_id", "work", name=op.f("uq_setbacks_attempt_id_work")),
        sa.CheckConstraint("work IN ('score', 'issue')", name=op.f("ck_setbacks_work")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_setbacks_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_setbacks_attempt_id_attempts")),
    )
    op.create_index(op.f("ix_setbacks_organisation_id"), "setbacks", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("setbacks")
    # Frameworks are append-only: what stood there cannot be put back row by row, but it was this sentence.
    op.add_column("frameworks", sa.Column("level_statement", sa.Text(), nullable=False, server_default=STATEMENT))
    op.drop_index(op.f("ix_audit_entries_organisation_id_subject"), table_name="audit_entries")
    op.drop_column("credential_status_changes", "seal")
