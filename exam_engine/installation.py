"""The installation: settings, database, broker and keys of one running product, opened once by a door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from certificates.signing import KeyStore
from exam_engine.migrate import is_current
from kernel.broker import Broker, open_broker
from kernel.clock import read_clock
from kernel.db import Database
from kernel.errors import Conflict
from kernel.settings import Settings
from kernel.storage import Storage, open_storage
from kernel.tokens import KeyRing, open_key_ring


class NotReady(Conflict):
    """The installation cannot serve as it is configured."""

    code = "not_ready"


@dataclass(frozen=True, slots=True)
class Installation:
    """What the doors share. It is closed by whoever opened it."""

    settings: Settings
    database: Database
    broker: Broker
    ring: KeyRing
    keys: KeyStore
    storage: Storage
    clock: Callable[[], datetime]

    def close(self) -> None:
        """Let go of connections and threads."""
        self.broker.close()
        self.database.close()


def open_installation(settings: Settings, clock: Callable[[], datetime] = read_clock) -> Installation:
    """Open everything the settings name.

    Args:
        clock: what every door of this installation asks for the time.

    Raises:
        NotReady: several web processes without Redis: rate limits and revocations would each know only a part.
    """
    if settings.web_processes > 1 and not settings.redis_url:
        message = "more than one web process needs EXAM_ENGINE_REDIS_URL, so that they share limits and messages"
        raise NotReady(message)
    return Installation(
        settings=settings,
        database=Database(settings.database),
        broker=open_broker(settings.redis_url),
        ring=open_key_ring(settings.token_keys.get_secret_value(), settings.data_dir),
        keys=KeyStore(settings.data_dir / "keys"),
        storage=open_storage(settings.storage),
        clock=clock,
    )


def refuse_outdated_tables(installation: Installation) -> None:
    """Refuse to serve on tables that the code does not match."""
    if not is_current(installation.database.engine):
        message = "the database is not migrated: run `exam-engine migrate` (or `make migrate`) first"
        raise NotReady(message)
