"""Issuers: the bodies in whose name credentials are signed, and their signing keys with certificates.

One rule: private keys live in files that only the product can read; the database holds what the public may see.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Select, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from certificates.authority import Certified, kid_of, pem
from certificates.names import issuer_faults
from certificates.typefaces import printed
from kernel.audit import record
from kernel.db import Base, Identified, Owned, table_facts
from kernel.errors import Invalid
from kernel.permissions import the_product


class Action(StrEnum):
    """What the audit log calls it."""

    CREATE = "issuer.create"
    ADD_KEY = "signing_key.add"


class Issuer(Owned, Base):
    """A body as it appears on its certificates."""

    __tablename__ = "issuers"
    __table_args__ = (UniqueConstraint("organisation_id"), table_facts(pii={}))

    name: Mapped[str]
    website: Mapped[str | None]
    created_at: Mapped[datetime]


class SigningKey(Identified, Base):
    """One key pair of an issuer, by its public half and its certificate chain (PEM)."""

    __tablename__ = "signing_keys"
    __table_args__ = (
        UniqueConstraint("issuer_id", "kid"),
        table_facts(pii={}, unowned="it is part of an issuer, which carries the organisation"),
    )

    issuer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issuers.id"))
    kid: Mapped[str]
    certificate_pem: Mapped[str]
    root_pem: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


def found_issuer(tx: Session, organisation_id: uuid.UUID, *, name: str, website: str | None, now: datetime) -> Issuer:
    """Make an organisation an issuer; when two do it at once, both get the same one.

    Raises:
        Invalid: the name is empty, or certificates cannot carry it.
    """
    if faults := issuer_faults("name", printed(name)):
        message = "an issuer needs a name that can stand on every certificate"
        raise Invalid(message, faults=faults)
    issuer = Issuer(organisation_id=organisation_id, name=name.strip(), website=website, created_at=now)
    try:
        with tx.begin_nested():
            tx.add(issuer)
            tx.flush()
    except IntegrityError:
        # The unique constraint made this transaction wait for the one that was first.
        return tx.scalars(select(Issuer).where(Issuer.organisation_id == organisation_id)).one()
    record(tx, the_product(organisation_id), Action.CREATE, f"issuer:{issuer.id}", now)
    return issuer


def add_signing_key(tx: Session, issuer: Issuer, signing: Certified, root_pem: str, *, now: datetime) -> SigningKey:
    """Make a certified key the issuer's current one and retire those before it; what they signed stays valid."""
    for older in tx.scalars(_keys_in_use(issuer)):
        older.retired_at = now
    key = SigningKey(
        issuer_id=issuer.id,
        kid=kid_of(signing.certificate),
        certificate_pem=pem(signing.certificate),
        root_pem=root_pem,
        valid_from=signing.certificate.not_valid_before_utc,
        valid_until=signing.certificate.not_valid_after_utc,
        created_at=now,
        retired_at=None,
    )
    tx.add(key)
    tx.flush()
    record(tx, the_product(issuer.organisation_id), Action.ADD_KEY, f"signing_key:{key.id}", now, kid=key.kid)
    return key


def issuer_of(tx: Session, organisation_id: uuid.UUID) -> Issuer | None:
    """Return the organisation's issuer, if it has become one."""
    return tx.scalar(select(Issuer).where(Issuer.organisation_id == organisation_id))


def current_signing_key(tx: Session, issuer: Issuer) -> SigningKey | None:
    """Return the key that signs now: the newest one that is not retired."""
    return tx.scalar(_keys_in_use(issuer).limit(1))


def signing_keys_of(tx: Session, issuer_id: uuid.UUID) -> list[SigningKey]:
    """Return every key that signed for an issuer, the newest first."""
    query = select(SigningKey).where(SigningKey.issuer_id == issuer_id)
    return list(tx.scalars(query.order_by(SigningKey.created_at.desc(), SigningKey.id)))


def _keys_in_use(issuer: Issuer) -> Select[SigningKey]:
    return (
        select(SigningKey)
        .where(SigningKey.issuer_id == issuer.id, SigningKey.retired_at.is_(None))
        .order_by(SigningKey.created_at.desc())
    )
