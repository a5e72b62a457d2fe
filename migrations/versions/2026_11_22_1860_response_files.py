"""What candidates hand in as files: which came to which slot of which attempt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import guards, triggers

revision = "2026_11_22_1860"
down_revision = "2026_11_22_1850"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
RUNNING = "a.id = NEW.attempt_id AND a.state = 'in_progress' AND NEW.slot BETWEEN 1 AND a.slot_count"
ELSEWHERE = f"NOT EXISTS (SELECT 1 FROM attempts a WHERE {RUNNING})"


def upgrade() -> None:
    op.create_table(
        "response_files",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("sent_sha256", sa.Text(), nullable=False),
        sa.Column("received_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "slot", "number", name=op.f("pk_response_files")),
        sa.UniqueConstraint("attempt_id", "slot", "sha256", name=op.f("uq_response_files_attempt_id_slot_sha256")),
        sa.CheckConstraint("number BETWEEN 1 AND 20", name=op.f("ck_response_files_counted_from_one")),
        sa.CheckConstraint("byte_size > 0", name=op.f("ck_response_files_has_bytes")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_response_files_attempt_id_attempts")),
    )
    guards.refuse_rewrites("response_files")
    message = "a file comes to a slot of a running attempt"
    triggers.refuse_by_query("response_files", "running", "INSERT", message, ELSEWHERE)


def downgrade() -> None:
    triggers.drop_guard("response_files", "running", "INSERT")
    op.drop_table("response_files")
