"""Results: versioned statements of what an attempt scored, with everything needed to compute them again.

One rule: a regrade appends the next version; no result is ever changed or deleted.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, select, tuple_
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship

from exam_engine.assembly.schemes import SchemeVersion
from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import Attempt, AttemptState
from exam_engine.delivery.schedule import Sitting, SittingState, hold_sitting
from exam_engine.scoring.breakdown import breakdown
from exam_engine.scoring.handed_in import inputs_of, marked_slots
from exam_engine.scoring.scripts import awaits_marks
from exam_engine.scoring.sitting_counts import forget_count
from exam_engine.scoring.unaltered import unaltered_rules
from kernel.audit import record
from kernel.canonical import digest
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.competences import Area, Competence

_EXPLAINED = ("item_count", "areas", "competences", "rules_met", "deciding_cuts", "borderline")
SCORED_BY_ITSELF = (AttemptState.SUBMITTED, AttemptState.TIMED_OUT)
SCORED = (*SCORED_BY_ITSELF, AttemptState.TERMINATED)
"""Whether an attempt that somebody ended before its time gets a score is for a person to say."""


class NotScorable(Conflict):
    """The attempt has not ended, or never began."""

    code = "not_scorable"


class AwaitingMarks(Conflict):
    """Answers of this attempt are marked by people, who have not finished."""

    code = "awaiting_marks"


class Action(StrEnum):
    """What the audit log calls it."""

    SCORE = "result.score"


class Outdated(Conflict):
    """People gave other marks while the result was worked out."""

    code = "result_outdated"


@dataclass(frozen=True, slots=True)
class Worked:
    """What a result will say: what it was worked out from, and everything else of the row by the names of its columns."""

    inputs: dict[str, Any]
    content: dict[str, Any]


class Result(Owned, Base):
    """One version of an attempt's result."""

    __tablename__ = "results"
    __table_args__ = (
        UniqueConstraint("attempt_id", "number"),
        UniqueConstraint("id", "attempt_id"),  # decisions point at both, so that none can name another attempt
        table_facts(
            pii={"score": "assessment", "areas": "assessment", "competences": "assessment", "marks": "assessment"},
            append_only=True,
        ),
    )

    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"))
    number: Mapped[int]
    inputs: Mapped[dict[str, Any]]
    """Versions and hashes of all that went in: form, paper, receipt, scheme version, rules, marking."""
    marks: Mapped[list[Any]]
    """One worked mark per slot: its fraction and its kind's proof of it; an examiner's view, never a candidate's."""
    score: Mapped[Fraction]
    item_count: Mapped[int]
    areas: Mapped[list[Any]]
    """Per area: score, levels asked with their cuts and scores, level attained; see ``breakdown``."""
    competences: Mapped[list[Any]]
    rules_met: Mapped[list[Any]]
    deciding_cuts: Mapped[list[Any]]
    """The cuts that make the result borderline: rule, area, threshold, share."""
    passed: Mapped[bool]
    borderline: Mapped[bool]
    scored_at: Mapped[datetime]

    attempt: Mapped[Attempt] = relationship(viewonly=True)

    @property
    def recorded(self) -> dict[str, Any]:
        """What its audit entry says of it, worked out from the row."""
        content = {"inputs": self.inputs, "marks": self.marks, "passed": self.passed, "score": self.score}
        explained = {name: getattr(self, name) for name in _EXPLAINED}
        return {
            "attempt": str(self.attempt_id),
            "number": self.number,
            "content": digest(content),
            "breakdown": digest(explained),
        }


def score_attempt(tx: Session, attempt: Attempt, *, actor: Actor, now: datetime) -> Result:
    """Mark an ended attempt under the scheme version its form was made for.

    Scoring twice from the same inputs gives the same row; from changed inputs, the next version.

    Raises:
        NotScorable: the attempt is not ended, or ended before it began; or somebody ended it, and no person asks.
        AwaitingMarks: people have to mark some of it first.
        RecordsDisagree: responses, paper, items or rules are not those the receipt and the form were made of.
    """
    return keep_result(tx, attempt, work_out(tx, attempt, actor=actor), actor=actor, now=now)


def work_out(tx: Session, attempt: Attempt, *, actor: Actor) -> Worked:
    """Mark an ended attempt and return what its result will say; only reads, which is most of the work.

    Raises:
        NotScorable, AwaitingMarks, RecordsDisagree: see :func:`score_attempt`.
    """
    _refuse_unscorable(tx, attempt, actor)
    scheme = attempt.form.blueprint.scheme_version
    rules = unaltered_rules(scheme)
    areas, competences = _names(tx, Area, scheme), _names(tx, Competence, scheme)
    marks = marked_slots(tx, attempt, rules)
    return Worked(inputs_of(tx, attempt), breakdown(marks, rules, areas=areas, competences=competences))


def keep_result(tx: Session, attempt: Attempt, worked: Worked, *, actor: Actor, now: datetime) -> Result:
    """Append what was worked out as the next version of the result, unless the newest says the same.

    Raises:
        NotScorable, AwaitingMarks: see :func:`score_attempt`.
        Outdated: other marks have come since; work it out again.
    """
    _refuse_unscorable(tx, attempt, actor)
    hold_sitting(tx, attempt.booking.sitting)  # whoever counts its uses of items sees this result, or is told of it
    if inputs_of(tx, attempt) != worked.inputs:
        message = say("other marks have come while it was scored; it is scored again")
        raise Outdated(message)
    latest = latest_result(tx, attempt.id)
    if latest is not None and latest.inputs == worked.inputs:
        return latest
    result = Result(
        organisation_id=attempt.organisation_id,
        attempt_id=attempt.id,
        number=1 if latest is None else latest.number + 1,
        inputs=worked.inputs,
        scored_at=now,
        **worked.content,
    )
    tx.add(result)
    tx.flush()
    forget_count(tx, attempt.booking.sitting_id)
    record(tx, actor, Action.SCORE, f"result:{result.id}", now, **result.recorded)
    return result


def _refuse_unscorable(tx: Session, attempt: Attempt, actor: Actor) -> None:
    if attempt.state not in SCORED:
        message = say(
            "the attempt is %(state)s; only an attempt that was sat and has ended is scored", state=say(attempt.state)
        )
        raise NotScorable(message, state=attempt.state)
    if attempt.state == AttemptState.TERMINATED and actor.account_id is None:
        message = say("this attempt was ended before its time; whether it is scored is for a person to say")
        raise NotScorable(message, state=attempt.state)
    if tx.scalar(select(Attempt.id).where(Attempt.id == attempt.id, awaits_marks())) is not None:
        message = say("people have to mark some of its answers first; it is scored when their marks are in")
        raise AwaitingMarks(message)


def latest_result(tx: Session, attempt_id: uuid.UUID) -> Result | None:
    """Return the newest version of an attempt's result."""
    return tx.scalar(select(Result).where(Result.attempt_id == attempt_id).order_by(Result.number.desc()).limit(1))


def result_for(tx: Session, actor: Actor, result_id: uuid.UUID) -> Result:
    """Return a result of the actor's organisation to staff, or NotFound."""
    result = tx.scalar(select(Result).where(Result.id == result_id, Result.organisation_id == actor.organisation_id))
    if result is None:
        message = say("there is no such result")
        raise NotFound(message)
    return result


def own_result(tx: Session, actor: Actor, attempt_id: uuid.UUID) -> Result:
    """Return the candidate's own newest result, once the sitting is closed; NotFound before that and to others."""
    result = tx.scalar(
        select(Result)
        .join(Attempt, Attempt.id == Result.attempt_id)
        .join(Booking, Booking.id == Attempt.booking_id)
        .join(Sitting, Sitting.id == Booking.sitting_id)
        .where(
            Attempt.id == attempt_id,
            Attempt.candidate_id == actor.person,
            Attempt.organisation_id == actor.organisation_id,
            Sitting.state == SittingState.CLOSED,
        )
        .order_by(Result.number.desc())
        .limit(1)
    )
    if result is None:
        message = say(
            "there is no result here yet: results appear when the sitting has been closed and all answers are marked"
        )
        raise NotFound(message)
    return result


def results_of(tx: Session, actor: Actor, *, after: uuid.UUID | None = None, limit: int | None = None) -> list[Result]:
    """Return the newest version of every result of the actor's organisation, the attempt that ended last first.

    The order is that of the attempts: a regrade moves nothing.
    """
    newer = aliased(Result)
    found = (
        select(Result)
        .join(Attempt, Attempt.id == Result.attempt_id)
        .outerjoin(newer, (newer.attempt_id == Result.attempt_id) & (newer.number > Result.number))
        .where(Result.organisation_id == actor.organisation_id, newer.id.is_(None))
    )
    if after is not None:
        last = result_for(tx, actor, after).attempt
        found = found.where(tuple_(Attempt.ended_at, Attempt.id) < (last.ended_at, last.id))
    return list(tx.scalars(found.order_by(Attempt.ended_at.desc(), Attempt.id.desc()).limit(limit)))


def _names(tx: Session, model: type[Area | Competence], scheme: SchemeVersion) -> dict[str, str]:
    """Names by code, in the framework's order."""
    query = select(model.code, model.name).where(model.framework_id == scheme.framework_id).order_by(model.position)
    return {row.code: row.name for row in tx.execute(query)}
