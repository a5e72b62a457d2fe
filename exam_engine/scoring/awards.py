"""Awards: what a granted decision entitles to, handed to the certificates floor by value.

One rule: an award is derived from one decision and nothing else, so issuing it twice gives the same credential.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from certificates.awards import AreaAttainment, Award
from exam_engine.proctoring.sessions import CheckIn
from exam_engine.scoring.decisions import Decision, Outcome
from kernel.errors import Conflict
from kernel.sentences import say


class NotGranted(Conflict):
    """A refused decision entitles to nothing."""

    code = "not_granted"


def award_of(tx: Session, decision: Decision) -> Award:
    """Describe the entitlement a granted decision made.

    Raises:
        NotGranted: the decision refused it.
    """
    if decision.outcome != Outcome.GRANTED:
        message = say("this decision refused the certificate")
        raise NotGranted(message)
    result = decision.result
    attempt = result.attempt
    scheme = attempt.form.blueprint.scheme_version
    decided_on = decision.decided_at.date()
    return Award(
        award_id=decision.id,
        organisation_id=decision.organisation_id,
        holder_id=attempt.candidate_id,
        holder_name=attempt.booking.candidate_name,
        areas=tuple(
            AreaAttainment(code=row["code"], name=row["name"], level=row["level"], score_text=row["share"])
            for row in result.areas
        ),
        supervision=_supervision(tx, decision),
        decided_on=decided_on,
        valid_from=decided_on,
        valid_until=months_later(decided_on, scheme.parts["validity_months"]),
        **scheme.certified,
    )


def months_later(day: date, months: int) -> date:
    """Return the same day of the month some months later, or the month's last day where there is no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    message = f"{day} has no day {months} months later"
    raise ValueError(message)


def _supervision(tx: Session, decision: Decision) -> str:
    """What was really done, in words: nobody can claim more supervision than the records show."""
    check_in = tx.scalar(select(CheckIn).where(CheckIn.attempt_id == decision.attempt_id))
    if check_in is None:
        return "none"
    return f"admitted by a proctor, identity checked: {check_in.method.replace('_', ' ')}"
