"""Decisions: what a person decides on a result. Nobody decides on an exam they took part in (ISO/IEC 17024, 9.4).

The rule is kept twice: here, with a readable refusal, and by a trigger in the database.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, ForeignKeyConstraint, UniqueConstraint, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from exam_engine.assembly.forms import made_by
from exam_engine.delivery.lifecycle import Attempt, Part, Participation, Receipt
from exam_engine.delivery.schedule import SittingState
from exam_engine.proctoring.sessions import CheckIn
from exam_engine.proctoring.terminations import termination_of
from exam_engine.scoring.results import Result, latest_result
from kernel.audit import record
from kernel.canonical import digest, plain
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, Fault, Forbidden, Invalid
from kernel.permissions import Actor
from kernel.sentences import say

REASON_CHARACTERS_MIN = 10


class TookPart(Forbidden):
    """Whoever took part in an exam may not decide on it."""

    code = "took_part"


class AlreadyDecided(Conflict):
    """This attempt has its decision; another one would need an appeal."""

    code = "already_decided"


class RulesNotMet(Conflict):
    """The certificate cannot be granted on a result that does not meet the scheme's rules."""

    code = "rules_not_met"


class SittingNotClosed(Conflict):
    """Results are decided on, and answers laid out for markers, when the sitting is over for everybody."""

    code = "sitting_not_closed"


class ResultSuperseded(Conflict):
    """There is a newer version of this result; the decision must be taken on that."""

    code = "result_superseded"


class Outcome(StrEnum):
    """What a decision maker may decide."""

    GRANTED = "granted"
    REFUSED = "refused"


class Action(StrEnum):
    """What the audit log calls it."""

    DECIDE = "decision.make"


class Decision(Owned, Base):
    """One person's decision on one version of a result, with the evidence as it stood."""

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("result_id"),
        UniqueConstraint("attempt_id"),
        ForeignKeyConstraint(["result_id", "attempt_id"], ["results.id", "results.attempt_id"]),
        CheckConstraint("outcome IN ('granted', 'refused')", name="outcome"),
        table_facts(pii={"decided_by": "link", "reason": "assessment", "evidence": "assessment"}, append_only=True),
    )

    result_id: Mapped[uuid.UUID]
    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempts.id"))
    decided_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    outcome: Mapped[str]
    reason: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    evidence_hash: Mapped[str]
    decided_at: Mapped[datetime]

    result: Mapped[Result] = relationship(viewonly=True)

    @property
    def recorded(self) -> dict[str, str]:
        """What its audit entry says of it, worked out from the row."""
        content = {"evidence": self.evidence, "outcome": self.outcome, "reason": self.reason}
        return {"result": str(self.result_id), "outcome": self.outcome, "content": digest(content)}


def decide(tx: Session, result: Result, *, outcome: Outcome, reason: str, actor: Actor, now: datetime) -> Decision:
    """Take the decision on the newest version of a result.

    Raises:
        TookPart: the actor sat, watched, organised or marked this exam, or made its form or one of its items.
        SittingNotClosed: the sitting still runs.
        RulesNotMet: granting what the scheme's rules do not allow.
        ResultSuperseded: a newer version of the result exists.
        AlreadyDecided: somebody decided on this attempt before.
        Invalid: the reason is missing or says too little to be read in an appeal.
    """
    _refuse_involved(tx, result, actor)
    _refuse_early(result)
    _refuse_stale(tx, result)
    if outcome is Outcome.GRANTED and not result.passed:
        missed = ", ".join(row["rule"] for row in result.rules_met if not row["met"])
        message = say(
            "the rules of the scheme are not met (%(missed)s); scores are never altered by a decision", missed=missed
        )
        raise RulesNotMet(message)
    words = reason.strip()
    if len(words) < REASON_CHARACTERS_MIN:
        message = say(
            "give a reason of at least %(least)s characters: it is what an appeal will read",
            least=REASON_CHARACTERS_MIN,
        )
        raise Invalid(message, faults=[Fault("reason", say("too short"))])
    evidence = plain(evidence_on(tx, result))
    decision = Decision(
        organisation_id=result.organisation_id,
        result_id=result.id,
        attempt_id=result.attempt_id,
        decided_by=actor.person,
        outcome=outcome,
        reason=words,
        evidence=evidence,
        evidence_hash=digest(evidence),
        decided_at=now,
    )
    _insert_once(tx, decision)
    record(tx, actor, Action.DECIDE, f"decision:{decision.id}", now, **decision.recorded)
    return decision


def evidence_on(tx: Session, result: Result) -> dict[str, Any]:
    """Return what a decision rests on: the result, how it came about, and who took part (ids, no names)."""
    check_in = tx.scalar(select(CheckIn).where(CheckIn.attempt_id == result.attempt_id))
    receipt = tx.get_one(Receipt, result.attempt_id)
    ended = termination_of(tx, result.attempt_id)
    parts = tx.scalars(
        select(Participation)
        .where(Participation.attempt_id == result.attempt_id)
        .order_by(Participation.part, Participation.since)
    )
    return {
        "result": {"id": result.id, "number": result.number, "inputs": result.inputs, "score": result.score},
        "rules_met": result.rules_met,
        "areas": result.areas,
        "borderline": result.borderline,
        "deciding_cuts": result.deciding_cuts,
        "identity_check": None
        if check_in is None
        else {"method": check_in.method, "at": check_in.checked_at, "by": check_in.proctor_id},
        "ending": {"how": receipt.ending, "at": receipt.ended_at, "answered": receipt.answered_count},
        "termination": None if ended is None else {"reason": ended.reason, "at": ended.at, "by": ended.terminated_by},
        "participants": [{"account": part.account_id, "part": part.part} for part in parts],
    }


def decision_on(tx: Session, result_id: uuid.UUID) -> Decision | None:
    """Return the decision on a version of a result, if it was taken."""
    return tx.scalar(select(Decision).where(Decision.result_id == result_id))


def decisions_on(tx: Session, result_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Decision]:
    """Return the decisions on these versions of results, by version."""
    rows = tx.scalars(select(Decision).where(Decision.result_id.in_(list(result_ids))))
    return {decision.result_id: decision for decision in rows}


def took_part(tx: Session, attempt: Attempt, account_id: uuid.UUID, parts: Collection[Part] = tuple(Part)) -> bool:
    """Tell whether an account had any such part in an attempt, or made the form or one of the items it was sat on."""
    found = select(Attempt.id).where(Attempt.id == attempt.id, involves(account_id, parts))
    return tx.scalar(found) is not None


def involves(account_id: uuid.UUID, parts: Collection[Part]) -> ColumnElement[bool]:
    """Return what :func:`took_part` tells, as a condition on attempts."""
    in_exam = select(Participation.part).where(
        Participation.attempt_id == Attempt.id, Participation.account_id == account_id, Participation.part.in_(parts)
    )
    return or_(in_exam.exists(), made_by(Attempt.form_id, account_id))


def _refuse_involved(tx: Session, result: Result, actor: Actor) -> None:
    if took_part(tx, result.attempt, actor.person):
        message = say("you took part in this exam or in making it, so somebody else must decide on it")
        raise TookPart(message)


def _refuse_early(result: Result) -> None:
    sitting = result.attempt.booking.sitting
    if sitting.state != SittingState.CLOSED:
        message = say(
            "the sitting is %(state)s; results are decided on when it has been closed", state=say(sitting.state)
        )
        raise SittingNotClosed(message)


def _refuse_stale(tx: Session, result: Result) -> None:
    latest = latest_result(tx, result.attempt_id)
    if latest is not None and latest.number != result.number:
        message = say("version %(number)s of this result exists; decide on that one", number=latest.number)
        raise ResultSuperseded(message, latest=str(latest.id))


def _insert_once(tx: Session, decision: Decision) -> None:
    try:
        with tx.begin_nested():
            tx.add(decision)
    except IntegrityError as error:
        # The unique constraint, or the trigger when somebody joined the exam between the check and the insert.
        if tx.scalar(select(Decision.id).where(Decision.attempt_id == decision.attempt_id)) is not None:
            message = say("this attempt has been decided on already")
            raise AlreadyDecided(message) from error
        message = say("you took part in this exam, so somebody else must decide on it")
        raise TookPart(message) from error
