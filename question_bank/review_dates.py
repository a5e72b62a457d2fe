"""Review dates: when a verdict is due, and when an approved version is looked at again.

One rule: a date is set with the step it belongs to and stays written there; the standing holds the one that counts now.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload

from kernel.errors import Fault, Invalid
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.items import ADMINISTERED, Item, ItemState, ItemVersion, Standing
from question_bank.steps import no_such_version

VERDICT_WITHIN = timedelta(days=14)
VERDICT_WITHIN_MAX = timedelta(days=366)
AGAIN_AFTER = timedelta(days=2 * 365)
AGAIN_AFTER_MAX = timedelta(days=10 * 366)
_WAITING = (ItemState.IN_REVIEW, *sorted(ADMINISTERED))


def verdict_due(wished: datetime | None, now: datetime) -> datetime:
    """Return when the verdict on what is handed in now is due: as wished, otherwise after two weeks.

    Raises:
        Invalid: it is not in the year to come.
    """
    return _within(wished or now + VERDICT_WITHIN, now, VERDICT_WITHIN_MAX, "due_at")


def next_review(wished: datetime | None, now: datetime) -> datetime:
    """Return when a version that is found sound now is looked at again: as wished, otherwise after two years.

    Raises:
        Invalid: it is not in the ten years to come.
    """
    return _within(wished or now + AGAIN_AFTER, now, AGAIN_AFTER_MAX, "review_again_at")


def reviews_due(
    tx: Session,
    actor: Actor,
    *,
    now: datetime,
    within: timedelta = timedelta(),
    after: uuid.UUID | None = None,
    limit: int | None = None,
) -> Sequence[ItemVersion]:
    """Return the versions that somebody must look at by ``now + within``, the longest overdue first.

    They wait for a verdict, or are live or piloted and to be looked at again. What rests is looked at when it wakes.
    """
    found = (
        select(ItemVersion)
        .join(ItemVersion.item)
        .join(ItemVersion.standing)
        .where(
            Item.organisation_id == actor.organisation_id,
            Standing.state.in_(_WAITING),
            Standing.due_at <= now + within,
        )
        .options(
            contains_eager(ItemVersion.item), contains_eager(ItemVersion.standing), joinedload(ItemVersion.competence)
        )
    )
    if after is not None:
        found = found.where(tuple_(Standing.due_at, Standing.version_id) > _place(tx, actor, after))
    return tx.scalars(found.order_by(Standing.due_at, Standing.version_id).limit(limit)).all()


def _place(tx: Session, actor: Actor, version_id: uuid.UUID) -> tuple[datetime, uuid.UUID]:
    place = tx.execute(
        select(Standing.due_at, Standing.version_id)
        .join(Item, Item.id == Standing.item_id)
        .where(Standing.version_id == version_id, Item.organisation_id == actor.organisation_id)
    ).one_or_none()
    if place is None or place.due_at is None:
        raise no_such_version()
    return place.due_at, place.version_id


def _within(moment: datetime, now: datetime, longest: timedelta, place: str) -> datetime:
    if moment.tzinfo is None:
        fault = say("the moment needs a UTC offset, such as 2026-11-22T09:00:00+02:00")
    elif not now < moment <= now + longest:
        fault = say("the moment lies ahead, and at most %(days)s days, please", days=longest.days)
    else:
        return moment
    message = say("the date of a review cannot be like this")
    raise Invalid(message, faults=[Fault(place, fault)])
