"""The marking desk: what waits for a marker, and an answer beside its rubric.

One rule: a marker sees an answer and its rubric, never whose it is nor another's marks; only whoever settles a
difference sees the two marks, without their givers' names.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from exam_engine.delivery.lifecycle import Attempt, Part
from exam_engine.delivery.response_files import ResponseFile, file_at
from exam_engine.delivery.responses import Response
from exam_engine.scoring.decisions import TookPart, involves, took_part
from exam_engine.scoring.holds import is_free_for
from exam_engine.scoring.scripts import (
    OPEN,
    Marking,
    Recusal,
    Script,
    ScriptState,
    judged_kind,
    markings_of,
)
from exam_engine.scoring.settling import MarkingPart
from exam_engine.scoring.unaltered import RecordsDisagree, unaltered_content
from kernel.canonical import digest
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.item_kinds import file_kind, kind_named
from question_bank.item_kinds.answer_files import neutral_name
from question_bank.item_kinds.stimulus import shown_stimulus
from question_bank.media import Medium, medium_for, no_such_medium, references_in

_OTHER_PARTS = tuple(part for part in Part if part is not Part.MARKER)
"""Whoever had one of these knows whose answer it is; having marked another answer of the exam does no harm."""


class AlreadyMarked(Conflict):
    """This script needs no mark of this person: they gave theirs, or all are in."""

    code = "already_marked"


class Recused(Forbidden):
    """Whoever said that they know the writer does not mark the script."""

    code = "recused"


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
    refuse_involved(tx, script, actor)
    part_open_to(script, markings_of(tx, script.id), actor)
    return script


def script_of(tx: Session, actor: Actor, script_id: uuid.UUID) -> Script:
    """Return a script of the actor's organisation, whoever may mark it, or raise NotFound."""
    script = tx.scalar(select(Script).where(Script.id == script_id, Script.organisation_id == actor.organisation_id))
    if script is None:
        message = say("there is no such script")
        raise NotFound(message)
    return script


def refuse_involved(tx: Session, script: Script, actor: Actor) -> None:
    """Raise TookPart or Recused where the actor knows, or may know, whose script it is."""
    if took_part(tx, script.attempt, actor.person, _OTHER_PARTS):
        message = say("you took part in this exam or in making it, so somebody else must mark it")
        raise TookPart(message)
    declined = select(Recusal.id).where(Recusal.script_id == script.id, Recusal.marker_id == actor.person)
    if tx.scalar(declined) is not None:
        message = say("you have said that you know whose answer this is, so somebody else must mark it")
        raise Recused(message)


def part_open_to(script: Script, given: Sequence[Marking], actor: Actor) -> MarkingPart:
    """Return which of its marks a script waits for, after those it was given.

    Raises:
        AlreadyMarked: the actor gave one of them, or all are in.
    """
    if any(row.marker_id == actor.person for row in given):
        message = say("you have given this script your marks; they stand")
        raise AlreadyMarked(message)
    if script.state == ScriptState.MARKED:
        message = say("all marks that this script needs are in")
        raise AlreadyMarked(message)
    return tuple(MarkingPart)[len(given)]


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
        "response": judged_kind(version).marker_response(handed_in_answer(tx, script)),
        "to_settle": [{"levels": row.levels, "comments": row.comments, "points": row.points} for row in given],
    }


def handed_in_answer(tx: Session, script: Script) -> dict[str, Any]:
    """Return the answer that a script is of: no other one is shown, nor marked, not even for a while.

    Raises:
        RecordsDisagree: what is stored is not the answer that was handed in.
    """
    row = tx.get(Response, (script.attempt_id, script.slot, script.revision))
    if row is None or digest(row.value) != script.value_hash:
        message = say(
            "the answer that is stored is not the one that was handed in; nobody marks it until somebody has looked"
        )
        raise RecordsDisagree(message)
    return row.value


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
    kind, answer = file_kind(script.version.kind), handed_in_answer(tx, script)
    files = kind.files(answer) if kind else []
    if not 1 <= number <= len(files):
        message = say("there is no such file")
        raise NotFound(message)
    file = files[number - 1]
    name = f"{script.number}-{neutral_name(number, file)}"
    return file_at(tx, script.attempt_id, script.slot, file.sha256), name
