"""Media over the API: files of the item bank, and what a running paper shows of them.

One rule: a file is named by the hash of what is kept of it, so sending it again adds nothing.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from exam_engine.delivery.paper import paper_medium
from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.contents import REPLIES, content_reply
from exam_engine.http.deps import Inst, Now, ReadTx, Tx, WholeBody, requires
from kernel.permissions import Actor, Permission
from question_bank.media import Medium, StoredFile, add_medium, media_page, medium_for, store_file

router = APIRouter(tags=["media"])
Author = Annotated[Actor, requires(Permission.ITEM_WRITE)]
Reader = Annotated[Actor, requires(Permission.ITEM_READ)]
Candidate = Annotated[Actor, requires(Permission.ATTEMPT_SIT)]
_FILE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class MediumShown(BaseModel):
    """A file of the bank without its bytes; sides in pixels."""

    id: uuid.UUID
    sha256: str
    media_type: str
    byte_size: int
    width: int | None
    height: int | None
    milliseconds: int | None
    file_name: str
    description: str
    uploaded_at: datetime


# In this order: a stranger sends no large body, and no transaction waits while a file is read and stored.
def _stored(_actor: Author, body: WholeBody, installation: Inst) -> StoredFile:
    return store_file(installation.storage, body)


@router.post("/media", operation_id="uploadMedium", status_code=201, openapi_extra=_FILE)
def upload_medium(
    stored: Annotated[StoredFile, Depends(_stored)],
    tx: Tx,
    now: Now,
    actor: Author,
    file_name: Annotated[str, Query(description="What it is called, for people to find it again.")] = "",
    description: Annotated[str, Query(description="For whoever cannot see or hear it; may be empty.")] = "",
) -> MediumShown:
    """Add a picture, a recording or a document: its bytes as the body. What is kept of it is named by its hash."""
    return _shown(add_medium(tx, stored, file_name=file_name, description=description, actor=actor, now=now))


@router.get("/media", operation_id="listMedia")
def list_media(tx: ReadTx, actor: Reader, after: After = None, limit: Limit = ROWS) -> Page[MediumShown]:
    """List the files of the organisation, the newest first."""
    found = media_page(tx, actor, after=after, limit=limit + 1)
    rows = [_shown(medium) for medium in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/media/{sha256}", operation_id="showMedium")
def show_medium(sha256: str, tx: ReadTx, actor: Reader) -> MediumShown:
    """Return what is known of a file."""
    return _shown(medium_for(tx, actor, sha256))


@router.get("/media/{sha256}/content", operation_id="showMediumContent", response_class=Response, responses=REPLIES)
def show_medium_content(request: Request, sha256: str, tx: ReadTx, actor: Reader, installation: Inst) -> Response:
    """Return the bytes of a file; a `Range` of them if one is asked for."""
    return content_reply(request, installation.storage, medium_for(tx, actor, sha256))


@router.get(
    "/attempts/{attempt_id}/media/{sha256}",
    operation_id="showPaperMedium",
    response_class=Response,
    responses=REPLIES,
)
def show_paper_medium(
    request: Request, attempt_id: uuid.UUID, sha256: str, tx: ReadTx, actor: Candidate, installation: Inst
) -> Response:
    """Return the bytes of a file that the caller's running paper shows."""
    return content_reply(request, installation.storage, paper_medium(tx, actor, attempt_id, sha256))


def _shown(medium: Medium) -> MediumShown:
    return MediumShown.model_validate(medium, from_attributes=True)
