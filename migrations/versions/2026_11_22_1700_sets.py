"""Sets: which set the stimulus of an item version makes it a member of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1700"
down_revision = "2026_11_22_1650"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("item_versions", sa.Column("set_code", sa.Text(), nullable=True))
    op.create_index(op.f("ix_item_versions_set_code"), "item_versions", ["set_code"])


def downgrade() -> None:
    op.drop_index(op.f("ix_item_versions_set_code"), "item_versions")
    op.drop_column("item_versions", "set_code")
