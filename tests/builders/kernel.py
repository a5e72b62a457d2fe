"""Organisations, accounts and actors for tests; and how an intruder gets past the guards of a table."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.accounts import Account, actor_for, grant_roles, open_account
from kernel.organisations import Organisation, found_organisation
from kernel.permissions import AccountRole, Actor

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


def make_organisation(tx: Session, slug: str | None = None) -> Organisation:
    number = next(_numbers)
    return found_organisation(tx, slug=slug or f"body-{number}", name=f"Body {number}", now=NOW)


def make_account(tx: Session, name: str = "Ada Example", *, password: str | None = None) -> Account:
    return open_account(tx, email=f"person{next(_numbers)}@example.org", display_name=name, password=password, now=NOW)


def make_actor(tx: Session, organisation: Organisation, *roles: AccountRole, name: str = "Ada Example") -> Actor:
    account = make_account(tx, name)
    grant_roles(tx, account, organisation.id, roles or (AccountRole.MANAGER,), now=NOW)
    return actor_for(tx, account.id, organisation.id)


def unguard(tx: Session, table: str) -> None:
    """Take the guards off a table: what an intruder with the database's own password would do first."""
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    names = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    for name in tx.scalars(names, {"table": table}).all():
        tx.execute(text(f"DROP TRIGGER {name}"))
