"""Counting: which papers of a closed sitting showed which item versions, and how these measured; handed to the bank.

One rule: it reads what is kept of attempts and results, changes none of it, and gives the same whenever it is repeated.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from exam_engine.assembly.rules import SchemeRules
from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import Attempt, Receipt
from exam_engine.delivery.responses import Response, receipted_values
from exam_engine.delivery.schedule import Sitting
from exam_engine.scoring.item_use import SavedAt, rest_scores, seconds_to_answers
from exam_engine.scoring.results import Result
from exam_engine.scoring.sitting_counts import note_count
from kernel.canonical import digest
from question_bank.item_analysis import MarkedPaper, tally_of
from question_bank.item_kinds import MARKED_BY_PEOPLE, CreditTable, kind_named
from question_bank.items import ItemVersion
from question_bank.usage import Showing, keep_showings


@dataclass(frozen=True, slots=True)
class Counted:
    """What counting a sitting gave, and the results that it read."""

    showings: tuple[Showing, ...]
    results_hash: str


class _Paper(NamedTuple):
    """One paper that was shown: its attempt, and by slot what it was worth, what was answered and how long it took."""

    attempt: Row[Any]
    scored: Mapping[int, Fraction] | None
    """In the newest result; None where there is none."""
    rest: Mapping[int, Fraction]
    responses: Mapping[int, Mapping[str, Any]]
    seconds: Mapping[int, int]


def count_sitting(tx: Session, sitting: Sitting) -> Counted:
    """Return how the versions that a closed sitting asked were used in it; only reads."""
    results = _newest_results(tx, sitting)
    papers = _papers(tx, sitting, {row.attempt_id: row.marks for row in results})
    asked: defaultdict[uuid.UUID, list[tuple[int, _Paper]]] = defaultdict(list)
    for paper in papers:
        for slot in paper.attempt.paper:
            asked[uuid.UUID(slot["version"])].append((slot["slot"], paper))
    versions = tx.scalars(select(ItemVersion).where(ItemVersion.id.in_(asked)).order_by(ItemVersion.id))
    showings = tuple(_showing(version, asked[version.id], sitting) for version in versions)
    return Counted(showings, _hash_of(row.id for row in results))


def keep_count(tx: Session, sitting: Sitting, counted: Counted, *, now: datetime) -> bool:
    """Hand a count to the bank, unless a result came meanwhile; then it is out of date, and the sitting stays due."""
    tx.refresh(sitting, with_for_update=True)
    if _hash_of(row.id for row in _newest_results(tx, sitting, only_ids=True)) != counted.results_hash:
        return False
    keep_showings(tx, sitting.id, counted.showings, form_id=sitting.form_id, now=now)
    note_count(tx, sitting, results_hash=counted.results_hash, now=now)
    return True


def _showing(version: ItemVersion, asked: Sequence[tuple[int, _Paper]], sitting: Sitting) -> Showing:
    marked = [(slot, paper) for slot, paper in asked if paper.scored is not None]
    is_scored = all(slot in (paper.scored or {}) for slot, paper in marked)
    return Showing(
        version_id=version.id,
        is_scored=is_scored,
        papers=len(asked),
        last_seen_at=max(paper.attempt.ended_at for _, paper in asked),
        tally=tally_of(_marked_paper(version, *place, sitting) for place in marked if _has_mark(version, *place)),
    )


def _has_mark(version: ItemVersion, slot: int, paper: _Paper) -> bool:
    """Whether there is a mark to count: what people mark has none but that of the result."""
    return slot in (paper.scored or {}) or version.kind not in MARKED_BY_PEOPLE


def _marked_paper(version: ItemVersion, slot: int, paper: _Paper, sitting: Sitting) -> MarkedPaper:
    response, scored, kind = paper.responses.get(slot), paper.scored or {}, kind_named(version.kind)
    # What does not count is in no result, so it is marked here: a pilot is judged by the same rules.
    fraction = scored[slot] if slot in scored else kind.mark(version.content, response, _credit(sitting)).fraction
    taken = kind.alternatives(version.content, response) if response else []
    return MarkedPaper(
        fraction=fraction,
        rest=paper.rest[slot],
        is_answered=bool(response),
        choices=tuple((one.place, one.id) for one in taken if one.is_taken),
        seconds=paper.seconds.get(slot) if response else None,
    )


def _credit(sitting: Sitting) -> CreditTable:
    return SchemeRules.parse(sitting.form.blueprint.scheme_version.rules).credit_table


def _papers(tx: Session, sitting: Sitting, marks: Mapping[uuid.UUID, Iterable[Mapping[str, Any]]]) -> list[_Paper]:
    begun = tx.execute(
        select(Attempt.id, Attempt.paper, Attempt.started_at, Attempt.ended_at, Receipt.responses)
        .join(Receipt, Receipt.attempt_id == Attempt.id)
        .join(Booking, Booking.id == Attempt.booking_id)
        .where(Booking.sitting_id == sitting.id, Attempt.started_at.is_not(None))
        .order_by(Attempt.id)
    ).all()
    return [_paper(tx, attempt, marks.get(attempt.id)) for attempt in begun]


def _paper(tx: Session, attempt: Row[Any], marks: Iterable[Mapping[str, Any]] | None) -> _Paper:
    scored = None if marks is None else {mark["slot"]: Fraction(mark["fraction"]) for mark in marks}
    return _Paper(
        attempt,
        scored,
        rest_scores(scored or {}, [slot["slot"] for slot in attempt.paper]),
        receipted_values(tx, attempt.id, attempt.responses),
        seconds_to_answers(attempt.started_at, _saves(tx, attempt)),
    )


def _saves(tx: Session, attempt: Row[Any]) -> list[SavedAt]:
    """Return when each save up to the receipt arrived; what was saved is of no interest here, and may be much."""
    last = {row["slot"]: row["revision"] for row in attempt.responses}
    stored = tx.execute(
        select(Response.received_at, Response.slot, Response.revision).where(Response.attempt_id == attempt.id)
    )
    return [SavedAt(*row) for row in stored if row.revision <= last.get(row.slot, 0)]


def _newest_results(tx: Session, sitting: Sitting, *, only_ids: bool = False) -> list[Row[Any]]:
    columns: list[Any] = [Result.id, Result.attempt_id, *([] if only_ids else [Result.marks])]
    found: Select[Any] = select(*columns)
    found = (
        found.join(Attempt, Attempt.id == Result.attempt_id)
        .join(Booking, Booking.id == Attempt.booking_id)
        .where(Booking.sitting_id == sitting.id)
        .order_by(Result.number)
    )
    return list({row.attempt_id: row for row in tx.execute(found)}.values())


def _hash_of(ids: Iterable[uuid.UUID]) -> str:
    return digest(sorted(str(id_) for id_ in ids))
