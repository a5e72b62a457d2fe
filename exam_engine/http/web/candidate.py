"""A candidate's pages: bookings, the waiting room, the exam, its receipt and its result.

One rule: everything is selected by the candidate's own account, and every stage of an attempt has one address.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from certificates.document import pdf_of
from certificates.revocation import own_credential, own_credentials
from exam_engine.delivery.admission import arrive, hold_for_start, start
from exam_engine.delivery.attempts import Attempt, AttemptState, own_attempt, own_receipt, submit
from exam_engine.delivery.bookings import own_booking
from exam_engine.delivery.paper import candidate_paper
from exam_engine.delivery.response_files import handed_in_files
from exam_engine.delivery.sittings import SittingState
from exam_engine.delivery.timing import remaining_seconds
from exam_engine.http.deps import Inst, Now, ReadTx, SessionClaims, Tx, requires, the_installation
from exam_engine.http.signing_in import EXAM_COOKIE, exam_token
from exam_engine.http.web.certificate_lines import certificate_line, pdf_reply
from exam_engine.http.web.listings import decision_of, own_places, scored_attempts
from exam_engine.http.web.places import most_urgent, place_of
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.words import ENDINGS
from exam_engine.installation import Installation
from exam_engine.proctoring.terminations import termination_of
from kernel.canonical import iso
from kernel.permissions import Actor, Permission

router = APIRouter(prefix="/my", include_in_schema=False)
Candidate = Annotated[Actor, requires(Permission.ATTEMPT_SIT)]


@router.get("")
def my_exams(request: Request, tx: ReadTx, now: Now, actor: Candidate) -> Response:
    """Show what happens next, every place, and the certificates held."""
    occupied = own_places(tx, actor)
    scored = scored_attempts(tx, [row.attempt.id for row in occupied if row.attempt])
    places = [place_of(row, now, is_scored=row.attempt is not None and row.attempt.id in scored) for row in occupied]
    certificates = [
        certificate_line(tx, credential, keys=the_installation(request).keys, now=now)
        for credential in own_credentials(tx, actor)
    ]
    return page(request, "candidate/my.html", places=places, next=most_urgent(places), certificates=certificates)


@router.post("/bookings/{booking_id}/arrival")
def arrive_page(booking_id: uuid.UUID, tx: Tx, now: Now, actor: Candidate) -> Response:
    """Arrive at the door and go to the waiting room."""
    attempt = arrive(tx, own_booking(tx, actor, booking_id), actor=actor, now=now)
    return _to(attempt)


@router.get("/attempts/{attempt_id}")
def show_attempt(
    request: Request,
    *,
    attempt_id: uuid.UUID,
    tx: ReadTx,
    now: Now,
    actor: Candidate,
    installation: Inst,
    session: SessionClaims,
) -> Response:
    """Show the stage an attempt has reached: waiting room, start, exam, closing; an ended one leads to its receipt."""
    attempt = own_attempt(tx, actor, attempt_id)
    match AttemptState(attempt.state):
        case AttemptState.AWAITING:
            return _door(request, attempt, now)
        case AttemptState.IN_PROGRESS:
            token = exam_token(installation, attempt, session, now)
            return _with_exam_cookie(_exam(request, tx, attempt, now), attempt, token, installation)
        case AttemptState.EXPIRED:
            return page(request, "candidate/not_sat.html", sitting=attempt.booking.sitting)
        case _:
            return _to(attempt, "/receipt")


@router.post("/attempts/{attempt_id}/start")
def start_page(attempt_id: uuid.UUID, tx: Tx, now: Now, actor: Candidate, installation: Inst) -> Response:
    """Start the clock and go to the exam; starting twice gives the same deadline."""
    attempt = own_attempt(tx, actor, attempt_id)
    hold_for_start(tx, attempt)
    return _to(start(tx, attempt, actor=actor, asked_at=now, now=installation.clock()))


@router.post("/attempts/{attempt_id}/submission")
def submit_page(attempt_id: uuid.UUID, tx: Tx, now: Now, actor: Candidate) -> Response:
    """Hand in and go to the receipt; handing in twice gives the same one."""
    attempt = own_attempt(tx, actor, attempt_id)
    submit(tx, attempt, actor=actor, now=now)
    reply = _to(attempt, "/receipt")
    reply.delete_cookie(EXAM_COOKIE, path=_exam_path(attempt))
    return reply


@router.get("/attempts/{attempt_id}/receipt")
def show_receipt(request: Request, attempt_id: uuid.UUID, tx: ReadTx, actor: Candidate) -> Response:
    """Show the receipt; before the end there is none, and the attempt's own page says why."""
    attempt = own_attempt(tx, actor, attempt_id)
    if attempt.state not in ENDINGS:
        return _to(attempt)
    sitting, receipt = attempt.booking.sitting, own_receipt(tx, actor, attempt_id)
    return page(
        request,
        "candidate/receipt.html",
        attempt=attempt,
        sitting=sitting,
        receipt=receipt,
        files=handed_in_files(tx, receipt),
        ending=ENDINGS[AttemptState(attempt.state)],
        termination=termination_of(tx, attempt_id),
        is_closed=sitting.state == SittingState.CLOSED,
        is_decided=decision_of(tx, attempt_id) is not None,
    )


@router.get("/certificates/{credential_id}")
def download_certificate(credential_id: uuid.UUID, tx: ReadTx, actor: Candidate) -> Response:
    """Download a certificate the candidate holds, byte for byte as it was signed."""
    credential = own_credential(tx, actor, credential_id)
    return pdf_reply(credential.code, pdf_of(tx, credential))


def _door(request: Request, attempt: Attempt, now: datetime) -> Response:
    sitting = attempt.booking.sitting
    if attempt.admitted_at is None:
        return page(request, "candidate/waiting.html", attempt=attempt, sitting=sitting)
    opens_at = sitting.start_from if now < sitting.start_from else None
    is_late = now > sitting.start_by
    return page(request, "candidate/ready.html", attempt=attempt, sitting=sitting, opens_at=opens_at, is_late=is_late)


def _exam(request: Request, tx: Session, attempt: Attempt, now: datetime) -> Response:
    assert attempt.deadline_at is not None  # an attempt in progress has one, by constraint
    if remaining_seconds(attempt.deadline_at, now) == 0:
        return page(request, "candidate/closing.html", attempt=attempt)
    return page(
        request,
        "candidate/exam.html",
        attempt=attempt,
        paper={**candidate_paper(tx, attempt), "server_now": iso(now)},
        paper_language=attempt.booking.language,
    )


def _with_exam_cookie(reply: Response, attempt: Attempt, token: str, installation: Installation) -> Response:
    reply.set_cookie(
        EXAM_COOKIE,
        token,
        path=_exam_path(attempt),
        httponly=True,
        secure=installation.settings.public_url.startswith("https://"),
        samesite="strict",
    )
    return reply


def _exam_path(attempt: Attempt) -> str:
    """The one place the exam cookie is sent to: where this attempt's responses are saved."""
    return f"/api/v1/attempts/{attempt.id}"


def _to(attempt: Attempt, page_below: str = "") -> Response:
    return redirect(f"/my/attempts/{attempt.id}{page_below}")
