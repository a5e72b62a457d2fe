"""Attacks on the register: what somebody who can write to the database, but has no private key, gets out of it."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from certificates.authority import Certified, fingerprint, make_root, make_signing_pair, pem, read_pem
from certificates.codes import new_code
from certificates.credentials import CertificateDocument, Credential
from certificates.issuers import SigningKey, add_signing_key
from certificates.revocation import ReasonClass, revoke, suspend
from certificates.seals import make_seal, record_facts
from certificates.signing import KeyStore
from certificates.verification import CredentialStatus, Verification, verify
from kernel.canonical import digest
from kernel.db import Database
from tests.builders.certificates import issue_one, make_body
from tests.builders.kernel import unguard

NOT_A_PDF = b"not even a PDF"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make_intruders_pair(now: datetime) -> tuple[Certified, Certified]:
    """Return a root in the body's name and a signing pair under it, both the intruder's own."""
    root = make_root("Body", now=now)
    return root, make_signing_pair("Body", root.certificate, root.private_key, now=now)


def insert_forgery(tx: Session, model: Credential, key: SigningKey, snapshot: dict[str, Any], seal: str) -> str:
    """Insert a credential with a document, right in everything but what takes a private key; return its code."""
    forged = Credential(
        organisation_id=model.organisation_id,
        issuer_id=model.issuer_id,
        signing_key_id=key.id,
        award_id=uuid.uuid4(),
        holder_id=model.holder_id,
        code=snapshot["code"],
        snapshot=snapshot,
        snapshot_hash=digest(snapshot),
        seal=seal,
        issued_at=model.issued_at,
        valid_from=model.valid_from,
        valid_until=model.valid_until,
    )
    tx.add(forged)
    tx.flush()
    tx.add(CertificateDocument(credential_id=forged.id, pdf=NOT_A_PDF, pdf_sha256=sha256(NOT_A_PDF)))
    tx.flush()
    tx.expire_all()
    return forged.code


def assert_believed_in_nothing(report: Verification) -> None:
    assert report.status is CredentialStatus.UNKNOWN
    assert (report.record_intact, report.document_intact) == (False, False)
    assert (report.fields, report.signature) == (None, None)
    assert not report.holds


@pytest.mark.parametrize("seal", ["", "?!", "ü", "AAAA", "another's"])
def test_a_record_somebody_inserted_is_no_certificate(seal: str, tx: Session, keys: KeyStore, now: datetime) -> None:
    model = issue_one(tx, make_body(tx), keys=keys, now=now)
    snapshot = model.snapshot | {"code": new_code(), "holder": {"name": "Intruder", "name_as_given": "Intruder"}}
    code = insert_forgery(tx, model, model.signing_key, snapshot, model.seal if seal == "another's" else seal)
    assert_believed_in_nothing(verify(tx, code, keys=keys, now=now))


@pytest.mark.parametrize("root", ["the intruder's", "the body's"])
def test_a_key_somebody_inserted_seals_nothing(root: str, tx: Session, keys: KeyStore, now: datetime) -> None:
    model = issue_one(tx, make_body(tx), keys=keys, now=now)
    own_root, own = make_intruders_pair(now)
    root_pem = model.signing_key.root_pem if root == "the body's" else pem(own_root.certificate)
    key = add_signing_key(tx, model.issuer, own, root_pem, now=now)
    signature = {"kid": own.kid, "root_sha256": fingerprint(read_pem(root_pem)), "profile": "PAdES-B-B"}
    snapshot = model.snapshot | {"code": new_code(), "signature": signature}
    seal = make_seal(record_facts(digest(snapshot), sha256(NOT_A_PDF)), own.private_key)
    assert_believed_in_nothing(verify(tx, insert_forgery(tx, model, key, snapshot, seal), keys=keys, now=now))


@pytest.mark.parametrize("snapshot", [{}, {"score": 0.5}, {"name": "\ud800"}, []])
def test_a_record_of_another_shape_is_not_intact_either(
    snapshot: Any, tx: Session, keys: KeyStore, now: datetime
) -> None:
    credential = issue_one(tx, make_body(tx), keys=keys, now=now)
    credential.snapshot = snapshot
    with tx.no_autoflush:
        report = verify(tx, credential.code, keys=keys, now=now)
    tx.expire(credential)
    assert (report.record_intact, report.fields) == (False, None)


@pytest.mark.parametrize(
    "change",
    [
        "snapshot = replace(CAST(snapshot AS TEXT), 'SCPD', 'SCPM')",
        "snapshot = '{}'",
        "valid_until = '2099-01-01'",
        "valid_from = '2020-01-01'",
        "snapshot_hash = 'f'",
        "seal = 'f'",
    ],
)
def test_a_record_changed_behind_the_products_back_is_shown_to_nobody(
    change: str, database: Database, dialect: str, keys: KeyStore, now: datetime
) -> None:
    with database.transaction() as tx:
        code = issue_one(tx, make_body(tx), keys=keys, now=now).code
        unguard(tx, "credentials")
        if dialect == "postgresql":
            change = change.replace("'SCPM')", "'SCPM')::jsonb").replace("'{}'", "'{}'::jsonb")
        tx.execute(text(f"UPDATE credentials SET {change}"))
    with database.reading() as tx:
        report = verify(tx, code, keys=keys, now=now)
    assert report.record_intact is False
    assert report.status is CredentialStatus.UNKNOWN
    assert report.fields is None
    assert not report.holds


def test_a_snapshot_changed_together_with_its_hash_is_noticed(
    database: Database, dialect: str, keys: KeyStore, now: datetime
) -> None:
    with database.transaction() as tx:
        credential = issue_one(tx, make_body(tx), keys=keys, now=now)
        code, snapshot = credential.code, credential.snapshot | {"job_role": "SCPM"}
        unguard(tx, "credentials")
        tx.execute(update(Credential).values(snapshot=snapshot, snapshot_hash=digest(snapshot)))
    with database.reading() as tx:
        assert_believed_in_nothing(verify(tx, code, keys=keys, now=now))


@pytest.mark.parametrize("with_its_hash", [False, True])
def test_a_document_changed_behind_the_products_back_is_noticed(
    with_its_hash: bool, database: Database, dialect: str, keys: KeyStore, now: datetime
) -> None:
    with database.transaction() as tx:
        code = issue_one(tx, make_body(tx), keys=keys, now=now).code
        unguard(tx, "certificate_documents")
        hashed = {"pdf_sha256": sha256(NOT_A_PDF)} if with_its_hash else {}
        tx.execute(update(CertificateDocument).values(pdf=NOT_A_PDF, **hashed))
    with database.reading() as tx:
        report = verify(tx, code, keys=keys, now=now)
    assert report.record_intact is not with_its_hash
    assert report.document_intact is False
    assert not report.holds


@pytest.mark.parametrize("root", ["another", "garbage"])
def test_a_root_exchanged_behind_the_products_back_is_noticed(
    root: str, tx: Session, keys: KeyStore, now: datetime
) -> None:
    credential = issue_one(tx, make_body(tx), keys=keys, now=now)
    stranger = pem(make_root("Body", now=now).certificate)
    credential.signing_key.root_pem = stranger if root == "another" else "garbage"
    assert_believed_in_nothing(verify(tx, credential.code, keys=keys, now=now))


@pytest.mark.parametrize("whose", ["the intruder's", "the intruder's with its root", "the body's next"])
def test_a_signing_certificate_exchanged_behind_the_products_back_is_noticed(
    whose: str, tx: Session, keys: KeyStore, now: datetime
) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    assert verify(tx, credential.code, keys=keys, now=now).holds
    own_root, own = make_intruders_pair(now)
    key = credential.signing_key
    if whose == "the body's next":
        later = now + timedelta(days=365 * 5)
        key.certificate_pem = issue_one(tx, body, keys=keys, now=later).signing_key.certificate_pem
    else:
        key.certificate_pem = pem(own.certificate)
    if whose == "the intruder's with its root":
        key.root_pem = pem(own_root.certificate)
    assert_believed_in_nothing(verify(tx, credential.code, keys=keys, now=now))


@pytest.mark.parametrize(
    ("step", "expected"), [(revoke, CredentialStatus.REVOKED), (suspend, CredentialStatus.SUSPENDED)]
)
def test_tampering_does_not_hide_that_it_was_revoked_or_suspended(
    step: Any, expected: CredentialStatus, tx: Session, keys: KeyStore, now: datetime
) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    step(tx, credential, reason_class=ReasonClass.MISUSE, reason="so decided", keys=keys, actor=body.manager, now=now)
    credential.signing_key.root_pem = "garbage"
    report = verify(tx, credential.code, keys=keys, now=now)
    assert (report.status, report.record_intact, report.fields) == (expected, False, None)
    assert [change.reason_class for change in report.changes] == [ReasonClass.MISUSE]


def test_a_root_in_the_folder_counts_only_byte_for_byte(
    tx: Session, keys: KeyStore, tmp_path: Path, now: datetime
) -> None:
    code = issue_one(tx, make_body(tx), keys=keys, now=now).code
    (published,) = (tmp_path / "keys").glob("*.crt")
    published.write_text(pem(make_root("Body", now=now).certificate))
    assert_believed_in_nothing(verify(tx, code, keys=keys, now=now))
