"""Administering: how an approved item version is piloted, released, rested and taken out of use.

One rule: at most one version of an item in a language is live, and one piloted; what stood there before rests in the same step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from kernel.errors import Conflict, IllegalMove
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.items import ItemState, ItemVersion
from question_bank.sets import refuse_torn_sets
from question_bank.steps import Action, record_step, said, take_step


class SameItemTwice(Conflict):
    """Two versions of one item cannot go live together."""

    code = "same_item_twice"


_LATER_STEPS: Mapping[ItemState, Action] = MappingProxyType(
    {
        ItemState.PILOT: Action.PILOTED,
        ItemState.RESTING: Action.RESTED,
        ItemState.LIVE: Action.RELEASED,
        ItemState.RETIRED: Action.RETIRED,
        ItemState.COMPROMISED: Action.COMPROMISED,
    }
)


def pilot(tx: Session, version: ItemVersion, *, actor: Actor, now: datetime) -> ItemVersion:
    """Have an approved or resting version administered without counting, beside the live version of its item.

    A version of the item that was piloted before rests in the same step.
    """
    pilot_all(tx, [version], actor=actor, now=now)
    return version


def pilot_all(tx: Session, versions: Sequence[ItemVersion], *, actor: Actor, now: datetime) -> None:
    """Pilot versions of several items; see :func:`pilot`.

    Raises:
        SameItemTwice: two of them are versions of one item.
    """
    _administer(tx, versions, ItemState.PILOT, actor=actor, now=now)


def release(tx: Session, version: ItemVersion, *, actor: Actor, now: datetime) -> ItemVersion:
    """Make an approved, piloted or resting version live; the version that was live rests in the same step."""
    release_all(tx, [version], actor=actor, now=now)
    return version


def release_all(tx: Session, versions: Sequence[ItemVersion], *, actor: Actor, now: datetime) -> None:
    """Make versions of several items live; see :func:`release`.

    Raises:
        SameItemTwice: two of them are versions of one item.
    """
    _administer(tx, versions, ItemState.LIVE, actor=actor, now=now)


def move_item(
    tx: Session, version: ItemVersion, *, target: ItemState, reason: str, actor: Actor, now: datetime
) -> ItemVersion:
    """Rest, wake, pilot, retire or mark a version as compromised; see :func:`move_items`."""
    move_items(tx, [version], target=target, reason=reason, actor=actor, now=now)
    return version


def move_items(
    tx: Session, versions: Sequence[ItemVersion], *, target: ItemState, reason: str, actor: Actor, now: datetime
) -> None:
    """Take a later step with several versions, for a reason that stays with each.

    Raises:
        IllegalMove: one of them does not stand where this step begins, or the step needs a draft or a review.
        ReasonMissing: there is none.
    """
    if target not in _LATER_STEPS:
        message = say(
            "an item becomes %(target)s by drafting and review; a move leads to %(names)s",
            target=say(target),
            names=", ".join(_LATER_STEPS),
        )
        raise IllegalMove(message)
    if target is ItemState.LIVE:
        refuse_torn_sets(tx, versions)
    moved = take_step(tx, versions, target, reason=said(reason), actor=actor, now=now)
    record_step(tx, actor, _LATER_STEPS[target], versions, now, moved)


def _administer(
    tx: Session, versions: Sequence[ItemVersion], target: ItemState, *, actor: Actor, now: datetime
) -> None:
    if len({(version.item_id, version.language) for version in versions}) < len(versions):
        message = say(
            "only one version of an item in a language can be %(target)s; take one of each", target=say(target)
        )
        raise SameItemTwice(message)
    if target is ItemState.LIVE:
        refuse_torn_sets(tx, versions)
    moved = take_step(tx, versions, target, actor=actor, now=now)
    record_step(tx, actor, _LATER_STEPS[target], versions, now, moved)
