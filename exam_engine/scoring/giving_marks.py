"""Giving marks: what a marker says of a script, or that they leave it to others.

One rule: a mark that was given stands, and is of the very answer that was handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_engine.delivery.attempts import take_part
from exam_engine.delivery.lifecycle import Part
from exam_engine.scoring.holds import end_hold, refuse_held
from exam_engine.scoring.marking_desk import AlreadyMarked, handed_in_answer, part_open_to, refuse_involved
from exam_engine.scoring.scripts import Marking, Recusal, Script, ScriptState, mark_of, markings_of, rubric_of
from exam_engine.scoring.settling import MarkingPart
from kernel.audit import record
from kernel.errors import Fault, Invalid
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.documents import opened
from question_bank.item_kinds import Rubric

COMMENT_CHARACTERS_MAX = 2000


class InvalidComment(Invalid):
    """A comment on no criterion, or one that cannot be kept."""

    code = "invalid_comment"


class Action(StrEnum):
    """What the audit log calls it."""

    MARK = "script.mark"
    DECLINE = "script.decline"


def give_marks(
    tx: Session,
    script: Script,
    *,
    levels: Mapping[str, str],
    comments: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> Marking:
    """Give a script one's marks: the first or the second of two who mark alone, or the one that settles a difference.

    Raises:
        TookPart: the actor sat, watched or organised the exam, or made its form or one of its items.
        Recused: the actor has said that they know the writer.
        AlreadyMarked: the actor gave marks before, or all that are needed are in.
        HeldByOthers: no place is left but those of others who have the script in hand; being late alone does no harm.
        RecordsDisagree: what is stored is not the answer that was handed in, or not the item or rules as released.
        UnfitMarks: a criterion has no level, or one that it does not have.
        InvalidComment: a comment is on no criterion, too long or cannot be stored.
    """
    tx.refresh(script, with_for_update=True)
    refuse_involved(tx, script, actor)
    given = markings_of(tx, script.id)
    part = part_open_to(script, given, actor)
    refuse_held(tx, script, actor=actor, now=now)
    handed_in_answer(tx, script)
    rubric = rubric_of(script.version)
    marking = Marking(
        organisation_id=script.organisation_id,
        script_id=script.id,
        part=part,
        marker_id=actor.person,
        levels=dict(levels),
        comments=_read_comments(rubric, comments),
        points=rubric.points(levels),
        marked_at=now,
    )
    _insert_once(tx, marking)
    end_hold(tx, script, actor=actor, now=now)
    take_part(tx, script.attempt, actor.person, Part.MARKER, now=now)
    record(tx, actor, Action.MARK, f"marking:{marking.id}", now, **marking.recorded)
    if part is not MarkingPart.FIRST:
        script.move(ScriptState.DISPUTED if mark_of(tx, script) is None else ScriptState.MARKED)
        tx.flush()
    return marking


def decline_script(tx: Session, script: Script, *, actor: Actor, now: datetime) -> Recusal:
    """Leave a script to others, because one knows or guesses whose it is; saying it again changes nothing.

    Raises:
        AlreadyMarked: the actor gave marks, which stand.
    """
    tx.refresh(script, with_for_update=True)
    own = select(Recusal).where(Recusal.script_id == script.id, Recusal.marker_id == actor.person)
    if (earlier := tx.scalar(own)) is not None:
        return earlier
    part_open_to(script, markings_of(tx, script.id), actor)
    recusal = Recusal(
        organisation_id=script.organisation_id, script_id=script.id, marker_id=actor.person, declined_at=now
    )
    tx.add(recusal)
    tx.flush()
    end_hold(tx, script, actor=actor, now=now)
    record(tx, actor, Action.DECLINE, f"recusal:{recusal.id}", now, script=str(script.id))
    return recusal


def _read_comments(rubric: Rubric, comments: Mapping[str, str]) -> dict[str, str]:
    known = {criterion.id for criterion in rubric.criteria}
    place = opened(dict(comments), "")
    for name, comment in place.named().items():
        if name not in known:
            comment.refuse(say("is no criterion of this item"))
        elif len(comment.value) > COMMENT_CHARACTERS_MAX:
            comment.refuse(
                say(
                    "has %(count)s characters; at most %(most)s are kept",
                    count=len(comment.value),
                    most=COMMENT_CHARACTERS_MAX,
                )
            )
    if place.faults:
        message = say("a comment cannot be kept")
        raise InvalidComment(message, faults=[Fault(*fault) for fault in place.faults.items()])
    return {name: said for name, comment in comments.items() if (said := comment.strip())}


def _insert_once(tx: Session, marking: Marking) -> None:
    try:
        with tx.begin_nested():
            tx.add(marking)
    except IntegrityError as error:
        # A unique constraint or a trigger: somebody gave marks, or joined the exam, between the check and the insert.
        message = say("this script cannot take these marks any more; look at it again")
        raise AlreadyMarked(message) from error
