"""A proctor's pages: the sittings, who is at the door, and the identity check that lets a candidate in."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_engine.delivery.attempts import attempt_for
from exam_engine.delivery.sittings import Sitting, SittingState, sitting_for, sittings_of
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.web.charts import progress
from exam_engine.http.web.listings import places_in
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.words import CHECKS, SITTINGS, STAGES
from exam_engine.proctoring.sessions import CheckMethod, check_in
from kernel.permissions import Actor, Permission

router = APIRouter(prefix="/proctor", include_in_schema=False)
Proctor = Annotated[Actor, requires(Permission.ATTEMPT_ADMIT)]


@router.get("")
def list_sittings(request: Request, tx: ReadTx, actor: Proctor) -> Response:
    """List the sittings, the latest window first."""
    rows = [(sitting, SITTINGS[SittingState(sitting.state)]) for sitting in sittings_of(tx, actor)]
    return page(request, "proctor/sittings.html", sittings=rows)


@router.get("/sittings/{sitting_id}")
def show_sitting(request: Request, sitting_id: uuid.UUID, tx: ReadTx, actor: Proctor) -> Response:
    """Show one sitting with everybody in it."""
    sitting = sitting_for(tx, actor, sitting_id)
    sign = SITTINGS[SittingState(sitting.state)]
    return page(request, "proctor/sitting.html", sign=sign, **_people(tx, actor, sitting))


@router.get("/sittings/{sitting_id}/attempts")
def show_attempts(request: Request, sitting_id: uuid.UUID, tx: ReadTx, actor: Proctor) -> Response:
    """Return the part of the page that changes, for the page to put in place of what it shows."""
    return page(request, "proctor/attempts.html", **_people(tx, actor, sitting_for(tx, actor, sitting_id)))


@router.post("/attempts/{attempt_id}/check-in")
def check_in_page(
    attempt_id: uuid.UUID, tx: Tx, now: Now, actor: Proctor, method: Annotated[CheckMethod, Form()]
) -> Response:
    """Record the identity check and let the candidate in."""
    attempt = attempt_for(tx, actor, attempt_id)
    check_in(tx, attempt, method=method, actor=actor, now=now)
    return redirect(f"/proctor/sittings/{attempt.booking.sitting_id}")


def _people(tx: Session, actor: Actor, sitting: Sitting) -> dict[str, Any]:
    places = places_in(tx, actor, sitting)
    here = [(row.attempt, STAGES[row.stage]) for row in places if row.attempt is not None]
    waiting = [attempt for attempt, sign in here if sign is STAGES["waiting"]]
    return {
        "sitting": sitting,
        "progress": progress({stage: sum(row.stage == stage for row in places) for stage in STAGES}),
        "stages": STAGES,
        "waiting": sorted(waiting, key=lambda attempt: attempt.arrived_at),
        "others": [(attempt, sign) for attempt, sign in here if sign is not STAGES["waiting"]],
        "methods": CHECKS,
    }
