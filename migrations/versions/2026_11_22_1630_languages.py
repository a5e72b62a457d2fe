"""Items in more languages: translations of versions, editions of forms, the language of a booking."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import guards
from migrations.replacing import refuse_replacing

revision = "2026_11_22_1630"
down_revision = "2026_11_22_1600"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
STATES = ("live", "pilot")
OWN = "(SELECT v.language FROM item_versions v WHERE v.id = item_standings.version_id)"
OF_FORM = (
    "(SELECT f.language FROM sittings s JOIN forms o ON o.id = s.form_id JOIN blueprints b ON b.id = o.blueprint_id"
    " JOIN scheme_versions c ON c.id = b.scheme_version_id JOIN frameworks f ON f.id = c.framework_id"
    " WHERE s.id = bookings.sitting_id)"
)


def upgrade() -> None:
    reference = "CHAR(32)" if op.get_bind().dialect.name == "sqlite" else "UUID"
    constraint = "CONSTRAINT fk_item_versions_original_id_item_versions REFERENCES item_versions (id)"
    op.execute(f"ALTER TABLE item_versions ADD COLUMN original_id {reference} {constraint}")
    op.create_index(op.f("ix_item_versions_original_id"), "item_versions", ["original_id"])
    _add_filled("item_standings", OWN)
    _add_filled("bookings", OF_FORM)
    for state in STATES:
        _one_version(state, "item_id", "language")
    refuse_replacing("item_standings")
    op.create_table(
        "form_editions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("edition_hash", sa.Text(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("published_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_editions")),
        sa.UniqueConstraint("form_id", "language", name=op.f("uq_form_editions_form_id_language")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_form_editions_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["form_id"], ["forms.id"], name=op.f("fk_form_editions_form_id_forms")),
        sa.ForeignKeyConstraint(["published_by"], ["accounts.id"], name=op.f("fk_form_editions_published_by_accounts")),
    )
    op.create_index(op.f("ix_form_editions_organisation_id"), "form_editions", ["organisation_id"])
    op.create_table(
        "form_edition_items",
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_version_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "position", name=op.f("pk_form_edition_items")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["form_editions.id"], name=op.f("fk_form_edition_items_edition_id_form_editions")
        ),
        sa.ForeignKeyConstraint(
            ["item_version_id"],
            ["item_versions.id"],
            name=op.f("fk_form_edition_items_item_version_id_item_versions"),
        ),
    )
    op.create_index(op.f("ix_form_edition_items_item_version_id"), "form_edition_items", ["item_version_id"])
    guards.refuse_rewrites("form_editions")
    guards.refuse_rewrites("form_edition_items")


def downgrade() -> None:
    op.drop_table("form_edition_items")
    op.drop_table("form_editions")
    for state in STATES:
        _one_version(state, "item_id")
    refuse_replacing("item_standings")
    op.drop_column("bookings", "language")
    op.drop_column("item_standings", "language")
    op.drop_index(op.f("ix_item_versions_original_id"), "item_versions")
    op.drop_column("item_versions", "original_id")


def _add_filled(table: str, value: str) -> None:
    """Add the column ``language`` to rows that have one already, elsewhere."""
    op.add_column(table, sa.Column("language", sa.Text(), nullable=False, server_default=""))
    op.execute(f"UPDATE {table} SET language = {value}")
    if op.get_bind().dialect.name != "sqlite":  # where a default cannot be dropped, and every row is written by models
        op.alter_column(table, "language", server_default=None)


def _one_version(state: str, *columns: str) -> None:
    only = sa.text(f"state = '{state}'")
    op.drop_index(f"uq_item_standings_{state}", "item_standings")
    op.create_index(
        f"uq_item_standings_{state}",
        "item_standings",
        list(columns),
        unique=True,
        sqlite_where=only,
        postgresql_where=only,
    )
