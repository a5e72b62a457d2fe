"""Issuers: the bodies in whose name credentials are signed, and their signing keys with certificates.

One rule: private keys live in files that only the product can read; the database holds what the public may see.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Identified, Owned, table_facts


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
