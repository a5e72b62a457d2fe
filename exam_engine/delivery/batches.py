"""Batches: responses that arrived together, written by one statement, and the verdict on each of them.

One rule: the statement itself decides; what it did not insert is looked at afterwards, on the exceptional path.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec
import structlog
from sqlalchemy import Connection, select
from sqlalchemy.exc import InterfaceError, OperationalError

from exam_engine.delivery.answers import Answer, Slot, answer_to, files_named, shared_slot
from exam_engine.delivery.lifecycle import Attempt
from exam_engine.delivery.refusals import verdicts_on
from exam_engine.delivery.response_files import refusals_of_foreign_files
from exam_engine.delivery.responses import Arrival, ForeignResponse, NotSaved, Save, Saved, Verdict
from exam_engine.delivery.timing import grace_ended_before
from kernel.db import Database
from kernel.errors import Fault, Invalid, NotFound
from kernel.sentences import say
from kernel.turns import NoTurn
from question_bank.item_kinds import ANSWERED_BY_FILES
from question_bank.item_kinds.answer_files import AnswerFile

PAPERS_KEPT = 10_000
_log = structlog.get_logger(__name__)

# One statement is one transaction: neither database needs more to make all of it durable or none of it. The text
# never changes, so it is parsed and planned once; what is waiting travels as one JSON parameter. On PostgreSQL the
# share lock lets a hand-in that runs at the same moment see these rows, or keeps them out; an attempt that somebody
# holds is passed over, so that no candidate waits for another one's hand-in. That all sessions of the candidate were
# ended is seen here and nowhere before: what a process remembers of a token may be older.
_POSTGRESQL = """
INSERT INTO responses (attempt_id, slot, revision, save_id, value, value_hash, received_at)
SELECT attempt, slot, base + 1, save_id, value, hash, received
FROM (
    SELECT w.*
    FROM json_to_recordset(%s::json) AS w(
        attempt uuid, slot int, base int, save_id text, value jsonb, hash text,
        received timestamptz, bound timestamptz, series int)
    JOIN attempts a ON a.id = w.attempt
    JOIN accounts c ON c.id = a.candidate_id AND c.session_series = w.series
    WHERE a.state = 'in_progress'
      AND a.deadline_at >= w.bound
      AND w.slot BETWEEN 1 AND a.slot_count
      AND (w.base = 0 OR (SELECT true FROM responses r
                          WHERE r.attempt_id = w.attempt AND r.slot = w.slot AND r.revision = w.base))
    ORDER BY w.attempt, w.slot
    FOR SHARE OF a SKIP LOCKED
) AS accepted
ON CONFLICT DO NOTHING
"""
# Materialised and crossed: SQLite shall take one look at each row and then find its attempt, not the other way round.
_SQLITE = """
INSERT INTO responses (attempt_id, slot, revision, save_id, value, value_hash, received_at)
WITH waiting AS MATERIALIZED (
    SELECT value ->> 'attempt' AS attempt, value ->> 'slot' AS slot, value ->> 'base' AS base,
           value ->> 'save_id' AS save_id, value -> 'value' AS value, value ->> 'hash' AS hash,
           substr(replace(rtrim(value ->> 'received', 'Z'), 'T', ' ') || '.000000', 1, 26) AS received,
           substr(replace(rtrim(value ->> 'bound', 'Z'), 'T', ' ') || '.000000', 1, 26) AS bound,
           value ->> 'series' AS series
    FROM json_each(?)
)
SELECT w.attempt, w.slot, w.base + 1, w.save_id, w.value, w.hash, w.received
FROM waiting w CROSS JOIN attempts a ON a.id = w.attempt
     CROSS JOIN accounts c ON c.id = a.candidate_id AND c.session_series = w.series
WHERE a.state = 'in_progress'
  AND a.deadline_at >= w.bound
  AND w.slot BETWEEN 1 AND a.slot_count
  AND (w.base = 0 OR (SELECT true FROM responses r
                      WHERE r.attempt_id = w.attempt AND r.slot = w.slot AND r.revision = w.base))
ON CONFLICT DO NOTHING
"""
_STATEMENTS = MappingProxyType({"postgresql": _POSTGRESQL, "sqlite": _SQLITE})


class Row(msgspec.Struct, frozen=True, gc=False):
    """One element of the statement's parameter."""

    attempt: uuid.UUID
    slot: int
    base: int
    save_id: str
    value: msgspec.Raw
    hash: str
    received: datetime
    bound: datetime
    series: int


class BatchWriter:
    """Writes batches through one connection of its own, from one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._statement = _STATEMENTS[database.dialect]
        driver: Any = database.engine.dialect.loaded_dbapi
        self._outage = (OperationalError, InterfaceError, driver.OperationalError, driver.InterfaceError)
        self._connection: Connection | None = None
        self._cursor: Any = None
        self._encoder = msgspec.json.Encoder(uuid_format="hex")
        self._papers: dict[uuid.UUID, Mapping[int, Slot]] = {}

    def open(self) -> None:
        """Take a connection out of the pool, in place of the one held so far."""
        self.close()
        self._connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._cursor = self._connection.connection.cursor()

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = self._cursor = None

    def write(self, arrivals: Sequence[Arrival]) -> list[Verdict]:
        """Keep what may be kept, durably, and return a verdict on each save, in order.

        At most one save of each slot of an attempt may be among them. When the database was away for a moment, or
        one save makes the statement fail, that is mended here: a save written before is known by its save id.

        Raises:
            NoTurn: others hold the database; nothing was written.
            Exception: the database is still away.
        """
        try:
            return self._write(arrivals)
        except NoTurn:
            raise
        except Exception as error:  # noqa: BLE001 - whatever failed, nobody has been answered yet
            _log.warning("journal.batch_failed", reason=type(error).__name__, saves=len(arrivals))
            self.open()
            if isinstance(error, self._outage):
                return self._write(arrivals)
        return [self._write_alone(arrival) for arrival in arrivals]

    def _write_alone(self, arrival: Arrival) -> Verdict:
        try:
            return self._write([arrival])[0]
        except Exception as error:  # noqa: BLE001 - what cannot be written must not take its neighbours with it
            _log.error("journal.save_failed", reason=type(error).__name__, attempt=str(arrival.save.attempt_id))
            message = say("the response could not be saved; please send it again")
            return NotSaved(message)

    def _write(self, arrivals: Sequence[Arrival]) -> list[Verdict]:
        self._read_papers({arrival.save.attempt_id for arrival in arrivals})
        verdicts: list[Verdict] = []
        rows: dict[int, Row] = {}
        naming: dict[int, list[AnswerFile]] = {}
        for place, arrival in enumerate(arrivals):
            try:
                slot = self._slot(arrival.save)
                row = rows[place] = _row(arrival, answer_to(slot, arrival.save.response))
            except (Invalid, NotFound) as refusal:
                verdicts.append(refusal)
                continue
            verdicts.append(Saved(row.base + 1, row.hash, arrival.received_at))
            if slot.kind in ANSWERED_BY_FILES:
                naming[place] = files_named(slot, row.value)
        for place, refused in self._foreign_files(rows, naming).items():
            verdicts[place] = refused
            del rows[place]
        if self._insert(list(rows.values())) < len(rows):
            with self._database.reading() as tx:
                found = verdicts_on(tx, [(arrivals[place], row.hash) for place, row in rows.items()])
            for place, verdict in zip(rows, found, strict=True):
                verdicts[place] = verdict
        return verdicts

    def _insert(self, rows: list[Row]) -> int:
        """Run the statement and return how many of the rows it kept."""
        if not rows:
            return 0
        if self._cursor is None:
            self.open()
        waiting = self._encoder.encode(rows).decode()
        with self._database.turn():
            self._cursor.execute(self._statement, (waiting,))
        return int(self._cursor.rowcount)

    def _foreign_files(
        self, rows: Mapping[int, Row], naming: Mapping[int, list[AnswerFile]]
    ) -> dict[int, ForeignResponse]:
        """Return by its place in the batch what names files that did not come to its slot; most batches name none."""
        places = {(rows[place].attempt, rows[place].slot): place for place, files in naming.items() if files}
        if not places:
            return {}
        with self._database.reading() as tx:
            refused = refusals_of_foreign_files(tx, {at: naming[place] for at, place in places.items()})
        return {places[at]: refusal for at, refusal in refused.items()}

    def _slot(self, save: Save) -> Slot:
        paper = self._papers.get(save.attempt_id)
        if paper is None:
            message = say("there is no such attempt")
            raise NotFound(message)
        slot = paper.get(save.slot)
        if slot is None:
            message = say("the paper has the slots 1 to %(count)s", count=len(paper))
            raise ForeignResponse(message, faults=[Fault("slot", say("%(slot)s is not one of them", slot=save.slot))])
        return slot

    def _read_papers(self, attempt_ids: AbstractSet[uuid.UUID]) -> None:
        # A paper never changes, so it is read once.
        unknown = set(attempt_ids) - self._papers.keys()
        if not unknown:
            return
        if len(self._papers) > PAPERS_KEPT:
            self._papers.clear()
            unknown = set(attempt_ids)
        with self._database.reading() as tx:
            found = tx.execute(select(Attempt.id, Attempt.paper).where(Attempt.id.in_(unknown))).all()
        for attempt_id, paper in found:
            self._papers[attempt_id] = {slot["slot"]: shared_slot(slot["kind"], slot["arrangement"]) for slot in paper}


def _row(arrival: Arrival, answer: Answer) -> Row:
    save, received_at = arrival.save, arrival.received_at
    bound = grace_ended_before(received_at)
    return Row(
        save.attempt_id,
        save.slot,
        save.base_revision,
        save.save_id,
        answer.value,
        answer.value_hash,
        received_at,
        bound,
        save.session_series,
    )
