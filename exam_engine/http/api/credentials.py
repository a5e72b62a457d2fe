"""Credentials over the API: the holder's own, the body's register, and what happens to them later."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from certificates.credentials import Credential
from certificates.document import pdf_of
from certificates.revocation import (
    ReasonClass,
    Status,
    credential_for,
    credentials_of,
    own_credential,
    own_credentials,
    reinstate,
    revoke,
    suspend,
)
from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Inst, Now, ReadTx, Tx, requires
from kernel.permissions import Actor, Permission

router = APIRouter(tags=["credentials"], route_class=CreatingRoute)
Holder = Annotated[Actor, requires(Permission.ATTEMPT_SIT)]
Reader = Annotated[Actor, requires(Permission.CREDENTIAL_READ)]


class CredentialSummary(BaseModel):
    """A credential as the register holds it."""

    id: uuid.UUID
    code: str
    issued_at: datetime
    valid_from: date
    valid_until: date | None
    snapshot: dict[str, Any]
    snapshot_hash: str


class StatusChanged(BaseModel):
    """What happens to a credential, and why; only the reason's class is public."""

    model_config = ConfigDict(extra="forbid")

    status: Status
    reason_class: ReasonClass
    reason: str


class ChangeRecorded(BaseModel):
    """The appended change."""

    id: uuid.UUID
    status: Status
    reason_class: ReasonClass
    at: datetime


_VERBS = {Status.REVOKED: revoke, Status.SUSPENDED: suspend, Status.REINSTATED: reinstate}


@router.get("/own-credentials", operation_id="listOwnCredentials")
def list_own_credentials(
    tx: ReadTx, actor: Holder, after: After = None, limit: Limit = ROWS
) -> Page[CredentialSummary]:
    """List the caller's own credentials, the newest first."""
    found = own_credentials(tx, actor, after=after, limit=limit + 1)
    rows = [_summary(credential) for credential in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/own-credentials/{credential_id}/pdf", operation_id="downloadOwnCertificate")
def download_own(credential_id: uuid.UUID, tx: ReadTx, actor: Holder) -> Response:
    """Download the caller's own certificate, byte for byte as it was signed."""
    return _pdf(tx, own_credential(tx, actor, credential_id))


@router.get("/credentials", operation_id="listCredentials")
def list_credentials(tx: ReadTx, actor: Reader, after: After = None, limit: Limit = ROWS) -> Page[CredentialSummary]:
    """List the register of the organisation, the newest first."""
    found = credentials_of(tx, actor, after=after, limit=limit + 1)
    rows = [_summary(credential) for credential in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/credentials/{credential_id}", operation_id="showCredential")
def show_credential(credential_id: uuid.UUID, tx: ReadTx, actor: Reader) -> CredentialSummary:
    """Return one entry of the register."""
    return _summary(credential_for(tx, actor, credential_id))


@router.get("/credentials/{credential_id}/pdf", operation_id="downloadCertificate")
def download(credential_id: uuid.UUID, tx: ReadTx, actor: Reader) -> Response:
    """Download a certificate of the organisation."""
    return _pdf(tx, credential_for(tx, actor, credential_id))


@router.post("/credentials/{credential_id}/status-changes", operation_id="changeStatus", status_code=201)
def change_status(
    credential_id: uuid.UUID,
    body: StatusChanged,
    tx: Tx,
    now: Now,
    installation: Inst,
    actor: Annotated[Actor, creates(Permission.CREDENTIAL_REVOKE)],
) -> ChangeRecorded:
    """Suspend, reinstate or revoke; the public page changes at once."""
    credential = credential_for(tx, actor, credential_id)
    verb = _VERBS[body.status]
    keys, reason_class = installation.keys, body.reason_class
    change = verb(tx, credential, reason_class=reason_class, reason=body.reason, keys=keys, actor=actor, now=now)
    return ChangeRecorded.model_validate(change, from_attributes=True)


def _summary(credential: Credential) -> CredentialSummary:
    return CredentialSummary.model_validate(credential, from_attributes=True)


def _pdf(tx: ReadTx, credential: Credential) -> Response:
    return Response(
        pdf_of(tx, credential),
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="certificate-{credential.code}.pdf"'},
    )
