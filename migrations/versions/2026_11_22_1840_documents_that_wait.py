"""Documents that were uploaded to be imported, and wait for somebody to agree to what is lost of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_1840"
down_revision = "2026_11_22_1830"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "waiting_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", UTC, nullable=False),
        sa.Column("taken_at", UTC, nullable=True),
        sa.Column("outcome", JSON, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_documents")),
        sa.CheckConstraint(
            "(taken_at IS NULL) = (outcome IS NULL)", name=op.f("ck_waiting_documents_taken_with_an_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_waiting_documents_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_waiting_documents_author_id_accounts")),
    )
    for column in ("organisation_id", "author_id", "kept_at"):
        op.create_index(op.f(f"ix_waiting_documents_{column}"), "waiting_documents", [column])


def downgrade() -> None:
    op.drop_table("waiting_documents")
