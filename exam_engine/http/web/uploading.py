"""Uploads: what a form with a file sends, read before any transaction begins.

One rule: only whoever is signed in may send a large body, and no text of it holds what no text may hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from exam_engine.http.deps import Inst, SessionClaims, SignedIn, refuse_if_ended
from kernel.errors import Invalid
from kernel.sentences import say


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields of a form, and the one file that came with them; without one, its name and its bytes are empty."""

    fields: Mapping[str, str]
    file_name: str
    content: bytes


async def _sent(request: Request, claims: SessionClaims, installation: Inst, _actor: SignedIn) -> Sent:
    async with request.form(max_files=1) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
        sent = Sent(fields, (file.filename or "") if file else "", await file.read() if file else b"")
    await run_in_threadpool(refuse_if_ended, claims, installation)
    if any("\0" in text for text in (*fields.values(), sent.file_name)):
        message = say("a field holds a NUL character, which no text may hold")
        raise Invalid(message)
    return sent


SentForm = Annotated[Sent, Depends(_sent)]
