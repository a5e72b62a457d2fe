"""The worker: closes overdue attempts, scores what has ended, issues what was granted, forgets what was kept for a day.

There is no job table: the states are the queue. Each piece of work is one transaction and may be repeated
harmlessly, so several workers may run, and one failing piece never stops the rest: it is kept as a setback, which a
manager sees, and tried again ever more rarely.
"""

from __future__ import annotations

import threading
import traceback
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from certificates.issuing import issue
from exam_engine.delivery.attempts import close_overdue
from exam_engine.delivery.lifecycle import Attempt
from exam_engine.installation import Installation
from exam_engine.repeats import forget_replies
from exam_engine.scoring.adjudication import Decision
from exam_engine.scoring.awards import award_of
from exam_engine.scoring.results import score_attempt
from exam_engine.scoring.setbacks import DEFECT, Work, note_setback, overcome_setback
from exam_engine.scoring.worklist import unissued_decisions, unscored_attempts
from kernel.errors import DomainError
from kernel.permissions import the_product
from kernel.turns import NoTurn

BATCH = 100
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of work: the attempt to score or the decision to issue on, and whose attempt it is about."""

    id: uuid.UUID
    attempt_id: uuid.UUID
    organisation_id: uuid.UUID


class Worker:
    """One worker of an installation."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def work_once(self) -> int:
        """Do everything that is due now and return how many pieces were done."""
        return self._close() + self._score() + self._issue() + self._forget()

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
            due = [
                Piece(attempt.id, attempt.id, attempt.organisation_id)
                for attempt in unscored_attempts(tx, self._installation.clock(), BATCH)
            ]
        return self._do_each(Work.SCORE, due, score)

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
            due = [
                Piece(decision.id, decision.attempt_id, decision.organisation_id)
                for decision in unissued_decisions(tx, installation.clock(), BATCH)
            ]
        return self._do_each(Work.ISSUE, due, issue_credential)

    def _forget(self) -> int:
        with self._installation.database.transaction() as tx:
            return forget_replies(tx, now=self._installation.clock())

    def _do_each(self, work: Work, due: Iterable[Piece], do: Callable[[Session, uuid.UUID], None]) -> int:
        done = 0
        for piece in due:
            try:
                with self._installation.database.transaction() as tx:
                    do(tx, piece.id)
                    overcome_setback(tx, work, piece.attempt_id)
            except NoTurn:
                break  # others are writing: that is no fault of this piece, and the next round comes soon
            except DomainError as refusal:
                self._keep_failure(work, piece, refusal.code, [fault.place for fault in refusal.faults])
            except Exception as error:
                # Where it broke and what kind of error, not its words: they may quote somebody's data.
                trace = "".join(traceback.format_tb(error.__traceback__))
                self._keep_failure(work, piece, DEFECT, [], error=type(error).__name__, trace=trace)
            else:
                done += 1
        return done

    def _keep_failure(self, work: Work, piece: Piece, reason: str, places: list[str], **facts: str) -> None:
        _log.error("worker.piece_failed", doing=work.value, subject=str(piece.id), reason=reason, **facts)
        now = self._installation.clock()
        with self._installation.database.transaction() as tx:
            note_setback(tx, work, piece.attempt_id, piece.organisation_id, reason=reason, places=places, now=now)


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
