"""The worker: closes overdue attempts, scores what has ended, issues what was granted.

There is no job table: the states are the queue. Each piece of work is one transaction and may be repeated
harmlessly, so several workers may run, and one failing piece never stops the rest.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from certificates.issuing import issue
from exam_engine.delivery.attempts import close_overdue
from exam_engine.delivery.lifecycle import Attempt
from exam_engine.installation import Installation
from exam_engine.scoring.adjudication import Decision
from exam_engine.scoring.awards import award_of, unissued_decisions
from exam_engine.scoring.results import score_attempt, unscored_attempts
from kernel.permissions import the_product

BATCH = 100
LONGEST_WAIT = timedelta(minutes=10)
_log = structlog.get_logger(__name__)


class Setbacks:
    """Pieces that failed and when each is tried again: ever more rarely, so that one cannot fill the log."""

    def __init__(self) -> None:
        self._failures: dict[uuid.UUID, tuple[int, datetime]] = {}

    def is_waiting(self, piece: uuid.UUID, now: datetime) -> bool:
        """Whether a piece failed too recently to be tried again."""
        return piece in self._failures and now < self._failures[piece][1]

    def failed(self, piece: uuid.UUID, now: datetime) -> None:
        """Remember a failure; the wait doubles each time."""
        count = self._failures[piece][0] + 1 if piece in self._failures else 1
        self._failures[piece] = (count, now + min(timedelta(seconds=2**count), LONGEST_WAIT))

    def done(self, piece: uuid.UUID) -> None:
        """Forget a piece that succeeded."""
        self._failures.pop(piece, None)


class Worker:
    """One worker of an installation."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._setbacks = Setbacks()

    def work_once(self) -> int:
        """Do everything that is due now and return how many pieces were done."""
        return self._close() + self._score() + self._issue()

    def work_until(self, stopping: threading.Event) -> None:
        """Work every ``worker_seconds`` until told to stop; an unexpected error is logged and work goes on."""
        while not stopping.is_set():
            try:
                self.work_once()
            except Exception:
                _log.exception("worker.failed")
            stopping.wait(self._installation.settings.worker_seconds)

    def _close(self) -> int:
        with self._installation.database.transaction() as tx:
            return len(close_overdue(tx, now=self._installation.clock(), limit=BATCH))

    def _score(self) -> int:
        def score(tx: Session, attempt_id: uuid.UUID) -> None:
            attempt = tx.get_one(Attempt, attempt_id)
            score_attempt(tx, attempt, actor=the_product(attempt.organisation_id), now=self._installation.clock())

        with self._installation.database.reading() as tx:
            due = [attempt.id for attempt in unscored_attempts(tx, BATCH)]
        return self._do_each("score", due, score)

    def _issue(self) -> int:
        installation = self._installation

        def issue_credential(tx: Session, decision_id: uuid.UUID) -> None:
            decision = tx.get_one(Decision, decision_id)
            issue(
                tx,
                award_of(tx, decision),
                keys=installation.keys,
                public_url=installation.settings.public_url,
                actor=the_product(decision.organisation_id),
                now=installation.clock(),
            )

        with installation.database.reading() as tx:
            due = [decision.id for decision in unissued_decisions(tx, BATCH)]
        return self._do_each("issue", due, issue_credential)

    def _do_each(self, doing: str, due: Iterable[uuid.UUID], work: Callable[[Session, uuid.UUID], None]) -> int:
        done, now = 0, self._installation.clock()
        for piece in due:
            if self._setbacks.is_waiting(piece, now):
                continue
            try:
                with self._installation.database.transaction() as tx:
                    work(tx, piece)
            except Exception:
                _log.exception("worker.piece_failed", doing=doing, subject=str(piece))
                self._setbacks.failed(piece, now)
            else:
                self._setbacks.done(piece)
                done += 1
        return done


def start_worker(installation: Installation) -> Callable[[], None]:
    """Run a worker in a thread of this process and return the function that stops it."""
    stopping = threading.Event()
    worker = Worker(installation)
    thread = threading.Thread(target=worker.work_until, args=(stopping,), name="worker", daemon=True)
    thread.start()

    def stop() -> None:
        stopping.set()
        thread.join()

    return stop
