"""The marking desk: what waits for a marker, an answer beside its rubric, and the marks they give.

One rule: a marker sees an answer and its rubric, never whose it is nor another's marks; only whoever settles a
difference sees the two marks, without their givers' names.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_engine.delivery.attempts import take_part
from exam_engine.delivery.lifecycle import Attempt, Part
from exam_engine.delivery.response_files import ResponseFile, file_at
from exam_engine.delivery.responses import Response
from exam_engine.scoring.adjudication import TookPart, involves, took_part
from exam_engine.scoring.agreement import MarkingPart
from exam_engine.scoring.holds import end_hold, is_free_for, refuse_held
from exam_engine.scoring.scripts import (
    OPEN,
    Marking,
    Recusal,
    Script,
    ScriptState,
    judged_kind,
    mark_of,
    markings_of,
    rubric_of,
)
from exam_engine.scoring.unaltered import RecordsDisagree, unaltered_content
from kernel.audit import record
from kernel.canonical import digest
from kernel.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.documents import opened
from question_bank.item_kinds import Rubric, file_kind, kind_named
from question_bank.item_kinds.answer_files import neutral_name
from question_bank.item_kinds.stimulus import shown_stimulus
from question_bank.media import Medium, medium_for, no_such_medium, references_in

COMMENT_CHARACTERS_MAX = 2000
_OTHER_PARTS = tuple(part for part in Part if part is not Part.MARKER)
"""Whoever had one of these knows whose answer it is; having marked another answer of the exam does no harm."""


class AlreadyMarked(Conflict):
    """This script needs no mark of this person: they gave theirs, or all are in."""

    code = "already_marked"


class Recused(Forbidden):
    """Whoever said that they know the writer does not mark the script."""

    code = "recused"


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
    _refuse_involved(tx, script, actor)
    given = markings_of(tx, script.id)
    part = _part_of(script, given, actor)
    refuse_held(tx, script, actor=actor, now=now)
    _handed_in(tx, script)
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
    _part_of(script, markings_of(tx, script.id), actor)
    recusal = Recusal(
        organisation_id=script.organisation_id, script_id=script.id, marker_id=actor.person, declined_at=now
    )
    tx.add(recusal)
    tx.flush()
    end_hold(tx, script, actor=actor, now=now)
    record(tx, actor, Action.DECLINE, f"recusal:{recusal.id}", now, script=str(script.id))
    return recusal


def scripts_waiting_for(
    tx: Session, actor: Actor, *, now: datetime, after: uuid.UUID | None = None, limit: int | None = None
) -> list[Script]:
    """Return what the acting marker may mark now and is not in other hands, what was laid out first before the rest."""
    own = select(Marking.id).where(Marking.script_id == Script.id, Marking.marker_id == actor.person)
    declined = select(Recusal.id).where(Recusal.script_id == Script.id, Recusal.marker_id == actor.person)
    found = (
        select(Script)
        .join(Attempt, Attempt.id == Script.attempt_id)
        .where(Script.organisation_id == actor.organisation_id)
        .where(~own.exists(), ~declined.exists(), ~involves(actor.person, _OTHER_PARTS))
        .where(is_free_for(actor.person, now))
    )
    if after is not None:
        last = script_of(tx, actor, after)
        found = found.where(tuple_(Script.opened_at, Script.id) > (last.opened_at, last.id))
    # State by state, so that the index gives them in order and nothing is looked at that is not shown.
    in_order = found.order_by(Script.opened_at, Script.id).limit(limit)
    scripts = [script for state in OPEN for script in tx.scalars(in_order.where(Script.state == state))]
    return sorted(scripts, key=lambda script: (script.opened_at, script.id))[:limit]


def script_for(tx: Session, actor: Actor, script_id: uuid.UUID, *, held: bool = False) -> Script:
    """Return a script of the actor's organisation that the actor may mark now.

    Args:
        held: whether it shall stay as it is until the transaction ends.

    Raises:
        NotFound: there is none in this organisation.
        TookPart: the actor had another part in this exam.
        Recused: the actor has said that they know the writer.
        AlreadyMarked: it needs no mark of the actor.
    """
    script = script_of(tx, actor, script_id)
    if held:
        tx.refresh(script, with_for_update=True)
    _refuse_involved(tx, script, actor)
    _part_of(script, markings_of(tx, script.id), actor)
    return script


def shown_to_marker(tx: Session, script: Script) -> dict[str, Any]:
    """Return all that a marker sees of a script that waits; it says nothing of whose it is.

    Returns:
        ``{"item": what the candidate was shown, "marking": what its kind shows markers, "response": as it was handed
        in, without what could say by whom, "to_settle": the two marks that differ, each ``{"levels", "comments", "points"}``; none while people mark
        alone}``

    Raises:
        RecordsDisagree: what is stored is not the answer that was handed in, or not the item as it was released.
    """
    version = script.version
    content = unaltered_content(version)
    arrangement = next(place["arrangement"] for place in script.attempt.paper if place["slot"] == script.slot)
    given = markings_of(tx, script.id) if script.state == ScriptState.DISPUTED else []
    return {
        "item": {
            **shown_stimulus(content),
            **kind_named(version.kind).candidate_content(content, arrangement),
        },
        "marking": judged_kind(version).marker_content(content),
        "response": judged_kind(version).marker_response(_handed_in(tx, script)),
        "to_settle": [{"levels": row.levels, "comments": row.comments, "points": row.points} for row in given],
    }


def script_medium(tx: Session, actor: Actor, script_id: uuid.UUID, sha256: str) -> Medium:
    """Return a medium that the item of a script names; what only its rationale names is not there.

    Raises:
        NotFound: the item does not show it, or there is no such script; and as :func:`script_for`.
    """
    script = script_for(tx, actor, script_id)
    sight = shown_to_marker(tx, script)
    if not any(found.sha256 == sha256 for found in references_in([sight["item"], sight["marking"]])):
        raise no_such_medium()
    return medium_for(tx, actor, sha256)


def script_file(tx: Session, actor: Actor, script_id: uuid.UUID, number: int) -> tuple[ResponseFile, str]:
    """Return the n-th file of a script's answer, counted from 1, and how it is called to a marker.

    Raises:
        NotFound: the answer has no such file, or there is no such script; and as :func:`script_for`.
        RecordsDisagree: the answer that is stored is not the one that was handed in.
    """
    script = script_for(tx, actor, script_id)
    kind, answer = file_kind(script.version.kind), _handed_in(tx, script)
    files = kind.files(answer) if kind else []
    if not 1 <= number <= len(files):
        message = say("there is no such file")
        raise NotFound(message)
    file = files[number - 1]
    name = f"{script.number}-{neutral_name(number, file)}"
    return file_at(tx, script.attempt_id, script.slot, file.sha256), name


def _part_of(script: Script, given: Sequence[Marking], actor: Actor) -> MarkingPart:
    if any(row.marker_id == actor.person for row in given):
        message = say("you have given this script your marks; they stand")
        raise AlreadyMarked(message)
    if script.state == ScriptState.MARKED:
        message = say("all marks that this script needs are in")
        raise AlreadyMarked(message)
    return tuple(MarkingPart)[len(given)]


def _handed_in(tx: Session, script: Script) -> dict[str, Any]:
    """Return the answer that a script is of: no other one is shown, nor marked, not even for a while."""
    row = tx.get(Response, (script.attempt_id, script.slot, script.revision))
    if row is None or digest(row.value) != script.value_hash:
        message = say(
            "the answer that is stored is not the one that was handed in; nobody marks it until somebody has looked"
        )
        raise RecordsDisagree(message)
    return row.value


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


def _refuse_involved(tx: Session, script: Script, actor: Actor) -> None:
    if took_part(tx, script.attempt, actor.person, _OTHER_PARTS):
        message = say("you took part in this exam or in making it, so somebody else must mark it")
        raise TookPart(message)
    declined = select(Recusal.id).where(Recusal.script_id == script.id, Recusal.marker_id == actor.person)
    if tx.scalar(declined) is not None:
        message = say("you have said that you know whose answer this is, so somebody else must mark it")
        raise Recused(message)


def _insert_once(tx: Session, marking: Marking) -> None:
    try:
        with tx.begin_nested():
            tx.add(marking)
    except IntegrityError as error:
        # A unique constraint or a trigger: somebody gave marks, or joined the exam, between the check and the insert.
        message = say("this script cannot take these marks any more; look at it again")
        raise AlreadyMarked(message) from error


def script_of(tx: Session, actor: Actor, script_id: uuid.UUID) -> Script:
    """Return a script of the actor's organisation, whoever may mark it, or raise NotFound."""
    script = tx.scalar(select(Script).where(Script.id == script_id, Script.organisation_id == actor.organisation_id))
    if script is None:
        message = say("there is no such script")
        raise NotFound(message)
    return script
