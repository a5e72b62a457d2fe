"""Comments on item versions over the API: said, read, and resolved by a later entry."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from kernel.permissions import Actor, Permission
from question_bank.authoring import item_version_for
from question_bank.comments import ItemComment, add_comment, comment_for, comments_on, resolve_comment

router = APIRouter(tags=["items"], route_class=CreatingRoute)
Writer = Annotated[Actor, creates(Permission.ITEM_COMMENT)]


class CommentDraft(BaseModel):
    """What to say, and where: a JSON pointer such as ``/options/1/text``, or nothing for the version as a whole."""

    model_config = ConfigDict(extra="forbid")

    text: str
    place: str = ""


class ResolutionDraft(BaseModel):
    """How a comment was settled."""

    model_config = ConfigDict(extra="forbid")

    text: str


class Resolution(BaseModel):
    """The entry that says that a comment is settled."""

    id: uuid.UUID
    text: str
    at: datetime
    who_id: uuid.UUID
    who: str


class CommentShown(Resolution):
    """A comment on a version, and its resolution where there is one."""

    version_id: uuid.UUID
    place: str
    resolution: Resolution | None


@router.post("/item-versions/{version_id}/comments", operation_id="commentItemVersion", status_code=201)
def comment_item_version(version_id: uuid.UUID, body: CommentDraft, tx: Tx, now: Now, actor: Writer) -> CommentShown:
    """Comment on a version."""
    version = item_version_for(tx, actor, version_id)
    return _comment(add_comment(tx, version, text=body.text, place=body.place, actor=actor, now=now))


@router.get("/item-versions/{version_id}/comments", operation_id="listItemComments")
def list_comments(
    version_id: uuid.UUID,
    tx: ReadTx,
    actor: Annotated[Actor, requires(Permission.ITEM_READ)],
    after: After = None,
    limit: Limit = ROWS,
) -> Page[CommentShown]:
    """List the comments on a version with their resolutions, the first one first."""
    found = comments_on(tx, actor, item_version_for(tx, actor, version_id), after=after, limit=limit + 1)
    rows = [_comment(comment) for comment in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.post("/item-comments/{comment_id}/resolution", operation_id="resolveItemComment", status_code=201)
def resolve_item_comment(comment_id: uuid.UUID, body: ResolutionDraft, tx: Tx, now: Now, actor: Writer) -> Resolution:
    """Say that a comment is settled, and how. It is resolved once and never edited."""
    return _resolution(resolve_comment(tx, comment_for(tx, actor, comment_id), text=body.text, actor=actor, now=now))


def _comment(comment: ItemComment) -> CommentShown:
    return CommentShown(
        **_resolution(comment).model_dump(),
        version_id=comment.version_id,
        place=comment.place,
        resolution=_resolution(comment.resolution) if comment.resolution else None,
    )


def _resolution(entry: ItemComment) -> Resolution:
    return Resolution(id=entry.id, text=entry.text, at=entry.at, who_id=entry.written_by, who=entry.writer.display_name)
