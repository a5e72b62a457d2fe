"""The form for one part of a framework draft: opened, saved on what was seen, taken away.

One rule: whoever comes too late gets both texts, and nothing that was typed is lost.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.web.bank.posted_fields import Fields
from exam_engine.http.web.bank.posted_item import change_rows
from exam_engine.http.web.frame import layout_for
from exam_engine.http.web.frameworks.form import PartForm, form_of, form_posted, part_written
from exam_engine.http.web.frameworks.view import FrameworkView, faults_in, view_of
from exam_engine.http.web.frameworks.words import PARTS, STATUSES
from exam_engine.http.web.rendering import page, redirect
from kernel.errors import DomainError, NotFound
from kernel.permissions import Actor, Permission
from kernel.sentences import say
from question_bank.diffs import Change
from question_bank.eqf import LEVELS
from question_bank.framework_comparison import Hanging, changes_in, items_on
from question_bank.framework_drafts import (
    DraftState,
    FrameworkDraft,
    faults_of,
    framework_draft_for,
    lock_draft,
    revise_draft,
)
from question_bank.framework_parts import (
    PartChanged,
    PartKind,
    find_part,
    part_at,
    parts_of,
    seal_of,
    with_part,
    without_part,
)

router = APIRouter(prefix="/bank/framework-drafts/{draft_id}", include_in_schema=False)
Editor = Annotated[Actor, requires(Permission.FRAMEWORK_EDIT)]
NEW = "new"
_INDEX = re.compile("[0-9]{1,6}")


@router.get("/{kind}/{index}")
def open_part(
    request: Request,
    *,
    draft_id: uuid.UUID,
    kind: PartKind,
    index: str,
    tx: ReadTx,
    actor: Editor,
    area: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Show the form of a part, or of a new one."""
    draft = framework_draft_for(tx, actor, draft_id)
    if draft.state != DraftState.OPEN:
        return redirect(f"/bank/framework-drafts/{draft.id}")
    given = {"area": area} if kind is PartKind.COMPETENCE and area else {}
    return _part(request, tx, actor, draft, form_of(draft.document, kind, _index(index), given))


@router.post("/{kind}/{index}")
def write(
    request: Request, draft_id: uuid.UUID, kind: PartKind, index: str, fields: Fields, tx: Tx, now: Now, actor: Editor
) -> Response:
    """Do what the pressed button says: change rows, save the part, or take it away."""
    draft, own = framework_draft_for(tx, actor, draft_id), dict(fields)
    form = form_posted(kind, _index(index), fields)
    if change := own.get("rows"):
        change_rows(form.written, change)
        return _part(request, tx, actor, draft, form)
    lock_draft(tx, draft)
    try:
        with tx.begin_nested():
            if own.get("do") == "remove" and form.index is not None:
                place = find_part(draft.document, kind, form.index, form.seal)
                _keep(tx, draft, without_part(draft.document, kind, place), actor, now)
                return redirect(f"/bank/framework-drafts/{draft.id}")
            place = _save(tx, draft, form, actor, now)
    except PartChanged:
        return _overtaken(request, tx, actor, draft, form)
    except DomainError as refusal:
        return _part(request, tx, actor, draft, form, refusal=refusal)
    if faults_in(faults_of(draft), draft.document, kind, place):
        return redirect(f"/bank/framework-drafts/{draft.id}/{kind}/{place}")
    return redirect(f"/bank/framework-drafts/{draft.id}#{kind}-{place}")


def document_bytes(document: Mapping[str, Any]) -> bytes:
    """Return a document as it is sent to be saved, in the order in which it was written."""
    return json.dumps(document, ensure_ascii=False).encode()


def _save(tx: Session, draft: FrameworkDraft, form: PartForm, actor: Actor, now: datetime) -> int:
    place = None if form.index is None else find_part(draft.document, form.kind, form.index, form.seal)
    part = part_written(draft.document, form, place)
    _keep(tx, draft, with_part(draft.document, form.kind, place, part), actor, now)
    return len(parts_of(draft.document, form.kind)) - 1 if place is None else place


def _keep(tx: Session, draft: FrameworkDraft, document: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    revise_draft(tx, draft, document_bytes(document), file="draft", actor=actor, now=now)


def _overtaken(request: Request, tx: Session, actor: Actor, draft: FrameworkDraft, form: PartForm) -> Response:
    """Show what stands there now beside what was typed; saving again writes over what is shown, or adds what is gone."""
    parts = parts_of(draft.document, form.kind)
    same = [index for index, part in enumerate(parts) if isinstance(part, dict) and part.get("code", "") == form.known]
    index = same[0] if len(same) == 1 else None
    theirs: Mapping[str, Any] = {}
    changes: list[Change] = []
    if index is not None:
        theirs = part_at(draft.document, form.kind, index)
        mine = with_part(draft.document, form.kind, index, part_written(draft.document, form, index))
        changes = changes_in(theirs, part_at(mine, form.kind, index))
    seen = replace(form, index=index, seal=seal_of(parts[index]) if index is not None else "")
    status = PartChanged.status
    return _part(request, tx, actor, draft, seen, status=status, theirs=theirs, changes=changes)


def _part(
    request: Request,
    tx: Session,
    actor: Actor,
    draft: FrameworkDraft,
    form: PartForm,
    *,
    status: int = HTTPStatus.OK,
    theirs: Mapping[str, Any] | None = None,
    changes: list[Change] | None = None,
    refusal: DomainError | None = None,
) -> Response:
    faults = faults_in(faults_of(draft), draft.document, form.kind, form.index) if form.index is not None else {}
    drawn = view_of(draft.document)
    return page(
        request,
        "bank/framework_part.html",
        status=refusal.status if refusal else status,
        layout=layout_for(actor),
        draft=draft,
        address=f"/bank/framework-drafts/{draft.id}",
        action=f"/bank/framework-drafts/{draft.id}/{form.kind}/{NEW if form.index is None else form.index}",
        form=form,
        drawn=drawn,
        areas=[(area.code, f"{area.code} {area.name}") for area in drawn.areas if area.index is not None],
        competences_for=lambda task: _competences_for(drawn, form.known, task),
        phases=_phases(draft.document),
        hanging=_hanging(tx, draft, form.kind, form.known),
        levels=[(str(level), str(level)) for level in LEVELS],
        kinds=PARTS,
        statuses=STATUSES.items(),
        faults=faults,
        is_overtaken=theirs is not None,
        theirs=theirs or {},
        changes=changes or [],
        refusal=refusal,
    )


def _competences_for(drawn: FrameworkView, role: str, task: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the competences that a task of a role may take, and those it names already."""
    found = [competence for area in drawn.areas for competence in area.competences]
    needed = {one.code: one.name for one in found if role in dict(one.levels)}
    named = [code for code in task.get("competences") or () if isinstance(code, str)]
    return list({**needed, **{code: needed.get(code, "") for code in named}}.items())


def _hanging(tx: Session, draft: FrameworkDraft, kind: PartKind, code: str) -> Hanging:
    if kind is not PartKind.COMPETENCE or draft.base_id is None:
        return Hanging()
    return items_on(tx, draft.base_id).get(code, Hanging())


def _phases(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    head = document.get("framework")
    found = head.get("life_cycle_phases") if isinstance(head, dict) else None
    phases = [phase for phase in found if isinstance(phase, dict)] if isinstance(found, list) else []
    return [(str(phase.get("code", "")), str(phase.get("name", ""))) for phase in phases]


def _index(text: str) -> int | None:
    if text == NEW:
        return None
    if not _INDEX.fullmatch(text):
        message = say("the draft has no such part")
        raise NotFound(message)
    return int(text)
