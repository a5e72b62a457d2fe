"""The broker: rate limits and messages between processes, in this process alone or through Redis.

It never holds the only copy of anything. When Redis is away, limits are counted in this process and messages are
lost with a warning: freshness suffers, data does not.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Protocol, cast

import redis
import structlog
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

_log = structlog.get_logger(__name__)
_RECONNECT_SECONDS = 1.0
Listener = Callable[[bytes], None]


class Broker(Protocol):
    """What both twins do."""

    def allow(self, key: str, *, limit: int, seconds: int) -> bool:
        """Count one hit; False once there were more than ``limit`` of them within ``seconds``."""
        ...

    def publish(self, topic: str, message: bytes) -> None:
        """Tell every listener of a topic, in every process, now; nobody listening is no error."""
        ...

    def listen(self, topic: str, listener: Listener) -> None:
        """Call the listener for each message of a topic until the broker is closed. It must be quick."""
        ...

    def ready(self) -> bool:
        """Tell whether messages reach other processes."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


class InProcessBroker:
    """The twin for one process: nothing to install."""

    def __init__(self) -> None:
        self._limits = FixedWindowRateLimiter(MemoryStorage())
        self._listeners: dict[str, list[Listener]] = {}

    def allow(self, key: str, *, limit: int, seconds: int) -> bool:
        """See :class:`Broker`."""
        return self._limits.hit(RateLimitItemPerSecond(limit, seconds), key)

    def publish(self, topic: str, message: bytes) -> None:
        """See :class:`Broker`."""
        for listener in self._listeners.get(topic, ()):
            listener(message)

    def listen(self, topic: str, listener: Listener) -> None:
        """See :class:`Broker`."""
        self._listeners.setdefault(topic, []).append(listener)

    def ready(self) -> bool:
        """See :class:`Broker`."""
        return True

    def close(self) -> None:
        """See :class:`Broker`."""
        self._listeners.clear()


class RedisBroker:
    """The twin for several processes. A process that cannot reach Redis goes on with its own counts."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, health_check_interval=30)
        self._limits = FixedWindowRateLimiter(RedisStorage(url, socket_timeout=1, socket_connect_timeout=1))
        self._alone = InProcessBroker()
        self._closing = threading.Event()
        self._listeners: dict[str, list[Listener]] = {}
        self._thread: threading.Thread | None = None

    def allow(self, key: str, *, limit: int, seconds: int) -> bool:
        """See :class:`Broker`."""
        try:
            return self._limits.hit(RateLimitItemPerSecond(limit, seconds), key)
        except redis.RedisError as error:
            _log.warning("broker.away", reason=type(error).__name__, doing="limit")
            return self._alone.allow(key, limit=limit, seconds=seconds)

    def publish(self, topic: str, message: bytes) -> None:
        """See :class:`Broker`."""
        try:
            self._redis.publish(topic, message)
        except redis.RedisError as error:
            _log.warning("broker.away", reason=type(error).__name__, doing="publish", topic=topic)
            for listener in self._listeners.get(topic, ()):
                listener(message)

    def listen(self, topic: str, listener: Listener) -> None:
        """See :class:`Broker`."""
        self._listeners.setdefault(topic, []).append(listener)
        if self._thread is None:
            self._thread = threading.Thread(target=self._receive, name="broker", daemon=True)
            self._thread.start()

    def ready(self) -> bool:
        """See :class:`Broker`."""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False

    def close(self) -> None:
        """See :class:`Broker`."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._redis.close()

    def _receive(self) -> None:
        while not self._closing.is_set():
            try:
                self._receive_until_lost()
            except redis.RedisError as error:
                _log.warning("broker.away", reason=type(error).__name__, doing="listen")
                self._closing.wait(_RECONNECT_SECONDS)

    def _receive_until_lost(self) -> None:
        with contextlib.closing(self._redis.pubsub(ignore_subscribe_messages=True)) as channel:
            topics: set[str] = set()
            while not self._closing.is_set():
                if missing := set(self._listeners) - topics:
                    channel.subscribe(*missing)
                    topics |= missing
                message = channel.get_message(timeout=0.25)
                if message is not None:
                    for listener in self._listeners.get(cast("bytes", message["channel"]).decode(), ()):
                        listener(cast("bytes", message["data"]))


def open_broker(redis_url: str) -> Broker:
    """Return the Redis twin when a URL is configured, else the in-process one."""
    return RedisBroker(redis_url) if redis_url else InProcessBroker()
