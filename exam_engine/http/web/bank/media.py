"""The media page: the pictures, recordings and documents of the bank, what names them, and how new ones come in.

One rule: a file is named by the hash of what is kept of it, so its address never leads anywhere else.
"""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_engine.http.deps import Inst, Now, ReadTx, Tx, requires
from exam_engine.http.web.frame import layout_for
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.uploading import Sent, SentForm
from exam_engine.http.web.words import N_, Sign
from kernel.errors import DomainError
from kernel.permissions import Actor, Permission
from question_bank.media import Medium, StoredFile, add_medium, address_of, media_page, store_file, users_of
from question_bank.previews import OPEN
from question_bank.uploads import MEDIA_TYPES

router = APIRouter(prefix="/bank/media", include_in_schema=False)
Reader = Annotated[Actor, requires(Permission.ITEM_READ)]
Writer = Annotated[Actor, requires(Permission.ITEM_WRITE)]
SHOWN = 24
KEPT = Sign(N_("Added"), "good", "valid")
USERS_SHOWN = 5


class Shown(NamedTuple):
    """A file with its address for texts, the mark that shows it, and the codes of the items that name it."""

    medium: Medium
    family: str
    address: str
    mark: str
    users: list[str]
    more: int


class Received(NamedTuple):
    """What was sent, and the file as it is kept, or why it is not."""

    sent: Sent
    stored: StoredFile | None
    refusal: DomainError | None


# In this order: a stranger sends no large body, and no transaction waits while a file is read and stored.
def _received(_actor: Writer, sent: SentForm, installation: Inst) -> Received:
    try:
        return Received(sent, store_file(installation.storage, sent.content), None)
    except DomainError as refusal:
        return Received(sent, None, refusal)


@router.get("")
def show_media(request: Request, tx: ReadTx, actor: Reader, after: uuid.UUID | None = None) -> Response:
    """Show the files, the newest first."""
    return _media(request, tx, actor, after=after)


@router.post("")
def upload(
    request: Request, received: Annotated[Received, Depends(_received)], tx: Tx, now: Now, actor: Writer
) -> Response:
    """Add a file to the bank; a refusal is shown beside the form."""
    sent, stored, refusal = received
    description = sent.fields.get("description", "")
    if stored is not None:
        try:
            add_medium(tx, stored, file_name=sent.file_name, description=description, actor=actor, now=now)
        except DomainError as fault:
            refusal = fault
        else:
            return redirect(f"/bank/media?added={stored.sha256}")
    return _media(request, tx, actor, description=description, refusal=refusal)


def _media(
    request: Request,
    tx: Session,
    actor: Actor,
    *,
    after: uuid.UUID | None = None,
    description: str = "",
    refusal: DomainError | None = None,
) -> Response:
    media = media_page(tx, actor, after=after, limit=SHOWN + 1)
    users = users_of(tx, media[:SHOWN])
    return page(
        request,
        "bank/media.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        layout=layout_for(actor),
        media=[_shown(medium, users.get(medium.id, [])) for medium in media[:SHOWN]],
        older=f"/bank/media?after={media[SHOWN - 1].id}" if len(media) > SHOWN else "",
        is_first=after is None,
        kept=KEPT,
        added=request.query_params.get("added", ""),
        accepted=",".join(MEDIA_TYPES),
        writes=actor.may(Permission.ITEM_WRITE),
        description=description,
        refusal=refusal,
    )


def _shown(medium: Medium, users: list[str]) -> Shown:
    address, family = address_of(medium), medium.media_type.partition("/")[0]
    mark = f"![{medium.description or OPEN}]({address})"
    return Shown(medium, family, address, mark, users[:USERS_SHOWN], max(0, len(users) - USERS_SHOWN))
