"""Undoing: versions that took a step together are led back to where they stood, as far as the table of states goes.

One rule: nothing is rewritten. Undoing is a step of its own: whoever looks later sees both.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.batches import (
    UNDO,
    WAYS_BACK,
    Action,
    Batch,
    BatchMember,
    BatchRefused,
    Obstacle,
    Prospect,
    keep,
    take,
    undone_by,
)
from question_bank.items import ADMINISTERED, ItemState, ItemVersion, Standing
from question_bank.next_steps import STEPS, Step
from question_bank.steps import hold_standings, said

_ORDER = (Step.WITHDRAW, Step.RELEASE, Step.PILOT, Step.REST)
_FINAL = frozenset({UNDO, Step.RETURN.value})
"""Steps that are not undone although the table knows a way: a verdict stands, and undoing is done once."""


def undo_preview(tx: Session, batch: Batch) -> list[Prospect]:
    """Return for each version of a batch what is in the way of leading it back now, by code and number.

    The versions of one item go back together or not at all.
    """
    states: defaultdict[uuid.UUID, dict[uuid.UUID, str]] = defaultdict(dict)
    versions = _versions_of(tx, batch)
    of_items = Standing.item_id.in_({version.item_id for version in versions.values()})
    for item_id, version_id, state in tx.execute(
        select(Standing.item_id, Standing.version_id, Standing.state).where(of_items)
    ):
        states[item_id][version_id] = state
    obstacles: dict[uuid.UUID, Obstacle] = {}
    for member in batch.members:
        item_id = versions[member.version_id].item_id
        if batch.step in _FINAL or _way_back(member) is None:
            obstacles[item_id] = Obstacle.NO_WAY_BACK
        elif _has_moved_on(member, batch.members, states[item_id]):
            obstacles.setdefault(item_id, Obstacle.MOVED_ON)
    return [
        Prospect(version, ItemState(states[version.item_id][version.id]), obstacles.get(version.item_id), False)
        for version in sorted(versions.values(), key=lambda version: (version.item.code, version.number))
    ]


def undo_batch(tx: Session, batch: Batch, *, reason: str, actor: Actor, now: datetime) -> Batch:
    """Lead the versions of a batch back; those that moved on meanwhile stay, as :func:`undo_preview` tells.

    Raises:
        BatchRefused: none can be led back, or it was undone before.
        Forbidden: the actor may not take the steps that lead back.
        ReasonMissing: there is none.
    """
    words = said(reason)
    versions = _versions_of(tx, batch)
    before = {held.version_id: held.state for held in hold_standings(tx, list(versions.values()), actor)}
    able = {prospect.version.id for prospect in undo_preview(tx, batch) if not prospect.obstacle}
    if not able or undone_by(tx, batch) is not None:
        message = say("nothing of this step can be taken back now")
        raise BatchRefused(message)
    for step, going in _ways(batch, versions, able).items():
        actor.require(STEPS[step].permission)
        take(tx, step, going, reason=words, actor=actor, now=now)
    undoing = Batch(step=UNDO, reason=words, undoes_id=batch.id)
    item_ids = {version.item_id for version in versions.values()}
    return keep(tx, Action.UNDONE, undoing, item_ids, before, actor=actor, now=now)


def _ways(
    batch: Batch, versions: Mapping[uuid.UUID, ItemVersion], able: set[uuid.UUID]
) -> dict[Step, list[ItemVersion]]:
    """Return who takes which step to be back: whoever goes before candidates sends the one that stands there to rest."""
    ways: dict[Step, list[ItemVersion]] = {step: [] for step in _ORDER}
    for member in batch.members:
        step = _way_back(member)
        if step is not None and member.version_id in able:
            ways[step].append(versions[member.version_id])
    returning = {version.item_id for step in (Step.RELEASE, Step.PILOT) for version in ways[step]}
    ways[Step.REST] = [version for version in ways[Step.REST] if version.item_id not in returning]
    return {step: going for step, going in ways.items() if going}


def _way_back(member: BatchMember) -> Step | None:
    return WAYS_BACK.get((ItemState(member.from_state), ItemState(member.to_state)))


def _has_moved_on(member: BatchMember, members: Sequence[BatchMember], states: Mapping[uuid.UUID, str]) -> bool:
    """Tell whether a version has taken another step since, or its place before candidates was taken by a stranger."""
    if states[member.version_id] != member.to_state:
        return True
    own = {other.version_id for other in members}
    return member.from_state in ADMINISTERED and any(
        state == member.from_state and version_id not in own for version_id, state in states.items()
    )


def _versions_of(tx: Session, batch: Batch) -> dict[uuid.UUID, ItemVersion]:
    found = select(ItemVersion).where(ItemVersion.id.in_([member.version_id for member in batch.members]))
    whole = (joinedload(ItemVersion.item), joinedload(ItemVersion.standing), joinedload(ItemVersion.competence))
    return {version.id: version for version in tx.scalars(found.options(*whole))}
