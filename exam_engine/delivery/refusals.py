"""Refusals: why a save was not inserted. One query tells it for everything that a batch has lost."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session

from exam_engine.delivery.lifecycle import Attempt, AttemptState
from exam_engine.delivery.responses import Arrival, AttemptClosed, Response, Saved, StaleRevision, TooLate, Verdict
from exam_engine.delivery.timing import accepts_until
from kernel.accounts import Account, session_ended
from kernel.canonical import iso
from kernel.sentences import say

History = dict[int, Response]
"""What matters of one slot of one attempt, by revision: the newest, and the one a lost save would have become."""


def verdicts_on(tx: Session, lost: Sequence[tuple[Arrival, str]]) -> list[Verdict]:
    """Return for each lost save, given with the hash of its value, the reply that it repeats or what is against it.

    None where nothing is against it any more: somebody held the attempt just then, or it has only now begun.
    """
    histories: dict[tuple[uuid.UUID, int], History] = {
        (arrival.save.attempt_id, arrival.save.slot): {} for arrival, _ in lost
    }
    standings: dict[uuid.UUID, tuple[str, datetime | None]] = {}
    series: dict[uuid.UUID, int] = {}
    wished = [(arrival.save.attempt_id, arrival.save.slot, arrival.save.base_revision + 1) for arrival, _ in lost]
    newest = (
        select(Response.attempt_id, Response.slot, func.max(Response.revision))
        .where(tuple_(Response.attempt_id, Response.slot).in_(list(histories)))
        .group_by(Response.attempt_id, Response.slot)
    )
    place = tuple_(Response.attempt_id, Response.slot, Response.revision)
    matters = or_(place.in_(wished), place.in_(newest))
    rows = tx.execute(
        select(Attempt.id, Attempt.state, Attempt.deadline_at, Account.session_series, Response)
        .join(Account, Account.id == Attempt.candidate_id)
        .outerjoin(Response, (Response.attempt_id == Attempt.id) & matters)
        .where(Attempt.id.in_({attempt_id for attempt_id, _ in histories}))
    )
    for attempt_id, state, deadline_at, current, response in rows:
        standings[attempt_id] = (state, deadline_at)
        series[attempt_id] = current
        if response is not None:
            histories[attempt_id, response.slot][response.revision] = response
    return [
        _ended(arrival, series[arrival.save.attempt_id])
        or _repeated(arrival, value_hash, histories[arrival.save.attempt_id, arrival.save.slot])
        or _against(arrival, *standings[arrival.save.attempt_id])
        or _stale(arrival, histories[arrival.save.attempt_id, arrival.save.slot])
        for arrival, value_hash in lost
    ]


def _ended(arrival: Arrival, series: int) -> Exception | None:
    return None if arrival.save.session_series == series else session_ended()


def _repeated(arrival: Arrival, value_hash: str, history: Mapping[int, Response]) -> Saved | None:
    earlier = history.get(arrival.save.base_revision + 1)
    if earlier is None or (earlier.save_id, earlier.value_hash) != (arrival.save.save_id, value_hash):
        return None
    return Saved(earlier.revision, earlier.value_hash, earlier.received_at)


def _against(arrival: Arrival, state: str, deadline_at: datetime | None) -> Exception | None:
    if state != AttemptState.IN_PROGRESS or deadline_at is None:
        message = say("the attempt is %(state)s; responses are taken only while it is in progress", state=say(state))
        return AttemptClosed(message, state=state)
    if arrival.received_at > accepts_until(deadline_at):
        message = say(
            "the time was over at %(deadline_at)s; this response came at %(received_at)s",
            deadline_at=iso(deadline_at),
            received_at=iso(arrival.received_at),
        )
        return TooLate(message, deadline_at=deadline_at)
    return None


def _stale(arrival: Arrival, history: Mapping[int, Response]) -> StaleRevision | None:
    current = max(history, default=0)
    if current == arrival.save.base_revision:
        return None
    newest = history.get(current)
    message = say(
        "slot %(slot)s stands at revision %(current)s, not %(base_revision)s; look at it again",
        slot=arrival.save.slot,
        current=current,
        base_revision=arrival.save.base_revision,
    )
    return StaleRevision(
        message,
        revision=current,
        response=newest.value if newest else {},
        sha256=newest.value_hash if newest else None,
    )
