"""The catalogue's order by code holds when items were changed too: a page "changed since" is read from one index alone."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_1870"
down_revision = "2026_11_22_1860"
branch_labels = None
depends_on = None

FACETS = (
    *("state", "is_live", "is_pilot", "area", "competence", "level", "kind", "language"),
    *("author_id", "cognitive", "band", "exposure", "facility", "discrimination", "is_flagged"),
)


def upgrade() -> None:
    _index((*FACETS, "changed_at"))


def downgrade() -> None:
    _index(FACETS)


def _index(facets: tuple[str, ...]) -> None:
    # Both anew: were one of them known to an ANALYZE of before and the other not, SQLite would take the wrong one.
    op.drop_index("ix_catalogue_by_code", "catalogue")
    op.drop_index("ix_catalogue_by_change", "catalogue")
    op.create_index("ix_catalogue_by_code", "catalogue", ["organisation_id", "code", *facets, "id"])
    op.create_index("ix_catalogue_by_change", "catalogue", ["organisation_id", "changed_at", "id", *FACETS])
