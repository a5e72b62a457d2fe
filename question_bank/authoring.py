"""Authoring: how an item version is drafted, reviewed by a second person, released and taken out again.

One rule, two persons: nobody reviews what they wrote. It is checked here, and the database refuses it as well.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from kernel.audit import record
from kernel.errors import Conflict, Fault, Forbidden, IllegalMove, Invalid, NotFound
from kernel.permissions import Actor
from question_bank.competences import Framework
from question_bank.documents import opened
from question_bank.intake import take_in
from question_bank.items import Item, ItemReview, ItemState, ItemVersion, Standing, StandingChange


class OwnItem(Forbidden):
    """An author cannot be the second pair of eyes on their own item."""

    code = "own_item"


class NothingNew(Conflict):
    """The newest version of the item says exactly this already."""

    code = "nothing_new"


class SameItemTwice(Conflict):
    """Two versions of one item cannot go live together."""

    code = "same_item_twice"


class ReasonMissing(Invalid):
    """A step that somebody will want to understand later needs a reason."""

    code = "reason_missing"


class Verdict(StrEnum):
    """What a reviewer finds."""

    APPROVED = "approved"
    RETURNED = "returned"


class Action(StrEnum):
    """What authoring leaves in the audit log: one entry per step, naming every version that took it."""

    DRAFTED = "item.draft"
    SUBMITTED = "item.submit"
    REVIEWED = "item.review"
    RELEASED = "item.release"
    RESTED = "item.rest"
    RETIRED = "item.retire"
    COMPROMISED = "item.compromise"


_VERDICT_LEADS_TO: Mapping[Verdict, ItemState] = MappingProxyType(
    {Verdict.APPROVED: ItemState.APPROVED, Verdict.RETURNED: ItemState.DRAFT}
)
_LATER_STEPS: Mapping[ItemState, Action] = MappingProxyType(
    {
        ItemState.RESTING: Action.RESTED,
        ItemState.LIVE: Action.RELEASED,
        ItemState.RETIRED: Action.RETIRED,
        ItemState.COMPROMISED: Action.COMPROMISED,
    }
)


def draft_item(
    tx: Session, framework: Framework, item: object, *, language: str, actor: Actor, now: datetime
) -> ItemVersion:
    """Draft one item, or the next version of one, from the shape it has in a bank file (``docs/formats.md``).

    Raises:
        DocumentRefused: with a pointer such as ``item#/key/0`` for every fault.
        NothingNew: the newest version says the same.
    """
    place = opened(item, "item#")
    versions, _ = take_in(tx, framework, place, [place], language=language, actor=actor, now=now)
    if not versions:
        message = f"the newest version of {place.value['code']} says exactly this; there is nothing to draft"
        raise NothingNew(message)
    _record(tx, actor, Action.DRAFTED, versions, now)
    return versions[0]


def submit_for_review(tx: Session, version: ItemVersion, *, actor: Actor, now: datetime) -> ItemVersion:
    """Hand a draft to review."""
    submit_all(tx, [version], actor=actor, now=now)
    return version


def submit_all(tx: Session, versions: Sequence[ItemVersion], *, actor: Actor, now: datetime) -> None:
    """Hand several drafts to review in one step."""
    _take(tx, versions, ItemState.IN_REVIEW, reason="", actor=actor, now=now)
    _record(tx, actor, Action.SUBMITTED, versions, now)


def review(
    tx: Session, version: ItemVersion, *, verdict: Verdict, reason: str, actor: Actor, now: datetime
) -> ItemVersion:
    """Approve a version in review, or return it to its author; see :func:`review_all`."""
    review_all(tx, [version], verdict=verdict, reason=reason, actor=actor, now=now)
    return version


def review_all(
    tx: Session, versions: Sequence[ItemVersion], *, verdict: Verdict, reason: str, actor: Actor, now: datetime
) -> None:
    """Give one verdict on several versions in review, as a committee does at the end of its meeting.

    Raises:
        OwnItem: the reviewer wrote one of them.
        ReasonMissing: the author could not work with a bare verdict.
    """
    reviewer = actor.person
    for version in versions:
        if version.author_id == reviewer:
            message = f"{version.item.code} must be reviewed by somebody else than its author"
            raise OwnItem(message)
    said = _said(reason)
    _take(tx, versions, _VERDICT_LEADS_TO[verdict], reason=said, actor=actor, now=now)
    tx.add_all(
        ItemReview(
            version_id=version.id,
            author_id=version.author_id,
            reviewer_id=reviewer,
            verdict=verdict.value,
            reason=said,
            at=now,
        )
        for version in versions
    )
    tx.flush()
    _record(tx, actor, Action.REVIEWED, versions, now, verdict=verdict.value)


def release(tx: Session, version: ItemVersion, *, actor: Actor, now: datetime) -> ItemVersion:
    """Make an approved or resting version live; the version of the item that was live rests in the same step."""
    release_all(tx, [version], actor=actor, now=now)
    return version


def release_all(tx: Session, versions: Sequence[ItemVersion], *, actor: Actor, now: datetime) -> None:
    """Make versions of several items live; see :func:`release`.

    Raises:
        SameItemTwice: two of them are versions of one item.
    """
    if len({version.item_id for version in versions}) < len(versions):
        message = "only one version of an item can be live; release one of each"
        raise SameItemTwice(message)
    _take(tx, versions, ItemState.LIVE, reason="", actor=actor, now=now)
    _record(tx, actor, Action.RELEASED, versions, now)


def move_item(
    tx: Session, version: ItemVersion, *, target: ItemState, reason: str, actor: Actor, now: datetime
) -> ItemVersion:
    """Rest, wake, retire or mark a version as compromised, for a reason that stays with it.

    Raises:
        IllegalMove: the version does not stand where this step begins, or the step needs a draft or a review.
        ReasonMissing: there is none.
    """
    if target not in _LATER_STEPS:
        message = f"an item becomes {target} by drafting and review; a move leads to {', '.join(_LATER_STEPS)}"
        raise IllegalMove(message)
    _take(tx, [version], target, reason=_said(reason), actor=actor, now=now)
    _record(tx, actor, _LATER_STEPS[target], [version], now)
    return version


def item_version_for(tx: Session, actor: Actor, version_id: uuid.UUID) -> ItemVersion:
    """Return an item version of the actor's organisation; NotFound to strangers."""
    version = tx.scalar(_whole_versions(actor).where(ItemVersion.id == version_id))
    if version is None:
        raise _no_such_version()
    return version


def items_page(tx: Session, actor: Actor, *, after: str, limit: int) -> list[ItemVersion]:
    """Return the newest version of each item whose code comes after the one given, in the order of codes."""
    sister = aliased(ItemVersion)
    newest = select(func.max(sister.number)).where(sister.item_id == ItemVersion.item_id).scalar_subquery()
    page = _whole_versions(actor).where(ItemVersion.number == newest, Item.code > after)
    return list(tx.scalars(page.order_by(Item.code).limit(limit)))


def _whole_versions(actor: Actor) -> Select[ItemVersion]:
    return (
        select(ItemVersion)
        .join(ItemVersion.item)
        .where(Item.organisation_id == actor.organisation_id)
        .options(contains_eager(ItemVersion.item), joinedload(ItemVersion.competence), joinedload(ItemVersion.standing))
    )


def _take(
    tx: Session, versions: Sequence[ItemVersion], target: ItemState, *, reason: str, actor: Actor, now: datetime
) -> None:
    """Take one step with each version; where they go live, what was live of the same items rests first.

    The resting is flushed before: at no moment may two versions of an item be live (a database constraint).
    """
    standings = _held_standings(tx, versions, actor)
    moving = {version.id for version in versions}
    if target is ItemState.LIVE:
        replaced = [s for s in standings if s.state == ItemState.LIVE and s.version_id not in moving]
        _step(tx, replaced, ItemState.RESTING, reason="another version was released", actor=actor, now=now)
    _step(tx, [s for s in standings if s.version_id in moving], target, reason=reason, actor=actor, now=now)


def _held_standings(tx: Session, versions: Sequence[ItemVersion], actor: Actor) -> list[Standing]:
    """Return the standings of all versions of these items, locked in one order so that two people cannot deadlock.

    Sister versions are locked too, so that of two releases of one item the second sees what the first left.
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
        raise _no_such_version()
    return standings


def _step(
    tx: Session, standings: Sequence[Standing], target: ItemState, *, reason: str, actor: Actor, now: datetime
) -> None:
    mover = actor.person
    for standing in standings:
        change = StandingChange(
            version_id=standing.version_id,
            from_state=standing.state,
            to_state=target.value,
            actor_id=mover,
            reason=reason,
            at=now,
        )
        standing.move(target, now)
        tx.add(change)
    tx.flush()


def _said(reason: str) -> str:
    if not reason.strip():
        message = "this step needs a reason that others can understand later"
        raise ReasonMissing(message, faults=[Fault("reason", "is empty")])
    return reason.strip()


def _record(
    tx: Session, actor: Actor, action: Action, versions: Sequence[ItemVersion], now: datetime, **details: str
) -> None:
    subject = f"item_version:{versions[0].id}" if len(versions) == 1 else f"item_bank:{actor.organisation_id}"
    record(tx, actor, action, subject, now, versions=[str(version.id) for version in versions], **details)


def _no_such_version() -> NotFound:
    return NotFound("there is no such item version")
