"""Certificates as lines of a list: what a holder or a manager sees of one before opening it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from fastapi.responses import Response
from sqlalchemy.orm import Session

from certificates.codes import grouped
from certificates.credentials import Credential
from certificates.signing import KeyStore
from certificates.verification import verify
from exam_engine.http.web.words import CREDENTIALS, Sign


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One certificate; ``sign`` says whether it holds now, by the same check the public gets."""

    id: uuid.UUID
    code: str
    number: str
    holder_name: str
    title: str
    valid_from: date
    valid_until: date | None
    sign: Sign


def certificate_line(tx: Session, credential: Credential, *, keys: KeyStore, now: datetime) -> CertificateLine:
    """Put a certificate into a line."""
    return CertificateLine(
        id=credential.id,
        code=credential.code,
        number=grouped(credential.code),
        holder_name=credential.snapshot["holder"]["name"],
        title=credential.snapshot["title"],
        valid_from=credential.valid_from,
        valid_until=credential.valid_until,
        sign=CREDENTIALS[verify(tx, credential.code, keys=keys, now=now).status],
    )


def pdf_reply(code: str, pdf: bytes) -> Response:
    """Answer with a certificate as a download."""
    headers = {"Content-Disposition": f'attachment; filename="certificate-{code}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)
