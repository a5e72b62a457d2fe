"""Migrating: bring a database to the newest revision, or say which one it has. Called by doors and tests."""

from __future__ import annotations

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

import migrations

# Which dialect a look at the revision found is no news; which upgrade runs is.
logging.getLogger("alembic.runtime.migration").addFilter(lambda line: line.getMessage().startswith("Running"))


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrade (or, for an older revision, downgrade) a database in one transaction."""
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        current = MigrationContext.configure(connection).get_current_revision()
        if revision == "head" or _is_newer(revision, current):
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)


def is_current(engine: Engine) -> bool:
    """Tell whether a database stands at the newest revision; readiness depends on it."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current == ScriptDirectory.from_config(_config()).get_current_head()


def _is_newer(revision: str, current: str | None) -> bool:
    if current is None:
        return True
    if revision == "base":
        return False
    older = {script.revision for script in ScriptDirectory.from_config(_config()).iterate_revisions(current, "base")}
    return revision not in older


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    return config
