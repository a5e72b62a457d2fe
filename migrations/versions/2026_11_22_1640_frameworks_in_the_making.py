"""Performance criteria, tasks, and frameworks that are edited as drafts before they are published; counting by tags."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "2026_11_22_1640"
down_revision = "2026_11_22_1630"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _create_leaf("performance_criteria", "competence_id", "competences")
    _create_leaf("tasks", "job_role_id", "job_roles")
    op.create_table(
        "task_competences",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("competence_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "competence_id", name=op.f("pk_task_competences")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_task_competences_task_id_tasks")),
        sa.ForeignKeyConstraint(
            ["competence_id"], ["competences.id"], name=op.f("fk_task_competences_competence_id_competences")
        ),
    )
    op.create_index(op.f("ix_task_competences_competence_id"), "task_competences", ["competence_id"])
    guards.refuse_rewrites("task_competences")
    _create_drafts()
    op.drop_index(op.f("ix_item_versions_competence_id"), "item_versions")
    tags = ["competence_id", "level", "language", "expected_difficulty", "id"]
    op.create_index("ix_item_versions_tags", "item_versions", tags)
    op.create_index("ix_item_standings_version_id_state", "item_standings", ["version_id", "state"])


def downgrade() -> None:
    op.drop_index("ix_item_standings_version_id_state", "item_standings")
    op.drop_index("ix_item_versions_tags", "item_versions")
    op.create_index(op.f("ix_item_versions_competence_id"), "item_versions", ["competence_id"])
    op.drop_table("framework_drafts")
    for table in ("task_competences", "tasks", "performance_criteria"):
        op.drop_table(table)


def _create_leaf(table: str, parent: str, parents: str) -> None:
    """Create a table of coded texts that hang on a part of a framework."""
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column(parent, sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("provenance", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("framework_id", "code", name=op.f(f"uq_{table}_framework_id_code")),
        sa.ForeignKeyConstraint(["framework_id"], ["frameworks.id"], name=op.f(f"fk_{table}_framework_id_frameworks")),
        sa.ForeignKeyConstraint([parent], [f"{parents}.id"], name=op.f(f"fk_{table}_{parent}_{parents}")),
    )
    op.create_index(op.f(f"ix_{table}_{parent}"), table, [parent])
    guards.refuse_rewrites(table)


def _create_drafts() -> None:
    op.create_table(
        "framework_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("base_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("report", JSON, nullable=False),
        sa.Column("begun_by", sa.Uuid(), nullable=False),
        sa.Column("begun_at", UTC, nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", UTC, nullable=False),
        sa.Column("framework_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'published') = (framework_id IS NOT NULL)",
            name=op.f("ck_framework_drafts_published_as_a_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_framework_drafts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_framework_drafts_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["base_id"], ["frameworks.id"], name=op.f("fk_framework_drafts_base_id_frameworks")),
        sa.ForeignKeyConstraint(["begun_by"], ["accounts.id"], name=op.f("fk_framework_drafts_begun_by_accounts")),
        sa.ForeignKeyConstraint(["changed_by"], ["accounts.id"], name=op.f("fk_framework_drafts_changed_by_accounts")),
        sa.ForeignKeyConstraint(
            ["framework_id"], ["frameworks.id"], name=op.f("fk_framework_drafts_framework_id_frameworks")
        ),
    )
    op.create_index(op.f("ix_framework_drafts_organisation_id"), "framework_drafts", ["organisation_id"])
