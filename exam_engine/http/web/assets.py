"""Assets: styles, scripts, fonts and drawings, all of them ours, read once and served under the hash of their content.

One rule: whatever is served under the current hash never changes, so browsers may keep it for a year.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from kernel.errors import NotFound
from kernel.sentences import say

FOLDER = Path(__file__).parent / "static"
KEEP = "public, max-age=31536000, immutable"
HASH_CHARACTERS = 12
_TYPES = {".js": "text/javascript", ".woff2": "font/woff2"}


@dataclass(frozen=True, slots=True)
class Assets:
    """Every file by its path below the folder, and the hash over all of them."""

    files: Mapping[str, bytes]
    content_hash: str


@cache
def assets() -> Assets:
    """Read the folder; one hash covers it all, so that styles and modules may name each other by relative paths."""
    files = {str(path.relative_to(FOLDER)): path.read_bytes() for path in sorted(FOLDER.rglob("*")) if path.is_file()}
    whole = hashlib.sha256()
    for name, content in files.items():
        whole.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return Assets(files, whole.hexdigest()[:HASH_CHARACTERS])


def asset_url(name: str) -> str:
    """Return the address of a file that exists; KeyError otherwise, before any visitor sees the page."""
    assets().files[name]
    return f"/static/{assets().content_hash}/{name}"


def mount_static(app: FastAPI) -> None:
    """Serve the files. They are public and hold nothing about anybody."""
    app.add_route("/static/{content_hash}/{name:path}", _serve, methods=["GET"], include_in_schema=False)


async def _serve(request: Request) -> Response:
    name = request.path_params["name"]
    content = assets().files.get(name)
    if content is None:
        message = say("there is no such file")
        raise NotFound(message)
    # A page from before an update may ask under its older hash: it gets what there is, but must not keep it.
    is_current = request.path_params["content_hash"] == assets().content_hash
    headers = {"Cache-Control": KEEP if is_current else "no-cache"}
    kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers=headers)
