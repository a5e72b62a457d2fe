"""Contents: stored bytes as a reply, whole or a part of them, such that no browser takes them for anything else.

One rule: what is sent is what the bank found it to be; it runs nothing, is kept by its reader alone, and never changes.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from kernel.errors import DomainError
from kernel.storage import Storage
from question_bank.media import Medium
from question_bank.media_types import MEDIA_SUFFIXES, SUFFIXES

KEEP = "private, max-age=86400, immutable"
"""A day: long enough for an exam, and not for ever on a machine that others use after it."""
POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
REPLIES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes.", "content": {media_type: {} for media_type in MEDIA_SUFFIXES}},
    206: {"description": "The bytes that were asked for by `Range`."},
    304: {"description": "You have it already: its `ETag` is its hash."},
    416: {"description": "There are no such bytes."},
}
"""For the description of routes that reply with contents."""
FILE_REPLIES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes.", "content": {media_type: {} for media_type in SUFFIXES}}
}
"""For those that reply with a candidate's file."""


class NoSuchBytes(DomainError):
    """The range that was asked for begins behind the end."""

    code = "range_not_satisfiable"
    status = 416
    title = "There are no such bytes"


def content_reply(request: Request, storage: Storage, medium: Medium) -> Response:
    """Send the bytes of a medium, or the one range of them that was asked for (RFC 9110, 14)."""
    etag = f'"{medium.sha256}"'
    headers = {
        "ETag": etag,
        "Cache-Control": KEEP,
        "Accept-Ranges": "bytes",
        "Content-Security-Policy": POLICY,
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(_name_of(medium), safe='')}",
    }
    if etag in {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    start, stop = 0, medium.byte_size
    asked = request.headers.get("range", "") if request.headers.get("if-range", etag) == etag else ""
    status = HTTPStatus.OK
    if (part := _part(asked, medium.byte_size)) is not None:
        start, stop = part
        status = HTTPStatus.PARTIAL_CONTENT
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{medium.byte_size}"
    headers["Content-Length"] = str(stop - start)
    pieces = storage.stream(medium.sha256, start, stop)
    return StreamingResponse(pieces, status_code=status, media_type=medium.media_type, headers=headers)


def file_reply(storage: Storage, sha256: str, media_type: str, name: str) -> Response:
    """Send a file that a candidate handed in, to be saved and not shown; damaged bytes are not sent at all."""
    size = storage.verify(sha256)  # in pieces, as it is sent: many may fetch theirs at once
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": POLICY,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Length": str(size),
    }
    return StreamingResponse(storage.stream(sha256, 0, size), media_type=media_type, headers=headers)


def within_reply(content: bytes, media_type: str) -> Response:
    """Send a file of a document that nobody has taken in yet; it is kept by nobody."""
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY, "Content-Disposition": "inline"}
    return Response(content, media_type=media_type, headers=headers)


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """Return start and stop of the one range asked for; None for anything else, which may be answered whole."""
    found = _RANGE.fullmatch(asked)
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        message = f"there are {size} bytes, the first of them has the number 0"
        raise NoSuchBytes(message)
    return start, stop


def _name_of(medium: Medium) -> str:
    """The name it came with, ending as what it is."""
    stem = medium.file_name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    return f"{stem[0] or stem[2] or 'medium'}.{MEDIA_SUFFIXES[medium.media_type]}"
