"""Verification: what anyone learns from a number, and what nobody does."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from certificates.authority import SIGNING_LIFETIME
from certificates.codes import grouped, new_code
from certificates.document import pdf_of
from certificates.revocation import ReasonClass, Status, reinstate, revoke, suspend
from certificates.signing import KeyStore
from certificates.verification import CredentialStatus, Verification, verify
from tests.builders.certificates import AREAS, issue_one, make_body


def test_a_valid_certificate_shows_every_field_it_was_signed_with(tx: Session, keys: KeyStore, now: datetime) -> None:
    credential = issue_one(tx, make_body(tx), keys=keys, now=now)
    tx.expire_all()
    report = verify(tx, grouped(credential.code).lower(), keys=keys, now=now)
    assert report.status is CredentialStatus.VALID
    assert report.holds
    assert report.checked_at == now
    shown = report.fields
    assert shown is not None
    assert (shown.code, shown.holder_name) == (credential.code, "Ελευθερία Παπαδοπούλου")
    assert (shown.title, shown.job_role) == ("Smart City Project Developer", "SCPD")
    assert (shown.scheme, shown.scheme_version) == ("Smart city roles", "2")
    assert (shown.decided_on, shown.valid_from, shown.valid_until) == (
        date(2026, 11, 22),
        date(2026, 11, 22),
        date(2029, 11, 22),
    )
    assert shown.issued_at == now
    assert [(area.code, area.name, area.level) for area in shown.areas] == list(AREAS)
    assert shown.areas[0].meaning == "assessed against descriptors modelled on EQF level 5 by the issuer"
    assert shown.areas[6].meaning == "no level is stated"


def test_the_report_names_the_document_and_the_signature(tx: Session, keys: KeyStore, now: datetime) -> None:
    credential = issue_one(tx, make_body(tx), keys=keys, now=now)
    report = verify(tx, credential.code, keys=keys, now=now)
    assert report.pdf_sha256 == hashlib.sha256(pdf_of(tx, credential)).hexdigest()
    assert report.signature is not None
    assert report.signature.kid == credential.signing_key.kid
    assert report.signature.root_pem == credential.signing_key.root_pem
    assert report.signature.root_sha256 == credential.snapshot["signature"]["root_sha256"]
    assert report.signature.profile == "PAdES-B-B"
    assert report.signature.key_valid_from == credential.signing_key.valid_from
    assert report.signature.key_valid_until == now + SIGNING_LIFETIME


@pytest.mark.parametrize(("valid_until", "expected"), [(date(2029, 11, 22), False), (None, True)])
def test_the_report_says_whether_the_certificate_outlives_its_key(
    valid_until: date | None, expected: bool, tx: Session, keys: KeyStore, now: datetime
) -> None:
    credential = issue_one(tx, make_body(tx), keys=keys, now=now, valid_until=valid_until)
    report = verify(tx, credential.code, keys=keys, now=now)
    assert report.signature is not None
    assert report.signature.outlives_key is expected


def test_it_verifies_where_the_roots_are_published_and_no_private_key_is(
    tx: Session, keys: KeyStore, tmp_path: Path, now: datetime
) -> None:
    code = issue_one(tx, make_body(tx), keys=keys, now=now).code
    public = tmp_path / "public"
    assert verify(tx, code, keys=KeyStore(public), now=now).record_intact is False
    public.mkdir()
    for certificate in (tmp_path / "keys").glob("*.crt"):
        copy(certificate, public)
    assert verify(tx, code, keys=KeyStore(public), now=now).holds


def test_scores_and_the_bodys_own_wording_stay_inside(tx: Session, keys: KeyStore, now: datetime) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    revoke(tx, credential, reason_class=ReasonClass.MISUSE, reason="lent it", keys=keys, actor=body.manager, now=now)
    shown = repr(verify(tx, credential.code, keys=keys, now=now))
    assert "7/10" not in shown
    assert "lent it" not in shown
    assert str(body.manager.account_id) not in shown
    assert str(body.holder.id) not in shown


def test_the_status_follows_what_happened(tx: Session, keys: KeyStore, now: datetime) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    facts = {"reason": "so decided", "keys": keys, "actor": body.manager, "now": now}
    seen = []
    for step, reason_class in (
        (suspend, ReasonClass.UNDER_INVESTIGATION),
        (reinstate, ReasonClass.MATTER_RESOLVED),
        (revoke, ReasonClass.EXAM_IRREGULARITY),
    ):
        step(tx, credential, reason_class=reason_class, **facts)
        seen.append(verify(tx, credential.code, keys=keys, now=now).status)
    assert seen == [CredentialStatus.SUSPENDED, CredentialStatus.VALID, CredentialStatus.REVOKED]
    report = verify(tx, credential.code, keys=keys, now=now)
    assert not report.holds
    assert report.record_intact
    assert [(made.status, made.reason_class, made.at) for made in report.changes] == [
        (Status.SUSPENDED, ReasonClass.UNDER_INVESTIGATION, now),
        (Status.REINSTATED, ReasonClass.MATTER_RESOLVED, now),
        (Status.REVOKED, ReasonClass.EXAM_IRREGULARITY, now),
    ]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2029, 11, 22, 23, 59, 59, tzinfo=UTC), CredentialStatus.VALID),
        (datetime(2029, 11, 23, 0, 0, tzinfo=UTC), CredentialStatus.EXPIRED),
    ],
)
def test_it_expires_after_the_last_day_of_its_validity(
    moment: datetime, expected: CredentialStatus, tx: Session, keys: KeyStore, now: datetime
) -> None:
    credential = issue_one(tx, make_body(tx), keys=keys, now=now)
    assert verify(tx, credential.code, keys=keys, now=moment).status is expected


def test_without_an_end_it_does_not_expire_and_a_revoked_one_is_not_called_expired(
    tx: Session, keys: KeyStore, now: datetime
) -> None:
    body = make_body(tx)
    lasting = issue_one(tx, body, keys=keys, now=now, valid_until=None)
    ended = issue_one(tx, body, keys=keys, now=now)
    revoke(tx, ended, reason_class=ReasonClass.MISUSE, reason="so decided", keys=keys, actor=body.manager, now=now)
    later = now + timedelta(days=365 * 40)
    assert verify(tx, lasting.code, keys=keys, now=later).status is CredentialStatus.VALID
    assert verify(tx, ended.code, keys=keys, now=later).status is CredentialStatus.REVOKED


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.one_of(st.text(max_size=40), st.builds(lambda _: new_code(), st.integers())))
def test_whatever_is_not_on_record_gives_the_same_report(
    typed: str, tx: Session, keys: KeyStore, now: datetime
) -> None:
    assert verify(tx, typed, keys=keys, now=now) == Verification(CredentialStatus.UNKNOWN, now)


def test_an_unknown_report_says_nothing_but_that(tx: Session, keys: KeyStore, now: datetime) -> None:
    report = verify(tx, new_code(), keys=keys, now=now)
    said = {field.name: getattr(report, field.name) for field in fields(report)}
    assert said.pop("status") is CredentialStatus.UNKNOWN
    assert said.pop("checked_at") == now
    assert not any(said.values())
    assert not report.holds


def test_a_number_with_one_wrong_character_does_not_find_its_neighbour(
    tx: Session, keys: KeyStore, now: datetime
) -> None:
    code = issue_one(tx, make_body(tx), keys=keys, now=now).code
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert verify(tx, wrong, keys=keys, now=now).status is CredentialStatus.UNKNOWN
