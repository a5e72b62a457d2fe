"""The audit log: who did what to which thing, appended in the same transaction as the change and hash-chained.

``h_n = SHA-256(h_(n-1) || canonical(entry_n))`` for each organisation. The chain proves that nothing was changed,
dropped or reordered since; details carry identifiers and facts, never names, addresses or item content.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.canonical import canonical_json
from kernel.db import Base, Owned, table_facts
from kernel.permissions import Actor

GENESIS = "0" * 64


class AuditEntry(Owned, Base):
    """One link of an organisation's chain."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("organisation_id", "sequence"),
        Index(None, "organisation_id", "subject"),
        table_facts(pii={"actor_id": "link"}, append_only=True),
    )

    sequence: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str]
    entry_hash: Mapped[str]


class AuditHead(Base):
    """The end of an organisation's chain; locking it makes appending a queue of one."""

    __tablename__ = "audit_heads"
    __table_args__ = (table_facts(pii={}),)

    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    sequence: Mapped[int]
    entry_hash: Mapped[str]


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What verifying one chain found."""

    entries: int
    head: str
    faults: tuple[str, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether the chain is whole."""
        return not self.faults


def record(tx: Session, actor: Actor, action: StrEnum, subject: str, now: datetime, **details: Any) -> AuditEntry:  # noqa: ANN401
    """Append an entry. Call it last in a use case: it holds the organisation's chain until the commit.

    Args:
        action: ``thing.verb`` from the room's own ``StrEnum``.
        subject: ``kind:identifier`` of what was acted on.
        details: JSON-like facts without floats and without personal data.
    """
    head = _locked_head(tx, actor.organisation_id)
    entry = AuditEntry(
        organisation_id=actor.organisation_id,
        sequence=head.sequence + 1,
        at=now,
        actor_id=actor.account_id,
        action=action.value,
        subject=subject,
        details=details,
        previous_hash=head.entry_hash,
    )
    entry.entry_hash = _link(entry)
    head.sequence, head.entry_hash = entry.sequence, entry.entry_hash
    tx.add(entry)
    tx.flush()
    return entry


def entries_after(tx: Session, organisation_id: uuid.UUID, sequence: int, limit: int) -> list[AuditEntry]:
    """Return entries of an organisation in order, after a sequence number."""
    return list(
        tx.scalars(
            select(AuditEntry)
            .where(AuditEntry.organisation_id == organisation_id, AuditEntry.sequence > sequence)
            .order_by(AuditEntry.sequence)
            .limit(limit)
        )
    )


def entries_about(tx: Session, organisation_id: uuid.UUID, subject: str) -> list[AuditEntry]:
    """Return what an organisation's chain tells of one subject, in order."""
    return list(
        tx.scalars(
            select(AuditEntry)
            .where(AuditEntry.organisation_id == organisation_id, AuditEntry.subject == subject)
            .order_by(AuditEntry.sequence)
        )
    )


def holds_entry(tx: Session, organisation_id: uuid.UUID, entry_hash: str) -> bool:
    """Tell whether an entry with this hash is in an organisation's chain: a head kept elsewhere must be."""
    found = select(AuditEntry.id).where(
        AuditEntry.organisation_id == organisation_id, AuditEntry.entry_hash == entry_hash
    )
    return tx.scalar(found) is not None


def verify_chain(tx: Session, organisation_id: uuid.UUID) -> ChainReport:
    """Walk an organisation's chain and name every place where it does not hold."""
    faults: list[str] = []
    previous, expected = GENESIS, 1
    rows = tx.scalars(
        select(AuditEntry)
        .where(AuditEntry.organisation_id == organisation_id)
        .order_by(AuditEntry.sequence)
        .execution_options(yield_per=500)
    )
    for entry in rows:
        if entry.sequence != expected:
            faults.append(f"entries {expected} to {entry.sequence - 1} are missing")
        elif entry.previous_hash != previous:
            faults.append(f"entry {entry.sequence} does not follow the one before it: reordered or replaced")
        if _link(entry) != entry.entry_hash:
            faults.append(f"entry {entry.sequence} ({entry.action}) was changed after it was written")
        previous, expected = entry.entry_hash, entry.sequence + 1
    head = tx.get(AuditHead, organisation_id)
    last = (expected - 1, previous)
    if head is None:
        faults.append("the head of the chain is missing")
    elif (head.sequence, head.entry_hash) != last:
        faults.append(f"the chain ends at entry {last[0]}, but {head.sequence} were written: its end was cut off")
    return ChainReport(entries=expected - 1, head=previous, faults=tuple(faults))


def _locked_head(tx: Session, organisation_id: uuid.UUID) -> AuditHead:
    # populate_existing: a head already in this session may be stale by the time the lock is granted.
    return tx.get_one(AuditHead, organisation_id, with_for_update=True, populate_existing=True)


def _link(entry: AuditEntry) -> str:
    body = canonical_json(
        {
            "organisation": entry.organisation_id,
            "sequence": entry.sequence,
            "at": entry.at,
            "actor": entry.actor_id,
            "action": entry.action,
            "subject": entry.subject,
            "details": entry.details,
        }
    )
    return hashlib.sha256(entry.previous_hash.encode() + body).hexdigest()
