"""Reconciliation: stored rows against the audit entries that tell of them, so that neither says what the other does not.

One rule: what is compared is handed over by value; nothing here knows what the rows are about.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry
from kernel.canonical import iso, plain
from kernel.db import Owned

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Rows of one kind, and the action whose entries tell of them: one entry for each row.

    Args:
        ids: selects the rows of an organisation that must have an entry; see :func:`all_of`.
        facts: works out, from the row as it stands now, what its entry says: any of its details, and ``at``,
            ``actor`` and ``subject`` of the entry itself. Raises NoResultFound where there is no such row.
        named_in: the detail in which an entry names its row; empty where it is the identifier in its subject.
    """

    action: StrEnum
    ids: Callable[[uuid.UUID], Select[uuid.UUID]]
    facts: Callable[[Session, uuid.UUID], Facts]
    named_in: str = ""


@dataclass(frozen=True, slots=True)
class RowReport:
    """What comparing an organisation's rows with its entries found."""

    compared: int
    faults: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether every row is what its entry says, and none is without the other."""
        return not self.faults


def all_of(table: type[Owned]) -> Callable[[uuid.UUID], Select[uuid.UUID]]:
    """Select every row of a table that an organisation has."""
    return lambda organisation_id: select(table.id).where(table.organisation_id == organisation_id)


def reconcile(tx: Session, organisation_id: uuid.UUID, kinds: Iterable[Recorded]) -> RowReport:
    """Compare rows with entries and name every row that differs, is gone, or was never recorded.

    It says nothing about the entries themselves: that is for :func:`kernel.audit.verify_chain`. An entry is held to
    what it says; details that entries of its time did not have yet are not missed.
    """
    compared = 0
    faults: list[str] = []
    for kind in kinds:
        unheard = set(tx.scalars(kind.ids(organisation_id)))
        for entry in _entries(tx, organisation_id, kind.action):
            row_id = _row_named(entry, kind)
            fault = _fault(tx, kind, entry, row_id) if row_id else "names no row"
            faults += [f"entry {entry.sequence} ({entry.action}): {fault}"] if fault else []
            unheard -= {row_id}
            compared += 1
        faults += [f"{kind.action}: no entry tells of row {row_id}" for row_id in sorted(unheard)]
    return RowReport(compared, tuple(faults))


def _entries(tx: Session, organisation_id: uuid.UUID, action: StrEnum) -> Iterable[AuditEntry]:
    return tx.scalars(
        select(AuditEntry)
        .where(AuditEntry.organisation_id == organisation_id, AuditEntry.action == action.value)
        .order_by(AuditEntry.sequence)
    )


def _row_named(entry: AuditEntry, kind: Recorded) -> uuid.UUID | None:
    name = entry.details.get(kind.named_in) if kind.named_in else entry.subject.rpartition(":")[2]
    try:
        return uuid.UUID(name)
    except (TypeError, ValueError, AttributeError):
        return None


def _fault(tx: Session, kind: Recorded, entry: AuditEntry, row_id: uuid.UUID) -> str:
    try:
        found = plain(dict(kind.facts(tx, row_id)))
    except NoResultFound:
        return f"its row {row_id} is gone"
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # Whoever writes to the tables may leave what no code of ours would: broken JSON, a float, a missing member.
        return f"its row {row_id} cannot be read as it was written"
    actor = None if entry.actor_id is None else str(entry.actor_id)
    said = {**entry.details, "at": iso(entry.at), "actor": actor, "subject": entry.subject}
    differing = ", ".join(name for name in found if name in said and found[name] != said[name])
    return f"its row {row_id} says something else now: {differing}" if differing else ""
