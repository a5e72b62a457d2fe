"""Verification: what anyone may know about a certificate from its number, as separate facts.

One rule: whatever cannot be found gives the same report in the same shape, so nobody learns which numbers exist.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from certificates.authority import fingerprint, read_pem
from certificates.codes import CodeUnreadable, read_code
from certificates.credentials import CertificateDocument, Credential, credential_by_code
from certificates.revocation import ReasonClass, Standing, Status, changes_of, standing_of
from certificates.wording import level_meaning
from kernel.canonical import digest

# No code looks like this: whatever cannot be read is looked up all the same, and takes the same time.
_NO_CODE = ""
_COPIED_FIELDS = (
    *("title", "job_role", "scheme", "scheme_version", "framework", "statement"),
    *("supervision", "language", "sample"),
)


class CredentialStatus(StrEnum):
    """The one word for whether a certificate holds now."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class VerifiedArea:
    """An area as the certificate lists it, with what its level means."""

    code: str
    name: str
    level: int | None
    meaning: str


@dataclass(frozen=True, slots=True)
class VerifiedFields:
    """Every field the certificate shows, from its snapshot."""

    code: str
    holder_name: str
    issuer_name: str
    issuer_website: str | None
    title: str
    job_role: str
    scheme: str
    scheme_version: str
    framework: str
    statement: str
    areas: tuple[VerifiedArea, ...]
    supervision: str
    decided_on: date
    valid_from: date
    valid_until: date | None
    issued_at: datetime
    language: str
    sample: bool


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to the credential later; the body's own wording and the person stay inside."""

    status: Status
    reason_class: ReasonClass
    at: datetime


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What the PDF was signed with; compare the root's SHA-256 fingerprint with the one the issuer publishes."""

    profile: str
    kid: str
    root_sha256: str
    root_pem: str


@dataclass(frozen=True, slots=True)
class Verification:
    """A report of separate facts. Of a number that is not on record, only the status is said.

    ``record_intact`` tells whether the stored record is the one that was issued; where it is not, the status is
    unknown and no field is shown, because none of them can be relied on. ``document_intact`` tells the same of the
    stored PDF, whose SHA-256 is ``pdf_sha256``: a file with another hash is not the certificate that was issued.
    """

    status: CredentialStatus
    checked_at: datetime
    record_intact: bool | None = None
    document_intact: bool | None = None
    pdf_sha256: str | None = None
    fields: VerifiedFields | None = None
    signature: SignatureFacts | None = None
    changes: tuple[Change, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether a reader may rely on the certificate: it is valid and its record and document are whole."""
        return self.status is CredentialStatus.VALID and bool(self.record_intact) and bool(self.document_intact)


def verify(tx: Session, code_text: str, *, now: datetime) -> Verification:
    """Report on the certificate with this number, typed in any of the ways :func:`read_code` understands.

    Never raises for a bad number: unreadable and unknown ones give the same report.
    """
    try:
        code = read_code(code_text)
    except CodeUnreadable:
        code = _NO_CODE
    credential = credential_by_code(tx, code)
    if credential is None:
        return Verification(status=CredentialStatus.UNKNOWN, checked_at=now)
    document = tx.get(CertificateDocument, credential.id)
    changes = changes_of(tx, credential)
    intact = _record_intact(credential)
    return Verification(
        status=_status(credential, standing_of(changes), now) if intact else CredentialStatus.UNKNOWN,
        checked_at=now,
        record_intact=intact,
        document_intact=document is not None and hashlib.sha256(document.pdf).hexdigest() == document.pdf_sha256,
        pdf_sha256=None if document is None else document.pdf_sha256,
        fields=_fields(credential.snapshot) if intact else None,
        signature=_signature(credential) if intact else None,
        changes=tuple(Change(Status(row.status), ReasonClass(row.reason_class), row.at) for row in changes),
    )


def _status(credential: Credential, standing: Standing, now: datetime) -> CredentialStatus:
    if standing is Standing.REVOKED:
        return CredentialStatus.REVOKED
    until = credential.valid_until
    if until is not None and now.astimezone(UTC).date() > until:
        return CredentialStatus.EXPIRED
    return CredentialStatus(standing)


def _record_intact(credential: Credential) -> bool:
    """Compare the snapshot with its hash, and what stands beside it with what the snapshot says."""
    snapshot, key = credential.snapshot, credential.signing_key
    beside = {
        "code": credential.code,
        "valid_from": credential.valid_from.isoformat(),
        "valid_until": None if credential.valid_until is None else credential.valid_until.isoformat(),
    }
    return (
        digest(snapshot) == credential.snapshot_hash
        and all(snapshot.get(name) == value for name, value in beside.items())
        and snapshot["signature"]["kid"] == key.kid
        and snapshot["signature"]["root_sha256"] == _root_fingerprint(key.root_pem)
    )


def _root_fingerprint(root_pem: str) -> str | None:
    try:
        return fingerprint(read_pem(root_pem))
    except ValueError:
        return None


def _fields(snapshot: dict[str, Any]) -> VerifiedFields:
    areas = tuple(
        VerifiedArea(
            code=area["code"],
            name=area["name"],
            level=area["level"],
            meaning=level_meaning(snapshot["statement"], area["level"]),
        )
        for area in snapshot["areas"]
    )
    return VerifiedFields(
        code=snapshot["code"],
        holder_name=snapshot["holder"]["name"],
        issuer_name=snapshot["issuer"]["name"],
        issuer_website=snapshot["issuer"]["website"],
        areas=areas,
        decided_on=date.fromisoformat(snapshot["decided_on"]),
        valid_from=date.fromisoformat(snapshot["valid_from"]),
        valid_until=None if snapshot["valid_until"] is None else date.fromisoformat(snapshot["valid_until"]),
        issued_at=datetime.fromisoformat(snapshot["issued_at"]),
        **{name: snapshot[name] for name in _COPIED_FIELDS},
    )


def _signature(credential: Credential) -> SignatureFacts:
    facts = credential.snapshot["signature"]
    return SignatureFacts(
        profile=facts["profile"],
        kid=facts["kid"],
        root_sha256=facts["root_sha256"],
        root_pem=credential.signing_key.root_pem,
    )
