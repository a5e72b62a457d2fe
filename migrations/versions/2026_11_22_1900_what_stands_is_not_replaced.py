"""What stands is replaced by no key, and no table that is kept is emptied."""

from __future__ import annotations

from alembic import op

from migrations.replacing import allow_replacing, refuse_replacing, skip_replacing
from migrations.triggers import is_postgresql, refuse_truncating

revision = "2026_11_22_1900"
down_revision = "2026_11_22_1880"
branch_labels = None
depends_on = None

KEPT = ("attempts", "bookings", "sittings")
FORMER = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB tbl_name || '_unique_*'"
GUARDED = "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%'"


def upgrade() -> None:
    for table in KEPT:
        refuse_truncating(table, f"{table} are kept")
    if is_postgresql():
        return
    # An installation that is older than this has a guard for each of some keys, and none for the rowid.
    for guard in _names(FORMER):
        op.execute(f"DROP TRIGGER {guard}")
    for table in _names(GUARDED):
        if table != "responses":
            refuse_replacing(table)
    skip_replacing("responses")


def downgrade() -> None:
    for table in (*KEPT, "scheme_versions"):
        allow_replacing(table)
    for table in KEPT if is_postgresql() else ():
        op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")


def _names(query: str) -> list[str]:
    return [row[0] for row in op.get_bind().exec_driver_sql(query).all()]
