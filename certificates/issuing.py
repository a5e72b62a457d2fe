"""Issuing: from an award to a signed credential, once and only once.

One rule: record, document and signature come into being in one transaction or not at all, and the award that was
issued already gives back the credential it has.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from certificates.authority import fingerprint, read_pem
from certificates.codes import new_code, verify_url
from certificates.credentials import CertificateDocument, Credential, credential_of_award
from certificates.document import render
from certificates.gates import check_document
from certificates.issuers import Issuer, SigningKey, current_signing_key
from certificates.seals import make_seal
from certificates.signing import KeyStore, ensure_issuer, sign_pdf
from certificates.typefaces import MissingGlyph, glyph_faults, printed
from certificates.wording import certificate_wording
from kernel.audit import record
from kernel.canonical import digest, iso
from kernel.errors import Fault, Invalid, NotFound
from kernel.organisations import Organisation
from kernel.permissions import Actor

LEVELS = range(1, 9)
TEXT_CHARACTERS_MAX = 300
SIGNATURE_PROFILE = "PAdES-B-B"
_PRINTED_FIELDS = ("title", "job_role", "scheme", "scheme_version", "framework", "statement", "supervision")
# The award's dates are local to the body, ``now`` is UTC: its today may already be our tomorrow.
_DAY_AHEAD = timedelta(days=1)


class AwardInvalid(Invalid):
    """The award cannot become a certificate as it stands."""

    code = "award_invalid"


class Action(StrEnum):
    """What the audit log calls it."""

    ISSUE = "credential.issue"


@dataclass(frozen=True, slots=True)
class AreaAttainment:
    """What was attained in one area. ``level`` is None where none is stated; ``score_text`` is not printed."""

    code: str
    name: str
    level: int | None
    score_text: str


@dataclass(frozen=True, slots=True)
class Award:
    """What somebody is entitled to have certified, by value: nothing is looked up again later."""

    award_id: uuid.UUID
    organisation_id: uuid.UUID
    holder_id: uuid.UUID
    holder_name: str
    title: str
    """What the holder is certified as, for example ``Smart City Project Developer``."""
    job_role: str
    scheme: str
    scheme_version: str
    framework: str
    statement: str
    """What a level means, in the issuer's words; ``{level}`` stands for its number."""
    areas: tuple[AreaAttainment, ...]
    supervision: str
    decided_on: date
    valid_from: date
    valid_until: date | None
    """The last day of validity; None when it has no end."""
    language: str = "en"
    """The language of the award's own texts."""
    sample: bool = False


def issue(tx: Session, award: Award, *, keys: KeyStore, public_url: str, actor: Actor, now: datetime) -> Credential:
    """Issue the credential of an award: keep its snapshot, draw, check, sign and store its PDF.

    Issuing an award again, also at the same moment elsewhere, gives the credential it has.

    Args:
        public_url: where the verification page answers; it is printed and becomes part of the symbol.

    Raises:
        NotFound: the award is another organisation's.
        AwardInvalid: a text is empty or too long, the dates or levels are impossible, or the last day of validity
            is after the end of the signing certificate.
        MissingGlyph: a text holds characters the certificate's typefaces cannot print.
        DoesNotFit: a text has no room on the page.
        SigningUnavailable: the issuer's private key is missing.
    """
    if actor.organisation_id != award.organisation_id:
        message = "there is no such award"
        raise NotFound(message)
    existing = credential_of_award(tx, award.organisation_id, award.award_id)
    if existing is not None:
        return existing
    texts = _texts(award)
    _refuse_impossible(award, texts, now)
    issuer, signing_key = _signer_for(tx, award, keys=keys, now=now)
    _refuse_unprintable([*texts, ("issuer", printed(issuer.name)), ("public_url", public_url)])
    _refuse_outliving(award, signing_key)
    snapshot = _snapshot_of(award, issuer, signing_key, now)
    document = _signed_document(snapshot, signing_key, keys=keys, public_url=public_url, now=now)
    seal = make_seal(digest(snapshot), document.pdf_sha256, keys.private_key(signing_key.kid))
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


def _signer_for(tx: Session, award: Award, *, keys: KeyStore, now: datetime) -> tuple[Issuer, SigningKey]:
    organisation = tx.get_one(Organisation, award.organisation_id)
    issuer = ensure_issuer(
        tx, organisation.id, name=organisation.name, website=organisation.website, keys=keys, now=now
    )
    signing_key = current_signing_key(tx, issuer)
    assert signing_key is not None  # ensure_issuer has just seen to it
    return issuer, signing_key


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
    address = verify_url(public_url, snapshot["code"])
    drawn = render(snapshot, address)
    check_document(drawn, certificate_wording(snapshot, address), address)
    signed = sign_pdf(drawn, signing_key, signer_name=snapshot["issuer"]["name"], keys=keys, now=now)
    return CertificateDocument(pdf=signed, pdf_sha256=hashlib.sha256(signed).hexdigest())


def _snapshot_of(award: Award, issuer: Issuer, signing_key: SigningKey, now: datetime) -> dict[str, Any]:
    """Write down, as JSON, everything the credential says; texts in the form in which they are printed."""
    return {
        "code": new_code(),
        "issuer": {"name": printed(issuer.name), "website": issuer.website},
        "holder": {"name": printed(award.holder_name), "name_as_given": award.holder_name},
        "areas": [
            {"code": area.code, "name": printed(area.name), "level": area.level, "score_text": area.score_text}
            for area in award.areas
        ],
        "decided_on": award.decided_on.isoformat(),
        "valid_from": award.valid_from.isoformat(),
        "valid_until": None if award.valid_until is None else award.valid_until.isoformat(),
        "language": award.language,
        "sample": award.sample,
        "issued_at": iso(now),
        "signature": {
            "profile": SIGNATURE_PROFILE,
            "kid": signing_key.kid,
            "root_sha256": fingerprint(read_pem(signing_key.root_pem)),
        },
        **{field: printed(getattr(award, field)) for field in _PRINTED_FIELDS},
    }


def _texts(award: Award) -> list[tuple[str, str]]:
    """List the award's texts that are printed, with their places, in the form in which they are printed."""
    fields = ("holder_name", *_PRINTED_FIELDS)
    areas = [(f"areas/{index}/name", area.name) for index, area in enumerate(award.areas)]
    return [(place, printed(text)) for place, text in [*((field, getattr(award, field)) for field in fields), *areas]]


def _refuse_impossible(award: Award, texts: list[tuple[str, str]], now: datetime) -> None:
    faults = [*_text_faults(texts), *_fact_faults(award, now)]
    if faults:
        message = "this award cannot be certified as it stands"
        raise AwardInvalid(message, faults=faults)


def _refuse_unprintable(texts: list[tuple[str, str]]) -> None:
    faults = [fault for place, text in texts for fault in glyph_faults(place, text)]
    if faults:
        message = "some characters cannot be printed on the certificate; please write the text with others"
        raise MissingGlyph(message, faults=faults)


def _refuse_outliving(award: Award, signing_key: SigningKey) -> None:
    until, last_day = award.valid_until, signing_key.valid_until.date()
    if until is not None and until > last_day:
        message = f"the certificate would be valid until {until}, but its signing certificate ends on {last_day}"
        raise AwardInvalid(message, faults=[Fault("valid_until", f"{until} is too late: choose {last_day} or earlier")])


def _text_faults(texts: list[tuple[str, str]]) -> Iterator[Fault]:
    for place, text in texts:
        if not 0 < len(text) <= TEXT_CHARACTERS_MAX:
            yield Fault(place, f"it needs 1 to {TEXT_CHARACTERS_MAX} characters")


def _fact_faults(award: Award, now: datetime) -> Iterator[Fault]:
    if not award.areas:
        yield Fault("areas", "a certificate names at least one area")
    for index, area in enumerate(award.areas):
        if area.level is not None and area.level not in LEVELS:
            yield Fault(f"areas/{index}/level", f"{area.level} is none of the levels 1 to 8")
    if award.valid_until is not None and award.valid_until < award.valid_from:
        yield Fault("valid_until", f"{award.valid_until} is before valid_from, {award.valid_from}")
    if award.valid_from > now.astimezone(UTC).date() + _DAY_AHEAD:
        yield Fault("valid_from", f"{award.valid_from} has not come yet; issue the certificate on that day")
