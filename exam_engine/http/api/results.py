"""Results and decisions over the API: what an attempt scored, and what a person decided on it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from exam_engine.delivery.attempts import attempt_for
from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.scoring.decisions import Decision, Outcome, decide, decision_on, decisions_on, evidence_on
from exam_engine.scoring.results import Result, result_for, results_of, score_attempt
from kernel.canonical import plain
from kernel.permissions import Actor, Permission

router = APIRouter(tags=["results"], route_class=CreatingRoute)


class ResultSummary(BaseModel):
    """A version of a result; scores are exact fractions as text."""

    id: uuid.UUID
    attempt_id: uuid.UUID
    number: int
    score: str
    item_count: int
    passed: bool
    borderline: bool
    scored_at: datetime
    decision: Outcome | None


class ResultDetail(ResultSummary):
    """A result with the evidence a decision rests on. Marks per item stay with the examiners."""

    areas: list[Any]
    competences: list[Any]
    rules_met: list[Any]
    deciding_cuts: list[Any]
    inputs: dict[str, Any]
    evidence: dict[str, Any]


class DecisionTaken(BaseModel):
    """What is decided, and why."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome
    reason: str


class DecisionShown(BaseModel):
    """The recorded decision."""

    id: uuid.UUID
    result_id: uuid.UUID
    outcome: Outcome
    evidence_hash: str
    decided_at: datetime


@router.post("/attempts/{attempt_id}/results", operation_id="scoreAttempt", status_code=201)
def score(
    attempt_id: uuid.UUID, tx: Tx, now: Now, actor: Annotated[Actor, creates(Permission.RESULT_SCORE)]
) -> ResultSummary:
    """Score an ended attempt; repeating it changes nothing.

    The worker does this by itself, but for attempts that were ended before their time: there a person decides it.
    """
    result = score_attempt(tx, attempt_for(tx, actor, attempt_id), actor=actor, now=now)
    return ResultSummary(**_facts(result), decision=None)


@router.get("/results", operation_id="listResults")
def list_results(
    tx: ReadTx,
    actor: Annotated[Actor, requires(Permission.RESULT_READ)],
    after: After = None,
    limit: Limit = ROWS,
) -> Page[ResultSummary]:
    """List the newest version of every result, the attempt that ended last first."""
    found = results_of(tx, actor, after=after, limit=limit + 1)
    decisions = decisions_on(tx, [result.id for result in found])
    rows = [ResultSummary(**_facts(result), decision=_outcome(decisions.get(result.id))) for result in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/results/{result_id}", operation_id="showResult")
def show_result(
    result_id: uuid.UUID, tx: ReadTx, actor: Annotated[Actor, requires(Permission.RESULT_READ)]
) -> ResultDetail:
    """Return a result with the evidence behind it."""
    result = result_for(tx, actor, result_id)
    return ResultDetail(
        **_facts(result),
        decision=_outcome(decision_on(tx, result.id)),
        areas=result.areas,
        competences=result.competences,
        rules_met=result.rules_met,
        deciding_cuts=result.deciding_cuts,
        inputs=result.inputs,
        evidence=plain(evidence_on(tx, result)),
    )


@router.post("/results/{result_id}/decision", operation_id="decide", status_code=201)
def decide_route(
    result_id: uuid.UUID,
    body: DecisionTaken,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, creates(Permission.DECISION_MAKE)],
) -> DecisionShown:
    """Decide on a result. Whoever took part in the exam is refused."""
    result = result_for(tx, actor, result_id)
    decision = decide(tx, result, outcome=body.outcome, reason=body.reason, actor=actor, now=now)
    return DecisionShown.model_validate(decision, from_attributes=True)


def _outcome(decision: Decision | None) -> Outcome | None:
    return None if decision is None else Outcome(decision.outcome)


def _facts(result: Result) -> dict[str, Any]:
    return {
        "id": result.id,
        "attempt_id": result.attempt_id,
        "number": result.number,
        "score": str(result.score),
        "item_count": result.item_count,
        "passed": result.passed,
        "borderline": result.borderline,
        "scored_at": result.scored_at,
    }
