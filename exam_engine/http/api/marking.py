"""Marking over the API: what waits for a marker, an answer beside its rubric, and the marks somebody gives."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.contents import REPLIES, content_reply
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Inst, Now, ReadTx, Tx, requires
from exam_engine.http.preconditions import ETAG, IfMatch, etag_of, refuse_unseen
from exam_engine.scoring.giving_marks import decline_script, give_marks
from exam_engine.scoring.marking_desk import script_for, script_medium, scripts_waiting_for, shown_to_marker
from exam_engine.scoring.scripts import Script, ScriptState, rubric_of
from kernel.permissions import Actor, Permission

router = APIRouter(tags=["marking"], route_class=CreatingRoute)
Marker = Annotated[Actor, requires(Permission.SCRIPT_MARK)]
CreatingMarker = Annotated[Actor, creates(Permission.SCRIPT_MARK)]


class ScriptSummary(BaseModel):
    """An answer that waits for marks, under a number that says nothing of its writer."""

    id: uuid.UUID
    number: str
    state: ScriptState
    opened_on: date
    """A day and no moment, so that nobody sees which answers were handed in together."""


class ScriptShown(ScriptSummary):
    """An answer with what a marker needs: texts as HTML, the answer as it was written.

    ``to_settle`` holds the two marks that differ where the script is disputed, and nothing before.
    """

    language: str
    item: dict[str, Any]
    marking: dict[str, Any]
    response: dict[str, Any]
    to_settle: list[dict[str, Any]]


class Marks(BaseModel):
    """Of every criterion the level (both by id), and comments where there is something to say."""

    model_config = ConfigDict(extra="forbid")

    levels: dict[str, str]
    comments: dict[str, str] = {}


class MarkingShown(BaseModel):
    """The marks that were given, and where the script stands with them."""

    id: uuid.UUID
    script_id: uuid.UUID
    part: str
    points: int
    points_most: int
    marked_at: datetime


class RecusalShown(BaseModel):
    """That the asking marker leaves an answer to others."""

    script_id: uuid.UUID
    declined_at: datetime


@router.get("/scripts", operation_id="listScripts")
def list_scripts(tx: ReadTx, now: Now, actor: Marker, after: After = None, limit: Limit = ROWS) -> Page[ScriptSummary]:
    """List the answers that wait for the asking marker and are not in other hands, those first that wait longest."""
    found = scripts_waiting_for(tx, actor, now=now, after=after, limit=limit + 1)
    rows = [ScriptSummary.model_validate(script, from_attributes=True) for script in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/scripts/{script_id}", operation_id="showScript", responses={200: {"headers": ETAG}})
def show_script(script_id: uuid.UUID, tx: ReadTx, reply: Response, actor: Marker) -> ScriptShown:
    """Return an answer beside its rubric. Whoever took part in the exam otherwise is refused."""
    shown = _shown(tx, script_for(tx, actor, script_id))
    reply.headers["ETag"] = etag_of(shown)
    return shown


@router.get("/scripts/{script_id}/media/{sha256}", operation_id="showScriptMedium", responses=REPLIES)
def show_medium(
    request: Request, script_id: uuid.UUID, sha256: str, tx: ReadTx, installation: Inst, actor: Marker
) -> Response:
    """Return the bytes of a medium that an answer's item shows."""
    return content_reply(request, installation.storage, script_medium(tx, actor, script_id, sha256))


@router.post("/scripts/{script_id}/markings", operation_id="markScript", status_code=201)
def mark_script(
    script_id: uuid.UUID,
    body: Marks,
    tx: Tx,
    now: Now,
    actor: CreatingMarker,
    if_match: IfMatch = None,
) -> MarkingShown:
    """Give an answer one's marks. They stand; nobody gives marks twice.

    Whoever settles a difference says with ``If-Match`` that they have seen both marks.
    """
    script = script_for(tx, actor, script_id, held=True)
    refuse_unseen(_shown(tx, script), if_match, must_be_told=script.state == ScriptState.DISPUTED)
    marking = give_marks(tx, script, levels=body.levels, comments=body.comments, actor=actor, now=now)
    return MarkingShown(
        id=marking.id,
        script_id=script.id,
        part=marking.part,
        points=marking.points,
        points_most=rubric_of(script.version).most,
        marked_at=marking.marked_at,
    )


@router.post("/scripts/{script_id}/recusals", operation_id="declineScript", status_code=201)
def decline(script_id: uuid.UUID, tx: Tx, now: Now, actor: CreatingMarker) -> RecusalShown:
    """Leave an answer to others, because one knows or guesses whose it is."""
    recusal = decline_script(tx, script_for(tx, actor, script_id), actor=actor, now=now)
    return RecusalShown.model_validate(recusal, from_attributes=True)


def _shown(tx: Session, script: Script) -> ScriptShown:
    summary = ScriptSummary.model_validate(script, from_attributes=True)
    return ScriptShown(**summary.model_dump(), language=script.version.language, **shown_to_marker(tx, script))
