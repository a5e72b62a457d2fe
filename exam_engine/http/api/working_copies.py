"""Working copies over the API: what an author is writing, kept as it is typed and overwritten only as it was read.

One rule: a copy is its author's own. To everybody else it is not there.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Response as Reply
from pydantic import BaseModel, ConfigDict, Field

from exam_engine.http.api.item_drafts import Language
from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.preconditions import ETAG, IfMatch, etag_of, refuse_unseen
from kernel.permissions import Actor, Permission
from question_bank.competences import framework_by_code
from question_bank.items import item_for
from question_bank.working_copies import (
    WorkingCopy,
    begin_copy,
    discard_copy,
    overwrite_copy,
    own_copies,
    working_copy_for,
)

router = APIRouter(tags=["items"], route_class=CreatingRoute)
Writer = Annotated[Actor, requires(Permission.ITEM_WRITE)]
Number = Annotated[int, Field(ge=1)]


class CopyText(BaseModel):
    """What has been typed so far, in the shape of a draft and with its faults.

    ``based_on`` is the version it goes on from, where the author has seen a newer one since.
    """

    model_config = ConfigDict(extra="forbid")

    item: dict[str, Any]
    based_on: Number | None = None


class CopyBegun(CopyText):
    """A new item of a framework, or with ``next_of`` the next version of the item with that code."""

    framework: str
    language: Language
    next_of: str | None = None


class CopyShown(BaseModel):
    """A working copy; ``based_on`` is the version it began from, null for a new item."""

    id: uuid.UUID
    framework: str
    next_of: str | None
    based_on: int | None
    language: str
    item: dict[str, Any]
    revision: int
    saved_at: datetime


@router.post("/working-copies", operation_id="beginWorkingCopy", status_code=201, responses={201: {"headers": ETAG}})
def begin(
    body: CopyBegun, tx: Tx, now: Now, reply: Reply, actor: Annotated[Actor, creates(Permission.ITEM_WRITE)]
) -> CopyShown:
    """Begin to write; 409 ``copy_exists`` where the caller is writing this item already."""
    framework = framework_by_code(tx, actor.organisation_id, body.framework)
    item = None if body.next_of is None else item_for(tx, actor, body.next_of)
    begun = begin_copy(
        tx, framework, item, body.item, based_on=body.based_on, language=body.language, actor=actor, now=now
    )
    return _tagged(begun, reply)


@router.get("/working-copies", operation_id="listWorkingCopies")
def list_copies(tx: ReadTx, actor: Writer, after: After = None, limit: Limit = ROWS) -> Page[CopyShown]:
    """List what the caller is writing, the first begun first."""
    found = own_copies(tx, actor, after=after, limit=limit + 1)
    rows = [_shown(copy) for copy in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/working-copies/{copy_id}", operation_id="showWorkingCopy", responses={200: {"headers": ETAG}})
def show_copy(copy_id: uuid.UUID, tx: ReadTx, actor: Writer, reply: Reply) -> CopyShown:
    """Return a working copy of the caller's."""
    return _tagged(working_copy_for(tx, actor, copy_id), reply)


@router.put("/working-copies/{copy_id}", operation_id="saveWorkingCopy", responses={200: {"headers": ETAG}})
def save_copy(
    copy_id: uuid.UUID, body: CopyText, tx: Tx, now: Now, actor: Writer, reply: Reply, if_match: IfMatch = None
) -> CopyShown:
    """Write over a working copy as it was read."""
    copy = working_copy_for(tx, actor, copy_id, held=True)
    refuse_unseen(_shown(copy), if_match, must_be_told=True)
    return _tagged(overwrite_copy(tx, copy, body.item, based_on=body.based_on, now=now), reply)


@router.delete("/working-copies/{copy_id}", operation_id="discardWorkingCopy", status_code=204)
def discard(copy_id: uuid.UUID, tx: Tx, actor: Writer, if_match: IfMatch = None) -> None:
    """Throw a working copy away."""
    copy = working_copy_for(tx, actor, copy_id, held=True)
    refuse_unseen(_shown(copy), if_match, must_be_told=True)
    discard_copy(tx, copy)


def _tagged(copy: WorkingCopy, reply: Reply) -> CopyShown:
    shown = _shown(copy)
    reply.headers["ETag"] = etag_of(shown)
    return shown


def _shown(copy: WorkingCopy) -> CopyShown:
    return CopyShown(
        id=copy.id,
        framework=copy.framework.code,
        next_of=copy.item.code if copy.item else None,
        based_on=copy.based_on,
        language=copy.language,
        item=copy.document,
        revision=copy.revision,
        saved_at=copy.saved_at,
    )
