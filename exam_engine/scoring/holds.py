"""Holds: which marker has which script in hand, and until when by the server's clock. Every change is a row of its own.

One rule: a marker has one script in hand, the one that their newest row names, and a hold keeps a place for marks and
nothing else. It tells nobody who the other is, nor whether marks are in.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, case, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship

from exam_engine.scoring.scripts import Marking, Script, ScriptState
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict
from kernel.permissions import Actor
from kernel.sentences import say

HELD_FOR = timedelta(minutes=60)
RENEWED_AFTER = timedelta(minutes=10)
"""Work within so short a time of the last row writes no other."""
HELD_AT_MOST = timedelta(hours=4)
"""By one marker, one script, however often they ask for it; handing it back and taking it again goes on counting."""
AWAY_FOR = timedelta(hours=1)
"""After so long without it the four hours begin anew."""


class HeldByOthers(Conflict):
    """Every place for marks that a script still has is kept for somebody else."""

    code = "held_by_others"


class OthersFirst(HeldByOthers):
    """One has had the script in hand for as long as anybody may, and others come first for an hour."""

    code = "others_first"


class TakingAnother(Conflict):
    """The same person takes, or hands back, another script at this very moment."""

    code = "taking_another"


class Hold(Owned, Base):
    """That a marker takes a script in hand, keeps it, or hands it back: then it ends at the moment it is written."""

    __tablename__ = "script_holds"
    __table_args__ = (
        UniqueConstraint("organisation_id", "marker_id", "number"),
        CheckConstraint("held_until >= held_at", name="held_until"),
        Index("ix_script_holds_script_id_held_until", "script_id", "held_until"),
        table_facts(pii={"marker_id": "link"}, append_only=True),
    )

    marker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    number: Mapped[int]
    """Of the marker's rows, from 1."""
    script_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scripts.id"))
    held_at: Mapped[datetime]
    held_until: Mapped[datetime]

    script: Mapped[Script] = relationship(viewonly=True)


def hold_of(tx: Session, actor: Actor, *, now: datetime) -> Hold | None:
    """Return what the actor has in hand now."""
    newest = _newest(tx, actor)
    return newest if newest and newest.held_until > now else None


def is_free_for(person: uuid.UUID, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a script has a place for this person's marks, of the two or, in dispute, three it has.

    Marks take a place, and so does everybody else who has it in hand. Two who mark alone may have one script in hand at
    a time, and a third may not: whoever is told that it is in other hands learns nothing of marks, for it may be in two
    hands, or in one with the first marks given.
    """
    others, later = aliased(Hold), aliased(Hold)
    moved_on = select(later.id).where(
        later.organisation_id == others.organisation_id,
        later.marker_id == others.marker_id,
        later.number > others.number,
    )
    held = (
        select(func.count())
        .select_from(others)
        .where(others.script_id == Script.id, others.marker_id != person, others.held_until > now)
        .where(~moved_on.exists())
    )
    given = select(func.count()).select_from(Marking).where(Marking.script_id == Script.id)
    places = case((Script.state == ScriptState.WAITING, 2), else_=3)
    return places > given.scalar_subquery() + held.scalar_subquery()


def is_free(tx: Session, script: Script, *, actor: Actor, now: datetime) -> bool:
    """Tell whether a script has a place for the actor's marks."""
    return tx.scalar(select(Script.id).where(Script.id == script.id, is_free_for(actor.person, now))) is not None


def refuse_held(tx: Session, script: Script, *, actor: Actor, now: datetime) -> None:
    """Raise HeldByOthers where no place is left for the actor's marks. The caller holds the script's row."""
    if not is_free(tx, script, actor=actor, now=now):
        message = say(
            "others have this answer in hand; its turn may come again when they hand it back, or their time is up"
        )
        raise HeldByOthers(message)


def keep_hold(tx: Session, script: Script, *, actor: Actor, now: datetime) -> Hold:
    """Take a script in hand, or keep it there; what the actor had in hand before is handed back by that.

    Raises:
        HeldByOthers: no place is left for the actor's marks.
        OthersFirst: the actor has had it for four hours, and less than an hour ago.
        TakingAnother: two requests of the actor came at once.
    """
    refuse_held(tx, script, actor=actor, now=now)
    own = hold_of(tx, actor, now=now)
    if own and own.script_id == script.id and now - own.held_at < RENEWED_AFTER:
        return own
    last = _since(tx, script, actor=actor, now=now) + HELD_AT_MOST
    if now >= last:
        message = say("you have had this answer in hand for four hours; others come first for an hour")
        raise OthersFirst(message)
    return _append(tx, script.id, min(now + HELD_FOR, last), actor=actor, now=now)


def end_hold(tx: Session, script: Script, *, actor: Actor, now: datetime) -> None:
    """Hand a script back; nothing happens where the actor does not have it in hand."""
    own = hold_of(tx, actor, now=now)
    if own and own.script_id == script.id:
        _append(tx, script.id, now, actor=actor, now=now)


def _append(tx: Session, script_id: uuid.UUID, until: datetime, *, actor: Actor, now: datetime) -> Hold:
    newest = _newest(tx, actor)
    hold = Hold(
        organisation_id=actor.organisation_id,
        marker_id=actor.person,
        number=newest.number + 1 if newest else 1,
        script_id=script_id,
        held_at=now,
        held_until=until,
    )
    try:
        with tx.begin_nested():
            tx.add(hold)
    except IntegrityError as error:
        message = say("you are taking another answer in hand at this moment; try again")
        raise TakingAnother(message) from error
    return hold


def _since(tx: Session, script: Script, *, actor: Actor, now: datetime) -> datetime:
    """Return when the actor's unbroken series of holds of a script began; now where there is none."""
    rows = tx.execute(
        select(Hold.held_at, Hold.held_until)
        .where(Hold.organisation_id == actor.organisation_id, Hold.marker_id == actor.person)
        .where(Hold.script_id == script.id)
        .order_by(Hold.number.desc())
    )
    since = now
    for held_at, held_until in rows:
        if since - held_until >= AWAY_FOR:
            break
        since = held_at
    return since


def _newest(tx: Session, actor: Actor) -> Hold | None:
    own = select(Hold).where(Hold.organisation_id == actor.organisation_id, Hold.marker_id == actor.person)
    return tx.scalar(own.order_by(Hold.number.desc()).limit(1))
