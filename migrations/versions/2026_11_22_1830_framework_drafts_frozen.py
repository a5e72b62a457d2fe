"""Framework drafts that were published or discarded refuse every change; a standing is in its version's language."""

from __future__ import annotations

from migrations import guards

revision = "2026_11_22_1830"
down_revision = "2026_11_22_1820"
branch_labels = None
depends_on = None


def upgrade() -> None:
    guards.freeze_framework_drafts()
    guards.guard_standing_languages()


def downgrade() -> None:
    guards.release_standing_languages()
    guards.release_framework_drafts()
