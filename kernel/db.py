"""The database: engines for SQLite and PostgreSQL, column types, and the one place where transactions end.

Its one rule: only doors open a :class:`Database` transaction; everything below receives the session as ``tx``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    MetaData,
    Text,
    Uuid,
    create_engine,
    event,
    insert,
    make_url,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

from kernel.ids import new_id
from kernel.turns import PATIENCE_SECONDS, TurnedConnection, Turns, turns_at

POOL_SIZE = 20
POOL_TIMEOUT_SECONDS = 5
AT_ONCE = 500
Thing = TypeVar("Thing")

Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments: a guess about a zone is a wrong deadline."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a stored moment needs a time zone"
            raise TypeError(message)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware UTC moment on both databases."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class ExactFraction(TypeDecorator[Fraction]):
    """An exact rational, stored as text ``n/d``: marks and scores never pass through binary floats."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Fraction | None, dialect: Dialect) -> str | None:
        """Write ``53/80``; whole numbers are written without a denominator."""
        del dialect
        return None if value is None else str(Fraction(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Fraction | None:
        """Read the fraction back, exactly."""
        del dialect
        return None if value is None else Fraction(value)


class Base(DeclarativeBase):
    """Parent of every model; its naming convention keeps migrations and both databases in step."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime(),
        Fraction: ExactFraction(),
        uuid.UUID: Uuid(),
        dict[str, Any]: Json,
        list[Any]: Json,
        str: Text(),
    }


def portions(things: Iterable[Thing], at_once: int = AT_ONCE) -> Iterator[list[Thing]]:
    """Yield things so many at a time: statements have room for a bounded number of values."""
    rest = iter(things)
    while portion := list(islice(rest, at_once)):
        yield portion


def add_rows(tx: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, by the names of their columns, without making objects of them; nothing where there are none."""
    if rows:
        tx.flush()  # what waits in the session may be what they point at
        tx.execute(insert(Base.metadata.tables[model.__tablename__]), rows)


class Identified:
    """A table whose rows have a random identifier."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-2)


class Owned(Identified):
    """A table whose rows belong to one organisation (certification body); access functions always filter by it."""

    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True, sort_order=-1)


def table_facts(
    *, pii: Mapping[str, str], unowned: str | None = None, append_only: bool = False
) -> dict[str, dict[str, Any]]:
    """Declare what a table holds, for export, erasure, migrations and the architecture tests.

    Args:
        pii: personal data by column: ``"identity"``, ``"contact"``, ``"assessment"``, ``"secret"`` or ``"link"``
            (a key to an account). Empty when there is none.
        unowned: why rows carry no organisation; None when they do.
        append_only: the database refuses UPDATE and DELETE on this table.

    Returns:
        The last element for ``__table_args__``.
    """
    return {"info": {"pii": dict(pii), "unowned": unowned, "append_only": append_only}}


class Database:
    """One database as the doors see it: transactions that write, and readings that do not."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self._writing = sessionmaker(self.engine, expire_on_commit=False)
        self._reading = sessionmaker(
            self.engine.execution_options(read_only=True, postgresql_readonly=True), expire_on_commit=False
        )
        self.turns = turns_at(self.engine.url.database) if self.dialect == "sqlite" else None
        """The queue of writers on SQLite; PostgreSQL has its own for every row."""

    @property
    def dialect(self) -> str:
        """``"sqlite"`` or ``"postgresql"``."""
        return self.engine.dialect.name

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session and commit when the block ends; any error rolls everything back."""
        with self._writing.begin() as tx:
            yield tx

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that sees one state and may not write; it never waits for a writer."""
        with self._reading() as tx:
            yield tx

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn to write one statement outside any transaction of ours; NoTurn when it does not come.

        Transactions take their turn by themselves. Where the database queues its writers, this waits for nothing.
        """
        if self.turns is None:
            yield
            return
        self.turns.take()
        try:
            yield
        finally:
            self.turns.give_back()

    def close(self) -> None:
        """Return every connection."""
        self.engine.dispose()


def open_engine(url: str) -> Engine:
    """Create an engine with this product's guarantees (see the two listeners and ``_postgresql``)."""
    target = make_url(url)
    # Errors end up in logs; parameters are names, answers and hashes.
    if target.get_backend_name() == "postgresql":
        return create_engine(
            target.set(drivername="postgresql+psycopg"),
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            pool_pre_ping=True,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            hide_parameters=True,
            connect_args={"options": f"-c lock_timeout={PATIENCE_SECONDS}s -c timezone=UTC"},
        )
    if target.database and target.database != ":memory:":
        Path(target.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        target,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        hide_parameters=True,
        connect_args={"timeout": 30, "factory": TurnedConnection},
    )
    event.listen(engine, "connect", partial(_prepare_sqlite, turns=turns_at(target.database)))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: TurnedConnection, _record: object, *, turns: Turns) -> None:
    connection.turns = turns
    # The driver must not open transactions by itself: it would begin them too late and without IMMEDIATE.
    connection.isolation_level = None
    # recursive_triggers: without it REPLACE deletes rows behind the backs of the guards on append-only tables.
    for pragma in (
        "recursive_triggers=ON",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:  # noqa: ANN401 - a SQLAlchemy connection
    # A transaction that starts as a reader and writes later fails with "database is locked" instead of waiting,
    # so whoever may write says so at the start, and waits for the turn.
    if connection.get_execution_options().get("read_only", False):
        connection.exec_driver_sql("BEGIN")
        return
    writer: TurnedConnection = connection.connection.dbapi_connection
    writer.take_turn()
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        writer.give_turn_back()  # only if it did not begin: another process holds the file
