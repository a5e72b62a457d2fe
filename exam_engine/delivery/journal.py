"""The journal: the one road by which responses are kept. Each is acknowledged only after its commit.

Group commit: while one batch is being written, whatever arrives waits and becomes the next one. Under load the
commit before is all the delay there is; alone, a save waits for nothing.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog

from exam_engine.delivery.batches import BatchWriter
from exam_engine.delivery.responses import Arrival, NotSaved, Save, Saved, Verdict
from kernel.db import Database
from kernel.sentences import say

UNANSWERED_MAX = 5_000
BATCH_MAX = 500
RETRY_AFTER_SECONDS = 2
TRIES_MAX = 100
SECONDS_BETWEEN_TRIES = 0.05
_log = structlog.get_logger(__name__)


class _Waiter:
    """A save whose sender is waiting."""

    __slots__ = ("arrival", "reply", "tries")

    def __init__(self, arrival: Arrival, reply: asyncio.Future[Saved]) -> None:
        self.arrival = arrival
        self.reply = reply
        self.tries = 0


class Journal:
    """Keeps responses for one event loop. The database work runs on one thread, so that the loop stays free.

    Args:
        clock: what stamps a save when it reaches the server.
        unanswered_max: how many senders may wait at once; beyond that saves are refused for a moment.
    """

    def __init__(
        self, database: Database, clock: Callable[[], datetime], *, unanswered_max: int = UNANSWERED_MAX
    ) -> None:
        self.database = database
        self._clock = clock
        self._unanswered_max = unanswered_max
        self._unanswered = 0
        self._waiting: list[_Waiter] = []
        self._writer = BatchWriter(database)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._writing = False
        self._closing = False
        self._all_answered = asyncio.Event()

    async def start(self) -> None:
        """Connect, so that the first candidate does not wait for it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.open)

    def save(self, save: Save) -> asyncio.Future[Saved]:
        """Keep a response durably; the reply comes with the commit.

        A save that was kept before under the same ``save_id``, slot, base revision and value gets the same reply.

        Raises:
            ForeignResponse: it does not fit the paper.
            StaleRevision: another save of this slot came first; its facts hold the current state.
            AttemptClosed: the attempt is not in progress.
            TooLate: it arrived after the deadline and its grace.
            NotFound: there is no such attempt.
            NotSaved: too many are waiting, the journal is closing, or the database is away; send it again.
        """
        if self._closing or self._unanswered >= self._unanswered_max:
            raise _not_saved()
        reply: asyncio.Future[Saved] = asyncio.get_running_loop().create_future()
        self._unanswered += 1
        self._wait(_Waiter(Arrival(save, self._clock()), reply))
        return reply

    async def close(self) -> None:
        """Take no more saves, write and answer those that wait, and let go of the connection."""
        self._closing = True
        if self._unanswered:
            await self._all_answered.wait()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.close)
        self._thread.shutdown()

    def _wait(self, waiter: _Waiter) -> None:
        self._waiting.append(waiter)
        if not self._writing:
            self._writing = True
            # Not at once: whatever the loop has ready now shall be part of the same batch.
            asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        batch = self._next_batch()
        self._writing = bool(batch)
        if batch:
            arrivals = [waiter.arrival for waiter in batch]
            writing = asyncio.get_running_loop().run_in_executor(self._thread, self._writer.write, arrivals)
            writing.add_done_callback(lambda written: self._answer(batch, written))

    def _next_batch(self) -> list[_Waiter]:
        """Take what waits, of each slot its first save only: the next one builds on it, in the next batch."""
        batch: dict[tuple[uuid.UUID, int], _Waiter] = {}
        later: list[_Waiter] = []
        for waiter in self._waiting:
            slot = (waiter.arrival.save.attempt_id, waiter.arrival.save.slot)
            if slot in batch or len(batch) == BATCH_MAX:
                later.append(waiter)
            else:
                batch[slot] = waiter
        self._waiting = later
        return list(batch.values())

    def _answer(self, batch: list[_Waiter], written: asyncio.Future[list[Verdict]]) -> None:
        error = written.exception()
        if error is not None:
            _log.error("journal.database_away", reason=type(error).__name__, saves=len(batch))
        verdicts: list[Verdict] = [_not_saved()] * len(batch) if error else written.result()
        for waiter, verdict in zip(batch, verdicts, strict=True):
            self._reply(waiter, verdict)
        self._write()

    def _reply(self, waiter: _Waiter, verdict: Verdict) -> None:
        if verdict is None and waiter.tries < TRIES_MAX:
            waiter.tries += 1
            asyncio.get_running_loop().call_later(SECONDS_BETWEEN_TRIES, self._wait, waiter)
            return
        self._unanswered -= 1
        if self._closing and not self._unanswered:
            self._all_answered.set()
        if waiter.reply.done():  # its sender has gone away; the response is kept all the same
            return
        if isinstance(verdict, Saved):
            waiter.reply.set_result(verdict)
        else:
            waiter.reply.set_exception(verdict or _not_saved())


def _not_saved() -> NotSaved:
    message = say(
        "the response could not be kept just now; send it again in %(retry_after_seconds)s seconds",
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )
    return NotSaved(message, retry_after_seconds=RETRY_AFTER_SECONDS)
