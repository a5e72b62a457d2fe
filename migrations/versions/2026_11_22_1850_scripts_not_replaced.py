"""Scripts that stand are not replaced by others: on SQLite, REPLACE deletes without any trigger that deleting has."""

from __future__ import annotations

from migrations.replacing import allow_replacing, refuse_replacing

revision = "2026_11_22_1850"
down_revision = "2026_11_22_1840"
branch_labels = None
depends_on = None


def upgrade() -> None:
    refuse_replacing("scripts")


def downgrade() -> None:
    allow_replacing("scripts")
