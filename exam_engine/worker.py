"""The worker: closes overdue attempts, lays out what people mark, scores, counts uses of items, issues, forgets.

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
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from certificates.issuing import issue
from exam_engine.delivery.attempts import close_overdue
from exam_engine.delivery.lifecycle import Attempt
from exam_engine.delivery.schedule import Sitting
from exam_engine.installation import Installation
from exam_engine.repeats import forget_replies
from exam_engine.scoring.awards import award_of
from exam_engine.scoring.counting import count_sitting, keep_count
from exam_engine.scoring.decisions import Decision
from exam_engine.scoring.laying_out import lay_out_scripts
from exam_engine.scoring.results import Worked, keep_result, work_out
from exam_engine.scoring.setbacks import DEFECT, Work, note_setback, overcome_setback
from exam_engine.scoring.sitting_counts import note_count, uncounted_sittings
from exam_engine.scoring.worklist import attempts_to_lay_out, unissued_decisions, unscored_attempts
from kernel.errors import DomainError
from kernel.permissions import the_product
from kernel.turns import NoTurn
from question_bank.interchange.waiting import forget_documents

BATCH = 100
CLOSED_AT_ONCE = 5
LAID_OUT_AT_ONCE = 40
"""Attempts: enough people for their answers to lie among others, and short enough for those who are saving."""
Found = TypeVar("Found")
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
        return self._close() + self._lay_out() + self._score() + self.count() + self._issue() + self._forget()

    def work_until(self, stopping: threading.Event) -> None:
        """Work every ``worker_seconds`` until told to stop; an unexpected error is logged and work goes on."""
        while not stopping.is_set():
            try:
                self.work_once()
            except Exception:
                _log.exception("worker.failed")
            stopping.wait(self._installation.settings.worker_seconds)

    def _close(self) -> int:
        # The time of a whole sitting ends at once, while another one is saving answers: a few of them, then a turn for these.
        done = 0
        while done < BATCH:
            with self._installation.database.transaction() as tx:
                closed = len(close_overdue(tx, now=self._installation.clock(), limit=CLOSED_AT_ONCE))
            done += closed
            if closed < CLOSED_AT_ONCE:
                break
        return done

    def _lay_out(self) -> int:
        with self._installation.database.reading() as tx:
            due = [
                Piece(attempt.id, attempt.id, attempt.organisation_id)
                for attempt in attempts_to_lay_out(tx, self._installation.clock())
            ]
        # In equal portions: a last one with a single attempt would tell which answers are one person's.
        count = -(-len(due) // LAID_OUT_AT_ONCE)
        return sum(self._lay_out_together(due[number::count]) for number in range(count))

    def _lay_out_together(self, portion: list[Piece]) -> int:
        """Lay out what several people handed in, in one transaction: nobody sees which answers came together."""
        failed: list[tuple[Piece, Exception]] = []
        try:
            with self._installation.database.transaction() as tx:
                for piece in portion:
                    try:
                        with tx.begin_nested():
                            self._lay_out_one(tx, piece)
                    except Exception as error:
                        failed.append((piece, error))
        except NoTurn:
            return 0
        for piece, reason in failed:
            self._keep_failure(Work.SCORE, piece, reason)
        return len(portion) - len(failed)

    def _lay_out_one(self, tx: Session, piece: Piece) -> None:
        actor = the_product(piece.organisation_id)
        lay_out_scripts(tx, tx.get_one(Attempt, piece.id), actor=actor, now=self._installation.clock())
        overcome_setback(tx, Work.SCORE, piece.attempt_id)

    def _score(self) -> int:
        def read(tx: Session, piece: Piece) -> Worked:
            return work_out(tx, tx.get_one(Attempt, piece.id), actor=the_product(piece.organisation_id))

        def keep(tx: Session, piece: Piece, worked: Worked) -> None:
            actor = the_product(piece.organisation_id)
            keep_result(tx, tx.get_one(Attempt, piece.id), worked, actor=actor, now=self._installation.clock())

        with self._installation.database.reading() as tx:
            due = [
                Piece(attempt.id, attempt.id, attempt.organisation_id)
                for attempt in unscored_attempts(tx, self._installation.clock(), BATCH)
            ]
        return self._do_each(Work.SCORE, due, read, keep)

    def count(self) -> int:
        """Count the uses of items in sittings that are closed and not counted, and return how many were counted.

        A sitting that cannot be counted waits: an hour, for another result, or for somebody to have all counted again.
        """
        with self._installation.database.reading() as tx:
            due = uncounted_sittings(tx, self._installation.clock(), BATCH)
        done = 0
        for sitting_id in due:
            try:
                done += self._count_one(sitting_id)
            except NoTurn:
                break
            except Exception as error:
                reason = error.code if isinstance(error, DomainError) else DEFECT
                self._log_failure("count", sitting_id, reason, error)
                with self._installation.database.transaction() as tx:
                    note_count(tx, tx.get_one(Sitting, sitting_id), reason=reason, now=self._installation.clock())
        return done

    def _count_one(self, sitting_id: uuid.UUID) -> int:
        # Read without a turn to write: a large sitting takes many seconds, and others are saving answers.
        with self._installation.database.reading() as tx:
            counted = count_sitting(tx, tx.get_one(Sitting, sitting_id))
        with self._installation.database.transaction() as tx:
            return keep_count(tx, tx.get_one(Sitting, sitting_id), counted, now=self._installation.clock())

    def _issue(self) -> int:
        installation = self._installation

        def issue_credential(tx: Session, piece: Piece, _read: None) -> None:
            decision = tx.get_one(Decision, piece.id)
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
        return self._do_each(Work.ISSUE, due, _nothing, issue_credential)

    def _forget(self) -> int:
        with self._installation.database.transaction() as tx:
            now = self._installation.clock()
            return forget_replies(tx, now=now) + forget_documents(tx, now=now)

    def _do_each(
        self,
        work: Work,
        due: Iterable[Piece],
        read: Callable[[Session, Piece], Found],
        keep: Callable[[Session, Piece, Found], None],
    ) -> int:
        """Do each piece: what can be read beforehand without a turn to write, because others are saving, and the rest."""
        done = 0
        for piece in due:
            try:
                with self._installation.database.reading() as tx:
                    found = read(tx, piece)
                with self._installation.database.transaction() as tx:
                    keep(tx, piece, found)
                    overcome_setback(tx, work, piece.attempt_id)
            except NoTurn:
                break  # others are writing: that is no fault of this piece, and the next round comes soon
            except Exception as error:
                self._keep_failure(work, piece, error)
            else:
                done += 1
        return done

    def _log_failure(self, doing: str, subject: uuid.UUID, reason: str, error: Exception | None = None) -> None:
        # Where it broke and what kind of error, not its words: they may quote somebody's data.
        trace = "".join(traceback.format_tb(error.__traceback__)) if error else ""
        facts = {"error": type(error).__name__, "trace": trace} if error else {}
        _log.error("worker.piece_failed", doing=doing, subject=str(subject), reason=reason, **facts)

    def _keep_failure(self, work: Work, piece: Piece, error: Exception) -> None:
        refusal = error if isinstance(error, DomainError) else None
        reason = refusal.code if refusal else DEFECT
        places = [fault.place for fault in refusal.faults] if refusal else []
        self._log_failure(work.value, piece.id, reason, None if refusal else error)
        now = self._installation.clock()
        with self._installation.database.transaction() as tx:
            note_setback(tx, work, piece.attempt_id, piece.organisation_id, reason=reason, places=places, now=now)


def _nothing(_tx: Session, _piece: Piece) -> None:
    """Read nothing beforehand."""


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
