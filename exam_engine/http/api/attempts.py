"""A candidate's own exam over the API. Saving a response has its own road: :mod:`exam_engine.http.saves`.

One rule: everything here is selected by the caller's own account; a stranger's attempt does not exist.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy.orm import Session

from exam_engine.delivery.admission import arrive, hold_for_start, start
from exam_engine.delivery.attempts import own_attempt, own_receipt, submit
from exam_engine.delivery.bookings import own_booking
from exam_engine.delivery.lifecycle import Attempt, AttemptState, Receipt
from exam_engine.delivery.paper import candidate_paper
from exam_engine.delivery.response_files import handed_in_files
from exam_engine.delivery.timing import remaining_seconds
from exam_engine.http.api.response_files import FileNamed, file_named
from exam_engine.http.deps import Inst, Now, ReadTx, SessionClaims, Tx, requires
from exam_engine.http.signing_in import exam_token
from exam_engine.proctoring.terminations import termination_of
from exam_engine.scoring.breakdown import areas_for_candidate, competences_for_candidate
from exam_engine.scoring.results import own_result
from kernel.permissions import Actor, Permission

router = APIRouter(tags=["attempts"])
Candidate = Annotated[Actor, requires(Permission.ATTEMPT_SIT)]


class AttemptStanding(BaseModel):
    """Where the caller's attempt stands, by the server's clock."""

    id: uuid.UUID
    state: AttemptState
    slot_count: int
    time_limit_seconds: int
    arrived_at: datetime
    admitted_at: datetime | None
    started_at: datetime | None
    deadline_at: datetime | None
    ended_at: datetime | None
    ended_because: str | None
    server_now: datetime
    remaining_seconds: int | None


class Started(BaseModel):
    """The running attempt and the narrow token that saves its responses."""

    attempt: AttemptStanding
    exam_token: str


class FilesOfSlot(BaseModel):
    """The files of one answer, each with the hash of what is kept of it."""

    slot: int
    files: list[FileNamed]


class ReceiptShown(BaseModel):
    """What the candidate holds after handing in: the hash, and everything that it covers."""

    attempt_id: uuid.UUID
    form_hash: str
    paper_hash: str
    ending: str
    ended_at: datetime
    answered_count: int
    responses: list[Any]
    receipt_hash: str
    files: list[FilesOfSlot]
    """What was handed in as files: the SHA-256 of ``{"files": [...]}`` in canonical form is the slot's in ``responses``."""


class OwnResult(BaseModel):
    """The caller's result: scores and levels, never keys or marks per item."""

    result_id: uuid.UUID
    number: int
    score: str
    item_count: int
    passed: bool
    borderline: bool
    areas: list[Any]
    competences: list[Any]
    rules_met: list[Any]


@router.post("/bookings/{booking_id}/arrival", operation_id="arrive")
def arrive_route(booking_id: uuid.UUID, tx: Tx, now: Now, actor: Candidate) -> AttemptStanding:
    """Arrive at the door: the paper is drawn, the clock does not run yet."""
    return _standing(tx, arrive(tx, own_booking(tx, actor, booking_id), actor=actor, now=now), now)


@router.get("/attempts/{attempt_id}", operation_id="showAttempt")
def show_attempt(attempt_id: uuid.UUID, tx: ReadTx, now: Now, actor: Candidate) -> AttemptStanding:
    """Say where the attempt stands."""
    return _standing(tx, own_attempt(tx, actor, attempt_id), now)


@router.post("/attempts/{attempt_id}/start", operation_id="startAttempt")
def start_route(
    attempt_id: uuid.UUID, tx: Tx, now: Now, actor: Candidate, installation: Inst, session: SessionClaims
) -> Started:
    """Start the clock. Starting twice gives the same deadline and a fresh token."""
    attempt = own_attempt(tx, actor, attempt_id)
    hold_for_start(tx, attempt)
    begun = installation.clock()
    start(tx, attempt, actor=actor, asked_at=now, now=begun)
    return Started(attempt=_standing(tx, attempt, begun), exam_token=exam_token(installation, attempt, session, begun))


@router.get("/attempts/{attempt_id}/paper", operation_id="showPaper")
def show_paper(attempt_id: uuid.UUID, tx: ReadTx, actor: Candidate) -> dict[str, Any]:
    """Return what is asked, in this candidate's order and each item as its kind shows it, with what was answered."""
    return candidate_paper(tx, own_attempt(tx, actor, attempt_id))


@router.post("/attempts/{attempt_id}/submission", operation_id="submitAttempt")
def submit_route(attempt_id: uuid.UUID, tx: Tx, now: Now, actor: Candidate) -> ReceiptShown:
    """Hand in. Handing in twice gives the same receipt."""
    return _receipt(tx, submit(tx, own_attempt(tx, actor, attempt_id), actor=actor, now=now))


@router.get("/attempts/{attempt_id}/receipt", operation_id="showReceipt")
def show_receipt(attempt_id: uuid.UUID, tx: ReadTx, actor: Candidate) -> ReceiptShown:
    """Return the receipt of an ended attempt."""
    return _receipt(tx, own_receipt(tx, actor, attempt_id))


@router.get("/attempts/{attempt_id}/result", operation_id="showOwnResult")
def show_own_result(attempt_id: uuid.UUID, tx: ReadTx, actor: Candidate) -> OwnResult:
    """Return the result once the sitting has been closed."""
    result = own_result(tx, actor, attempt_id)
    return OwnResult(
        result_id=result.id,
        number=result.number,
        score=str(result.score),
        item_count=result.item_count,
        passed=result.passed,
        borderline=result.borderline,
        areas=areas_for_candidate(result.areas),
        competences=competences_for_candidate(result.competences),
        rules_met=result.rules_met,
    )


def _standing(tx: Session, attempt: Attempt, now: datetime) -> AttemptStanding:
    left = None if attempt.deadline_at is None else remaining_seconds(attempt.deadline_at, now)
    ended = termination_of(tx, attempt.id) if attempt.state == AttemptState.TERMINATED else None
    return AttemptStanding(
        id=attempt.id,
        state=AttemptState(attempt.state),
        slot_count=attempt.slot_count,
        time_limit_seconds=attempt.time_limit_seconds,
        arrived_at=attempt.arrived_at,
        admitted_at=attempt.admitted_at,
        started_at=attempt.started_at,
        deadline_at=attempt.deadline_at,
        ended_at=attempt.ended_at,
        ended_because=None if ended is None else ended.reason,
        server_now=now,
        remaining_seconds=left,
    )


def _receipt(tx: Session, receipt: Receipt) -> ReceiptShown:
    facts = {column.key: getattr(receipt, column.key) for column in Receipt.__table__.columns}
    files = [
        FilesOfSlot(slot=slot, files=[file_named(file) for file in files])
        for slot, files in handed_in_files(tx, receipt).items()
    ]
    return ReceiptShown(**facts, files=files)
