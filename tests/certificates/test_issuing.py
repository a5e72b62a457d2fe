"""Issuing: one award, one credential, whole or not at all, also when two issue it at the same moment."""

from __future__ import annotations

import hashlib
import json
import unicodedata
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from certificates.authority import SIGNING_LIFETIME
from certificates.awards import AreaAttainment, AwardInvalid
from certificates.codes import grouped, read_code
from certificates.credentials import CertificateDocument, Credential
from certificates.document import pdf_of
from certificates.issuers import Issuer, SigningKey
from certificates.issuing import issue
from certificates.signing import KeyStore, SigningUnavailable, ensure_issuer
from certificates.typefaces import MissingGlyph
from certificates.typesetting import DoesNotFit
from kernel.audit import AuditEntry, verify_chain
from kernel.canonical import digest
from kernel.db import Database
from kernel.errors import DomainError, NotFound
from kernel.permissions import the_product
from tests.builders.certificates import PUBLIC_URL, issue_one, make_award, make_body
from tests.builders.kernel import make_organisation
from tests.certificates.validators import pdfsig_report, pyhanko_status, run

ISSUED_ON_PAPER = ("Certificate number", "certify.example.org/v/")


def count(tx: Session, model: type[Any]) -> int:
    return tx.scalar(select(func.count()).select_from(model)) or 0


def test_an_award_becomes_a_record_and_a_signed_document_that_validates(
    tx: Session, keys: KeyStore, tmp_path: Path
) -> None:
    earlier = datetime(2025, 3, 1, tzinfo=UTC)
    dates = {"decided_on": earlier.date(), "valid_from": earlier.date()}
    credential = issue_one(tx, make_body(tx), keys=keys, now=earlier, **dates)
    pdf, root_pem = pdf_of(tx, credential), credential.signing_key.root_pem
    assert pyhanko_status(pdf, root_pem, moment=earlier).bottom_line
    assert "Signature is Valid" in pdfsig_report(pdf, root_pem, tmp_path / "nss")
    text = run("pdftotext", "-layout", tmp_path / "nss" / "certificate.pdf", "-").stdout
    for words in (*ISSUED_ON_PAPER, grouped(credential.code), "Ελευθερία Παπαδοπούλου"):
        assert words in text


def test_the_record_holds_a_snapshot_of_everything_under_one_hash(tx: Session, keys: KeyStore, now: datetime) -> None:
    credential = issue_one(tx, make_body(tx), keys=keys, now=now, holder_name=" S\u0326tefania  T\u0326i\u0302rlea ")
    tx.expire_all()
    snapshot = credential.snapshot
    assert digest(snapshot) == credential.snapshot_hash
    assert read_code(credential.code) == credential.code == snapshot["code"]
    assert snapshot["holder"] == {
        "name": "Ștefania Țîrlea",
        "name_as_given": " S\u0326tefania  T\u0326i\u0302rlea ",
    }
    assert snapshot["areas"][6]["level"] is None
    assert snapshot["signature"]["kid"] == credential.signing_key.kid
    assert json.loads(json.dumps(snapshot)) == snapshot
    document = tx.get_one(CertificateDocument, credential.id)
    assert hashlib.sha256(document.pdf).hexdigest() == document.pdf_sha256


def test_issuing_again_gives_the_credential_there_is_and_changes_nothing(
    tx: Session, keys: KeyStore, now: datetime
) -> None:
    body = make_body(tx)
    award = make_award(body)
    actor = the_product(body.organisation.id)
    first = issue(tx, award, keys=keys, public_url=PUBLIC_URL, actor=actor, now=now)
    counted = [count(tx, model) for model in (Credential, CertificateDocument, AuditEntry)]
    again = issue(tx, award, keys=keys, public_url="https://else.where", actor=actor, now=now + timedelta(days=1))
    assert again is first
    assert [count(tx, model) for model in (Credential, CertificateDocument, AuditEntry)] == counted


def test_the_audit_log_says_who_issued_what_without_saying_for_whom(tx: Session, keys: KeyStore, now: datetime) -> None:
    body = make_body(tx)
    credential = issue(tx, make_award(body), keys=keys, public_url=PUBLIC_URL, actor=body.manager, now=now)
    entry = tx.scalars(select(AuditEntry).where(AuditEntry.action == "credential.issue")).one()
    assert (entry.actor_id, entry.subject) == (body.manager.account_id, f"credential:{credential.id}")
    assert entry.details["snapshot"] == credential.snapshot_hash
    assert entry.details["pdf"] == hashlib.sha256(pdf_of(tx, credential)).hexdigest()
    assert "Ελευθερία" not in json.dumps(entry.details, ensure_ascii=False)
    assert verify_chain(tx, body.organisation.id).holds


def test_two_who_issue_one_award_at_the_same_moment_get_the_same_credential(
    database: Database, keys: KeyStore, now: datetime
) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
    award = make_award(body)
    start = Barrier(2)

    def issue_it() -> uuid.UUID:
        start.wait()
        with database.transaction() as tx:
            actor = the_product(body.organisation.id)
            return issue(tx, award, keys=keys, public_url=PUBLIC_URL, actor=actor, now=now).id

    with ThreadPoolExecutor(2) as pool:
        first, second = (future.result() for future in [pool.submit(issue_it), pool.submit(issue_it)])
    assert first == second
    with database.reading() as tx:
        for model in (Credential, CertificateDocument, Issuer, SigningKey):
            assert count(tx, model) == 1
        assert verify_chain(tx, body.organisation.id).holds


def test_many_awards_issued_at_once_all_become_whole_credentials(
    database: Database, keys: KeyStore, now: datetime
) -> None:
    with database.transaction() as tx:
        body = make_body(tx)

    def issue_one_more(number: int) -> str:
        with database.transaction() as tx:
            return issue_one(tx, body, keys=keys, now=now, holder_name=f"Άννα {number}").code

    with ThreadPoolExecutor(4) as pool:
        codes = set(pool.map(issue_one_more, range(8)))
    assert len(codes) == 8
    with database.reading() as tx:
        assert count(tx, CertificateDocument) == 8
        assert verify_chain(tx, body.organisation.id).holds


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"holder_name": ""}, "holder_name"),
        ({"holder_name": " \t\u00a0"}, "holder_name"),
        ({"title": ""}, "title"),
        ({"scheme_version": " "}, "scheme_version"),
        ({"supervision": ""}, "supervision"),
        ({"framework": "x" * 301}, "framework"),
        ({"areas": ()}, "areas"),
        ({"areas": (AreaAttainment("A", "", 5, ""),)}, "areas/0/name"),
        ({"areas": (AreaAttainment("A", "Area", 9, ""),)}, "areas/0/level"),
        ({"areas": (AreaAttainment("A", "Area", 0, ""),)}, "areas/0/level"),
        ({"valid_until": date(2026, 11, 21)}, "valid_until"),
        ({"valid_from": date(2026, 11, 24)}, "valid_from"),
    ],
)
def test_an_impossible_award_is_refused_by_the_place_of_its_fault(
    changes: dict[str, Any], place: str, tx: Session, keys: KeyStore, now: datetime
) -> None:
    with pytest.raises(AwardInvalid) as refused:
        issue_one(tx, make_body(tx), keys=keys, now=now, **changes)
    assert [fault.place for fault in refused.value.faults] == [place]
    assert count(tx, Credential) == 0


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"holder_name": "王小明"}, MissingGlyph),
        ({"holder_name": "Ann\x00"}, MissingGlyph),
        ({"areas": (AreaAttainment("A", "Area\u200d", 5, ""),)}, MissingGlyph),
        ({"holder_name": "\u2e3b" * 290}, DoesNotFit),
    ],
)
def test_what_cannot_be_printed_is_refused_and_leaves_nothing_behind(
    changes: dict[str, Any], refusal: type[DomainError], database: Database, keys: KeyStore, now: datetime
) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
    with pytest.raises(refusal) as refused, database.transaction() as tx:
        issue_one(tx, body, keys=keys, now=now, **changes)
    (fault,) = refused.value.faults
    assert fault.place.split("/")[0] in changes
    with database.reading() as tx:
        for model in (Credential, CertificateDocument, Issuer):
            assert count(tx, model) == 0


def test_no_certificate_is_dated_beyond_the_one_that_signs_it(tx: Session, keys: KeyStore, now: datetime) -> None:
    body, last_day = make_body(tx), (now + SIGNING_LIFETIME).date()
    assert issue_one(tx, body, keys=keys, now=now, valid_until=last_day).valid_until == last_day
    next_day = last_day + timedelta(days=1)
    with pytest.raises(AwardInvalid, match=f"until {next_day}, .* ends on {last_day}") as refused:
        issue_one(tx, body, keys=keys, now=now, valid_until=next_day)
    assert [fault.place for fault in refused.value.faults] == ["valid_until"]
    assert count(tx, Credential) == 1


def test_a_certificate_that_ends_the_day_it_begins_is_possible(tx: Session, keys: KeyStore, now: datetime) -> None:
    day = now.date()
    assert issue_one(tx, make_body(tx), keys=keys, now=now, valid_from=day, valid_until=day).valid_until == day


def test_it_may_take_effect_on_a_day_that_has_begun_further_east(tx: Session, keys: KeyStore) -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert issue_one(tx, make_body(tx), keys=keys, now=late, valid_from=date(2026, 11, 23)).valid_from.day == 23


def test_another_organisations_award_is_not_there(tx: Session, keys: KeyStore, now: datetime) -> None:
    award = make_award(make_body(tx))
    with pytest.raises(NotFound):
        issue(tx, award, keys=keys, public_url=PUBLIC_URL, actor=the_product(make_organisation(tx).id), now=now)


def test_a_holder_without_an_account_is_no_idempotent_repetition(
    tx: Session, keys: KeyStore, now: datetime, dialect: str
) -> None:
    with pytest.raises(IntegrityError):
        issue_one(tx, make_body(tx), keys=keys, now=now, holder_id=uuid.uuid4())


def test_without_its_private_key_nothing_is_issued(database: Database, tmp_path: Path, now: datetime) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
        ensure_issuer(tx, body.organisation.id, name="Body", website=None, keys=KeyStore(tmp_path / "here"), now=now)
    with pytest.raises(SigningUnavailable), database.transaction() as tx:
        issue_one(tx, body, keys=KeyStore(tmp_path / "elsewhere"), now=now)
    with database.reading() as tx:
        assert count(tx, Credential) == 0


def test_the_printed_name_is_composed(tx: Session, keys: KeyStore, now: datetime) -> None:
    credential = issue_one(tx, make_body(tx), keys=keys, now=now, holder_name=unicodedata.normalize("NFD", "Ángel"))
    assert credential.snapshot["holder"]["name"] == "Ángel"
