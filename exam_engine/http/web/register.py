"""The register: certificates, their history, and what may happen to them later; for whoever may read or change it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from certificates.credentials import Credential
from certificates.document import pdf_of
from certificates.history import changes_of
from certificates.revocation import (
    MOVES,
    REASONS,
    STANDING_AFTER,
    ReasonClass,
    Status,
    credential_for,
    credentials_of,
    reinstate,
    revoke,
    standing_of,
    suspend,
)
from exam_engine.http.deps import Now, ReadTx, Tx, requires, the_installation
from exam_engine.http.web.certificate_lines import certificate_line, pdf_reply
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.words import CHANGE_VERBS, CHANGES
from exam_engine.http.web.words import REASONS as REASON_WORDS
from kernel.errors import DomainError
from kernel.permissions import Actor, Permission

router = APIRouter(prefix="/register", include_in_schema=False)
Reader = Annotated[Actor, requires(Permission.CREDENTIAL_READ)]
Registrar = Annotated[Actor, requires(Permission.CREDENTIAL_REVOKE)]
SHOWN = 50
"""Certificates on one page: checking one takes about two milliseconds."""
_VERBS = {Status.REVOKED: revoke, Status.SUSPENDED: suspend, Status.REINSTATED: reinstate}


@router.get("")
def show_register(
    request: Request, *, tx: ReadTx, now: Now, actor: Reader, start: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Show so many certificates, the newest first, each checked as the public would check it."""
    found = credentials_of(tx, actor)
    keys = the_installation(request).keys
    return page(
        request,
        "register/register.html",
        layout=_layout(actor),
        rows=[certificate_line(tx, credential, keys=keys, now=now) for credential in found[start : start + SHOWN]],
        newer=max(0, start - SHOWN) if start else None,
        older=start + SHOWN if start + SHOWN < len(found) else None,
    )


@router.get("/{credential_id}")
def show_credential(request: Request, credential_id: uuid.UUID, tx: ReadTx, now: Now, actor: Reader) -> Response:
    """Show one certificate with its history and what may happen to it now."""
    return _credential(request, tx, actor, credential_for(tx, actor, credential_id), now=now)


@router.get("/{credential_id}/pdf")
def download(credential_id: uuid.UUID, tx: ReadTx, actor: Reader) -> Response:
    """Download the certificate."""
    credential = credential_for(tx, actor, credential_id)
    return pdf_reply(credential.code, pdf_of(tx, credential))


@router.post("/{credential_id}/status")
def change_status(
    request: Request,
    *,
    credential_id: uuid.UUID,
    tx: Tx,
    now: Now,
    actor: Registrar,
    change: Annotated[Status, Form()],
    reason_class: Annotated[ReasonClass, Form()],
    reason: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Suspend, revoke or reinstate; the public page changes with the commit."""
    credential, keys = credential_for(tx, actor, credential_id), the_installation(request).keys
    try:
        with tx.begin_nested():
            _VERBS[change](tx, credential, reason_class=reason_class, reason=reason, keys=keys, actor=actor, now=now)
    except DomainError as refusal:
        draft = {"change": change.value, "reason_class": reason_class.value, "reason": reason}
        return _credential(request, tx, actor, credential, now=now, draft=draft, refusal=refusal)
    return redirect(f"/register/{credential.id}")


def _credential(
    request: Request,
    tx: Session,
    actor: Actor,
    credential: Credential,
    *,
    now: datetime,
    draft: Mapping[str, str] | None = None,
    refusal: DomainError | None = None,
) -> Response:
    changes = changes_of(tx, credential)
    onward = MOVES[standing_of(changes)]
    verbs = {status: words for status, words in CHANGE_VERBS.items() if STANDING_AFTER[status] in onward}
    return page(
        request,
        "register/credential.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        layout=_layout(actor),
        may_change=actor.may(Permission.CREDENTIAL_REVOKE),
        certificate=certificate_line(tx, credential, keys=the_installation(request).keys, now=now),
        credential=credential,
        changes=[(row, CHANGES[Status(row.status)], REASON_WORDS[ReasonClass(row.reason_class)]) for row in changes],
        verbs=verbs,
        reasons={kind: words for kind, words in REASON_WORDS.items() if any(kind in REASONS[verb] for verb in verbs)},
        draft=draft or {},
        refusal=refusal,
    )


def _layout(actor: Actor) -> str:
    """Return the frame of pages the register stands in for its reader."""
    if actor.may(Permission.SITTING_MANAGE):
        return "manager/frame.html"
    return "decisions/frame.html" if actor.may(Permission.DECISION_MAKE) else "register/frame.html"
