"""A framework draft as it stands: read, compared with the version it began from, published or given up.

One rule: a step is taken on the draft that was seen; where it says something else by now, that is shown first.
"""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.preconditions import StateChanged
from exam_engine.http.web.frame import layout_for
from exam_engine.http.web.frameworks.part import document_bytes
from exam_engine.http.web.frameworks.view import located, view_of
from exam_engine.http.web.frameworks.words import DIFFERENCES, DRAFT_STATES, LOSSES, PARTS
from exam_engine.http.web.rendering import page, redirect
from kernel.errors import DomainError
from kernel.permissions import Actor, Permission
from kernel.sentences import say
from question_bank.framework_comparison import changes_from_base, compare_with_base
from question_bank.framework_drafts import (
    DraftState,
    FrameworkDraft,
    begin_draft,
    discard_draft,
    faults_of,
    framework_draft_for,
    lock_draft,
    publish_draft,
    revise_draft,
    version_taken,
)
from question_bank.framework_parts import PartKind, find_part, part_at, parts_of, seal_of, with_part_moved

router = APIRouter(prefix="/bank/framework-drafts", include_in_schema=False)
Reader = Annotated[Actor, requires(Permission.FRAMEWORK_READ)]
Editor = Annotated[Actor, requires(Permission.FRAMEWORK_EDIT)]
Publisher = Annotated[Actor, requires(Permission.FRAMEWORK_IMPORT)]
Seal = Annotated[str, Form(max_length=64)]
CHANGES_SHOWN = 200
FAULTS_SHOWN = 100


@router.post("")
def begin(tx: Tx, now: Now, actor: Editor) -> Response:
    """Begin a draft of a framework that there is not yet."""
    return redirect(f"/bank/framework-drafts/{begin_draft(tx, actor=actor, now=now).id}")


@router.get("/{draft_id}")
def show_draft(request: Request, draft_id: uuid.UUID, tx: ReadTx, actor: Reader) -> Response:
    """Show a draft with its faults and what it changes."""
    return _draft(request, tx, actor, framework_draft_for(tx, actor, draft_id))


@router.post("/{draft_id}/moves")
def move(
    request: Request,
    *,
    draft_id: uuid.UUID,
    tx: Tx,
    now: Now,
    actor: Editor,
    kind: Annotated[PartKind, Form()] = PartKind.AREA,
    index: Annotated[int, Form(ge=0)] = 0,
    to: Annotated[Literal["up", "down"], Form()] = "up",
    seal: Seal = "",
) -> Response:
    """Change a part for the one before or after it."""
    draft = framework_draft_for(tx, actor, draft_id)
    lock_draft(tx, draft)
    try:
        with tx.begin_nested():
            place = find_part(draft.document, kind, index, seal)
            moved = with_part_moved(draft.document, kind, place, is_up=to == "up")
            revise_draft(tx, draft, document_bytes(moved), file="draft", actor=actor, now=now)
    except DomainError as refusal:
        return _draft(request, tx, actor, draft, refusal=refusal)
    return redirect(f"/bank/framework-drafts/{draft.id}#{kind}-{place}")


@router.post("/{draft_id}/publication")
def publish(request: Request, draft_id: uuid.UUID, tx: Tx, now: Now, actor: Publisher, seal: Seal = "") -> Response:
    """Publish the draft that was seen as a version of its framework."""
    draft = framework_draft_for(tx, actor, draft_id)
    lock_draft(tx, draft)
    try:
        with tx.begin_nested():
            _refuse_unseen(draft, seal)
            publish_draft(tx, draft, actor=actor, now=now)
    except DomainError as refusal:
        tx.refresh(draft)
        return _draft(request, tx, actor, draft, refusal=refusal)
    return redirect(f"/bank/framework-drafts/{draft.id}")


@router.post("/{draft_id}/discarding")
def discard(request: Request, draft_id: uuid.UUID, tx: Tx, now: Now, actor: Editor, seal: Seal = "") -> Response:
    """Give the draft that was seen up; it stays to be read."""
    draft = framework_draft_for(tx, actor, draft_id)
    lock_draft(tx, draft)
    try:
        with tx.begin_nested():
            _refuse_unseen(draft, seal)
            discard_draft(tx, draft, actor=actor, now=now)
    except DomainError as refusal:
        tx.refresh(draft)
        return _draft(request, tx, actor, draft, refusal=refusal)
    return redirect("/bank/frameworks")


def _refuse_unseen(draft: FrameworkDraft, seal: str) -> None:
    if seal_of(draft.document) != seal:
        message = say("somebody has changed the draft since you opened this page; this is how it stands now")
        raise StateChanged(message)


def _seen(draft: FrameworkDraft, kind: PartKind, index: int) -> tuple[str, str]:
    """Return the seal of a part, and the code or number by which its buttons name it."""
    part = parts_of(draft.document, kind)[index]
    return seal_of(part), str(part_at(draft.document, kind, index).get("code") or index + 1)


def _draft(
    request: Request, tx: Session, actor: Actor, draft: FrameworkDraft, *, refusal: DomainError | None = None
) -> Response:
    is_open = draft.state == DraftState.OPEN
    faults = faults_of(draft) if is_open else []
    changes = changes_from_base(draft) if draft.base else []
    return page(
        request,
        "bank/framework_draft.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        layout=layout_for(actor),
        draft=draft,
        address=f"/bank/framework-drafts/{draft.id}",
        drawn=view_of(draft.document),
        seal=seal_of(draft.document),
        seen=lambda kind, index: _seen(draft, PartKind(kind), index),
        sign=DRAFT_STATES[DraftState(draft.state)],
        kinds=PARTS,
        fault_count=len(faults),
        faults=[located(fault, draft.document) for fault in faults[:FAULTS_SHOWN]],
        taken=version_taken(tx, draft),
        competences=compare_with_base(tx, draft) if draft.base else [],
        differences=DIFFERENCES,
        changes=changes[:CHANGES_SHOWN],
        change_count=len(changes),
        losses=LOSSES,
        edits=is_open and actor.may(Permission.FRAMEWORK_EDIT),
        publishes=is_open and actor.may(Permission.FRAMEWORK_IMPORT),
        refusal=refusal,
    )
