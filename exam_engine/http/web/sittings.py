"""A manager's pages on sittings: schedule, book, open and close.

One rule: a refused form comes back as it was filled in, with each fault at its field, and nothing is changed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_engine.assembly.editions import languages_of
from exam_engine.assembly.forms import Form, form_for, forms_of
from exam_engine.delivery.bookings import book
from exam_engine.delivery.sittings import (
    Sitting,
    SittingState,
    close_sitting,
    open_sitting,
    schedule_sitting,
    sitting_for,
    sittings_of,
)
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.web.charts import progress
from exam_engine.http.web.language import name_of
from exam_engine.http.web.listings import form_length, places_in
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.words import SITTINGS, STAGES
from kernel.accounts import member_with_email
from kernel.errors import DomainError, Fault, Invalid
from kernel.permissions import AccountRole, Actor, Permission
from kernel.sentences import say

router = APIRouter(prefix="/manage/sittings", include_in_schema=False)
Manager = Annotated[Actor, requires(Permission.SITTING_MANAGE)]
Text = Annotated[str, FormField(max_length=500)]
LOCAL_MOMENT = "%Y-%m-%dT%H:%M"
"""How browsers write a moment on the wall clock."""


@router.get("")
def list_sittings(request: Request, tx: ReadTx, actor: Manager) -> Response:
    """List every sitting, with the form to schedule another."""
    return _listing(request, tx, actor)


@router.post("")
def schedule(
    request: Request,
    *,
    tx: Tx,
    now: Now,
    actor: Manager,
    form_id: Annotated[uuid.UUID, FormField()],
    title: Text = "",
    start_from: Text = "",
    start_by: Text = "",
    time_zone: Text = "",
) -> Response:
    """Schedule a sitting and go to its page."""
    draft = {"title": title, "form_id": str(form_id), "start_from": start_from, "start_by": start_by}
    try:
        with tx.begin_nested():
            sitting = schedule_sitting(
                tx,
                form_for(tx, actor, form_id),
                title=title,
                start_from=_local_moment(start_from, time_zone, "start_from"),
                start_by=_local_moment(start_by, time_zone, "start_by"),
                time_zone=time_zone,
                actor=actor,
                now=now,
            )
    except DomainError as refusal:
        return _listing(request, tx, actor, draft={**draft, "time_zone": time_zone}, refusal=refusal)
    return _to(sitting)


@router.get("/{sitting_id}")
def show_sitting(request: Request, sitting_id: uuid.UUID, tx: ReadTx, actor: Manager) -> Response:
    """Show one sitting with its places and the next step."""
    return _sitting(request, tx, actor, sitting_for(tx, actor, sitting_id))


@router.post("/{sitting_id}/opening")
def open_page(request: Request, sitting_id: uuid.UUID, tx: Tx, now: Now, actor: Manager) -> Response:
    """Open a sitting: candidates may arrive."""
    sitting = sitting_for(tx, actor, sitting_id)
    try:
        with tx.begin_nested():
            open_sitting(tx, sitting, actor=actor, now=now)
    except DomainError as refusal:
        return _sitting(request, tx, actor, sitting, refusal=refusal)
    return _to(sitting)


@router.post("/{sitting_id}/closing")
def close_page(request: Request, sitting_id: uuid.UUID, tx: Tx, now: Now, actor: Manager) -> Response:
    """Close a sitting; refused, with the reason, while somebody is still working."""
    sitting = sitting_for(tx, actor, sitting_id)
    try:
        with tx.begin_nested():
            close_sitting(tx, sitting, actor=actor, now=now)
    except DomainError as refusal:
        return _sitting(request, tx, actor, sitting, refusal=refusal)
    return _to(sitting)


@router.post("/{sitting_id}/bookings")
def book_place(
    request: Request,
    *,
    sitting_id: uuid.UUID,
    tx: Tx,
    now: Now,
    actor: Manager,
    email: Text = "",
    candidate_name: Text = "",
    language: Text = "",
) -> Response:
    """Give a candidate of the organisation a place."""
    sitting = sitting_for(tx, actor, sitting_id)
    try:
        with tx.begin_nested():
            candidate = member_with_email(tx, actor.organisation_id, email, AccountRole.CANDIDATE)
            wish = language or None
            book(tx, sitting, candidate, candidate_name=candidate_name, language=wish, actor=actor, now=now)
    except DomainError as refusal:
        draft = {"email": email, "candidate_name": candidate_name, "language": language}
        return _sitting(request, tx, actor, sitting, draft=draft, refusal=refusal)
    return _to(sitting)


def _listing(
    request: Request,
    tx: Session,
    actor: Actor,
    *,
    draft: Mapping[str, str] | None = None,
    refusal: DomainError | None = None,
) -> Response:
    return page(
        request,
        "manager/sittings.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        sittings=[(sitting, SITTINGS[SittingState(sitting.state)]) for sitting in sittings_of(tx, actor)],
        forms=[(str(form.id), _form_name(form)) for form in forms_of(tx, actor)],
        draft=draft or {},
        refusal=refusal,
    )


def _sitting(
    request: Request,
    tx: Session,
    actor: Actor,
    sitting: Sitting,
    *,
    draft: Mapping[str, str] | None = None,
    refusal: DomainError | None = None,
) -> Response:
    places = places_in(tx, actor, sitting)
    return page(
        request,
        "manager/sitting.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        sitting=sitting,
        sign=SITTINGS[SittingState(sitting.state)],
        blueprint=sitting.form.blueprint,
        exam_languages={language: name_of(language) for language in languages_of(tx, sitting.form)},
        item_count=form_length(tx, sitting.form),
        progress=progress({stage: sum(row.stage == stage for row in places) for stage in STAGES}),
        stages=STAGES,
        places=[(row.booking, STAGES[row.stage]) for row in places],
        draft=draft or {},
        refusal=refusal,
    )


def _form_name(form: Form) -> str:
    return f"{form.blueprint.scheme_version.scheme.title} \u2013 {form.seed} \u2013 {form.form_hash[:8]}"


def _local_moment(text: str, time_zone: str, place: str) -> datetime:
    """Read a wall-clock moment of the venue, ``2026-12-01T09:00``.

    Raises:
        Invalid: it is not one, the zone does not exist, or the clocks skip this time.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ValueError, OSError, LookupError) as error:
        message = say("the sitting cannot be scheduled like this")
        fault = Fault(
            "time_zone", say("%(time_zone)r is no IANA time zone; write for example Europe/Sofia", time_zone=time_zone)
        )
        raise Invalid(message, faults=[fault]) from error
    try:
        moment = datetime.strptime(text, LOCAL_MOMENT).replace(tzinfo=zone)
    except ValueError as error:
        message = say("the sitting cannot be scheduled like this")
        raise Invalid(message, faults=[Fault(place, say("a day and a time, such as 2026-12-01T09:00"))]) from error
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None):
        message = say("the sitting cannot be scheduled like this")
        raise Invalid(
            message, faults=[Fault(place, say("clocks go forward that night: this time does not exist there"))]
        )
    return moment


def _to(sitting: Sitting) -> Response:
    return redirect(f"/manage/sittings/{sitting.id}")
