"""Organisations: the bodies that own everything else. A row of one body is invisible to every other."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.audit import GENESIS, AuditHead, record
from kernel.db import Base, Identified, table_facts
from kernel.errors import Invalid, NotFound
from kernel.permissions import the_product


class Action(StrEnum):
    """What the audit log calls it."""

    FOUND = "organisation.found"


class Organisation(Identified, Base):
    """A body that runs schemes and issues in its own name."""

    __tablename__ = "organisations"
    __table_args__ = (table_facts(pii={}, unowned="it is the owner"),)

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    website: Mapped[str | None]
    created_at: Mapped[datetime]


def found_organisation(tx: Session, *, slug: str, name: str, website: str | None = None, now: datetime) -> Organisation:
    """Create an organisation.

    Raises:
        Invalid: the slug is taken or not lower-case letters, digits and hyphens, or the website is no address.
    """
    if not slug.replace("-", "").isalnum() or slug != slug.lower() or not slug.isascii():
        message = f"{slug!r} is not a slug: use lower-case letters, digits and hyphens"
        raise Invalid(message)
    if tx.scalar(select(Organisation.id).where(Organisation.slug == slug)):
        message = f"a certification body {slug!r} exists already"
        raise Invalid(message)
    _refuse_no_address(website)
    organisation = Organisation(slug=slug, name=name, website=website, created_at=now)
    tx.add(organisation)
    tx.flush()
    tx.add(AuditHead(organisation_id=organisation.id, sequence=0, entry_hash=GENESIS))
    tx.flush()
    record(tx, the_product(organisation.id), Action.FOUND, f"organisation:{organisation.id}", now, slug=slug)
    return organisation


def _refuse_no_address(website: str | None) -> None:
    """Refuse what browsers would not open: certificates carry it for life."""
    try:
        parts = urlsplit(website or "https://none.example")
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or any(sign.isspace() or not sign.isprintable() for sign in website or ""):
        message = f"website: {website!r} is no address on the web; write it like https://example.org"
        raise Invalid(message)


def organisation_by_slug(tx: Session, slug: str) -> Organisation:
    """Return the organisation or raise NotFound."""
    organisation = tx.scalar(select(Organisation).where(Organisation.slug == slug))
    if organisation is None:
        message = f"there is no certification body {slug!r}"
        raise NotFound(message)
    return organisation


def organisation_name(tx: Session, organisation_id: uuid.UUID) -> str:
    """Return the public name of an organisation that exists."""
    return tx.scalars(select(Organisation.name).where(Organisation.id == organisation_id)).one()
