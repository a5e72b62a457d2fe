"""Several people acting at the same moment, and what the audit log says of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_engine.delivery.attempts import Action
from kernel.audit import AuditEntry

T = TypeVar("T")


def together(*acts: Callable[[], T]) -> list[T]:
    """Let real threads act at the same moment, each in its own transaction."""
    gate = Barrier(len(acts))

    def act(wanted: Callable[[], T]) -> T:
        gate.wait(10)
        return wanted()

    with ThreadPoolExecutor(len(acts)) as people:
        return list(people.map(act, acts))


def audited(tx: Session, action: Action, attempt_id: uuid.UUID) -> int:
    entries = select(func.count()).where(AuditEntry.action == action, AuditEntry.subject == f"attempt:{attempt_id}")
    return tx.scalars(entries).one()
