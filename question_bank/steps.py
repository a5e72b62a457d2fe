"""Steps: how versions move from one state to another, one or several at once.

One rule: a step is written down as it is taken, and of several versions all take it or none.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import record
from kernel.errors import Conflict, Fault, Invalid, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.catalogue import enter
from question_bank.items import ADMINISTERED, MOVES, Item, ItemReview, ItemState, ItemVersion, Standing, StandingChange

_REPLACED: Mapping[ItemState, str] = MappingProxyType(
    {ItemState.LIVE: "another version was released", ItemState.PILOT: "another version is piloted"}
)
"""Where one version of an item in a language stands at a time, and why the one that stood there rests."""
_FOLLOWED = "it goes with what it translates"


class ReasonMissing(Invalid):
    """A step that somebody will want to understand later needs a reason."""

    code = "reason_missing"


class Action(StrEnum):
    """What authoring leaves in the audit log: one entry per step, naming every version that took it."""

    DRAFTED = "item.draft"
    SUBMITTED = "item.submit"
    WITHDRAWN = "item.withdraw"
    REVIEWED = "item.review"
    CONFIRMED = "item.confirm"
    PILOTED = "item.pilot"
    RELEASED = "item.release"
    RESTED = "item.rest"
    RETIRED = "item.retire"
    COMPROMISED = "item.compromise"


class OriginalElsewhere(Conflict):
    """A translation is administered only where the version that it translates is."""

    code = "original_elsewhere"


def said(reason: str) -> str:
    """Return a reason without the blanks around it; ReasonMissing where nothing is left."""
    if not reason.strip():
        message = say("this step needs a reason that others can understand later")
        raise ReasonMissing(message, faults=[Fault("reason", say("is empty"))])
    return reason.strip()


def take_step(
    tx: Session,
    versions: Sequence[ItemVersion],
    target: ItemState,
    *,
    reason: str = "",
    due_at: datetime | None = None,
    reviews: Sequence[ItemReview] = (),
    actor: Actor,
    now: datetime,
) -> list[uuid.UUID]:
    """Take one step with each version; where they are administered, the sister that was rests first.

    Translations go where their original goes: what is administered in no language of its own is in none.

    Args:
        due_at: when the verdict, or the next review, is due; see :meth:`question_bank.items.Standing.move`.
        reviews: what the step rests on; the database looks for an approval before it lets a version be approved.

    Returns:
        The versions that moved with the others.

    Raises:
        IllegalMove: one of them does not stand where this step begins; none has moved.
        NotFound: one of them is another organisation's.
        OriginalElsewhere: a translation would be administered where its original is not.
    """
    person = actor.person
    family = Family(tx, hold_standings(tx, versions, actor))
    taking = family.of({version.id for version in versions})
    for standing in taking:
        standing.check(target)
    replaced: list[Standing] = []
    if target in _REPLACED:
        family.refuse_orphans(taking, target)
        replaced = family.with_followers(family.replaced_by(taking, target), ItemState.RESTING)
        # Flushed before: at no moment may two versions of an item stand there (a database constraint).
        _move(tx, replaced, ItemState.RESTING, now, actor_id=person, reason=_REPLACED[target], due_at=None)
    tx.add_all(reviews)
    tx.flush()
    moving = family.with_followers(taking, target)
    _move(tx, taking, target, now, actor_id=person, reason=reason, due_at=due_at)
    _move(tx, moving[len(taking) :], target, now, actor_id=person, reason=_FOLLOWED, due_at=None)
    enter(tx, (version.item_id for version in versions))
    return [standing.version_id for standing in (*replaced, *moving[len(taking) :])]


def hold_standings(tx: Session, versions: Sequence[ItemVersion], actor: Actor) -> list[Standing]:
    """Return the standings of all versions of these items, locked in one order so that two people cannot deadlock.

    Sister versions are locked too, so that of two releases of one item the second sees what the first left.

    Raises:
        NotFound: one of them is another organisation's.
    """
    standings = list(
        tx.scalars(
            select(Standing)
            .join(Item, Item.id == Standing.item_id)
            .where(Item.organisation_id == actor.organisation_id, Standing.item_id.in_({v.item_id for v in versions}))
            .order_by(Standing.version_id)
            .with_for_update(of=Standing)
            .execution_options(populate_existing=True)
        )
    )
    if not {version.id for version in versions} <= {standing.version_id for standing in standings}:
        raise no_such_version()
    return standings


class Family:
    """All versions of some items by their standings, and which of them says which in another language."""

    def __init__(self, tx: Session, standings: Sequence[Standing]) -> None:
        self._standings = standings
        ids = {standing.item_id for standing in standings}
        rows = tx.execute(select(ItemVersion.id, ItemVersion.original_id).where(ItemVersion.item_id.in_(ids)))
        self._original = {version_id: original_id for version_id, original_id in rows if original_id is not None}

    def of(self, version_ids: Collection[uuid.UUID]) -> list[Standing]:
        """Return the standings of these versions."""
        return [standing for standing in self._standings if standing.version_id in version_ids]

    def replaced_by(self, taking: Sequence[Standing], target: ItemState) -> list[Standing]:
        """Return what stands where others are going: the same item in the same language."""
        places = {(standing.item_id, standing.language) for standing in taking}
        going = {standing.version_id for standing in taking}
        there = [standing for standing in self._standings if standing.state == target]
        return [s for s in there if s.version_id not in going and (s.item_id, s.language) in places]

    def refuse_orphans(self, taking: Sequence[Standing], target: ItemState) -> None:
        """Raise OriginalElsewhere if a translation would be administered where its original is not."""
        there = {standing.version_id for standing in self._standings if standing.state == target}
        there |= {standing.version_id for standing in taking}
        for standing in taking:
            if self._original.get(standing.version_id, standing.version_id) not in there:
                message = say(
                    "a translation can be %(target)s only while the version that it translates is %(target)s",
                    target=say(target),
                )
                raise OriginalElsewhere(message)

    def with_followers(self, moving: Sequence[Standing], target: ItemState) -> list[Standing]:
        """Return these standings, and after them those that go the same way: translations of what is administered.

        What is compromised is known in every language, so there the whole family goes.
        """
        gone = {standing.version_id for standing in moving}
        if target is ItemState.COMPROMISED:
            roots = {self._original.get(id_, id_) for id_ in gone}
            known = [s for s in self._standings if self._original.get(s.version_id, s.version_id) in roots]
            followers = [standing for standing in known if target in MOVES[ItemState(standing.state)]]
        elif target in ADMINISTERED | {ItemState.RESTING, ItemState.RETIRED}:
            followers = [s for s in self._standings if s.state in ADMINISTERED and s.state != target]
            followers = [standing for standing in followers if self._original.get(standing.version_id) in gone]
        else:
            followers = []
        return [*moving, *(standing for standing in followers if standing.version_id not in gone)]


def no_such_version() -> NotFound:
    """What a stranger is told, and whoever asks for a version that there is not."""
    return NotFound(say("there is no such item version"))


def record_step(
    tx: Session,
    actor: Actor,
    action: Action,
    versions: Sequence[ItemVersion],
    now: datetime,
    moved: Sequence[uuid.UUID] = (),
    /,
    **details: str,
) -> None:
    """Leave one entry for a step that versions took together, naming each, and those that moved in the same step."""
    subject = f"item_version:{versions[0].id}" if len(versions) == 1 else f"item_bank:{actor.organisation_id}"
    others = {"moved": sorted(map(str, moved))} if moved else {}
    record(tx, actor, action, subject, now, versions=[str(version.id) for version in versions], **others, **details)


def _move(
    tx: Session,
    standings: Sequence[Standing],
    target: ItemState,
    now: datetime,
    *,
    actor_id: uuid.UUID,
    reason: str,
    due_at: datetime | None,
) -> None:
    for standing in standings:
        change = StandingChange(
            version_id=standing.version_id,
            from_state=standing.state,
            to_state=target.value,
            actor_id=actor_id,
            reason=reason,
            at=now,
            due_at=due_at if target is ItemState.IN_REVIEW else None,
        )
        standing.move(target, now, due_at=due_at)
        tx.add(change)
    tx.flush()
