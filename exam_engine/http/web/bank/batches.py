"""The bank's pages for many items at once: a step seen beforehand, confirmed, and undone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.web.bank.items import asked_of, search_of
from exam_engine.http.web.bank.words import ITEM_STATES, OBSTACLES, STEPS
from exam_engine.http.web.frame import layout_for
from exam_engine.http.web.rendering import page, redirect
from kernel.errors import DomainError, Invalid
from kernel.permissions import Actor, Permission
from kernel.sentences import say
from question_bank import batches, next_steps
from question_bank.batches import UNDO, VERSIONS_MAX, Batch, batch_for, take_batch, undone_by
from question_bank.finding import matching_items
from question_bank.items import Item, ItemVersion
from question_bank.next_steps import Step
from question_bank.undoing import undo_batch, undo_preview

router = APIRouter(prefix="/bank/batches", include_in_schema=False)
Reader = Annotated[Actor, requires(Permission.ITEM_READ)]
Reason = Annotated[str, Form(max_length=4000)]


@router.post("/preview")
def show_preview(
    request: Request,
    *,
    tx: ReadTx,
    actor: Reader,
    step: Annotated[Step, Form()],
    scope: Annotated[str, Form()] = "chosen",
    item: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Show what a step would do to the chosen items, or to all that match; nothing is changed."""
    if scope == "matching":
        found = matching_items(tx, actor, search_of(asked_of(request)), limit=VERSIONS_MAX + 1)
    else:
        wanted = select(Item.id).where(Item.organisation_id == actor.organisation_id, Item.code.in_(item or []))
        found = list(tx.scalars(wanted))
    versions = batches.versions_for(tx, actor, step, found[:VERSIONS_MAX])
    return _preview(request, tx, actor, step, versions, is_cut=len(found) > VERSIONS_MAX)


@router.post("")
def take(
    request: Request,
    *,
    tx: Tx,
    now: Now,
    actor: Reader,
    step: Annotated[Step, Form()],
    versions: Annotated[str, Form(max_length=40_000)],
    reason: Reason = "",
) -> Response:
    """Take the step that was seen, with exactly the versions that were."""
    found = batches.versions_named(tx, actor, _ids(versions))
    try:
        with tx.begin_nested():
            batch = take_batch(tx, step, found, reason=reason, actor=actor, now=now)
    except DomainError as refusal:
        return _preview(request, tx, actor, step, found, reason=reason, refusal=refusal)
    return redirect(f"/bank/batches/{batch.id}")


@router.get("/{batch_id}")
def show_batch(request: Request, batch_id: uuid.UUID, tx: ReadTx, actor: Reader) -> Response:
    """Show a step that was taken together, and what of it can be undone."""
    return _batch(request, tx, actor, batch_for(tx, actor, batch_id))


@router.post("/{batch_id}/undoing")
def undo(request: Request, batch_id: uuid.UUID, tx: Tx, now: Now, actor: Reader, reason: Reason = "") -> Response:
    """Lead those versions back that can be."""
    batch = batch_for(tx, actor, batch_id)
    try:
        with tx.begin_nested():
            undoing = undo_batch(tx, batch, reason=reason, actor=actor, now=now)
    except DomainError as refusal:
        return _batch(request, tx, actor, batch, refusal=refusal)
    return redirect(f"/bank/batches/{undoing.id}")


def _preview(
    request: Request,
    tx: Session,
    actor: Actor,
    step: Step,
    versions: Sequence[ItemVersion],
    *,
    is_cut: bool = False,
    reason: str = "",
    refusal: DomainError | None = None,
) -> Response:
    prospects = batches.preview(tx, step, versions, actor=actor)
    able = [prospect for prospect in prospects if prospect.obstacle is None]
    return page(
        request,
        "bank/batch_preview.html",
        layout=layout_for(actor),
        status=refusal.status if refusal else HTTPStatus.OK,
        step=step.value,
        words=STEPS[step],
        able=able,
        unable=[(prospect, OBSTACLES[prospect.obstacle]) for prospect in prospects if prospect.obstacle],
        final=sum(not prospect.can_be_undone for prospect in able),
        ids=" ".join(str(prospect.version.id) for prospect in able),
        needs_reason=next_steps.STEPS[step].needs_reason,
        signs=ITEM_STATES,
        target=ITEM_STATES[next_steps.STEPS[step].target],
        is_cut=is_cut,
        most=VERSIONS_MAX,
        reason=reason,
        refusal=refusal,
    )


def _batch(
    request: Request, tx: Session, actor: Actor, batch: Batch, *, refusal: DomainError | None = None
) -> Response:
    moves = {member.version_id: member for member in batch.members}
    prospects = undo_preview(tx, batch)
    undoing = undone_by(tx, batch)
    return page(
        request,
        "bank/batch.html",
        layout=layout_for(actor),
        status=refusal.status if refusal else HTTPStatus.OK,
        batch=batch,
        words=STEPS[Step(batch.step)] if batch.step != UNDO else None,
        rows=[
            (prospect, moves[prospect.version.id], OBSTACLES[prospect.obstacle] if prospect.obstacle else "")
            for prospect in prospects
        ],
        able=sum(prospect.obstacle is None for prospect in prospects),
        undoing=undoing,
        signs=ITEM_STATES,
        refusal=refusal,
    )


def _ids(text: str) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(part) for part in text.split()]
    except ValueError as error:
        message = say("these are no versions; begin again from the list of items")
        raise Invalid(message) from error
