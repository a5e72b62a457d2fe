"""Results: versioned statements of what an attempt scored, with everything needed to compute them again.

One rule: a regrade appends the next version; no result is ever changed or deleted.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, select, tuple_
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship

from exam_engine.assembly.forms import Form
from exam_engine.assembly.rules import SchemeRules
from exam_engine.assembly.schemes import SchemeVersion
from exam_engine.delivery.bookings import Booking
from exam_engine.delivery.lifecycle import Attempt, AttemptState, Receipt
from exam_engine.delivery.responses import Response
from exam_engine.delivery.schedule import Sitting, SittingState
from exam_engine.scoring.breakdown import breakdown
from exam_engine.scoring.marking import SCORING_VERSION, SlotMark
from kernel.audit import record
from kernel.canonical import digest
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, NotFound
from kernel.permissions import Actor
from question_bank.competences import Area, Competence
from question_bank.item_kinds import kind_named
from question_bank.items import ItemVersion

_EXPLAINED = ("item_count", "areas", "competences", "rules_met", "deciding_cuts", "borderline")
SCORED_BY_ITSELF = (AttemptState.SUBMITTED, AttemptState.TIMED_OUT)
SCORED = (*SCORED_BY_ITSELF, AttemptState.TERMINATED)
"""Whether an attempt that somebody ended before its time gets a score is for a person to say."""


class NotScorable(Conflict):
    """The attempt has not ended, or never began."""

    code = "not_scorable"


class RecordsDisagree(Conflict):
    """What is stored is not what the candidate's receipt says; nothing is scored until somebody has looked."""

    code = "records_disagree"


class Action(StrEnum):
    """What the audit log calls it."""

    SCORE = "result.score"


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
        RecordsDisagree: responses, paper or rules are not those the receipt and the form were made of.
    """
    if attempt.state not in SCORED:
        message = f"the attempt is {attempt.state}; only an attempt that was sat and has ended is scored"
        raise NotScorable(message, state=attempt.state)
    if attempt.state == AttemptState.TERMINATED and actor.account_id is None:
        message = "this attempt was ended before its time; whether it is scored is for a person to say"
        raise NotScorable(message, state=attempt.state)
    scheme = attempt.form.blueprint.scheme_version
    rules = SchemeRules.parse(scheme.rules)
    inputs = _inputs(tx, attempt, scheme)
    latest = latest_result(tx, attempt.id)
    if latest is not None and latest.inputs == inputs:
        return latest
    marks = _mark_slots(tx, attempt, rules)
    areas, competences = _names(tx, Area, scheme), _names(tx, Competence, scheme)
    result = Result(
        organisation_id=attempt.organisation_id,
        attempt_id=attempt.id,
        number=1 if latest is None else latest.number + 1,
        inputs=inputs,
        scored_at=now,
        **breakdown(marks, rules, areas=areas, competences=competences),
    )
    tx.add(result)
    tx.flush()
    record(tx, actor, Action.SCORE, f"result:{result.id}", now, **result.recorded)
    return result


def latest_result(tx: Session, attempt_id: uuid.UUID) -> Result | None:
    """Return the newest version of an attempt's result."""
    return tx.scalar(select(Result).where(Result.attempt_id == attempt_id).order_by(Result.number.desc()).limit(1))


def result_for(tx: Session, actor: Actor, result_id: uuid.UUID) -> Result:
    """Return a result of the actor's organisation to staff, or NotFound."""
    result = tx.scalar(select(Result).where(Result.id == result_id, Result.organisation_id == actor.organisation_id))
    if result is None:
        message = "there is no such result"
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
        message = "there is no result here yet: results appear when the sitting has been closed"
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


def _inputs(tx: Session, attempt: Attempt, scheme: SchemeVersion) -> dict[str, Any]:
    receipt = tx.get_one(Receipt, attempt.id)
    form: Form = attempt.form
    return {
        "form_hash": form.form_hash,
        "paper_hash": attempt.paper_hash,
        "receipt_hash": receipt.receipt_hash,
        "scheme_version": str(scheme.id),
        "rules_hash": scheme.rules_hash,
        "scoring": SCORING_VERSION,
    }


def _mark_slots(tx: Session, attempt: Attempt, rules: SchemeRules) -> list[SlotMark]:
    versions = {row.id: row for row in tx.scalars(select(ItemVersion).where(ItemVersion.id.in_(_version_ids(attempt))))}
    places = _places(tx, {version.competence_id for version in versions.values()})
    responses = _receipted_responses(tx, attempt)
    marks = []
    for entry in attempt.paper:
        version = versions[uuid.UUID(entry["version"])]
        response = responses.get(entry["slot"])
        mark = kind_named(version.kind).mark(
            version.content, None if response is None else response.value, rules.credit_table
        )
        area, competence = places[version.competence_id]
        proof = {**mark.proof, "content_hash": version.content_hash}
        marks.append(SlotMark(entry["slot"], area, competence, version.level, mark.fraction, proof))
    return marks


def _receipted_responses(tx: Session, attempt: Attempt) -> dict[int, Response]:
    """Return exactly the revisions that the receipt lists, after checking that each still says what it said."""
    receipt = tx.get_one(Receipt, attempt.id)
    listed = {(row["slot"], row["revision"]): row["sha256"] for row in receipt.responses}
    stored = tx.scalars(select(Response).where(Response.attempt_id == attempt.id))
    found = {(row.slot, row.revision): row for row in stored if (row.slot, row.revision) in listed}
    altered = [place for place, row in found.items() if digest(row.value) != listed[place]]
    if altered or found.keys() != listed.keys() or digest(attempt.paper) != attempt.paper_hash:
        message = "the stored responses or the paper are not those of the candidate's receipt; nothing was scored"
        raise RecordsDisagree(message)
    return {slot: row for (slot, _), row in found.items()}


def _version_ids(attempt: Attempt) -> list[uuid.UUID]:
    return [uuid.UUID(entry["version"]) for entry in attempt.paper]


def _places(tx: Session, competence_ids: set[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    rows = tx.execute(
        select(Competence.id, Area.code, Competence.code)
        .join(Area, Area.id == Competence.area_id)
        .where(Competence.id.in_(competence_ids))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _names(tx: Session, model: type[Area | Competence], scheme: SchemeVersion) -> dict[str, str]:
    """Names by code, in the framework's order."""
    query = select(model.code, model.name).where(model.framework_id == scheme.framework_id).order_by(model.position)
    return {row.code: row.name for row in tx.execute(query)}
