"""Records: what the audit log says of papers, receipts and clearances, worked out again from the rows as they stand.

A receipt's hash covers the hash of every response, so an altered response is found as well.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from exam_engine.delivery import clearances, sittings
from exam_engine.delivery.attempts import Action
from exam_engine.delivery.clearances import Clearance
from exam_engine.delivery.lifecycle import Attempt, Receipt
from exam_engine.delivery.responses import Response
from kernel.canonical import digest
from kernel.reconciliation import Facts, Recorded, all_of


def _paper(tx: Session, attempt_id: uuid.UUID) -> Facts:
    attempt = tx.get_one(Attempt, attempt_id)
    return {"paper_hash": digest(attempt.paper), "at": attempt.arrived_at, "actor": attempt.candidate_id}


def _receipts(organisation_id: uuid.UUID) -> Select[uuid.UUID]:
    return (
        select(Receipt.attempt_id)
        .join(Attempt, Attempt.id == Receipt.attempt_id)
        .where(Attempt.organisation_id == organisation_id)
    )


def _receipt(tx: Session, attempt_id: uuid.UUID) -> Facts:
    receipt = tx.get_one(Receipt, attempt_id)
    covered = {column.key: getattr(receipt, column.key) for column in Receipt.__table__.columns}
    covered.pop("receipt_hash")
    covered["responses"] = _as_stored(tx, receipt)
    return {"ending": receipt.ending, "ended_at": receipt.ended_at, "receipt_hash": digest(covered)}


def _as_stored(tx: Session, receipt: Receipt) -> list[dict[str, Any]]:
    """Return what the receipt lists, each response with the hash of what is stored now; without those that are gone."""
    stored = {
        (row.slot, row.revision): digest(row.value)
        for row in tx.scalars(select(Response).where(Response.attempt_id == receipt.attempt_id))
    }
    listed = [(row["slot"], row["revision"]) for row in receipt.responses]
    return [
        {"slot": slot, "revision": revision, "sha256": stored[slot, revision]}
        for slot, revision in listed
        if (slot, revision) in stored
    ]


def _clearance(tx: Session, clearance_id: uuid.UUID) -> Facts:
    clearance = tx.get_one(Clearance, clearance_id)
    said = {"subject": f"sitting:{clearance.sitting_id}", **clearances.facts_of(clearance)}
    return {**said, "at": clearance.at, "actor": clearance.cleared_by}


RECORDED = (
    Recorded(Action.ARRIVE, all_of(Attempt), _paper),
    Recorded(Action.END, _receipts, _receipt),
    Recorded(sittings.Action.CLEAR, all_of(Clearance), _clearance, named_in="clearance"),
)
