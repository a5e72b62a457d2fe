"""Sessions of one account end together: each names the series it belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1901"
down_revision = "2026_11_22_1900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("session_series", sa.Integer(), nullable=False, server_default="1"))
    if op.get_bind().dialect.name != "sqlite":  # where a default cannot be dropped, and every row is written by models
        op.alter_column("accounts", "session_series", server_default=None)


def downgrade() -> None:
    op.drop_column("accounts", "session_series")
