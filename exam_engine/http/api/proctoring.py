"""Proctoring over the API: who is at the door, letting them in, and ending an attempt before its time."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from exam_engine.delivery.attempts import attempt_for
from exam_engine.delivery.lifecycle import AttemptState
from exam_engine.delivery.sittings import sitting_for
from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.proctoring.sessions import CheckMethod, check_in, waiting_attempts
from exam_engine.proctoring.terminations import end_attempt
from kernel.permissions import Actor, Permission

router = APIRouter(tags=["proctoring"], route_class=CreatingRoute)


class Waiting(BaseModel):
    """A candidate at the door, as the proctor sees them."""

    attempt_id: uuid.UUID
    candidate_name: str
    state: AttemptState
    arrived_at: datetime
    admitted_at: datetime | None


class IdentityCheck(BaseModel):
    """What the proctor looked at. No copy is kept."""

    model_config = ConfigDict(extra="forbid")

    method: CheckMethod


class CheckedIn(BaseModel):
    """The record of the identity check."""

    id: uuid.UUID
    attempt_id: uuid.UUID
    checked_at: datetime


class Ending(BaseModel):
    """Why an attempt is ended before its time; the candidate and an appeal will read it."""

    model_config = ConfigDict(extra="forbid")

    reason: str


class Ended(BaseModel):
    """The record of the ending. It is evidence: what follows from it, other people decide."""

    id: uuid.UUID
    attempt_id: uuid.UUID
    reason: str
    at: datetime


@router.get("/sittings/{sitting_id}/attempts", operation_id="listAttempts")
def list_attempts(
    sitting_id: uuid.UUID,
    tx: ReadTx,
    actor: Annotated[Actor, requires(Permission.SITTING_READ)],
    after: After = None,
    limit: Limit = ROWS,
) -> Page[Waiting]:
    """List who has arrived, and how far they are, in the order of arrival."""
    found = waiting_attempts(tx, actor, sitting_for(tx, actor, sitting_id), after=after, limit=limit + 1)
    rows = [
        Waiting(
            attempt_id=attempt.id,
            candidate_name=attempt.booking.candidate_name,
            state=AttemptState(attempt.state),
            arrived_at=attempt.arrived_at,
            admitted_at=attempt.admitted_at,
        )
        for attempt in found[:limit]
    ]
    return Page(items=rows, next_after=str(rows[-1].attempt_id) if len(found) > limit else None)


@router.post("/attempts/{attempt_id}/check-in", operation_id="checkIn", status_code=201)
def check_in_route(
    attempt_id: uuid.UUID,
    body: IdentityCheck,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, creates(Permission.ATTEMPT_ADMIT)],
) -> CheckedIn:
    """Record the identity check and let the candidate in."""
    record = check_in(tx, attempt_for(tx, actor, attempt_id), method=body.method, actor=actor, now=now)
    return CheckedIn(id=record.id, attempt_id=record.attempt_id, checked_at=record.checked_at)


@router.post("/attempts/{attempt_id}/termination", operation_id="endAttempt", status_code=201)
def end_route(
    attempt_id: uuid.UUID,
    body: Ending,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, creates(Permission.ATTEMPT_TERMINATE)],
) -> Ended:
    """End a running attempt. Every response stays; it is scored only if a person asks for it."""
    termination = end_attempt(tx, attempt_for(tx, actor, attempt_id), reason=body.reason, actor=actor, now=now)
    return Ended.model_validate(termination, from_attributes=True)
