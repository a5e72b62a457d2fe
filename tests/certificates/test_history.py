"""History: a change that was forged, altered, reordered or left out is noticed, and nobody reads the certificate as valid."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from certificates.authority import pem
from certificates.credentials import Credential, StatusChange
from certificates.history import changes_of, history_intact, seal_change
from certificates.issuers import SigningKey, add_signing_key
from certificates.revocation import ReasonClass, Status, reinstate, revoke, suspend
from certificates.signing import KeyStore, SigningUnavailable
from certificates.verification import CredentialStatus, Verification, verify
from kernel.audit import AuditEntry, verify_chain
from kernel.db import Database
from tests.builders.certificates import Body, issue_one, make_body
from tests.builders.kernel import unguard
from tests.certificates.test_attacks import make_intruders_pair

STEPS: dict[Status, tuple[Callable[..., StatusChange], ReasonClass]] = {
    Status.SUSPENDED: (suspend, ReasonClass.UNDER_INVESTIGATION),
    Status.REINSTATED: (reinstate, ReasonClass.MATTER_RESOLVED),
    Status.REVOKED: (revoke, ReasonClass.MISUSE),
}
TABLE = "credential_status_changes"


def go_through(
    tx: Session, body: Body, credential: Credential, *steps: Status, keys: KeyStore, now: datetime
) -> list[StatusChange]:
    for step in steps:
        verb, reason_class = STEPS[step]
        verb(tx, credential, reason_class=reason_class, reason="so decided", keys=keys, actor=body.manager, now=now)
    return changes_of(tx, credential)


def insert(tx: Session, credential: Credential, number: int, status: Status, **facts: Any) -> StatusChange:
    """Append a change without the product; right in everything but what takes a private key."""
    told = {"reason_class": STEPS[status][1], "reason": "so decided", "at": credential.issued_at}
    change = StatusChange(
        id=uuid.uuid4(),
        credential_id=credential.id,
        number=number,
        status=status,
        actor_id=credential.holder_id,
        **told,
    )
    for name, value in facts.items():
        setattr(change, name, value)
    return change


def tell(tx: Session, credential: Credential, change: StatusChange) -> None:
    """Put an entry for a change into the audit log, so that the log betrays nothing."""
    newest = tx.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(1)).one()
    facts = {"organisation_id": credential.organisation_id, "at": change.at, "actor_id": None}
    place = {"sequence": newest.sequence + 1, "previous_hash": newest.entry_hash, "entry_hash": "0" * 64}
    about = {"action": "credential.reinstate", "subject": f"credential:{credential.id}"}
    tx.add(AuditEntry(**facts, **place, **about, details={"change": str(change.id)}))
    tx.flush()


def assert_does_not_hold(report: Verification, status: CredentialStatus = CredentialStatus.UNKNOWN) -> None:
    assert (report.record_intact, report.history_intact) == (True, False)
    assert report.status is status
    assert (report.fields, report.signature) == (None, None)
    assert not report.holds


def test_a_history_as_it_happened_holds_at_every_step(tx: Session, keys: KeyStore, now: datetime) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    assert history_intact(tx, credential, [], keys)
    for step in (Status.SUSPENDED, Status.REINSTATED, Status.SUSPENDED, Status.REVOKED):
        changes = go_through(tx, body, credential, step, keys=keys, now=now)
        tx.expire_all()
        assert history_intact(tx, credential, changes, keys)
    assert len({change.seal for change in changes}) == 4


def test_it_holds_across_a_new_signing_key(tx: Session, keys: KeyStore, now: datetime) -> None:
    body, later = make_body(tx), now + timedelta(days=365 * 5)
    credential = issue_one(tx, body, keys=keys, now=now)
    go_through(tx, body, credential, Status.SUSPENDED, keys=keys, now=now)
    changes = go_through(tx, body, credential, Status.REINSTATED, keys=keys, now=later)
    assert len(set(tx.scalars(select(SigningKey.kid)))) == 2
    assert history_intact(tx, credential, changes, keys)
    assert verify(tx, credential.code, keys=keys, now=now).holds


def test_it_is_checked_where_only_the_roots_are(tx: Session, keys: KeyStore, tmp_path: Path, now: datetime) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    go_through(tx, body, credential, Status.SUSPENDED, Status.REINSTATED, keys=keys, now=now)
    for private in (tmp_path / "keys").glob("*.pem"):
        private.unlink()
    assert verify(tx, credential.code, keys=KeyStore(tmp_path / "keys"), now=now).holds


def test_without_the_issuers_key_nothing_is_changed_and_the_refusal_says_what_is_missing(
    database: Database, keys: KeyStore, tmp_path: Path, now: datetime
) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
        credential = issue_one(tx, body, keys=keys, now=now)
    away = KeyStore(tmp_path / "elsewhere")
    with pytest.raises(SigningUnavailable, match="restore that folder from the backup"), database.transaction() as tx:
        go_through(tx, body, credential, Status.REVOKED, keys=away, now=now)
    with database.reading() as tx:
        assert changes_of(tx, credential) == []
        assert verify(tx, credential.code, keys=keys, now=now).holds


@pytest.mark.parametrize("seal", [None, "", "?!", "the suspension's", "the credential's"])
@pytest.mark.parametrize("is_told", [False, True])
def test_a_reinstatement_somebody_inserted_does_not_make_it_valid(
    seal: str | None, is_told: bool, tx: Session, keys: KeyStore, now: datetime
) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    (suspension,) = go_through(tx, body, credential, Status.SUSPENDED, keys=keys, now=now)
    seals = {"the suspension's": suspension.seal, "the credential's": credential.seal}
    forged = insert(tx, credential, 2, Status.REINSTATED, seal=seals.get(seal or "", seal))
    tx.add(forged)
    tx.flush()
    if is_told:
        tell(tx, credential, forged)
    assert_does_not_hold(verify(tx, credential.code, keys=keys, now=now))


@pytest.mark.parametrize("root", ["the intruder's", "the body's", "another body's"])
def test_a_key_that_is_not_the_issuers_seals_no_change(
    root: str, tx: Session, keys: KeyStore, tmp_path: Path, now: datetime
) -> None:
    body, other = make_body(tx), make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    stranger = issue_one(tx, other, keys=keys, now=now).signing_key
    suspensions = go_through(tx, body, credential, Status.SUSPENDED, keys=keys, now=now)
    own_root, own = make_intruders_pair(now)
    roots = {"the intruder's": pem(own_root.certificate), "the body's": credential.signing_key.root_pem}
    key = keys.private_key(stranger.kid) if root == "another body's" else own.private_key
    if root == "another body's":
        facts = {name: getattr(stranger, name) for name in ("certificate_pem", "root_pem", "valid_from", "valid_until")}
        tx.add(SigningKey(issuer_id=credential.issuer_id, kid=stranger.kid, created_at=now, retired_at=None, **facts))
    else:
        add_signing_key(tx, credential.issuer, own, roots[root], now=now)
    forged = insert(tx, credential, 2, Status.REINSTATED)
    forged.seal = seal_change(forged, suspensions, credential, key)
    tx.add(forged)
    tx.flush()
    tell(tx, credential, forged)
    assert_does_not_hold(verify(tx, credential.code, keys=keys, now=now))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("reason_class", "'holder_request'"),
        ("reason", "'another'"),
        ("at", "'2026-11-21 09:00:00.000000'"),
        ("actor_id", "NULL"),
        ("seal", "NULL"),
        ("seal", "'AAAA'"),
        ("number", "5"),
    ],
)
def test_a_change_altered_behind_the_products_back_is_noticed(
    column: str, value: str, database: Database, keys: KeyStore, now: datetime
) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
        credential = issue_one(tx, body, keys=keys, now=now)
        go_through(tx, body, credential, Status.SUSPENDED, Status.REINSTATED, keys=keys, now=now)
        unguard(tx, TABLE)
        tx.execute(text(f"UPDATE {TABLE} SET {column} = {value} WHERE number = 2"))
    with database.reading() as tx:
        assert_does_not_hold(verify(tx, credential.code, keys=keys, now=now))


def test_a_revocation_turned_into_a_reinstatement_is_noticed(database: Database, keys: KeyStore, now: datetime) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
        credential = issue_one(tx, body, keys=keys, now=now)
        go_through(tx, body, credential, Status.SUSPENDED, Status.REVOKED, keys=keys, now=now)
        unguard(tx, TABLE)
        tx.execute(update(StatusChange).where(StatusChange.number == 2).values(status=Status.REINSTATED))
    with database.reading() as tx:
        assert_does_not_hold(verify(tx, credential.code, keys=keys, now=now))


@pytest.mark.parametrize(
    ("steps", "dropped", "status"),
    [
        ((Status.REVOKED,), 1, CredentialStatus.UNKNOWN),
        ((Status.SUSPENDED,), 1, CredentialStatus.UNKNOWN),
        ((Status.SUSPENDED, Status.REINSTATED, Status.REVOKED), 3, CredentialStatus.UNKNOWN),
        ((Status.SUSPENDED, Status.REINSTATED, Status.REVOKED), 1, CredentialStatus.REVOKED),
        ((Status.SUSPENDED, Status.REINSTATED, Status.SUSPENDED), 2, CredentialStatus.SUSPENDED),
    ],
)
def test_a_change_that_was_dropped_is_missed(
    steps: tuple[Status, ...],
    dropped: int,
    status: CredentialStatus,
    database: Database,
    keys: KeyStore,
    now: datetime,
) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
        credential = issue_one(tx, body, keys=keys, now=now)
        go_through(tx, body, credential, *steps, keys=keys, now=now)
        unguard(tx, TABLE)
        tx.execute(delete(StatusChange).where(StatusChange.number == dropped))
    with database.reading() as tx:
        assert_does_not_hold(verify(tx, credential.code, keys=keys, now=now), status)


def test_changes_that_changed_places_are_noticed(database: Database, keys: KeyStore, now: datetime) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
        credential = issue_one(tx, body, keys=keys, now=now)
        go_through(tx, body, credential, Status.SUSPENDED, Status.REINSTATED, keys=keys, now=now)
        unguard(tx, TABLE)
        for old, new in ((1, 9), (2, 1), (9, 2)):
            tx.execute(update(StatusChange).where(StatusChange.number == old).values(number=new))
    with database.reading() as tx:
        assert_does_not_hold(verify(tx, credential.code, keys=keys, now=now), CredentialStatus.SUSPENDED)


def test_another_certificates_change_does_not_count_here(tx: Session, keys: KeyStore, now: datetime) -> None:
    body = make_body(tx)
    credential, other = (issue_one(tx, body, keys=keys, now=now) for _ in range(2))
    steps = (Status.SUSPENDED, Status.REINSTATED)
    _, lent = go_through(tx, body, other, *steps, keys=keys, now=now)
    go_through(tx, body, credential, Status.SUSPENDED, keys=keys, now=now)
    copy = insert(tx, credential, 2, Status.REINSTATED, at=lent.at, actor_id=lent.actor_id, seal=lent.seal)
    tx.add(copy)
    tx.flush()
    tell(tx, credential, copy)
    assert_does_not_hold(verify(tx, credential.code, keys=keys, now=now))


def test_a_change_that_only_the_log_tells_of_is_missed_as_well(tx: Session, keys: KeyStore, now: datetime) -> None:
    credential = issue_one(tx, make_body(tx), keys=keys, now=now)
    tell(tx, credential, insert(tx, credential, 1, Status.REVOKED))
    assert_does_not_hold(verify(tx, credential.code, keys=keys, now=now))


def test_words_that_no_change_has_are_noticed_and_break_nothing(
    database: Database, keys: KeyStore, now: datetime
) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
        credential = issue_one(tx, body, keys=keys, now=now)
        go_through(tx, body, credential, Status.SUSPENDED, keys=keys, now=now)
        unguard(tx, TABLE)
        tx.execute(update(StatusChange).values(reason_class="charm"))
    with database.reading() as tx:
        report = verify(tx, credential.code, keys=keys, now=now)
        assert_does_not_hold(report)
        assert report.changes == ()


def test_whoever_finds_it_tampered_with_can_still_revoke_it(database: Database, keys: KeyStore, now: datetime) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
        credential = issue_one(tx, body, keys=keys, now=now)
        go_through(tx, body, credential, Status.SUSPENDED, Status.REINSTATED, keys=keys, now=now)
        unguard(tx, TABLE)
        tx.execute(delete(StatusChange).where(StatusChange.number == 1))
    with database.transaction() as tx:
        go_through(tx, body, credential, Status.REVOKED, keys=keys, now=now)
    with database.reading() as tx:
        assert_does_not_hold(verify(tx, credential.code, keys=keys, now=now), CredentialStatus.REVOKED)


def test_a_change_dropped_together_with_its_entry_is_missed_by_the_seal_after_it(
    database: Database, keys: KeyStore, now: datetime
) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
        credential = issue_one(tx, body, keys=keys, now=now)
        go_through(tx, body, credential, Status.SUSPENDED, Status.REINSTATED, keys=keys, now=now)
        for table in (TABLE, "audit_entries"):
            unguard(tx, table)
        tx.execute(delete(StatusChange).where(StatusChange.number == 1))
        tx.execute(delete(AuditEntry).where(AuditEntry.action == "credential.suspend"))
    with database.reading() as tx:
        assert_does_not_hold(verify(tx, credential.code, keys=keys, now=now))


def test_the_limit_a_change_dropped_together_with_its_entry_is_noticed_by_the_chain_alone(
    database: Database, keys: KeyStore, now: datetime
) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
        credential = issue_one(tx, body, keys=keys, now=now)
        go_through(tx, body, credential, Status.REVOKED, keys=keys, now=now)
        assert verify_chain(tx, body.organisation.id).holds
        for table in (TABLE, "audit_entries"):
            unguard(tx, table)
        tx.execute(delete(StatusChange))
        tx.execute(delete(AuditEntry).where(AuditEntry.action == "credential.revoke"))
    with database.reading() as tx:
        assert verify(tx, credential.code, keys=keys, now=now).holds
        assert not verify_chain(tx, body.organisation.id).holds
