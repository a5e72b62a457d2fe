"""The audit log over the API, for auditors: entries in order, and whether the chain holds."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from exam_engine.http.api.paging import ROWS, Limit, Page
from exam_engine.http.deps import ReadTx, requires
from exam_engine.scoring.marker_agreement import MarksToo
from kernel.audit import entries_after, verify_chain
from kernel.permissions import Actor, Permission

router = APIRouter(tags=["audit"])


def _who_marks_nothing(actor: Annotated[Actor, requires(Permission.AUDIT_READ)]) -> Actor:
    """Return the auditor, unless they mark: the log says of every script whose attempt it is of."""
    if actor.may(Permission.SCRIPT_MARK):
        message = "you mark answers yourself; the log, which says whose they are, is read by people who do not"
        raise MarksToo(message)
    return actor


Auditor = Annotated[Actor, Depends(_who_marks_nothing)]


class EntryShown(BaseModel):
    """One link of the chain."""

    sequence: int
    at: datetime
    actor_id: uuid.UUID | None
    action: str
    subject: str
    details: dict[str, Any]
    entry_hash: str


class ChainShown(BaseModel):
    """What verifying the whole chain found. Keep ``head`` somewhere else: it proves the end was not cut off."""

    entries: int
    head: str
    holds: bool
    faults: list[str]


@router.get("/audit/entries", operation_id="listAuditEntries")
def list_entries(
    tx: ReadTx,
    actor: Auditor,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="The sequence number of the last entry seen.")] = 0,
    limit: Limit = ROWS,
) -> Page[EntryShown]:
    """List entries in order, after a sequence number."""
    found = entries_after(tx, actor.organisation_id, after, limit + 1)
    rows = [EntryShown.model_validate(entry, from_attributes=True) for entry in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].sequence) if len(found) > limit else None)


@router.get("/audit/chain", operation_id="verifyAuditChain")
def show_chain(tx: ReadTx, actor: Auditor) -> ChainShown:
    """Walk the organisation's chain and report every fault."""
    report = verify_chain(tx, actor.organisation_id)
    return ChainShown(entries=report.entries, head=report.head, holds=report.holds, faults=list(report.faults))
