"""Posted fields: what a form of many fields sends, in the order in which they stand on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from exam_engine.http.deps import SignedIn
from exam_engine.http.middleware import IMPORT_BYTES_MAX


@dataclass(frozen=True, slots=True)
class PostedDocument:
    """A document that was chosen on the device or, after its preview, sent once more with what was agreed to."""

    name: str
    content: bytes
    agreement: str


async def _posted_fields(request: Request, _actor: SignedIn) -> list[tuple[str, str]]:
    form = await request.form(max_files=0)
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


async def _posted_document(request: Request, _actor: SignedIn) -> PostedDocument:
    async with request.form(max_files=1, max_part_size=IMPORT_BYTES_MAX) as form:
        file, said = form.get("file"), {name: value for name, value in form.items() if isinstance(value, str)}
        if isinstance(file, UploadFile):
            return PostedDocument(file.filename or "", await file.read(), "")
    return PostedDocument(said.get("name", ""), said.get("document", "").encode(), said.get("agreement", ""))


Fields = Annotated[list[tuple[str, str]], Depends(_posted_fields)]
Document = Annotated[PostedDocument, Depends(_posted_document)]
