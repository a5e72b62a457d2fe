"""Issuing: from an award to a signed credential, once and only once.

One rule: record, document and signature come into being in one transaction or not at all, and the award that was
issued already gives back the credential it has.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from certificates.authority import fingerprint, read_pem
from certificates.awards import Award, AwardInvalid, refuse_uncertifiable, refuse_unprintable, snapshot_of
from certificates.credentials import CertificateDocument, Credential, credential_of_award
from certificates.document import draw_checked
from certificates.issuers import Issuer, SigningKey
from certificates.seals import make_seal, record_facts
from certificates.signing import KeyStore, current_signer, sign_pdf
from certificates.typefaces import printed
from kernel.audit import record
from kernel.canonical import digest
from kernel.errors import Fault, NotFound
from kernel.permissions import Actor

SIGNATURE_PROFILE = "PAdES-B-B"


class Action(StrEnum):
    """What the audit log calls it."""

    ISSUE = "credential.issue"


def issue(tx: Session, award: Award, *, keys: KeyStore, public_url: str, actor: Actor, now: datetime) -> Credential:
    """Issue the credential of an award: keep its snapshot, draw, check, sign and store its PDF.

    Issuing an award again, also at the same moment elsewhere, gives the credential it has.

    Args:
        public_url: where the verification page answers; it is printed and becomes part of the symbol.

    Raises:
        NotFound: the award is another organisation's.
        AwardInvalid: a text is empty, too long or claims an EQF level, the dates or levels are impossible, or the last
            day of validity is after the end of the signing certificate.
        MissingGlyph: a text holds characters the certificate's typefaces cannot print.
        DoesNotFit: the texts have no room on the page.
        DocumentFaulty: the drawn page does not say what it should.
        SigningUnavailable: the issuer's private key is missing.
    """
    if actor.organisation_id != award.organisation_id:
        message = "there is no such award"
        raise NotFound(message)
    existing = credential_of_award(tx, award.organisation_id, award.award_id)
    if existing is not None:
        return existing
    refuse_uncertifiable(award, now)
    issuer, signing_key = current_signer(tx, award.organisation_id, keys=keys, now=now)
    refuse_unprintable([("issuer", printed(issuer.name)), ("public_url", public_url)])
    _refuse_outliving(award, signing_key)
    snapshot = _snapshot(award, issuer, signing_key, now)
    document = _signed_document(snapshot, signing_key, keys=keys, public_url=public_url, now=now)
    facts = record_facts(digest(snapshot), document.pdf_sha256)
    seal = make_seal(facts, keys.private_key(signing_key.kid))
    drafted = _draft(award, signing_key, snapshot, seal, now)
    credential = _recorded(tx, drafted)
    if credential is not drafted:
        return credential
    document.credential_id = credential.id
    tx.add(document)
    tx.flush()
    hashes = {"snapshot": credential.snapshot_hash, "pdf": document.pdf_sha256}
    subject = f"credential:{credential.id}"
    record(tx, actor, Action.ISSUE, subject, now, award=str(award.award_id), kid=signing_key.kid, **hashes)
    return credential


def _draft(award: Award, signing_key: SigningKey, snapshot: dict[str, Any], seal: str, now: datetime) -> Credential:
    return Credential(
        organisation_id=award.organisation_id,
        issuer_id=signing_key.issuer_id,
        signing_key_id=signing_key.id,
        award_id=award.award_id,
        holder_id=award.holder_id,
        code=snapshot["code"],
        snapshot=snapshot,
        snapshot_hash=digest(snapshot),
        seal=seal,
        issued_at=now,
        valid_from=award.valid_from,
        valid_until=award.valid_until,
    )


def _recorded(tx: Session, drafted: Credential) -> Credential:
    """Put a credential on record, or return the one that another transaction put there first for the same award."""
    try:
        with tx.begin_nested():
            tx.add(drafted)
            tx.flush()
    except IntegrityError:
        # The unique award made this transaction wait for the other; now its row can be seen.
        issued = credential_of_award(tx, drafted.organisation_id, drafted.award_id)
        if issued is None:
            raise
        return issued
    return drafted


def _signed_document(
    snapshot: dict[str, Any], signing_key: SigningKey, *, keys: KeyStore, public_url: str, now: datetime
) -> CertificateDocument:
    drawn = draw_checked(snapshot, public_url)
    signed = sign_pdf(drawn, signing_key, signer_name=snapshot["issuer"]["name"], keys=keys, now=now)
    return CertificateDocument(pdf=signed, pdf_sha256=hashlib.sha256(signed).hexdigest())


def _snapshot(award: Award, issuer: Issuer, signing_key: SigningKey, now: datetime) -> dict[str, Any]:
    root = fingerprint(read_pem(signing_key.root_pem))
    signature = {"profile": SIGNATURE_PROFILE, "kid": signing_key.kid, "root_sha256": root}
    return snapshot_of(
        award, issuer={"name": printed(issuer.name), "website": issuer.website}, signature=signature, now=now
    )


def _refuse_outliving(award: Award, signing_key: SigningKey) -> None:
    until, last_day = award.valid_until, signing_key.valid_until.date()
    if until is not None and until > last_day:
        message = f"the certificate would be valid until {until}, but its signing certificate ends on {last_day}"
        raise AwardInvalid(message, faults=[Fault("valid_until", f"{until} is too late: choose {last_day} or earlier")])
