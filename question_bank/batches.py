"""Batches: one step taken by many item versions together, and what it would do to each of them, seen beforehand.

One rule: all of them take it or none. What stands in the way of one is told by name, and nobody moves.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from kernel.accounts import Account
from kernel.audit import record
from kernel.db import Base, Owned, table_facts
from kernel.errors import Conflict, Fault, Invalid, NotFound
from kernel.ids import new_id
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.authoring import (
    move_items,
    pilot_all,
    release_all,
    review_all,
    submit_all,
    versions_of,
    withdraw_all,
)
from question_bank.items import ADMINISTERED, Item, ItemState, ItemVersion, Standing
from question_bank.next_steps import STEPS, Step
from question_bank.reviews import Verdict, written_by
from question_bank.steps import hold_standings, said

VERSIONS_MAX = 1000
_S = ItemState


UNDO = "undo"
"""The step of a batch that takes another one back."""


class Obstacle(StrEnum):
    """Why a version cannot take a step, or cannot take it back."""

    STANDS_ELSEWHERE = "stands_elsewhere"
    OWN = "own"
    WROTE_EARLIER = "wrote_earlier"
    SAME_ITEM_TWICE = "same_item_twice"
    NO_WAY_BACK = "no_way_back"
    MOVED_ON = "moved_on"


class Action(StrEnum):
    """What batches leave in the audit log, beside the entries of the steps themselves."""

    TAKEN = "item_batch.take"
    UNDONE = "item_batch.undo"


class BatchRefused(Conflict):
    """One of the versions cannot take the step, so none has."""

    code = "batch_refused"


WAYS_BACK: Mapping[tuple[ItemState, ItemState], Step] = MappingProxyType(
    {
        (_S.DRAFT, _S.IN_REVIEW): Step.WITHDRAW,
        (_S.LIVE, _S.RESTING): Step.RELEASE,
        (_S.PILOT, _S.RESTING): Step.PILOT,
        (_S.RESTING, _S.LIVE): Step.REST,
        (_S.RESTING, _S.PILOT): Step.REST,
    }
)
"""From a move to the step that leads back to exactly where the version stood. A verdict, a first release and a
retirement have none: what they ended is not begun again."""


class Batch(Owned, Base):
    """One step that many versions took at once, or the taking back of one (``undo``)."""

    __tablename__ = "item_batches"
    __table_args__ = (table_facts(pii={"taken_by": "link"}, append_only=True),)

    step: Mapped[str]
    reason: Mapped[str]
    taken_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]
    undoes_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("item_batches.id"), unique=True)

    members: Mapped[list[BatchMember]] = relationship(viewonly=True)
    taker: Mapped[Account] = relationship(viewonly=True)


class BatchMember(Base):
    """One move of one version in a batch; a version that had to make room for another is a member too."""

    __tablename__ = "item_batch_members"
    __table_args__ = (table_facts(pii={}, unowned="a batch carries the organisation", append_only=True),)

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_batches.id"), primary_key=True)
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_versions.id"), primary_key=True)
    from_state: Mapped[str]
    to_state: Mapped[str]

    version: Mapped[ItemVersion] = relationship(viewonly=True)


class Prospect(NamedTuple):
    """What a step would do to one version: where it stands, what is in the way, and if it could be taken back."""

    version: ItemVersion
    state: ItemState
    obstacle: Obstacle | None
    can_be_undone: bool


def versions_for(tx: Session, actor: Actor, step: Step, item_ids: Collection[uuid.UUID]) -> list[ItemVersion]:
    """Return one version of each item, by code: the last one that can take the step, otherwise the newest.

    Looked at are the newest version and those that stand before candidates.
    """
    chosen: dict[uuid.UUID, ItemVersion] = {}
    newest: dict[uuid.UUID, ItemVersion] = {}
    found = versions_of(actor).where(ItemVersion.item_id.in_(item_ids)).order_by(Item.code, ItemVersion.number.desc())
    for version in tx.scalars(found):
        is_newest = newest.setdefault(version.item_id, version) is version
        if (is_newest or version.standing.state in ADMINISTERED) and version.standing.state in STEPS[step].begins:
            chosen.setdefault(version.item_id, version)
    return [chosen.get(item_id, version) for item_id, version in newest.items()]


def versions_named(tx: Session, actor: Actor, version_ids: Collection[uuid.UUID]) -> list[ItemVersion]:
    """Return versions of the actor's organisation by code and number.

    Raises:
        NotFound: one of them is not there.
        Invalid: there are none, or too many.
    """
    if not 1 <= len(version_ids) <= VERSIONS_MAX:
        message = say("a step is taken by 1 to %(most)s versions at once", most=VERSIONS_MAX)
        raise Invalid(message, faults=[Fault("version_ids", say("there are %(count)s", count=len(version_ids)))])
    found = versions_of(actor).where(ItemVersion.id.in_(version_ids)).order_by(Item.code, ItemVersion.number)
    versions = list(tx.scalars(found))
    if len(versions) < len(set(version_ids)):
        message = say("there is no such item version")
        raise NotFound(message)
    return versions


def preview(tx: Session, step: Step, versions: Sequence[ItemVersion], *, actor: Actor) -> list[Prospect]:
    """Return what a step would do to each version, without taking it.

    Raises:
        Forbidden: the actor may not take this step at all.
    """
    facts = STEPS[step]
    actor.require(facts.permission)
    states = states_of(tx, {version.item_id for version in versions})
    wrote = written_by(tx, versions, actor.person) if step is Step.APPROVE else frozenset[uuid.UUID]()
    seen: set[uuid.UUID] = set()
    prospects = []
    for version in versions:
        state = ItemState(states[version.id])
        obstacle = None
        if state not in facts.begins:
            obstacle = Obstacle.STANDS_ELSEWHERE
        elif step in {Step.APPROVE, Step.RETURN} and version.author_id == actor.person:
            obstacle = Obstacle.OWN
        elif version.id in wrote:
            obstacle = Obstacle.WROTE_EARLIER
        elif facts.target in ADMINISTERED and version.item_id in seen:
            obstacle = Obstacle.SAME_ITEM_TWICE
        else:
            seen.add(version.item_id)
        can_be_undone = obstacle is None and step is not Step.RETURN and (state, facts.target) in WAYS_BACK
        prospects.append(Prospect(version, state, obstacle, can_be_undone))
    return prospects


def take_batch(
    tx: Session, step: Step, versions: Sequence[ItemVersion], *, reason: str, actor: Actor, now: datetime
) -> Batch:
    """Have all versions take a step, or none.

    Raises:
        Forbidden: the actor may not take this step.
        BatchRefused: something is in the way of one of them; each is a fault, by its code.
        ReasonMissing: the step needs a reason.
    """
    before = {held.version_id: held.state for held in hold_standings(tx, versions, actor)}
    refuse = [prospect for prospect in preview(tx, step, versions, actor=actor) if prospect.obstacle]
    if refuse:
        message = say("not all of these versions can take the step now; nothing was changed. Look at the preview again")
        raise BatchRefused(message, faults=[_fault(prospect) for prospect in refuse])
    words = said(reason) if STEPS[step].needs_reason else reason.strip()
    take(tx, step, versions, reason=words, actor=actor, now=now)
    return keep(
        tx,
        Action.TAKEN,
        Batch(step=step.value, reason=words),
        {v.item_id for v in versions},
        before,
        actor=actor,
        now=now,
    )


def batch_for(tx: Session, actor: Actor, batch_id: uuid.UUID) -> Batch:
    """Return a batch of the actor's organisation; NotFound to strangers."""
    found = select(Batch).where(Batch.id == batch_id, Batch.organisation_id == actor.organisation_id)
    batch = tx.scalar(found.options(joinedload(Batch.taker)))
    if batch is None:
        message = say("there is no such batch")
        raise NotFound(message)
    return batch


def states_of(tx: Session, item_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return where every version of these items stands."""
    rows = tx.execute(select(Standing.version_id, Standing.state).where(Standing.item_id.in_(item_ids)))
    return dict(rows.all())


def undone_by(tx: Session, batch: Batch) -> Batch | None:
    """Return the batch that took another one back, if there is one."""
    return tx.scalar(select(Batch).where(Batch.undoes_id == batch.id))


def take(tx: Session, step: Step, versions: Sequence[ItemVersion], *, reason: str, actor: Actor, now: datetime) -> None:
    """Take a step by the use case that knows it, which records it and refuses what it must."""
    match step:
        case Step.SUBMIT:
            submit_all(tx, versions, actor=actor, now=now)
        case Step.WITHDRAW:
            withdraw_all(tx, versions, reason=reason, actor=actor, now=now)
        case Step.APPROVE:
            review_all(tx, versions, verdict=Verdict.APPROVED, reason=reason, actor=actor, now=now)
        case Step.RETURN:
            review_all(tx, versions, verdict=Verdict.RETURNED, reason=reason, actor=actor, now=now)
        case Step.PILOT if not reason:
            pilot_all(tx, versions, actor=actor, now=now)
        case Step.RELEASE if not reason:
            release_all(tx, versions, actor=actor, now=now)
        case _:
            move_items(tx, versions, target=STEPS[step].target, reason=reason, actor=actor, now=now)


def keep(
    tx: Session,
    action: Action,
    batch: Batch,
    item_ids: Collection[uuid.UUID],
    before: Mapping[uuid.UUID, str],
    *,
    actor: Actor,
    now: datetime,
) -> Batch:
    """Write down a batch with every version that stands elsewhere than before, sisters that made room included."""
    batch.id, batch.organisation_id, batch.taken_by, batch.at = new_id(), actor.organisation_id, actor.person, now
    after = states_of(tx, item_ids)
    moved = [(id_, state, after[id_]) for id_, state in before.items() if after.get(id_, state) != state]
    tx.add(batch)
    tx.flush()
    tx.add_all(BatchMember(batch_id=batch.id, version_id=v, from_state=f, to_state=t) for v, f, t in moved)
    tx.flush()
    undoes = {"undoes": str(batch.undoes_id)} if batch.undoes_id else {}
    record(tx, actor, action, f"item_batch:{batch.id}", now, step=batch.step, versions=len(moved), **undoes)
    return batch


def _fault(prospect: Prospect) -> Fault:
    return Fault(
        prospect.version.item.code,
        say("%(obstacle)s: it is %(state)s", obstacle=say(str(prospect.obstacle)), state=say(prospect.state)),
    )
