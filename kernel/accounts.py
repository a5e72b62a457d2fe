"""Accounts: people who can sign in, and their memberships. A password is kept only as an Argon2id hash."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.audit import record
from kernel.db import Base, Identified, Owned, table_facts
from kernel.errors import DomainError, Invalid, NotFound, Unauthenticated
from kernel.permissions import AccountRole, Actor, the_product

PASSWORD_CHARACTERS_MIN = 12
PASSWORD_CHARACTERS_MAX = 1024
# OWASP's second recommended setting; the library's default costs eight times the CPU at a login burst.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Hashing is CPU and 19 MiB each: a burst of sign-ins queues here instead of starving running exams, and beyond the
# queue it is told to come back, so that the threads of everybody else stay free.
_HASHING = BoundedSemaphore(2)
_QUEUE = BoundedSemaphore(12)


class WrongCredentials(Unauthenticated):
    """Unknown address, wrong password or closed account: one answer for all three."""

    code = "wrong_credentials"


class TooManySignIns(DomainError):
    """More people sign in at once than passwords can be checked; come back in a moment."""

    code = "too_many_sign_ins"
    status = 503
    title = "Please try again in a moment"


class Action(StrEnum):
    """What the audit log calls it."""

    GRANT = "membership.grant"


class Account(Identified, Base):
    """A person who can sign in, whichever organisations they belong to."""

    __tablename__ = "accounts"
    __table_args__ = (
        table_facts(
            pii={"email": "contact", "display_name": "identity", "password_hash": "secret"},
            unowned="one person may belong to several organisations; memberships carry the organisation",
        ),
    )

    email: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en")
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Membership(Owned, Base):
    """One role of one account in one organisation."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("organisation_id", "account_id", "role"),
        table_facts(pii={"account_id": "link"}),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    role: Mapped[str]
    granted_at: Mapped[datetime]


def open_account(
    tx: Session, *, email: str, display_name: str, password: str | None, now: datetime, language: str = "en"
) -> Account:
    """Create an account. Without a password nobody can sign in to it until one is set.

    Raises:
        Invalid: the address is taken or malformed, the name empty, the password too short or too long.
    """
    address = _normal_email(email)
    name = unicodedata.normalize("NFC", display_name).strip()
    if not name:
        message = "display_name: a name is needed"
        raise Invalid(message)
    if tx.scalar(select(Account.id).where(Account.email == address)):
        message = "email: an account with this address exists already"
        raise Invalid(message)
    account = Account(
        email=address,
        display_name=name,
        password_hash=None if password is None else hash_password(password),
        language=language,
        created_at=now,
    )
    tx.add(account)
    tx.flush()
    return account


def grant_roles(
    tx: Session, account: Account, organisation_id: uuid.UUID, roles: Iterable[AccountRole], *, now: datetime
) -> None:
    """Make the account a member of the organisation in these roles; roles it has already stay as they are."""
    fresh = sorted(set(roles) - roles_of(tx, account.id, organisation_id))
    for role in fresh:
        tx.add(Membership(organisation_id=organisation_id, account_id=account.id, role=role, granted_at=now))
    tx.flush()
    if fresh:
        by = the_product(organisation_id)
        record(tx, by, Action.GRANT, f"account:{account.id}", now, roles=[role.value for role in fresh])


def roles_of(tx: Session, account_id: uuid.UUID, organisation_id: uuid.UUID) -> frozenset[AccountRole]:
    """Return the roles an account holds in an organisation now."""
    rows = tx.scalars(
        select(Membership.role).where(
            Membership.account_id == account_id, Membership.organisation_id == organisation_id
        )
    )
    return frozenset(AccountRole(row) for row in rows)


def actor_for(tx: Session, account_id: uuid.UUID, organisation_id: uuid.UUID) -> Actor:
    """Return the actor behind a session, with the roles held *now*; a lost role stops at the next request.

    Raises:
        Unauthenticated: the account is closed or no longer a member.
    """
    account = tx.get(Account, account_id)
    roles = roles_of(tx, account_id, organisation_id)
    if account is None or account.closed_at is not None or not roles:
        message = "this session no longer holds; please sign in again"
        raise Unauthenticated(message)
    return Actor(account_id=account_id, organisation_id=organisation_id, roles=roles)


def organisations_of(tx: Session, account_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the organisations an account belongs to, the oldest membership first."""
    rows = tx.execute(
        select(Membership.organisation_id, Membership.granted_at)
        .where(Membership.account_id == account_id)
        .order_by(Membership.granted_at, Membership.organisation_id)
    )
    return list(dict.fromkeys(row.organisation_id for row in rows))


def account_by_email(tx: Session, email: str) -> Account | None:
    """Return the account with an address, if there is one; for signing in only."""
    return tx.scalar(select(Account).where(Account.email == email.strip().lower()))


def refuse_wrong_password(account: Account | None, password: str) -> Account:
    """Return the account when the password is its own. Call it outside any transaction: it takes its time.

    An unknown address costs the same hashing time as a wrong password, so timing does not tell them apart.

    Raises:
        WrongCredentials: for every reason alike.
        TooManySignIns: too many are waiting already.
    """
    stored = account.password_hash if account and account.password_hash else _decoy_hash()
    genuine = _verifies(stored, password)
    if account is None or account.password_hash is None or account.closed_at is not None or not genuine:
        message = "the e-mail address or the password is wrong"
        raise WrongCredentials(message)
    return account


def account_named(tx: Session, account_id: uuid.UUID) -> Account:
    """Return an account or raise NotFound."""
    account = tx.get(Account, account_id)
    if account is None:
        message = "there is no such account"
        raise NotFound(message)
    return account


def member_with_email(tx: Session, organisation_id: uuid.UUID, email: str, role: AccountRole) -> Account:
    """Return the member of an organisation with this address and role, or raise NotFound."""
    account = tx.scalar(
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Account.email == email.strip().lower(),
            Account.closed_at.is_(None),
            Membership.organisation_id == organisation_id,
            Membership.role == role,
        )
    )
    if account is None:
        message = f"the organisation has no {role} with this address"
        raise NotFound(message)
    return account


def hash_password(password: str) -> str:
    """Hash a new password, refusing what is too short to be one or too long to be honest."""
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        message = f"password: between {PASSWORD_CHARACTERS_MIN} and {PASSWORD_CHARACTERS_MAX} characters, please"
        raise Invalid(message)
    with _turn_to_hash():
        return _HASHER.hash(password)


def _verifies(stored: str, password: str) -> bool:
    if len(password) > PASSWORD_CHARACTERS_MAX:
        return False
    try:
        with _turn_to_hash():
            return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@contextmanager
def _turn_to_hash() -> Iterator[None]:
    if not _QUEUE.acquire(blocking=False):
        message = "very many people are signing in just now; please try again in a few seconds"
        raise TooManySignIns(message)
    try:
        with _HASHING:
            yield
    finally:
        _QUEUE.release()


@cache
def _decoy_hash() -> str:
    return _HASHER.hash("no account has this password")


def _normal_email(email: str) -> str:
    address = unicodedata.normalize("NFC", email).strip().lower()
    local, _, domain = address.rpartition("@")
    if not local or "." not in domain or any(character.isspace() for character in address):
        message = "email: this is not an e-mail address"
        raise Invalid(message)
    return address
