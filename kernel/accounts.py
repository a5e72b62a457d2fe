"""Accounts: people who can sign in, and their memberships. Their sessions end all together."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.audit import record
from kernel.db import Base, Identified, Owned, table_facts
from kernel.errors import Invalid, NotFound, Unauthenticated
from kernel.passwords import hash_password, is_password
from kernel.permissions import AccountRole, Actor, the_product
from kernel.sentences import say


class WrongCredentials(Unauthenticated):
    """Unknown address, wrong password or closed account: one answer for all three."""

    code = "wrong_credentials"


class SessionEnded(Unauthenticated):
    """The account is closed or no member any more, or all its sessions were ended since."""

    code = "session_ended"


class Action(StrEnum):
    """What the audit log calls it."""

    GRANT = "membership.grant"
    WITHDRAW = "membership.withdraw"
    SET_PASSWORD = "account.set_password"  # noqa: S105 - an action, no password
    END_SESSIONS = "account.end_sessions"


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
    session_series: Mapped[int] = mapped_column(default=1)
    """What sessions must name to hold: one more, and every session so far is worthless."""


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
        message = say("display_name: a name is needed")
        raise Invalid(message)
    if tx.scalar(select(Account.id).where(Account.email == address)):
        message = say("email: an account with this address exists already")
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


def withdraw_roles(
    tx: Session, account: Account, organisation_id: uuid.UUID, roles: Iterable[AccountRole], *, now: datetime
) -> None:
    """Take roles from a member and end their sessions. Whoever has no role left is no member any more."""
    gone = sorted(set(roles) & roles_of(tx, account.id, organisation_id))
    tx.execute(
        delete(Membership).where(
            Membership.organisation_id == organisation_id,
            Membership.account_id == account.id,
            Membership.role.in_([role.value for role in gone]),
        )
    )
    if gone:
        by = the_product(organisation_id)
        record(tx, by, Action.WITHDRAW, f"account:{account.id}", now, roles=[role.value for role in gone])
        end_sessions(tx, account, organisation_id, now=now)


def set_password(tx: Session, account: Account, organisation_id: uuid.UUID, password: str, *, now: datetime) -> None:
    """Give a member another password and end their sessions; the audit log says that, and nothing of either password.

    Raises:
        Invalid: it is too short or too long.
    """
    account.password_hash = hash_password(password)
    record(tx, the_product(organisation_id), Action.SET_PASSWORD, f"account:{account.id}", now)
    end_sessions(tx, account, organisation_id, now=now)


def end_sessions(tx: Session, account: Account, organisation_id: uuid.UUID, *, now: datetime) -> None:
    """Make every session of an account, and every token that one was given, worthless from the commit on.

    Every process finds that in the database, with or without messages from others.
    """
    account.session_series = Account.session_series + 1
    tx.flush()
    record(tx, the_product(organisation_id), Action.END_SESSIONS, f"account:{account.id}", now)


def roles_of(tx: Session, account_id: uuid.UUID, organisation_id: uuid.UUID) -> frozenset[AccountRole]:
    """Return the roles an account holds in an organisation now."""
    rows = tx.scalars(
        select(Membership.role).where(
            Membership.account_id == account_id, Membership.organisation_id == organisation_id
        )
    )
    return frozenset(AccountRole(row) for row in rows)


def actor_for(
    tx: Session, account_id: uuid.UUID, organisation_id: uuid.UUID, *, session_series: int | None = None
) -> Actor:
    """Return an actor with the roles held *now*; a lost role stops at the next request.

    Args:
        session_series: what the session names that they act in; None where there is none.

    Raises:
        SessionEnded: the account is closed or no longer a member, or its sessions were ended.
    """
    account = tx.get(Account, account_id)
    roles = roles_of(tx, account_id, organisation_id)
    if account is None or account.closed_at is not None or not roles:
        raise session_ended()
    if session_series not in {None, account.session_series}:
        raise session_ended()
    return Actor(account_id=account_id, organisation_id=organisation_id, roles=roles)


def session_ended() -> SessionEnded:
    """Return the refusal of a session that no longer holds, for whatever reason."""
    return SessionEnded(say("this session no longer holds; please sign in again"))


def organisations_of(tx: Session, account_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the organisations an account belongs to, the oldest membership first."""
    rows = tx.execute(
        select(Membership.organisation_id, Membership.granted_at)
        .where(Membership.account_id == account_id)
        .order_by(Membership.granted_at, Membership.organisation_id)
    )
    return list(dict.fromkeys(row.organisation_id for row in rows))


def account_by_email(tx: Session, email: str) -> Account | None:
    """Return the account with an address, of whatever organisation and closed or not, if there is one."""
    return tx.scalar(select(Account).where(Account.email == address_of(email)))


def refuse_wrong_password(account: Account | None, password: str) -> Account:
    """Return the account when the password is its own. Call it outside any transaction: it takes its time.

    An unknown address costs the same hashing time as a wrong password, so timing does not tell them apart.

    Raises:
        WrongCredentials: for every reason alike.
        TooManySignIns: too many are waiting already.
    """
    genuine = is_password(account.password_hash if account else None, password)
    if account is None or account.password_hash is None or account.closed_at is not None or not genuine:
        message = say("the e-mail address or the password is wrong")
        raise WrongCredentials(message)
    return account


def account_named(tx: Session, account_id: uuid.UUID) -> Account:
    """Return an account or raise NotFound."""
    account = tx.get(Account, account_id)
    if account is None:
        message = say("there is no such account")
        raise NotFound(message)
    return account


def any_member_with_email(tx: Session, organisation_id: uuid.UUID, email: str) -> Account:
    """Return the member of an organisation with this address, in whatever role, or raise NotFound."""
    account = account_by_email(tx, email)
    if account is None or not roles_of(tx, account.id, organisation_id):
        message = say("the certification body has no account with this address")
        raise NotFound(message)
    return account


def member_with_email(tx: Session, organisation_id: uuid.UUID, email: str, role: AccountRole) -> Account:
    """Return the member of an organisation with this address and role, whose account is open, or raise NotFound."""
    account = tx.scalar(
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Account.email == address_of(email),
            Account.closed_at.is_(None),
            Membership.organisation_id == organisation_id,
            Membership.role == role,
        )
    )
    if account is None:
        message = say("the certification body has no %(role)s with this address", role=role)
        raise NotFound(message)
    return account


def address_of(email: str) -> str:
    """Return an e-mail address as accounts keep it, however it was typed: one Unicode form, small letters, no space."""
    return unicodedata.normalize("NFC", email).strip().lower()


def _normal_email(email: str) -> str:
    address = address_of(email)
    local, _, domain = address.rpartition("@")
    if not local or "." not in domain or any(character.isspace() for character in address):
        message = say("email: this is not an e-mail address")
        raise Invalid(message)
    return address
