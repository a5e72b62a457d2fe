"""A decision maker's pages: what waits for a decision, and the whole evidence of one result on one page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_engine.assembly.rules import SchemeRules
from exam_engine.delivery.lifecycle import AttemptState, Part
from exam_engine.delivery.sittings import SittingState
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.web.listings import decision_of, results_with_people
from exam_engine.http.web.outcomes import cut_lines, profile_of, result_line, rule_lines, score_line
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.words import BORDERLINE, CHECKS, DECISIONS, ENDINGS, N_, PARTS, RULES_MET, RULES_MISSED
from exam_engine.proctoring.sessions import CheckMethod
from exam_engine.scoring.decisions import Outcome, decide, evidence_on, took_part
from exam_engine.scoring.results import Result, result_for
from kernel.accounts import account_named
from kernel.errors import DomainError
from kernel.permissions import Actor, Permission

router = APIRouter(prefix="/decisions", include_in_schema=False)
DecisionMaker = Annotated[Actor, requires(Permission.DECISION_MAKE)]
HASHES: Mapping[str, str] = {
    "receipt_hash": N_("The candidate's answers (receipt)"),
    "form_hash": N_("The form"),
    "paper_hash": N_("The paper as this candidate saw it"),
    "markings": N_("The marks that people gave"),
    "rules_hash": N_("The rules of the scheme"),
    "scoring": N_("The way of scoring"),
}


@router.get("")
def show_queue(request: Request, tx: ReadTx, actor: DecisionMaker) -> Response:
    """Show what waits for a decision, the oldest first, and what has been decided."""
    rows = [result_line(row) for row in results_with_people(tx, actor)]
    waiting = [row for row in reversed(rows) if row.decision is None and row.sitting.state == SittingState.CLOSED]
    return page(request, "decisions/queue.html", waiting=waiting, decided=[row for row in rows if row.decision])


@router.get("/{result_id}")
def show_evidence(request: Request, result_id: uuid.UUID, tx: ReadTx, actor: DecisionMaker) -> Response:
    """Show the evidence a decision rests on, and the form to decide."""
    return _evidence(request, tx, actor, result_for(tx, actor, result_id))


@router.post("/{result_id}")
def decide_page(
    request: Request,
    *,
    result_id: uuid.UUID,
    tx: Tx,
    now: Now,
    actor: DecisionMaker,
    outcome: Annotated[Outcome, Form()],
    reason: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Decide. Whoever took part in the exam is refused and told so."""
    result = result_for(tx, actor, result_id)
    try:
        with tx.begin_nested():
            decide(tx, result, outcome=outcome, reason=reason, actor=actor, now=now)
    except DomainError as refusal:
        draft = {"outcome": outcome.value, "reason": reason}
        return _evidence(request, tx, actor, result, draft=draft, refusal=refusal)
    return redirect(f"/decisions/{result.id}")


def _evidence(
    request: Request,
    tx: Session,
    actor: Actor,
    result: Result,
    *,
    draft: Mapping[str, str] | None = None,
    refusal: DomainError | None = None,
) -> Response:
    decision = decision_of(tx, result.attempt_id)
    booking = result.attempt.booking
    scheme = result.attempt.form.blueprint.scheme_version
    return page(
        request,
        "decisions/decision.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        result=result,
        candidate_name=booking.candidate_name,
        sitting=booking.sitting,
        content_language=scheme.framework.language,
        rules_sign=RULES_MET if result.passed else RULES_MISSED,
        borderline_sign=BORDERLINE,
        decision=decision,
        decision_sign=DECISIONS[Outcome(decision.outcome)] if decision else None,
        has_taken_part=took_part(tx, result.attempt, actor.person),
        is_early=booking.sitting.state != SittingState.CLOSED,
        score=score_line(result),
        rules=rule_lines(result),
        deciding_cuts=cut_lines(result),
        profile=profile_of(result, result.areas),
        indicative_below=SchemeRules.parse(scheme.rules).indicative_below_items,
        hashes=[(words, result.inputs[name]) for name, words in HASHES.items() if name in result.inputs],
        draft=draft or {},
        refusal=refusal,
        **_history(tx, evidence_on(tx, result)),
    )


def _history(tx: Session, evidence: Mapping[str, Any]) -> dict[str, Any]:
    check, ending, termination = evidence["identity_check"], evidence["ending"], evidence["termination"]
    return {
        "identity": check and {"words": CHECKS[CheckMethod(check["method"])], "at": check["at"]},
        "participants": [
            (account_named(tx, row["account"]).display_name, PARTS[Part(row["part"])])
            for row in evidence["participants"]
        ],
        "ending": {
            "words": ENDINGS[AttemptState(ending["how"])].words,
            "at": ending["at"],
            "answered": ending["answered"],
            "because": termination and termination["reason"],
        },
    }
