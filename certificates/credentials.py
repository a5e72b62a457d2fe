"""Credentials: signed records of what was certified, kept as a snapshot and found by an unguessable code.

One rule: a credential says for ever what it said when it was signed; what happens to it later is appended beside it.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, LargeBinary, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from certificates.issuers import Issuer, SigningKey
from kernel.canonical import digest
from kernel.db import Base, Identified, Owned, table_facts

_PART_OF_CREDENTIAL = "it is part of a credential, which carries the organisation"


class Credential(Owned, Base):
    """One certificate's record. ``award_id`` makes issuing idempotent; ``code`` is what the QR carries."""

    __tablename__ = "credentials"
    __table_args__ = (
        UniqueConstraint("award_id"),
        UniqueConstraint("code"),
        table_facts(pii={"holder_id": "link", "snapshot": "identity"}, append_only=True),
    )

    issuer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issuers.id"), index=True)
    signing_key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("signing_keys.id"))
    award_id: Mapped[uuid.UUID]
    """The award this credential was issued for; another floor's identifier, therefore no foreign key."""
    holder_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    code: Mapped[str]
    snapshot: Mapped[dict[str, Any]]
    snapshot_hash: Mapped[str]
    seal: Mapped[str]
    """The signing key's signature over the hashes of snapshot and PDF; see ``certificates.seals``."""
    issued_at: Mapped[datetime]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)

    issuer: Mapped[Issuer] = relationship(viewonly=True)
    signing_key: Mapped[SigningKey] = relationship(viewonly=True)
    changes: Mapped[list[StatusChange]] = relationship(order_by="StatusChange.number", viewonly=True)


class CertificateDocument(Base):
    """The signed PDF of a credential, byte for byte as it was issued."""

    __tablename__ = "certificate_documents"
    __table_args__ = (table_facts(pii={"pdf": "identity"}, unowned=_PART_OF_CREDENTIAL, append_only=True),)

    credential_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("credentials.id"), primary_key=True)
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    pdf_sha256: Mapped[str]


class StatusChange(Identified, Base):
    """One later event in a credential's life: revoked, suspended or reinstated, with reason and date."""

    __tablename__ = "credential_status_changes"
    __table_args__ = (
        CheckConstraint("status IN ('revoked', 'suspended', 'reinstated')", name="status"),
        UniqueConstraint("credential_id", "number"),
        table_facts(pii={"actor_id": "link"}, unowned=_PART_OF_CREDENTIAL, append_only=True),
    )

    credential_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("credentials.id"))
    number: Mapped[int]
    """1, 2, 3 ... for each credential: the order never depends on clocks, and of two changes at once one fails."""
    status: Mapped[str]
    reason_class: Mapped[str]
    """Shown to the public; the body's own wording stays in ``reason``."""
    reason: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id"))
    seal: Mapped[str | None]
    """The issuer's signature over all of this and the seal before it; None on changes older than these seals."""

    @property
    def recorded(self) -> dict[str, str]:
        """What its audit entry says of it, worked out from the row: the body's own wording by its hash alone."""
        content = {"number": self.number, "status": self.status, "class": self.reason_class, "reason": self.reason}
        return {"reason_class": self.reason_class, "content": digest(content)}


def credential_of_award(tx: Session, organisation_id: uuid.UUID, award_id: uuid.UUID) -> Credential | None:
    """Return the credential that was issued for an award."""
    return tx.scalar(
        select(Credential).where(Credential.award_id == award_id, Credential.organisation_id == organisation_id)
    )


def credential_by_code(tx: Session, code: str) -> Credential | None:
    """Return the credential with this code, whichever organisation issued it: codes are for the public."""
    return tx.scalar(select(Credential).where(Credential.code == code))
