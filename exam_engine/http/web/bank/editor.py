"""The desk of authors: what they are writing, the form for an item of any kind, and its life until it is kept.

One rule: the server reads the form and writes its rows, with and without script, so that there is one reading of it.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.preconditions import StateChanged
from exam_engine.http.web.bank.item_form import (
    blank_form,
    form_of_copy,
    form_of_version,
    form_posted,
    number_in,
    save_copy,
)
from exam_engine.http.web.bank.item_form_page import faults_of, form_page, kept, standing_of
from exam_engine.http.web.bank.item_preview import outline, proof_lines
from exam_engine.http.web.bank.posted_fields import Fields
from exam_engine.http.web.bank.posted_item import change_rows
from exam_engine.http.web.bank.words import ITEM_STATES, KINDS
from exam_engine.http.web.frame import frame_of, layout_for
from exam_engine.http.web.language import spoken
from exam_engine.http.web.rendering import page, redirect
from kernel.errors import DomainError, Invalid
from kernel.permissions import Actor, Permission
from kernel.sentences import say
from question_bank.authoring import item_version_for, version_numbered
from question_bank.competences import framework_by_code, frameworks_of
from question_bank.items import ItemState, item_for
from question_bank.keeping import framework_of_item, own_drafts
from question_bank.previews import content_of, trial_mark
from question_bank.review_dates import VERDICT_WITHIN_MAX, reviews_due
from question_bank.working_copies import discard_copy, newest_number, own_copies, own_copy_of, working_copy_for

router = APIRouter(prefix="/bank", include_in_schema=False)
Reader = Annotated[Actor, requires(Permission.ITEM_READ)]
Writer = Annotated[Actor, requires(Permission.ITEM_WRITE)]
SHOWN_MAX = 50


@router.get("/work")
def show_work(request: Request, tx: ReadTx, now: Now, actor: Reader) -> Response:
    """Show what somebody is writing, their drafts, and what waits for a verdict."""
    writes = actor.may(Permission.ITEM_WRITE)
    due = reviews_due(tx, actor, now=now, within=VERDICT_WITHIN_MAX + timedelta(days=1), limit=SHOWN_MAX)
    return page(
        request,
        "bank/work.html",
        layout=layout_for(actor),
        writes=writes,
        kinds=KINDS,
        signs=ITEM_STATES,
        frameworks=frameworks_of(tx, actor.organisation_id),
        copies=own_copies(tx, actor) if writes else [],
        drafts=own_drafts(tx, actor, limit=SHOWN_MAX) if writes else [],
        due=[version for version in due if version.standing.state == ItemState.IN_REVIEW],
    )


@router.get("/items/new")
def write_new(
    request: Request,
    tx: ReadTx,
    actor: Writer,
    kind: Annotated[str, Query(max_length=64)] = "single_choice",
    framework: Annotated[str, Query(max_length=64)] = "",
    copy: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Show the form of a new item, or go on with one that was begun."""
    if copy:
        found = next((begun for begun in own_copies(tx, actor) if str(begun.id) == copy), None)
        if found is not None:
            return form_page(request, tx, actor, form_of_copy(found))
    known = frameworks_of(tx, actor.organisation_id)
    code = framework or (known[0].code if known else "")
    chosen = framework_by_code(tx, actor.organisation_id, code)
    return form_page(request, tx, actor, blank_form(chosen, kind if kind in KINDS else "single_choice"))


@router.get("/items/{code}/edit")
def write_next(request: Request, code: str, tx: ReadTx, actor: Writer) -> Response:
    """Show the form of the next version of an item, or go on with what was begun."""
    item = item_for(tx, actor, code)
    if begun := own_copy_of(tx, actor, item):
        return form_page(request, tx, actor, form_of_copy(begun))
    version = version_numbered(tx, actor, item, newest_number(tx, item))
    framework = framework_by_code(tx, actor.organisation_id, framework_of_item(tx, item).code)
    return form_page(request, tx, actor, form_of_version(framework, version))


@router.post("/writing")
def write(request: Request, fields: Fields, tx: Tx, now: Now, actor: Writer) -> Response:
    """Do what the pressed button says: change rows, show how it stands, keep it as a draft, or throw it away."""
    form, own = form_posted(tx, actor, fields), dict(fields)
    if change := own.get("rows"):
        change_rows(form.document, change)
        return form_page(request, tx, actor, form)
    if own.get("do") == "discard":
        if form.copy_id is not None:
            discard_copy(tx, working_copy_for(tx, actor, form.copy_id, held=True))
        return redirect("/bank/work")
    if own.get("do") == "keep":
        if own.get("insist"):
            form = replace(form, based_on=number_in(own["insist"]))
        return kept(request, tx, actor, form, now)
    try:
        copy = save_copy(tx, form, actor=actor, now=now)
    except StateChanged as overtaken:
        seen = replace(form, revision=overtaken.facts["revision"])
        both = {"theirs": outline(overtaken.facts["current"]), "mine": outline(form.document)}
        return form_page(request, tx, actor, seen, status=overtaken.status, overtaken=both)
    form = replace(form, copy_id=copy.id, revision=copy.revision)
    return form_page(request, tx, actor, form, faults=faults_of(tx, actor, form))


@router.post("/writing/copy")
def save(request: Request, fields: Fields, tx: Tx, now: Now, actor: Writer) -> Response:
    """Keep what is typed, and answer how it stands: the preview, faults by their fields, what the checks ask."""
    form, own = form_posted(tx, actor, fields), dict(fields)
    if own.get("insist"):
        form = replace(form, revision=number_in(own["insist"]))
    try:
        copy = save_copy(tx, form, actor=actor, now=now)
    except StateChanged as overtaken:
        theirs, mine = outline(overtaken.facts["current"]), outline(form.document)
        told = {"revision": overtaken.facts["revision"], "theirs": theirs, "mine": mine}
        return JSONResponse(told, status_code=overtaken.status)
    form = replace(form, copy_id=copy.id, revision=copy.revision)
    standing = standing_of(request, tx, actor, form)
    return JSONResponse({"copy": str(copy.id), "revision": copy.revision, **standing})


@router.post("/marks")
def mark(request: Request, fields: Fields, tx: ReadTx, actor: Reader) -> Response:
    """Tell what an answer to a version, or to a form as it is typed, would be worth, with the proof."""
    own = dict(fields)
    if own.get("version"):
        version = item_version_for(tx, actor, _uuid(own["version"]))
        kind, content = version.kind, version.content
    else:
        form = form_posted(tx, actor, fields)
        kind, content = form.kind, content_of(form.document)
    try:
        marked = trial_mark(kind, content, _response(own.get("response", "{}")))
    except DomainError as refusal:
        return JSONResponse({"refusal": spoken(refusal.detail, frame_of(request).language)}, status_code=refusal.status)
    return JSONResponse({"fraction": str(marked.fraction), "lines": proof_lines(marked, frame_of(request).language)})


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        message = say("this names no version")
        raise Invalid(message) from error


def _response(text: str) -> Any:  # noqa: ANN401 - whatever was sent; its kind reads it
    try:
        return json.loads(text)
    except ValueError as error:
        message = say("the answer is not JSON")
        raise Invalid(message) from error
