"""A marker's pages: what waits for marks, taking it in hand, and one answer beside its rubric.

One rule: whatever was chosen and typed comes back with a refusal, and nobody settles a difference they have not seen.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.preconditions import StateChanged
from exam_engine.http.web.bank.posted_fields import Fields
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.words import SCRIPTS
from exam_engine.scoring.giving_marks import COMMENT_CHARACTERS_MAX, InvalidComment, decline_script, give_marks
from exam_engine.scoring.holds import HeldByOthers, hold_of, is_free, keep_hold
from exam_engine.scoring.marking_desk import script_for, scripts_waiting_for, shown_to_marker
from exam_engine.scoring.scripts import Script, ScriptState
from exam_engine.scoring.taking import NothingWaits, hand_back, take_next, take_script
from kernel.errors import DomainError
from kernel.permissions import Actor, Permission
from kernel.sentences import say
from question_bank.item_kinds.rubrics import UnfitMarks
from question_bank.media_types import SUFFIXES

SHOWN_MAX = 50
_MEDIUM = re.compile(r'"media:([0-9a-f]{64})\.[a-z0-9]+"')
_LEVEL, _COMMENT = "level:", "comment:"
router = APIRouter(prefix="/marking", include_in_schema=False)
Marker = Annotated[Actor, requires(Permission.SCRIPT_MARK)]


@router.get("")
def show_scripts(
    request: Request, tx: ReadTx, now: Now, actor: Marker, given: Annotated[str, Query(max_length=8)] = ""
) -> Response:
    """Show what the marker has in hand, and what waits for them, the longest first."""
    found = scripts_waiting_for(tx, actor, now=now, limit=SHOWN_MAX + 1)
    hold = hold_of(tx, actor, now=now)
    rows = [(script, SCRIPTS[ScriptState(script.state)]) for script in found[:SHOWN_MAX]]
    more = len(found) > SHOWN_MAX
    return page(request, "marking/scripts.html", scripts=rows, hold=hold, more=more, thanked=bool(given))


@router.post("/next")
def take_the_next(tx: Tx, now: Now, actor: Marker) -> Response:
    """Open what waits longest; the list says so where nothing does."""
    try:
        return redirect(f"/marking/{take_next(tx, actor=actor, now=now).script_id}")
    except NothingWaits:
        return redirect("/marking")


@router.get("/{script_id}")
def show_script(request: Request, script_id: uuid.UUID, tx: ReadTx, now: Now, actor: Marker) -> Response:
    """Show an answer and the form for its marks."""
    return _script_page(request, tx, script_for(tx, actor, script_id), actor=actor, now=now)


@router.post("/{script_id}/hold")
def take(script_id: uuid.UUID, tx: Tx, now: Now, actor: Marker) -> Response:
    """Take an answer in hand, or keep it there: the page asks for that while somebody works on it."""
    take_script(tx, script_id, actor=actor, now=now)
    return redirect(f"/marking/{script_id}")


@router.post("/{script_id}/release")
def release(script_id: uuid.UUID, tx: Tx, now: Now, actor: Marker) -> Response:
    """Hand an answer back, and go back to what waits."""
    hand_back(tx, script_id, actor=actor, now=now)
    return redirect("/marking")


@router.post("/{script_id}")
def mark_script(request: Request, script_id: uuid.UUID, fields: Fields, tx: Tx, now: Now, actor: Marker) -> Response:
    """Keep the marks and go back to what waits; what cannot be kept is shown in the form again."""
    script, draft = script_for(tx, actor, script_id, held=True), dict(fields)
    if draft.get("do") == "decline":
        decline_script(tx, script, actor=actor, now=now)
        return redirect("/marking")
    if draft.get("state") != script.state:
        message = say("two others have marked this answer meanwhile and differ; look at both marks, then give yours")
        changed = StateChanged(message)
        return _script_page(request, tx, script, actor=actor, now=now, draft=draft, refusal=changed)
    try:
        with tx.begin_nested():
            give_marks(tx, script, levels=_named(draft, _LEVEL), comments=_named(draft, _COMMENT), actor=actor, now=now)
    except HeldByOthers as refusal:
        return _script_page(request, tx, script, actor=actor, now=now, draft=draft, refusal=refusal)
    except (UnfitMarks, InvalidComment) as refusal:
        with suppress(HeldByOthers):  # after four hours; what was typed is in the form all the same
            keep_hold(tx, script, actor=actor, now=now)
        return _script_page(request, tx, script, actor=actor, now=now, draft=draft, refusal=refusal)
    return redirect("/marking?given=1")


def _named(draft: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return what was posted of each criterion, empty fields left out."""
    return {name.removeprefix(prefix): text for name, text in draft.items() if name.startswith(prefix) and text.strip()}


def _script_page(
    request: Request,
    tx: Session,
    script: Script,
    *,
    actor: Actor,
    now: datetime,
    draft: Mapping[str, str] | None = None,
    refusal: DomainError | None = None,
) -> Response:
    sight = shown_to_marker(tx, script)
    hold = hold_of(tx, actor, now=now)
    item, marking = sight["item"], sight["marking"]
    text = str(sight["response"].get("text", ""))
    stimulus = item.get("stimulus")
    return page(
        request,
        "marking/script.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        script=script,
        hold=hold if hold and hold.script_id == script.id else None,
        is_free=is_free(tx, script, actor=actor, now=now),
        sign=SCRIPTS[ScriptState(script.state)],
        text=text,
        files=[_shown_file(file) for file in sight["response"].get("files", ())],
        count=len(text.split()),
        limits={"min": 0, "max": 0, **item.get("words", {})},
        stem=_with_media(script, item["stem"]),
        stimulus=stimulus and {name: _with_media(script, html) for name, html in stimulus.items()},
        rubric=marking["rubric"],
        guidance=_with_media(script, marking.get("guidance", "")),
        model_answer=_with_media(script, marking.get("model_answer", "")),
        given=sight["to_settle"],
        chosen=_chosen,
        comment_max=COMMENT_CHARACTERS_MAX,
        draft=draft or {},
        refusal=refusal,
    )


def _shown_file(file: Mapping[str, Any]) -> dict[str, Any]:
    media_type = file["media_type"]
    return {**file, "family": media_type.partition("/")[0], "suffix": SUFFIXES[media_type]}


def _chosen(criterion: Mapping[str, Any], marks: Mapping[str, Any]) -> str:
    """Return the level of a criterion that somebody chose, as HTML."""
    level = next(level for level in criterion["levels"] if level["id"] == marks["levels"][criterion["id"]])
    return f"{level['points']}: {level['text']}"


def _with_media(script: Script, html: str) -> str:
    """Return HTML whose media are asked for at the script's own address, for which a marker may ask."""
    return _MEDIUM.sub(rf'"/api/v1/scripts/{script.id}/media/\1"', html)
