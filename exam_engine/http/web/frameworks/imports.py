"""Frameworks from elsewhere: a file of ours or a CASE package becomes a draft, once its losses were seen and agreed to.

One rule: nothing is kept before; what a person agrees to is this document with this report, and no other.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from exam_engine.http.deps import Now, Tx, requires
from exam_engine.http.web.bank.posted_fields import Document, PostedDocument
from exam_engine.http.web.frame import layout_for
from exam_engine.http.web.frameworks.words import LOSSES
from exam_engine.http.web.rendering import page, redirect
from kernel.canonical import digest
from kernel.errors import DomainError
from kernel.permissions import Actor, Permission
from question_bank.documents import opened, read_object
from question_bank.framework_drafts import begin_draft
from question_bank.interchange.case_reading import CaseReading, read_case
from question_bank.interchange.losses import LossReport

router = APIRouter(prefix="/bank", include_in_schema=False)
Editor = Annotated[Actor, requires(Permission.FRAMEWORK_EDIT)]
UNNAMED = "framework.json"


@router.get("/framework-imports")
def choose(request: Request, actor: Editor) -> Response:
    """Show where a file is chosen."""
    return _page(request, actor)


@router.post("/framework-imports")
def take(request: Request, actor: Editor, posted: Document, tx: Tx, now: Now) -> Response:
    """Begin a draft of a document from which nothing is lost, or whose losses were agreed to; otherwise show them."""
    try:
        reading = _read(posted)
    except DomainError as refusal:
        return _page(request, actor, refusal=refusal)
    report = reading.report.as_json()
    agreement = digest([reading.document, report])
    if reading.report.losses and posted.agreement != agreement:
        return _page(request, actor, posted=posted, report=report, agreement=agreement)
    draft = begin_draft(tx, reading.document, report=reading.report, actor=actor, now=now)
    return redirect(f"/bank/framework-drafts/{draft.id}")


def _read(posted: PostedDocument) -> CaseReading:
    file = posted.name or UNNAMED
    value = read_object(posted.content, file=file)
    if "CFDocument" in value:
        return read_case(posted.content, file=file)
    opened(value, f"{file}#").settle()
    return CaseReading(value, LossReport())


def _page(
    request: Request,
    actor: Actor,
    *,
    posted: PostedDocument | None = None,
    report: dict[str, object] | None = None,
    agreement: str = "",
    refusal: DomainError | None = None,
) -> Response:
    return page(
        request,
        "bank/framework_import.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        layout=layout_for(actor),
        file=posted.name if posted else "",
        # Written anew on one line: line ends and blanks of the file are nothing of what it says.
        document=json.dumps(json.loads(posted.content), ensure_ascii=False) if posted else "",
        report=report,
        agreement=agreement,
        losses=LOSSES,
        refusal=refusal,
    )
