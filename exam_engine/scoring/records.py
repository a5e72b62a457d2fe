"""Records: what the audit log says of results and decisions, worked out again from the rows as they stand."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from exam_engine.scoring import adjudication, results
from exam_engine.scoring.adjudication import Decision
from exam_engine.scoring.results import Result
from kernel.reconciliation import Facts, Recorded, all_of


def _result(tx: Session, result_id: uuid.UUID) -> Facts:
    result = tx.get_one(Result, result_id)
    return {**result.recorded, "at": result.scored_at}


def _decision(tx: Session, decision_id: uuid.UUID) -> Facts:
    decision = tx.get_one(Decision, decision_id)
    return {**decision.recorded, "at": decision.decided_at, "actor": decision.decided_by}


RECORDED = (
    Recorded(results.Action.SCORE, all_of(Result), _result),
    Recorded(adjudication.Action.DECIDE, all_of(Decision), _decision),
)
