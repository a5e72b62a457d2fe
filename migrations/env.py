"""Run migrations on the connection a door hands over, or on the database the settings name."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from exam_engine.tables import METADATA
from kernel.db import open_engine
from kernel.settings import Settings
from migrations.full_text import is_modelled


def run(connection: Connection) -> None:
    """Bring one database to the asked revision, in one transaction where the database can."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        include_name=is_modelled,
        compare_type=True,
        compare_server_default=True,
        # SQLite alters a table by copying it; batch mode writes that out.
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with open_engine(Settings().database).begin() as opened:
        run(opened)
