"""Accounts: one answer for every wrong sign-in, roles as they are now, passwords only as hashes."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.accounts import (
    SessionEnded,
    WrongCredentials,
    account_by_email,
    actor_for,
    any_member_with_email,
    grant_roles,
    member_with_email,
    open_account,
    organisations_of,
    refuse_wrong_password,
    roles_of,
    set_password,
    withdraw_roles,
)
from kernel.audit import AuditEntry
from kernel.errors import DomainError, Forbidden, Invalid, NotFound, Unauthenticated
from kernel.permissions import ROLE_PERMISSIONS, AccountRole, Permission, the_product
from tests.builders.kernel import NOW, PASSWORD, make_account, make_actor, make_organisation


def test_the_right_password_opens(tx: Session) -> None:
    account = make_account(tx, password=PASSWORD)
    assert refuse_wrong_password(account_by_email(tx, account.email.upper() + " "), PASSWORD) is account
    assert account.password_hash is not None
    assert account.password_hash.startswith("$argon2id$")
    assert PASSWORD not in account.password_hash


def test_every_wrong_sign_in_reads_the_same(tx: Session) -> None:
    known = make_account(tx, password=PASSWORD)
    closed = make_account(tx, password=PASSWORD)
    closed.closed_at = NOW
    without = make_account(tx)
    said = set()
    for email, password in (
        (known.email, "wrong password"),
        ("nobody@example.org", PASSWORD),
        (closed.email, PASSWORD),
        (without.email, PASSWORD),
        (known.email, "x" * 5000),
    ):
        with pytest.raises(WrongCredentials) as caught:
            refuse_wrong_password(account_by_email(tx, email), password)
        said.add(str(caught.value))
    assert len(said) == 1


def test_a_burst_of_sign_ins_is_told_to_come_back(tx: Session) -> None:
    account = make_account(tx, password=PASSWORD)
    outcomes: list[str] = []

    def sign_in() -> None:
        try:
            refuse_wrong_password(account, "wrong password")
        except DomainError as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=sign_in) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(outcomes) == {"wrong_credentials", "too_many_sign_ins"}
    assert len(outcomes) == 60


@pytest.mark.parametrize("email", ["", "a", "a@b", "a b@c.de", "@c.de"])
def test_a_malformed_address_is_refused(tx: Session, email: str) -> None:
    with pytest.raises(Invalid, match="^email:"):
        open_account(tx, email=email, display_name="A", password=None, now=NOW)


def test_an_address_is_taken_once_whatever_its_case(tx: Session) -> None:
    account = make_account(tx)
    with pytest.raises(Invalid, match="exists already"):
        open_account(tx, email=account.email.upper(), display_name="B", password=None, now=NOW)


def test_an_address_is_the_same_however_its_letters_are_composed(tx: Session) -> None:
    account = open_account(tx, email="Jose\u0301@example.org", display_name="José", password=None, now=NOW)
    assert account_by_email(tx, "jos\u00e9@EXAMPLE.org") is account_by_email(tx, " jose\u0301@example.org") is account


@pytest.mark.parametrize("password", ["short", "x" * 1025])
def test_a_password_has_a_sane_length(tx: Session, password: str) -> None:
    with pytest.raises(Invalid, match="^password:"):
        make_account(tx, password=password)


def test_a_name_is_needed_and_kept_composed(tx: Session) -> None:
    with pytest.raises(Invalid, match="^display_name:"):
        make_account(tx, name=" ")
    assert make_account(tx, name="S\u0326tefan").display_name == "Ștefan"


def test_roles_are_those_held_now(tx: Session) -> None:
    organisation = make_organisation(tx)
    actor = make_actor(tx, organisation, AccountRole.AUTHOR)
    account_id = actor.person
    grant_roles(tx, make_account(tx), organisation.id, [AccountRole.PROCTOR], now=NOW)
    assert roles_of(tx, account_id, organisation.id) == {AccountRole.AUTHOR}
    assert organisations_of(tx, account_id) == [organisation.id]
    with pytest.raises(Unauthenticated):
        actor_for(tx, account_id, make_organisation(tx).id)


def test_a_role_is_granted_once(tx: Session) -> None:
    organisation = make_organisation(tx)
    account = make_account(tx)
    for _ in range(2):
        grant_roles(tx, account, organisation.id, [AccountRole.CANDIDATE, AccountRole.AUTHOR], now=NOW)
    assert len(roles_of(tx, account.id, organisation.id)) == 2


def test_members_are_found_inside_their_organisation_only(tx: Session) -> None:
    ours, theirs = make_organisation(tx), make_organisation(tx)
    account = make_account(tx)
    grant_roles(tx, account, ours.id, [AccountRole.CANDIDATE], now=NOW)
    assert member_with_email(tx, ours.id, account.email, AccountRole.CANDIDATE) is account
    for organisation, role in ((theirs, AccountRole.CANDIDATE), (ours, AccountRole.PROCTOR)):
        with pytest.raises(NotFound):
            member_with_email(tx, organisation.id, account.email, role)


def test_permissions_come_from_the_table(tx: Session) -> None:
    organisation = make_organisation(tx)
    actor = make_actor(tx, organisation, AccountRole.PROCTOR)
    actor.require(Permission.ATTEMPT_ADMIT)
    with pytest.raises(Forbidden, match=r"item\.read"):
        actor.require(Permission.ITEM_READ)
    with pytest.raises(Forbidden, match="by a person"):
        _ = the_product(organisation.id).person


def test_who_decides_runs_nothing_and_sees_no_key() -> None:
    decider = ROLE_PERMISSIONS[AccountRole.DECISION_MAKER]
    assert not decider & {Permission.ITEM_READ, Permission.SITTING_MANAGE, Permission.ATTEMPT_ADMIT}
    holders = [role for role, held in ROLE_PERMISSIONS.items() if Permission.DECISION_MAKE in held]
    assert holders == [AccountRole.DECISION_MAKER]
    assert ROLE_PERMISSIONS[AccountRole.CANDIDATE] == {Permission.ATTEMPT_SIT}


def test_roles_go_and_passwords_change_with_an_entry_that_tells_no_secret(tx: Session) -> None:
    body, account = make_organisation(tx), make_account(tx, password=PASSWORD)
    with pytest.raises(NotFound):
        any_member_with_email(tx, body.id, account.email)
    grant_roles(tx, account, body.id, [AccountRole.AUTHOR, AccountRole.REVIEWER], now=NOW)
    assert any_member_with_email(tx, body.id, account.email.upper()) is account
    withdraw_roles(tx, account, body.id, [AccountRole.REVIEWER, AccountRole.PROCTOR], now=NOW)
    withdraw_roles(tx, account, body.id, [AccountRole.PROCTOR], now=NOW)
    assert roles_of(tx, account.id, body.id) == {AccountRole.AUTHOR}
    set_password(tx, account, body.id, "another long password", now=NOW)
    assert refuse_wrong_password(account, "another long password") is account
    with pytest.raises(WrongCredentials):
        refuse_wrong_password(account, PASSWORD)
    with pytest.raises(Invalid):
        set_password(tx, account, body.id, "short", now=NOW)
    subject = AuditEntry.subject == f"account:{account.id}"
    told = [(entry.action, entry.details) for entry in tx.scalars(select(AuditEntry).where(subject))]
    assert sorted(told) == [
        ("account.end_sessions", {}),
        ("account.end_sessions", {}),
        ("account.set_password", {}),
        ("membership.grant", {"roles": ["author", "reviewer"]}),
        ("membership.withdraw", {"roles": ["reviewer"]}),
    ]


def test_a_new_password_and_a_role_taken_away_end_the_sessions_so_far(tx: Session) -> None:
    body, account = make_organisation(tx), make_account(tx, password=PASSWORD)
    grant_roles(tx, account, body.id, [AccountRole.AUTHOR, AccountRole.REVIEWER], now=NOW)
    for end in (
        lambda: set_password(tx, account, body.id, "another long password", now=NOW),
        lambda: withdraw_roles(tx, account, body.id, [AccountRole.REVIEWER], now=NOW),
    ):
        series = account.session_series
        assert actor_for(tx, account.id, body.id, session_series=series).account_id == account.id
        end()
        with pytest.raises(SessionEnded):
            actor_for(tx, account.id, body.id, session_series=series)
    series = account.session_series
    withdraw_roles(tx, account, body.id, [AccountRole.PROCTOR], now=NOW)
    grant_roles(tx, account, body.id, [AccountRole.PROCTOR], now=NOW)
    assert account.session_series == series, "nothing was taken"
    assert actor_for(tx, account.id, body.id).may(Permission.ITEM_WRITE)
