"""Authoring: how an item version is drafted, handed in, and reviewed by a second person; what follows is administering.

One rule, two persons: nobody reviews what they wrote. It is checked here, and the database refuses it as well.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from kernel.canonical import digest, iso
from kernel.errors import Conflict, IllegalMove
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.administering import SameItemTwice, move_item, move_items, pilot, pilot_all, release, release_all
from question_bank.competences import Framework
from question_bank.documents import opened
from question_bank.intake import take_in
from question_bank.items import ADMINISTERED, Item, ItemState, ItemVersion
from question_bank.review_dates import next_review, verdict_due
from question_bank.reviews import OwnItem, Verdict, verdicts
from question_bank.steps import Action, ReasonMissing, hold_standings, no_such_version, record_step, said, take_step

__all__ = [
    "Action",
    "NothingNew",
    "OwnItem",
    "ReasonMissing",
    "SameItemTwice",
    "Verdict",
    "confirm",
    "draft_item",
    "item_version_for",
    "move_item",
    "move_items",
    "pilot",
    "pilot_all",
    "release",
    "release_all",
    "review",
    "review_all",
    "submit_all",
    "submit_for_review",
    "version_numbered",
    "versions_of",
    "withdraw_all",
]


class NothingNew(Conflict):
    """The newest version of the item says exactly this already."""

    code = "nothing_new"


_VERDICT_LEADS_TO: Mapping[Verdict, ItemState] = MappingProxyType(
    {Verdict.APPROVED: ItemState.APPROVED, Verdict.RETURNED: ItemState.DRAFT}
)
_APPROVED = ADMINISTERED | {ItemState.APPROVED, ItemState.RESTING}


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
        message = say(
            "the newest version of %(code)s says exactly this; there is nothing to draft", code=place.value["code"]
        )
        raise NothingNew(message)
    record_step(tx, actor, Action.DRAFTED, versions, now)
    return versions[0]


def submit_for_review(
    tx: Session, version: ItemVersion, *, due_at: datetime | None = None, actor: Actor, now: datetime
) -> ItemVersion:
    """Hand a draft to review; see :func:`submit_all`."""
    submit_all(tx, [version], due_at=due_at, actor=actor, now=now)
    return version


def submit_all(
    tx: Session, versions: Sequence[ItemVersion], *, due_at: datetime | None = None, actor: Actor, now: datetime
) -> None:
    """Hand several drafts to review in one step.

    Args:
        due_at: when the verdict is due; see :func:`question_bank.review_dates.verdict_due`.
    """
    due = verdict_due(due_at, now)
    take_step(tx, versions, ItemState.IN_REVIEW, due_at=due, actor=actor, now=now)
    record_step(tx, actor, Action.SUBMITTED, versions, now, due_at=iso(due))


def withdraw_all(tx: Session, versions: Sequence[ItemVersion], *, reason: str, actor: Actor, now: datetime) -> None:
    """Take versions out of review again before there is a verdict: they are drafts once more.

    Raises:
        IllegalMove: one of them is not in review.
        ReasonMissing: there is none.
    """
    take_step(tx, versions, ItemState.DRAFT, reason=said(reason), actor=actor, now=now)
    record_step(tx, actor, Action.WITHDRAWN, versions, now)


def review(
    tx: Session,
    version: ItemVersion,
    *,
    verdict: Verdict,
    reason: str,
    review_again_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> ItemVersion:
    """Approve a version in review, or return it to its author; see :func:`review_all`."""
    review_all(tx, [version], verdict=verdict, reason=reason, review_again_at=review_again_at, actor=actor, now=now)
    return version


def review_all(
    tx: Session,
    versions: Sequence[ItemVersion],
    *,
    verdict: Verdict,
    reason: str,
    review_again_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Give one verdict on several versions in review, as a committee does at the end of its meeting.

    Args:
        review_again_at: when approved versions are looked at again; see
            :func:`question_bank.review_dates.next_review`.

    Raises:
        OwnItem: the reviewer wrote one of them, or approves where they wrote an earlier version.
        ReasonMissing: the author could not work with a bare verdict.
        IllegalMove: they are not in review; or confirmed, which is said of what was approved before.
    """
    if verdict not in _VERDICT_LEADS_TO:
        message = say(
            "a version in review is %(names)s; it is %(verdict)s after that",
            names=" or ".join(_VERDICT_LEADS_TO),
            verdict=verdict,
        )
        raise IllegalMove(message)
    approves = verdict is Verdict.APPROVED
    again = next_review(review_again_at, now) if approves else None
    reviews = verdicts(tx, versions, verdict, said(reason), again, actor=actor, now=now)
    target = _VERDICT_LEADS_TO[verdict]
    take_step(tx, versions, target, reason=said(reason), due_at=again, reviews=reviews, actor=actor, now=now)
    dates = {"review_again_at": iso(again)} if again else {}
    record_step(tx, actor, Action.REVIEWED, versions, now, verdict=verdict.value, **dates)


def confirm(
    tx: Session,
    version: ItemVersion,
    *,
    reason: str,
    review_again_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> ItemVersion:
    """Find an approved version still sound, and say when it is looked at again. It stays where it stands.

    What is sound no more is rested or retired by whoever releases.

    Raises:
        OwnItem: the reviewer wrote this version, or an earlier one.
        IllegalMove: it is not approved, or out of use for good.
        ReasonMissing: there is none.
    """
    words, again = said(reason), next_review(review_again_at, now)
    (standing,) = (held for held in hold_standings(tx, [version], actor) if held.version_id == version.id)
    if standing.state not in _APPROVED:
        message = say(
            "the item version is %(state)s; what is confirmed was approved before, and may still be used",
            state=say(standing.state),
        )
        raise IllegalMove(message, state=standing.state)
    (kept,) = verdicts(tx, [version], Verdict.CONFIRMED, words, again, actor=actor, now=now)
    tx.add(kept)
    standing.due_at = again
    tx.flush()
    told = {"review": str(kept.id), "review_again_at": iso(again), "reason_hash": digest(words)}
    record_step(tx, actor, Action.CONFIRMED, [version], now, **told)
    return version


def item_version_for(tx: Session, actor: Actor, version_id: uuid.UUID) -> ItemVersion:
    """Return an item version of the actor's organisation; NotFound to strangers."""
    version = tx.scalar(versions_of(actor).where(ItemVersion.id == version_id))
    if version is None:
        raise no_such_version()
    return version


def version_numbered(tx: Session, actor: Actor, item: Item, number: int) -> ItemVersion:
    """Return one version of an item of the actor's organisation by its number; NotFound to strangers."""
    version = tx.scalar(versions_of(actor).where(Item.id == item.id, ItemVersion.number == number))
    if version is None:
        raise no_such_version()
    return version


def versions_of(actor: Actor) -> Select[ItemVersion]:
    """Select the versions of an organisation's items with what tells of them everywhere: item, competence, standing."""
    return (
        select(ItemVersion)
        .join(ItemVersion.item)
        .where(Item.organisation_id == actor.organisation_id)
        .options(contains_eager(ItemVersion.item), joinedload(ItemVersion.competence), joinedload(ItemVersion.standing))
    )
