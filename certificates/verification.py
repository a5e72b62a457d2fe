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

from certificates.authority import pem
from certificates.codes import CodeUnreadable, read_code
from certificates.credentials import CertificateDocument, Credential, credential_by_code
from certificates.history import changes_of, history_intact
from certificates.levels import level_meaning
from certificates.revocation import ReasonClass, Standing, Status, standing_of
from certificates.seals import Chain, record_facts, seal_holds, trusted_chain
from certificates.signing import KeyStore
from kernel.canonical import digest

AFTER_THE_KEY = (
    "After key_valid_until other programs no longer trust the PDF by itself. Until then its signature shows that nobody"
    " changed it; from then on this report, checked anew, is what to go by."
)
_STATUSES, _REASON_CLASSES = frozenset(Status), frozenset(ReasonClass)
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
    """What record and PDF were signed with; compare the root's SHA-256 fingerprint with the one the issuer publishes.

    ``outlives_key`` tells whether the certificate is valid for longer than the certificate of the key that signed it:
    from then on other programs no longer trust the PDF by itself, and this report is what to go by. ``note`` says so in
    words where it is so, or where the key's certificate has ended already.
    """

    profile: str
    kid: str
    key_valid_from: datetime
    key_valid_until: datetime
    outlives_key: bool
    note: str | None
    root_sha256: str
    root_pem: str


@dataclass(frozen=True, slots=True)
class Verification:
    """A report of separate facts. Of a number that is not on record, only the status is said.

    ``record_intact`` tells whether the stored record is the one that was issued: it and the hash of its PDF carry the
    seal of a key that a root of this installation certified. Where it is not, no field is shown, because none of them
    can be relied on, and the status is unknown, unless a suspension or revocation is on record. ``history_intact`` tells
    whether the later changes are all there as the issuer sealed them; where it is false, the same holds.
    ``document_intact`` tells it of the stored PDF, whose SHA-256 is ``pdf_sha256``: a file with another hash is not the
    certificate that was issued.
    """

    status: CredentialStatus
    checked_at: datetime
    record_intact: bool | None = None
    history_intact: bool | None = None
    document_intact: bool | None = None
    pdf_sha256: str | None = None
    fields: VerifiedFields | None = None
    signature: SignatureFacts | None = None
    changes: tuple[Change, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether a reader may rely on the certificate: it is valid and its record, history and document are whole."""
        is_whole = self.record_intact and self.history_intact and self.document_intact
        return self.status is CredentialStatus.VALID and bool(is_whole)


def verify(tx: Session, code_text: str, *, keys: KeyStore, now: datetime) -> Verification:
    """Report on the certificate with this number, typed in any of the ways :func:`read_code` understands.

    Never raises for a bad number: unreadable and unknown ones give the same report.

    Args:
        keys: the folder with the certificates of this installation's roots; no private key is read.
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
    readable = [row for row in changes if row.status in _STATUSES and row.reason_class in _REASON_CLASSES]
    chain = _sealing_chain(credential, document, keys)
    intact = chain is not None and _record_intact(credential, chain)
    history = history_intact(tx, credential, changes, keys)
    return Verification(
        status=_status(credential, standing_of(readable), now, is_intact=intact and history),
        checked_at=now,
        record_intact=intact,
        history_intact=history,
        document_intact=chain is not None and document is not None and _document_intact(document),
        pdf_sha256=None if document is None else document.pdf_sha256,
        fields=_fields(credential.snapshot) if intact and history else None,
        signature=_signature(credential, chain, now) if chain is not None and intact and history else None,
        changes=tuple(Change(Status(row.status), ReasonClass(row.reason_class), row.at) for row in readable),
    )


def _status(credential: Credential, standing: Standing, now: datetime, *, is_intact: bool) -> CredentialStatus:
    if standing is Standing.REVOKED:
        return CredentialStatus.REVOKED
    if not is_intact:
        return CredentialStatus.SUSPENDED if standing is Standing.SUSPENDED else CredentialStatus.UNKNOWN
    until = credential.valid_until
    if until is not None and now.astimezone(UTC).date() > until:
        return CredentialStatus.EXPIRED
    return CredentialStatus(standing)


def _sealing_chain(credential: Credential, document: CertificateDocument | None, keys: KeyStore) -> Chain | None:
    """Return the trusted chain under which the recorded hashes are sealed, if they are."""
    chain = trusted_chain(credential.signing_key, keys)
    if chain is None or document is None:
        return None
    facts = record_facts(credential.snapshot_hash, document.pdf_sha256)
    return chain if seal_holds(credential.seal, facts, chain) else None


def _record_intact(credential: Credential, chain: Chain) -> bool:
    """Compare the snapshot with its sealed hash, and what stands beside it with what the snapshot says."""
    snapshot = credential.snapshot
    beside = {
        "code": credential.code,
        "valid_from": credential.valid_from.isoformat(),
        "valid_until": None if credential.valid_until is None else credential.valid_until.isoformat(),
    }
    return (
        _digest(snapshot) == credential.snapshot_hash
        and all(snapshot.get(name) == value for name, value in beside.items())
        and snapshot["signature"]["kid"] == chain.kid
        and snapshot["signature"]["root_sha256"] == chain.root_sha256
    )


def _digest(snapshot: dict[str, Any]) -> str | None:
    """Hash a snapshot, or return None of one that issuing cannot have written, such as one with floats."""
    try:
        return digest(snapshot)
    except (TypeError, ValueError):
        return None


def _document_intact(document: CertificateDocument) -> bool:
    return hashlib.sha256(document.pdf).hexdigest() == document.pdf_sha256


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


def _signature(credential: Credential, chain: Chain, now: datetime) -> SignatureFacts:
    key_until = chain.certificate.not_valid_after_utc
    outlives = credential.valid_until is None or credential.valid_until > key_until.date()
    return SignatureFacts(
        profile=credential.snapshot["signature"]["profile"],
        kid=chain.kid,
        key_valid_from=chain.certificate.not_valid_before_utc,
        key_valid_until=key_until,
        outlives_key=outlives,
        note=AFTER_THE_KEY if outlives or now > key_until else None,
        root_sha256=chain.root_sha256,
        root_pem=pem(chain.root),
    )
