"""Files as answers over the API: sent to a question of a running attempt; read by their sender and by markers.

One rule: whoever is told of a file has it kept. It counts only once a saved response names it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from exam_engine.delivery.response_files import (
    KeptFile,
    file_too_large,
    keep_file,
    open_slot,
    own_file,
    read_file,
    receive_file,
)
from exam_engine.http.contents import FILE_REPLIES, file_reply
from exam_engine.http.deps import Inst, Now, ReadTx, Tx, requires
from exam_engine.installation import Installation
from exam_engine.scoring.marking_desk import script_file
from kernel.errors import DomainError, Invalid, TooMany
from kernel.permissions import Actor, Permission
from kernel.sentences import say
from question_bank.item_kinds.answer_files import AnswerFile, FileLimits

FILES_PER_MINUTE = 12
"""Of one attempt: more than anybody chooses."""
READING_COST_MAX = 90
"""Of one attempt in ten minutes: no candidate keeps the readers from the others."""
_COST_PERIOD_SECONDS = 600
_COST_OF_REFUSED = 5
"""Of any file it is one, and one more for each second of reading."""
READERS = 2
_IN_MEMORY_BYTES = 1024 * 1024
# Threads of their own: while they read what takes long, pages and the rest of the API go on.
_readers = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="response-files")
_in_reading: set[uuid.UUID] = set()
"""Attempts; touched by the event loop alone."""
router = APIRouter()
_SLOT = "/attempts/{attempt_id}/slots/{slot}/files"
Candidate = Annotated[Actor, requires(Permission.ATTEMPT_SIT)]
Marker = Annotated[Actor, requires(Permission.SCRIPT_MARK)]
_FILE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class FileNamed(BaseModel):
    """A file as a response names it; ``hash`` is the SHA-256 of what is kept."""

    hash: str
    name: str
    media_type: str
    bytes: int


class FileReceived(BaseModel):
    """What is kept of a file. It is part of the answer only once a saved response names it, as ``file`` stands here."""

    file: FileNamed
    sent_sha256: str
    is_as_sent: bool
    """Whether it is kept byte for byte; otherwise without what programs note beside what is shown."""
    received_at: datetime


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file is sent to, by whom, and what is taken there."""

    actor: Actor
    attempt_id: uuid.UUID
    slot: int
    limits: FileLimits


@dataclass(frozen=True, slots=True)
class _Received:
    kept: KeptFile
    name: str
    at: datetime


# In this order: nobody sends a body before it is clear that they may, and no transaction waits while it comes.
def _place(attempt_id: uuid.UUID, slot: int, actor: Candidate, installation: Inst, now: Now) -> _Place:
    with installation.database.reading() as tx:
        limits = open_slot(tx, actor, attempt_id, slot, now=now)
    if not installation.broker.allow(f"response-files:{attempt_id}", limit=FILES_PER_MINUTE, seconds=60):
        message = say(
            "at most %(files_per_minute)s files are taken in a minute; please wait", files_per_minute=FILES_PER_MINUTE
        )
        raise TooMany(message, retry_after_seconds=60)
    if not _charge(installation, attempt_id):
        message = say("files of this attempt took long to read, or were refused often; please wait some minutes")
        raise TooMany(message, retry_after_seconds=_COST_PERIOD_SECONDS // 2)
    return _Place(actor, attempt_id, slot, limits)


def _charge(installation: Installation, attempt_id: uuid.UUID) -> bool:
    return installation.broker.allow(
        f"reading-files:{attempt_id}", limit=READING_COST_MAX, seconds=_COST_PERIOD_SECONDS
    )


async def _received(
    request: Request,
    place: Annotated[_Place, Depends(_place)],
    installation: Inst,
    name: Annotated[str, Query(max_length=255, description="What its sender calls it; shown to them alone.")] = "",
) -> AsyncIterator[_Received]:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > place.limits.bytes_max:
        raise file_too_large(place.limits)
    # On the disk, not in the memory: many may be sending at once.
    with SpooledTemporaryFile[bytes](max_size=_IN_MEMORY_BYTES) as body:
        await _take(request, body, place.limits)
        at = installation.clock()
        body.seek(0)
        with _turn_of(place.attempt_id):  # until its row is there, so that the next one finds it counted
            loop = asyncio.get_running_loop()
            kept = await loop.run_in_executor(_readers, lambda: _kept(installation, place, body.read(), at))
            yield _Received(kept, name, at)


@contextmanager
def _turn_of(attempt_id: uuid.UUID) -> Iterator[None]:
    if attempt_id in _in_reading:
        message = say("another file of this attempt is being read; please send this one again in a moment")
        raise TooMany(message, retry_after_seconds=5)
    _in_reading.add(attempt_id)
    try:
        yield
    finally:
        _in_reading.discard(attempt_id)


def _kept(installation: Installation, place: _Place, content: bytes, at: datetime) -> KeptFile:
    began, cost = monotonic(), 0
    try:
        found = read_file(content, place.limits)
    except DomainError:
        cost = _COST_OF_REFUSED
        raise
    finally:
        for _ in range(cost + int(monotonic() - began)):
            _charge(installation, place.attempt_id)
    with installation.database.reading() as tx:  # what nobody may send any more is not kept
        open_slot(tx, place.actor, place.attempt_id, place.slot, now=at)
    return keep_file(installation.storage, found)


async def _take(request: Request, body: SpooledTemporaryFile[bytes], limits: FileLimits) -> None:
    size, held = 0, bytearray()
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > limits.bytes_max:
                raise file_too_large(limits)
            held += piece
            if len(held) >= _IN_MEMORY_BYTES:
                await asyncio.to_thread(body.write, held)
                held = bytearray()
    except ClientDisconnect as error:
        message = say("the file broke off on its way; please send it again")
        raise Invalid(message) from error
    await asyncio.to_thread(body.write, held)


@router.post(_SLOT, tags=["attempts"], operation_id="sendResponseFile", status_code=201, openapi_extra=_FILE)
def send_file(
    attempt_id: uuid.UUID,
    slot: int,
    received: Annotated[_Received, Depends(_received, scope="function")],
    tx: Tx,
    actor: Candidate,
) -> FileReceived:
    """Send a file to a question that is answered with files: its bytes as the body. Sending it again adds nothing.

    It is taken while saves are. What is kept of it is read without trust and freed of what programs note beside what
    is shown; then name it in a response to have it count.
    """
    row = receive_file(tx, actor, attempt_id, slot, received.kept, name=received.name, now=received.at)
    return FileReceived(
        file=file_named(row.named),
        sent_sha256=row.sent_sha256,
        is_as_sent=row.sent_sha256 == row.sha256,
        received_at=row.received_at,
    )


@router.get(
    _SLOT + "/{sha256}",
    tags=["attempts"],
    operation_id="showResponseFile",
    response_class=Response,
    responses=FILE_REPLIES,
)
def show_file(
    attempt_id: uuid.UUID, slot: int, sha256: str, tx: ReadTx, actor: Candidate, installation: Inst
) -> Response:
    """Return what is kept of a file that the caller sent to their running attempt."""
    row = own_file(tx, actor, attempt_id, slot, sha256)
    return file_reply(installation.storage, row.sha256, row.media_type, row.name)


@router.get(
    "/scripts/{script_id}/files/{number}",
    tags=["marking"],
    operation_id="showScriptFile",
    response_class=Response,
    responses=FILE_REPLIES,
)
def show_script_file(script_id: uuid.UUID, number: int, tx: ReadTx, installation: Inst, actor: Marker) -> Response:
    """Return the bytes of a file of an answer, to be saved: the first one has the number 1."""
    file, name = script_file(tx, actor, script_id, number)
    return file_reply(installation.storage, file.sha256, file.media_type, name)


def file_named(file: AnswerFile) -> FileNamed:
    """Return a file as a response names it."""
    return FileNamed(hash=file.sha256, name=file.name, media_type=file.media_type, bytes=file.byte_size)
