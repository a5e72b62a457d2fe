"""Sittings: scheduled occasions at which one form is sat. Results of a sitting appear only after it is closed.

One rule: a sitting is neither closed over the head of a candidate who is working, nor cancelled once anybody began.
"""

from __future__ import annotations

import unicodedata
import uuid
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from exam_engine.assembly.forms import Form
from exam_engine.assembly.schemes import lock_published
from exam_engine.delivery.attempts import attempts_in_progress, expire_awaiting, has_begun, take_part_in_all
from exam_engine.delivery.clearances import (
    Clearance,
    compromised_items,
    facts_of,
    refuse_compromised,
    stopping_items,
)
from exam_engine.delivery.lifecycle import Part
from exam_engine.delivery.reasons import said
from exam_engine.delivery.schedule import MOVES, Sitting, SittingState
from exam_engine.delivery.withdrawals import withdraw_all
from exam_engine.delivery.zones import zone_faults
from kernel.audit import record
from kernel.errors import Conflict, Fault, Invalid, NotFound
from kernel.permissions import Actor
from kernel.sentences import say

__all__ = [
    "MOVES",
    "Action",
    "AttemptsBegun",
    "AttemptsRunning",
    "NothingToClear",
    "Sitting",
    "SittingState",
    "cancel_sitting",
    "clear_sitting",
    "close_sitting",
    "open_sitting",
    "schedule_sitting",
    "sitting_for",
    "sittings_of",
]
TITLE_CHARACTERS_MAX = 200
BEHIND_MAX = timedelta(days=1)
"""How far back a window may begin: it is often scheduled while its candidates are already at the door."""
AHEAD_MAX = timedelta(days=5 * 366)


class AttemptsRunning(Conflict):
    """Candidates are still working."""

    code = "attempts_running"


class AttemptsBegun(Conflict):
    """Somebody has begun, so the sitting takes its course."""

    code = "attempts_begun"


class NothingToClear(Conflict):
    """No item of the form is compromised, or all that are have been cleared, or the sitting is over."""

    code = "nothing_to_clear"


class Action(StrEnum):
    """What is written to the audit log about sittings."""

    SCHEDULE = "sitting.schedule"
    OPEN = "sitting.open"
    CLOSE = "sitting.close"
    CANCEL = "sitting.cancel"
    CLEAR = "sitting.clear"


def schedule_sitting(
    tx: Session,
    form: Form,
    *,
    title: str,
    start_from: datetime,
    start_by: datetime,
    time_zone: str,
    actor: Actor,
    now: datetime,
) -> Sitting:
    """Schedule an occasion at which a form may be started between two moments, both included.

    Args:
        time_zone: the venue's IANA name, such as ``Europe/Sofia``; people read the window in it.

    Raises:
        Invalid: with every fault of title, window and zone at once.
        NotPublished: the form belongs to a scheme version that is a draft, or withdrawn.
        FormCompromised: items of the form are known outside.
        NotFound: the form belongs to another organisation.
    """
    if form.organisation_id != actor.organisation_id:
        message = say("there is no such form")
        raise NotFound(message)
    name = unicodedata.normalize("NFC", title).strip()
    if faults := [
        *_title_faults(name),
        *_window_faults(start_from, start_by, now),
        *zone_faults(time_zone, "time_zone"),
    ]:
        message = say("the sitting cannot be scheduled like this")
        raise Invalid(message, faults=faults)
    lock_published(tx, form.blueprint.scheme_version)
    refuse_compromised(compromised_items(tx, form), say("assemble another form for this sitting"))
    sitting = Sitting(
        organisation_id=actor.organisation_id,
        title=name,
        form_id=form.id,
        start_from=start_from,
        start_by=start_by,
        time_zone=time_zone,
        state=SittingState.SCHEDULED,
        created_at=now,
    )
    tx.add(sitting)
    tx.flush()
    record(tx, actor, Action.SCHEDULE, f"sitting:{sitting.id}", now, form=str(form.id))
    return sitting


def open_sitting(tx: Session, sitting: Sitting, *, actor: Actor, now: datetime) -> Sitting:
    """Open the doors: booked candidates may arrive; starting waits for the window. Repeating it changes nothing.

    Raises:
        FormCompromised: items of its form are known outside, and nobody has cleared them for this sitting.
        IllegalMove: it is over.
    """
    tx.refresh(sitting, with_for_update=True)
    if sitting.state == SittingState.OPEN:
        return sitting
    sitting.check(SittingState.OPEN)
    refuse_compromised(stopping_items(tx, sitting), say("cancel the sitting, or clear it for a reason"))
    sitting.move(SittingState.OPEN)
    record(tx, actor, Action.OPEN, f"sitting:{sitting.id}", now)
    return sitting


def close_sitting(tx: Session, sitting: Sitting, *, actor: Actor, now: datetime) -> Sitting:
    """Close the occasion; whoever waited at the door without starting is marked expired. Repeating changes nothing.

    Whoever closes it ran the exam: they take part in all its attempts and decide on none of them.

    Raises:
        AttemptsRunning: candidates are still working; they hand in, or their time runs out, first.
    """
    # Whoever starts holds this row in share mode, so nobody slips in between the count and the commit.
    tx.refresh(sitting, with_for_update=True)
    if sitting.state == SittingState.CLOSED:
        return sitting
    if running := attempts_in_progress(tx, sitting.id):
        message = (
            say("1 attempt is still in progress; close the sitting after everybody has ended")
            if running == 1
            else say(
                "%(count)s attempts are still in progress; close the sitting after everybody has ended", count=running
            )
        )
        raise AttemptsRunning(message, in_progress=running)
    sitting.move(SittingState.CLOSED)
    sitting.closed_at = now
    expired = expire_awaiting(tx, sitting.id, now=now)
    take_part_in_all(tx, sitting.id, actor.person, Part.ORGANISER, now=now)
    record(tx, actor, Action.CLOSE, f"sitting:{sitting.id}", now, expired=expired)
    return sitting


def clear_sitting(tx: Session, sitting: Sitting, *, reason: str, actor: Actor, now: datetime) -> Clearance:
    """Let a sitting take place although items of its form are compromised: those that stop it now, and no others.

    Whoever answers for that took part in the exam, and decides on none of its attempts.

    Raises:
        NothingToClear: nothing stops it.
        ReasonMissing: whoever reads the results will want to know why.
    """
    words = said(reason)
    tx.refresh(sitting, with_for_update=True)
    stopping = stopping_items(tx, sitting)
    if not stopping or sitting.state not in {SittingState.SCHEDULED, SittingState.OPEN}:
        message = say("no compromised item stops this sitting, so there is nothing to clear")
        raise NothingToClear(message)
    clearance = Clearance(
        organisation_id=sitting.organisation_id,
        sitting_id=sitting.id,
        version_ids=sorted(str(version.id) for version in stopping),
        reason=words,
        cleared_by=actor.person,
        at=now,
    )
    tx.add(clearance)
    tx.flush()
    take_part_in_all(tx, sitting.id, actor.person, Part.ORGANISER, now=now)
    record(tx, actor, Action.CLEAR, f"sitting:{sitting.id}", now, clearance=str(clearance.id), **facts_of(clearance))
    return clearance


def cancel_sitting(tx: Session, sitting: Sitting, *, reason: str, actor: Actor, now: datetime) -> Sitting:
    """Call the occasion off before anybody began: its places are withdrawn, whoever waits at the door goes home.

    Repeating it changes nothing.

    Raises:
        AttemptsBegun: at least one candidate has started.
        ReasonMissing: candidates would like to know why.
        IllegalMove: it is closed.
    """
    words = said(reason)
    tx.refresh(sitting, with_for_update=True)
    if sitting.state == SittingState.CANCELLED:
        return sitting
    if has_begun(tx, sitting.id):
        message = say("a candidate has begun, so the sitting takes its course; end attempts one by one if you must")
        raise AttemptsBegun(message)
    sitting.move(SittingState.CANCELLED)
    sitting.cancelled_at, sitting.cancelled_because = now, words
    expired = expire_awaiting(tx, sitting.id, now=now)
    withdrawn = withdraw_all(tx, sitting.id, now=now)
    record(tx, actor, Action.CANCEL, f"sitting:{sitting.id}", now, expired=expired, withdrawn=withdrawn)
    return sitting


def sitting_for(tx: Session, actor: Actor, sitting_id: uuid.UUID) -> Sitting:
    """Return a sitting of the actor's organisation; NotFound to strangers."""
    sitting = tx.scalar(
        select(Sitting).where(Sitting.id == sitting_id, Sitting.organisation_id == actor.organisation_id)
    )
    if sitting is None:
        message = say("there is no such sitting")
        raise NotFound(message)
    return sitting


def sittings_of(
    tx: Session, actor: Actor, *, after: uuid.UUID | None = None, limit: int | None = None
) -> list[Sitting]:
    """Return the sittings of the actor's organisation, the latest window first."""
    found = select(Sitting).where(Sitting.organisation_id == actor.organisation_id)
    if after is not None:
        last = sitting_for(tx, actor, after)
        found = found.where(tuple_(Sitting.start_from, Sitting.id) < (last.start_from, last.id))
    return list(tx.scalars(found.order_by(Sitting.start_from.desc(), Sitting.id.desc()).limit(limit)))


def _title_faults(title: str) -> list[Fault]:
    if 0 < len(title) <= TITLE_CHARACTERS_MAX:
        return []
    return [Fault("title", say("between 1 and %(most)s characters, please", most=TITLE_CHARACTERS_MAX))]


def _window_faults(start_from: datetime, start_by: datetime, now: datetime) -> list[Fault]:
    faults = [
        Fault(place, say("the moment needs a UTC offset, such as 2026-11-22T09:00:00+02:00"))
        for place, moment in (("start_from", start_from), ("start_by", start_by))
        if moment.tzinfo is None
    ]
    if faults:
        return faults
    # Bounded before anything is computed: moments at the ends of the calendar cannot be written in UTC.
    faults = [
        Fault(place, say("the moment lies between yesterday and %(year)s, please", year=(now + AHEAD_MAX).year))
        for place, moment in (("start_from", start_from), ("start_by", start_by))
        if not now - BEHIND_MAX <= moment <= now + AHEAD_MAX
    ]
    if faults:
        return faults
    if start_by <= start_from:
        return [Fault("start_by", say("the last moment to start lies after the first one (start_from)"))]
    if start_by <= now:
        return [Fault("start_by", say("this window is over already"))]
    return []
