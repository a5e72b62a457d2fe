"""Revocation: every move of the table, the reasons that fit, and who may see which credential."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from certificates.credentials import Credential, StatusChange
from certificates.history import changes_of
from certificates.revocation import (
    MOVES,
    REASON_CHARACTERS_MAX,
    REASONS,
    STANDING_AFTER,
    ReasonClass,
    ReasonInvalid,
    Standing,
    Status,
    credential_for,
    credentials_of,
    own_credential,
    own_credentials,
    reinstate,
    revoke,
    standing_of,
    suspend,
)
from certificates.signing import KeyStore
from kernel.audit import AuditEntry, verify_chain
from kernel.db import Database
from kernel.errors import Conflict, Forbidden, IllegalMove, NotFound
from kernel.permissions import AccountRole, Actor, the_product
from tests.builders.certificates import Body, issue_one, make_body
from tests.builders.kernel import make_actor, make_organisation

VERBS: dict[Status, Callable[..., StatusChange]] = {
    Status.REVOKED: revoke,
    Status.SUSPENDED: suspend,
    Status.REINSTATED: reinstate,
}
WAY_TO: dict[Standing, tuple[Status, ...]] = {
    Standing.VALID: (),
    Standing.SUSPENDED: (Status.SUSPENDED,),
    Standing.REVOKED: (Status.REVOKED,),
}


def change(
    tx: Session, credential: Credential, status: Status, body: Body, keys: KeyStore, now: datetime, **facts: Any
) -> StatusChange:
    reasons: dict[str, Any] = {"reason_class": min(REASONS[status]), "reason": "the committee decided so"}
    return VERBS[status](tx, credential, **reasons | {"keys": keys, "actor": body.manager, "now": now} | facts)


@pytest.mark.parametrize(("standing", "status"), list(itertools.product(Standing, Status)))
def test_every_pair_of_standing_and_change_follows_the_table(
    standing: Standing, status: Status, tx: Session, keys: KeyStore, now: datetime
) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    for step in WAY_TO[standing]:
        change(tx, credential, step, body, keys, now)
    target = STANDING_AFTER[status]
    if target in MOVES[standing]:
        change(tx, credential, status, body, keys, now)
        assert standing_of(changes_of(tx, credential)) is target
    else:
        with pytest.raises(IllegalMove, match=f"is {standing} and cannot become {target}"):
            change(tx, credential, status, body, keys, now)
        assert standing_of(changes_of(tx, credential)) is standing


def test_revocation_is_the_end() -> None:
    assert MOVES[Standing.REVOKED] == frozenset()


def test_changes_are_appended_in_order_even_when_the_clock_stands_still_or_goes_back(
    tx: Session, keys: KeyStore, now: datetime
) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    steps = [Status.SUSPENDED, Status.REINSTATED, Status.SUSPENDED, Status.REVOKED]
    for index, step in enumerate(steps):
        change(tx, credential, step, body, keys, now - timedelta(seconds=index // 2))
    assert [Status(row.status) for row in changes_of(tx, credential)] == steps
    assert [row.number for row in changes_of(tx, credential)] == [1, 2, 3, 4]


def test_a_change_keeps_who_when_and_why_and_is_audited_without_the_wording(
    tx: Session, keys: KeyStore, now: datetime
) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    facts = {"reason_class": ReasonClass.MISUSE, "reason": "  used by another  ", "keys": keys}
    made = revoke(tx, credential, **facts, actor=body.manager, now=now)  # type: ignore[arg-type]
    assert (made.reason, made.reason_class, made.actor_id) == ("used by another", "misuse", body.manager.account_id)
    entry = tx.scalars(select(AuditEntry).where(AuditEntry.action == "credential.revoke")).one()
    assert entry.subject == f"credential:{credential.id}"
    assert entry.details == {"change": str(made.id), **made.recorded}
    assert "another" not in str(entry.details)
    assert verify_chain(tx, body.organisation.id).holds


@pytest.mark.parametrize("reason", ["", "  \n", "x" * (REASON_CHARACTERS_MAX + 1)])
def test_a_change_needs_a_reason_in_words(reason: str, tx: Session, keys: KeyStore, now: datetime) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    with pytest.raises(ReasonInvalid) as refused:
        change(tx, credential, Status.REVOKED, body, keys, now, reason=reason)
    assert [fault.place for fault in refused.value.faults] == ["reason"]
    assert changes_of(tx, credential) == []


@pytest.mark.parametrize(
    ("status", "reason_class"),
    [(status, reason) for status in Status for reason in ReasonClass if reason not in REASONS[status]],
)
def test_the_class_of_reason_must_fit_the_change(
    status: Status, reason_class: ReasonClass, tx: Session, keys: KeyStore, now: datetime
) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    with pytest.raises(ReasonInvalid) as refused:
        change(tx, credential, status, body, keys, now, reason_class=reason_class)
    assert [fault.place for fault in refused.value.faults] == ["reason_class"]


def test_every_change_has_reasons_and_every_reason_a_change() -> None:
    assert set(REASONS) == set(STANDING_AFTER) == set(Status)
    assert frozenset.union(*REASONS.values()) == set(ReasonClass)


def test_the_product_by_itself_changes_nothing(tx: Session, keys: KeyStore, now: datetime) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    with pytest.raises(Forbidden):
        change(tx, credential, Status.REVOKED, body, keys, now, actor=the_product(body.organisation.id))


def test_of_two_changes_at_the_same_moment_the_second_sees_the_first(
    database: Database, keys: KeyStore, now: datetime
) -> None:
    with database.transaction() as tx:
        body = make_body(tx)
        credential_id = issue_one(tx, body, keys=keys, now=now).id
    start = Barrier(2)

    def suspend_it() -> str:
        start.wait()
        try:
            with database.transaction() as tx:
                change(tx, credential_for(tx, body.manager, credential_id), Status.SUSPENDED, body, keys, now)
        except Conflict as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(future.result() for future in [pool.submit(suspend_it), pool.submit(suspend_it)])
    assert outcomes == ["done", "illegal_move"]


def test_staff_see_their_own_organisations_register_and_no_other(tx: Session, keys: KeyStore, now: datetime) -> None:
    body, other = make_body(tx), make_body(tx)
    older = issue_one(tx, body, keys=keys, now=now)
    newer = issue_one(tx, body, keys=keys, now=now + timedelta(seconds=1))
    assert credential_for(tx, body.manager, older.id) is older
    assert credentials_of(tx, body.manager) == [newer, older]
    assert credentials_of(tx, other.manager) == []
    for stranger, wanted in ((other.manager, older.id), (body.manager, uuid.uuid4())):
        with pytest.raises(NotFound):
            credential_for(tx, stranger, wanted)


def test_holders_see_their_own_credentials_and_no_others(tx: Session, keys: KeyStore, now: datetime) -> None:
    body = make_body(tx)
    credential = issue_one(tx, body, keys=keys, now=now)
    holder = Actor(body.holder.id, body.organisation.id, frozenset({AccountRole.CANDIDATE}))
    stranger = make_actor(tx, body.organisation, AccountRole.CANDIDATE)
    elsewhere = Actor(body.holder.id, make_organisation(tx).id, frozenset({AccountRole.CANDIDATE}))
    assert own_credentials(tx, holder) == [credential]
    assert own_credential(tx, holder, credential.id) is credential
    for actor in (stranger, elsewhere, body.manager):
        assert own_credentials(tx, actor) == []
        with pytest.raises(NotFound):
            own_credential(tx, actor, credential.id)
