"""A candidate's result: what was reached, how near to the lines, what was decided and what comes next."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from certificates.credentials import credential_of_award
from certificates.signing import KeyStore
from exam_engine.assembly.rules import SchemeRules
from exam_engine.delivery.attempts import own_attempt
from exam_engine.delivery.sittings import SittingState
from exam_engine.http.deps import Now, ReadTx, requires, the_installation
from exam_engine.http.web.certificate_lines import CertificateLine, certificate_line
from exam_engine.http.web.listings import decision_of
from exam_engine.http.web.outcomes import competence_lines, profile_of, rule_lines, score_line
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.words import N_, Sign
from exam_engine.scoring.breakdown import areas_for_candidate
from exam_engine.scoring.decisions import Decision, Outcome
from exam_engine.scoring.results import Result, own_result
from kernel.permissions import Actor, Permission

router = APIRouter(prefix="/my", include_in_schema=False)
Candidate = Annotated[Actor, requires(Permission.ATTEMPT_SIT)]

GRANTED = Sign(N_("Passed"), "good", "valid", N_("The certificate has been granted to you. Congratulations."))
REFUSED = Sign(
    N_("Certificate refused"), "bad", "invalid", N_("The pass rules were met, but the certificate has been refused.")
)
FAILED = Sign(N_("Not passed"), "bad", "invalid", N_("Not all pass rules were met. A decision maker has confirmed it."))
AWAITED = Sign(
    N_("Awaiting the decision"),
    "live",
    "clock",
    N_("All pass rules are met. A decision maker who had no part in your exam now looks at the evidence."),
)
NOT_REACHED = Sign(
    N_("Not passed"),
    "bad",
    "invalid",
    N_("Not all pass rules are met. It becomes final when a decision maker has confirmed it."),
)
ONWARD = {
    GRANTED: N_("The certificate is yours. Anybody can verify it by its number; you can download it at any time."),
    REFUSED: N_("Read the reason above. If you do not agree, you can appeal: other people will then decide."),
    FAILED: N_("Your profile shows where to work. Ask your certification body when you can sit the exam again."),
    AWAITED: N_("You do not have to do anything. The decision appears here and under “My exams”."),
    NOT_REACHED: N_("You do not have to do anything. Your profile shows already where to work."),
}


@router.get("/attempts/{attempt_id}/result")
def show_result(request: Request, attempt_id: uuid.UUID, tx: ReadTx, now: Now, actor: Candidate) -> Response:
    """Show the result once the sitting has been closed; before that, the attempt's own page says what comes."""
    attempt = own_attempt(tx, actor, attempt_id)
    if attempt.booking.sitting.state != SittingState.CLOSED:
        return redirect(f"/my/attempts/{attempt.id}")
    result = own_result(tx, actor, attempt_id)
    decision = decision_of(tx, attempt.id)
    standing = standing_of(result, decision)
    scheme = attempt.form.blueprint.scheme_version
    rules = SchemeRules.parse(scheme.rules)
    return page(
        request,
        "candidate/result.html",
        attempt=attempt,
        sitting=attempt.booking.sitting,
        content_language=scheme.framework.language,
        standing=standing,
        onward=ONWARD[standing],
        decision=decision,
        certificate=_certificate(tx, decision, keys=the_installation(request).keys, now=now),
        score=score_line(result),
        rules=rule_lines(result),
        profile=profile_of(result, areas_for_candidate(result.areas)),
        indicative_below=rules.indicative_below_items,
        competences=competence_lines(result),
        is_borderline=result.borderline,
    )


def standing_of(result: Result, decision: Decision | None) -> Sign:
    """Say in one word where a result stands: scores are facts, passing is a person's decision."""
    if decision is None:
        return AWAITED if result.passed else NOT_REACHED
    if decision.outcome == Outcome.GRANTED:
        return GRANTED
    return REFUSED if result.passed else FAILED


def _certificate(tx: Session, decision: Decision | None, *, keys: KeyStore, now: datetime) -> CertificateLine | None:
    if decision is None or decision.outcome != Outcome.GRANTED:
        return None
    credential = credential_of_award(tx, decision.organisation_id, decision.id)
    return None if credential is None else certificate_line(tx, credential, keys=keys, now=now)
