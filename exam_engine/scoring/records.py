"""Records: what the audit log says of marks, results and decisions, worked out again from the rows as they stand."""

from __future__ import annotations

import uuid

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from exam_engine.delivery.lifecycle import Attempt, Receipt
from exam_engine.scoring import decisions, giving_marks, laying_out, results
from exam_engine.scoring.decisions import Decision
from exam_engine.scoring.results import Result
from exam_engine.scoring.scripts import Marking, Recusal, Script, recorded_of, scripts_of
from kernel.reconciliation import Facts, Recorded, all_of
from question_bank.items import ItemVersion


def _result(tx: Session, result_id: uuid.UUID) -> Facts:
    result = tx.get_one(Result, result_id)
    told = {**result.recorded, "at": result.scored_at}
    # What a result was worked out from never changes. Where it is another one now, it was exchanged for a while.
    return told if _rests_on_what_stands(tx, result) else {**told, "content": "not of the items and rules that stand"}


def _rests_on_what_stands(tx: Session, result: Result) -> bool:
    attempt = result.attempt
    scheme, receipt = attempt.form.blueprint.scheme_version, tx.get_one(Receipt, attempt.id)
    named = {
        "form_hash": attempt.form.form_hash,
        "paper_hash": attempt.paper_hash,
        "receipt_hash": receipt.receipt_hash,
        "rules_hash": scheme.rules_hash,
    }
    asked = {entry["slot"]: uuid.UUID(entry["version"]) for entry in attempt.paper}
    found = select(ItemVersion.id, ItemVersion.content_hash).where(ItemVersion.id.in_(asked.values()))
    hashes = {row.id: row.content_hash for row in tx.execute(found)}
    return named.items() <= result.inputs.items() and all(
        row["proof"]["content_hash"] == hashes.get(asked[row["slot"]]) for row in result.marks
    )


def _decision(tx: Session, decision_id: uuid.UUID) -> Facts:
    decision = tx.get_one(Decision, decision_id)
    return {**decision.recorded, "at": decision.decided_at, "actor": decision.decided_by}


def _laid_out(organisation_id: uuid.UUID) -> Select[uuid.UUID]:
    return select(Script.attempt_id).where(Script.organisation_id == organisation_id).distinct()


def _scripts(tx: Session, attempt_id: uuid.UUID) -> Facts:
    return recorded_of(scripts_of(tx, tx.get_one(Attempt, attempt_id).id))


def _marking(tx: Session, marking_id: uuid.UUID) -> Facts:
    marking = tx.get_one(Marking, marking_id)
    return {**marking.recorded, "at": marking.marked_at, "actor": marking.marker_id}


def _recusal(tx: Session, recusal_id: uuid.UUID) -> Facts:
    recusal = tx.get_one(Recusal, recusal_id)
    return {"script": str(recusal.script_id), "at": recusal.declined_at, "actor": recusal.marker_id}


RECORDED = (
    Recorded(laying_out.Action.LAY_OUT, _laid_out, _scripts),
    Recorded(giving_marks.Action.DECLINE, all_of(Recusal), _recusal),
    Recorded(giving_marks.Action.MARK, all_of(Marking), _marking),
    Recorded(results.Action.SCORE, all_of(Result), _result),
    Recorded(decisions.Action.DECIDE, all_of(Decision), _decision),
)
