"""Sitting counts: of which closed sittings the uses of items have been counted, and from which results.

One rule: a closed sitting without a row is to be counted. Another result takes the row away (decisions 5 and 27).
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from exam_engine.delivery.schedule import Sitting, SittingState
from kernel.db import Base, Owned, table_facts

TRIED_AGAIN_AFTER = timedelta(hours=1)
"""What could not be counted; sooner where a result comes, or somebody has everything counted again."""


class SittingCount(Owned, Base):
    """That a sitting was counted; or why it could not be, which the log of that moment says more about."""

    __tablename__ = "sitting_counts"
    __table_args__ = (
        CheckConstraint("(results_hash IS NULL) = (reason IS NOT NULL)", name="one_of_both"),
        table_facts(pii={}),
    )

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sittings.id"), unique=True)
    results_hash: Mapped[str | None]
    """Over the ids of the results that were read: those of the sitting as they stood."""
    reason: Mapped[str | None]
    counted_at: Mapped[datetime]


def uncounted_sittings(tx: Session, now: datetime, limit: int) -> list[uuid.UUID]:
    """Return closed sittings whose uses are to be counted, the one that closed first before the others."""
    failed_long_ago = SittingCount.reason.is_not(None) & (SittingCount.counted_at <= now - TRIED_AGAIN_AFTER)
    due = (
        select(Sitting.id)
        .outerjoin(SittingCount, SittingCount.sitting_id == Sitting.id)
        .where(Sitting.state == SittingState.CLOSED, SittingCount.id.is_(None) | failed_long_ago)
    )
    return list(tx.scalars(due.order_by(Sitting.closed_at).limit(limit)))


def uncountable_sittings(tx: Session) -> list[tuple[uuid.UUID, str]]:
    """Return the sittings that could not be counted, each with the code of the reason."""
    failed = select(SittingCount.sitting_id, SittingCount.reason).where(SittingCount.reason.is_not(None))
    return [(sitting_id, str(reason)) for sitting_id, reason in tx.execute(failed.order_by(SittingCount.counted_at))]


def note_count(
    tx: Session, sitting: Sitting, *, results_hash: str | None = None, reason: str | None = None, now: datetime
) -> None:
    """Write down that a sitting was counted, or that it could not be."""
    tx.refresh(sitting, with_for_update=True)
    forget_count(tx, sitting.id)
    facts = {"results_hash": results_hash, "reason": reason, "counted_at": now}
    tx.add(SittingCount(organisation_id=sitting.organisation_id, sitting_id=sitting.id, **facts))
    tx.flush()


def forget_count(tx: Session, sitting_id: uuid.UUID) -> None:
    """Have a sitting counted again. The caller holds the sitting, so that no count under way misses the reason."""
    tx.execute(delete(SittingCount).where(SittingCount.sitting_id == sitting_id))


def forget_counts(tx: Session, *, failed_only: bool) -> None:
    """Have closed sittings counted again: those that could not be, or every one."""
    counts = delete(SittingCount)
    tx.execute(counts.where(SittingCount.reason.is_not(None)) if failed_only else counts)
