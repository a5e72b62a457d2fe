"""Items are found by the title and the text of their stimulus and by what their picture shows; words are made anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from question_bank.full_text import item_words

revision = "2026_11_22_1910"
down_revision = "2026_11_22_1901"
branch_labels = None
depends_on = None

AT_ONCE = 500
FOUND = sa.text(
    """
    SELECT c.id, c.code, v.content FROM catalogue c JOIN item_versions v ON v.id = c.newest_id
    WHERE (v.set_code IS NOT NULL OR v.kind = 'hotspot') AND c.id > :after
    ORDER BY c.id LIMIT :at_once
    """
).columns(content=sa.JSON().with_variant(postgresql.JSONB(), "postgresql"))
WORDS = sa.text("UPDATE item_words SET words = :words WHERE entry_id = :entry_id")


def upgrade() -> None:
    bank, after = op.get_bind(), 0
    while found := bank.execute(FOUND, {"after": after, "at_once": AT_ONCE}).all():
        bank.execute(WORDS, [{"entry_id": row.id, "words": item_words(row.code, row.content)} for row in found])
        after = found[-1].id


def downgrade() -> None:
    """Words that find more harm nobody."""
