"""Pilots, dates of reviews, comments on versions, clearances of sittings; reviews and moves held by the database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "2026_11_22_1600"
down_revision = "2026_11_22_1400"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PILOTS = sa.text("state = 'pilot'")
MOVES = (
    *(("draft", "in_review"), ("draft", "retired")),
    *(("in_review", "draft"), ("in_review", "approved"), ("in_review", "retired")),
    *(("approved", "pilot"), ("approved", "live"), ("approved", "retired"), ("approved", "compromised")),
    *(("pilot", "live"), ("pilot", "resting"), ("pilot", "retired"), ("pilot", "compromised")),
    *(("live", "resting"), ("live", "retired"), ("live", "compromised")),
    *(("resting", "pilot"), ("resting", "live"), ("resting", "retired"), ("resting", "compromised")),
    ("retired", "compromised"),
)


def upgrade() -> None:
    op.add_column("item_standings", sa.Column("due_at", UTC, nullable=True))
    op.create_index(op.f("ix_item_standings_due_at"), "item_standings", ["due_at"])
    op.create_index(
        "uq_item_standings_pilot",
        "item_standings",
        ["item_id"],
        unique=True,
        sqlite_where=PILOTS,
        postgresql_where=PILOTS,
    )
    op.add_column("item_standing_changes", sa.Column("due_at", UTC, nullable=True))
    op.add_column("item_reviews", sa.Column("review_again_at", UTC, nullable=True))
    _make_comments()
    _make_clearances()
    guards.guard_item_reviews(MOVES)
    guards.refuse_two_versions_of_one_item()


def downgrade() -> None:
    guards.allow_two_versions_of_one_item()
    guards.release_item_reviews()
    op.drop_table("clearances")
    op.drop_table("item_comments")
    op.drop_column("item_reviews", "review_again_at")
    op.drop_column("item_standing_changes", "due_at")
    op.drop_index("uq_item_standings_pilot", "item_standings")
    op.drop_index(op.f("ix_item_standings_due_at"), "item_standings")
    op.drop_column("item_standings", "due_at")


def _make_comments() -> None:
    op.create_table(
        "item_comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("resolves_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_comments")),
        sa.UniqueConstraint("id", "version_id", name=op.f("uq_item_comments_id_version_id")),
        sa.UniqueConstraint("resolves_id", name=op.f("uq_item_comments_resolves_id")),
        sa.CheckConstraint("resolves_id <> id", name=op.f("ck_item_comments_resolves_another")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_comments_version_id_item_versions")
        ),
        sa.ForeignKeyConstraint(["written_by"], ["accounts.id"], name=op.f("fk_item_comments_written_by_accounts")),
        sa.ForeignKeyConstraint(
            ["resolves_id", "version_id"],
            ["item_comments.id", "item_comments.version_id"],
            name=op.f("fk_item_comments_resolves_id_version_id_item_comments"),
        ),
    )
    op.create_index(op.f("ix_item_comments_version_id"), "item_comments", ["version_id"])
    guards.refuse_rewrites("item_comments")


def _make_clearances() -> None:
    op.create_table(
        "clearances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("version_ids", JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cleared_by", sa.Uuid(), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearances")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_clearances_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["sitting_id"], ["sittings.id"], name=op.f("fk_clearances_sitting_id_sittings")),
        sa.ForeignKeyConstraint(["cleared_by"], ["accounts.id"], name=op.f("fk_clearances_cleared_by_accounts")),
    )
    op.create_index(op.f("ix_clearances_organisation_id"), "clearances", ["organisation_id"])
    op.create_index(op.f("ix_clearances_sitting_id"), "clearances", ["sitting_id"])
    guards.refuse_rewrites("clearances")
