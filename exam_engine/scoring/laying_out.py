"""Laying out: what of an ended exam people mark becomes scripts.

One rule: a script is of exactly what the receipt lists, and what was left open needs nobody. Nothing is laid out before
the sitting is closed: whoever watches what comes would see which answers were handed in together, and when.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from exam_engine.delivery.lifecycle import Attempt
from exam_engine.delivery.schedule import SittingState
from exam_engine.scoring.decisions import SittingNotClosed
from exam_engine.scoring.handed_in import handed_in_responses
from exam_engine.scoring.results import SCORED, NotScorable
from exam_engine.scoring.scripts import Script, ScriptState, recorded_of, scripts_of
from kernel.audit import record
from kernel.canonical import digest
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.item_kinds import MARKED_BY_PEOPLE


class Action(StrEnum):
    """What the audit log calls it."""

    LAY_OUT = "script.lay_out"


def lay_out_scripts(tx: Session, attempt: Attempt, *, actor: Actor, now: datetime) -> list[Script]:
    """Make a script of every answer of an ended attempt that people mark; doing it again changes nothing.

    Raises:
        NotScorable: the attempt has not ended, or never began.
        SittingNotClosed: others may still be working.
        RecordsDisagree: what is stored is not what the receipt says.
    """
    if attempt.state not in SCORED:
        message = say(
            "the attempt is %(state)s; answers are marked when it was sat and has ended", state=say(attempt.state)
        )
        raise NotScorable(message, state=attempt.state)
    sitting = attempt.booking.sitting
    if sitting.state != SittingState.CLOSED:
        message = say(
            "the sitting is %(state)s; its answers are laid out for markers when it has been closed",
            state=say(sitting.state),
        )
        raise SittingNotClosed(message)
    tx.refresh(attempt, ["state"], with_for_update=True)  # two workers lay it out one after the other
    if laid_out := scripts_of(tx, attempt.id):
        return laid_out
    handed_in = handed_in_responses(tx, attempt)
    judged = [place for place in attempt.paper if place["kind"] in MARKED_BY_PEOPLE]
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    scripts = []
    for place in judged:
        row = handed_in.get(place["slot"])
        script = Script(
            organisation_id=attempt.organisation_id,
            attempt_id=attempt.id,
            slot=place["slot"],
            version_id=uuid.UUID(place["version"]),
            revision=row.revision if row else None,
            value_hash=digest(row.value) if row else None,
            state=ScriptState.WAITING if row and row.value else ScriptState.MARKED,
            opened_at=day,
        )
        scripts.append(script)
    tx.add_all(scripts)
    tx.flush()
    record(tx, actor, Action.LAY_OUT, f"attempt:{attempt.id}", now, **recorded_of(scripts))
    return scripts
