"""Taking: how a script comes into a marker's hand, and goes back.

One rule: whoever takes a script has an hour for it, an hour more with every sign of work, and nobody waits longer.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from exam_engine.scoring.decisions import TookPart
from exam_engine.scoring.holds import HeldByOthers, Hold, end_hold, hold_of, keep_hold
from exam_engine.scoring.marking_desk import AlreadyMarked, Recused, script_for, script_of, scripts_waiting_for
from kernel.errors import NotFound
from kernel.permissions import Actor
from kernel.sentences import say

_TRIED = 20
"""So many scripts may be snatched away by others while one is looked for."""


class NothingWaits(NotFound):
    """No script waits for this marker that is not in other hands."""

    code = "nothing_waits"


def take_script(tx: Session, script_id: uuid.UUID, *, actor: Actor, now: datetime) -> Hold:
    """Take a script in hand, or keep it there while one works on it.

    Raises:
        HeldByOthers: all that may mark it now have it in hand.
        NotFound, TookPart, Recused, AlreadyMarked: as :func:`script_for`.
    """
    return keep_hold(tx, script_for(tx, actor, script_id, held=True), actor=actor, now=now)


def take_next(tx: Session, *, actor: Actor, now: datetime) -> Hold:
    """Take the script that waits longest; who has one in hand keeps that, so that asking twice takes one.

    Raises:
        NothingWaits: there is none.
    """
    for script_id in _offered(tx, actor, now):
        try:
            return take_script(tx, script_id, actor=actor, now=now)
        except (AlreadyMarked, HeldByOthers, Recused, TookPart):
            continue  # somebody was faster
    message = say("no answer waits for your marks at present")
    raise NothingWaits(message)


def hand_back(tx: Session, script_id: uuid.UUID, *, actor: Actor, now: datetime) -> None:
    """Hand a script back before one's time is up; who does not have it in hand, or not any more, changes nothing.

    Raises:
        NotFound: there is none in this organisation.
    """
    end_hold(tx, script_of(tx, actor, script_id), actor=actor, now=now)


def _offered(tx: Session, actor: Actor, now: datetime) -> Iterator[uuid.UUID]:
    if (own := hold_of(tx, actor, now=now)) is not None:
        yield own.script_id
    yield from (script.id for script in scripts_waiting_for(tx, actor, now=now, limit=_TRIED))
