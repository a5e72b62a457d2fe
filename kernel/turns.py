"""Turns: who writes next to an SQLite file. First come, first served, within one process.

SQLite takes one writer at a time and has no queue: whoever happens to ask at the right moment is let in, and somebody
who writes again and again starves the others. Here a turn is handed from one writer to the next.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from pathlib import Path
from threading import Event, Lock
from weakref import WeakValueDictionary

from kernel.errors import DomainError
from kernel.sentences import say

PATIENCE_SECONDS = 10
"""How long a writer waits for the others, on either database."""


class NoTurn(DomainError):
    """Too many others are writing; nothing was changed."""

    code = "no_turn"
    status = 503
    title = "Please try again in a moment"


class Turns:
    """The queue of one database file."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._queue: deque[Event] = deque()
        self._is_taken = False

    @property
    def waiting(self) -> int:
        """How many writers stand in the queue."""
        return len(self._queue)

    def take(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until all who came before have had their turn.

        Raises:
            NoTurn: it did not come in time.
        """
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            called = Event()
            self._queue.append(called)
        if called.wait(patience_seconds):
            return
        with self._guard:
            if called.is_set():  # called at the very moment patience ended
                return
            self._queue.remove(called)
        message = say(
            "others have been writing for %(patience_seconds)s seconds; nothing was changed, please try again",
            patience_seconds=patience_seconds,
        )
        raise NoTurn(message, retry_after_seconds=1)

    def give_back(self) -> None:
        """Call the next writer. The turn is never free in between, so nobody can push in."""
        with self._guard:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._is_taken = False


_QUEUES: WeakValueDictionary[str, Turns] = WeakValueDictionary()
_QUEUES_GUARD = Lock()


def turns_at(path: str | None) -> Turns:
    """Return the one queue of a database file, whoever opens it in this process."""
    with _QUEUES_GUARD:
        return _QUEUES.setdefault(str(Path(path or ":memory:").resolve()), Turns())


class TurnedConnection(sqlite3.Connection):
    """A connection that holds its turn from :meth:`take_turn` until its transaction has really ended."""

    turns: Turns
    _has_turn = False

    def take_turn(self) -> None:
        """Wait for the turn to write; NoTurn when it does not come."""
        if not self._has_turn:
            self.turns.take()
            self._has_turn = True

    def give_turn_back(self) -> None:
        """Let the next one write, unless this connection is still at it."""
        if self._has_turn and not self.in_transaction:
            self._has_turn = False
            self.turns.give_back()

    def commit(self) -> None:
        """Commit, and only then let the next one write."""
        try:
            super().commit()
        finally:
            self.give_turn_back()

    def rollback(self) -> None:
        """Roll back, and only then let the next one write."""
        try:
            super().rollback()
        finally:
            self.give_turn_back()

    def close(self) -> None:
        """Close; an open transaction is rolled back by that."""
        super().close()
        if self._has_turn:
            self._has_turn = False
            self.turns.give_back()
