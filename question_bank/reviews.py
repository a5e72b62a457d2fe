"""Reviews: verdicts on versions, and who may give them.

One rule: no version is approved by anybody who wrote it, or an earlier one of its item; the database holds it as well.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kernel.errors import Forbidden
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.items import ItemReview, ItemVersion


class OwnItem(Forbidden):
    """An author cannot be the second pair of eyes on their own item."""

    code = "own_item"


class Verdict(StrEnum):
    """What a reviewer finds."""

    APPROVED = "approved"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    """Still sound, of a version that was approved before."""


def verdicts(
    tx: Session,
    versions: Sequence[ItemVersion],
    verdict: Verdict,
    reason: str,
    review_again_at: datetime | None,
    *,
    actor: Actor,
    now: datetime,
) -> list[ItemReview]:
    """Return one verdict on each version, by somebody who may give it; the caller adds them.

    Raises:
        OwnItem: the reviewer wrote one of them, or approves where they wrote an earlier version.
    """
    reviewer = actor.person
    wrote = written_by(tx, versions, reviewer)
    for version in versions:
        if version.author_id == reviewer:
            message = say("%(code)s must be reviewed by somebody else than its author", code=version.item.code)
            raise OwnItem(message)
        if version.id in wrote and verdict is not Verdict.RETURNED:
            message = say(
                "%(code)s must be approved by somebody who wrote no earlier version of it", code=version.item.code
            )
            raise OwnItem(message)
    return [
        ItemReview(
            version_id=version.id,
            author_id=version.author_id,
            reviewer_id=reviewer,
            verdict=verdict.value,
            reason=reason,
            at=now,
            review_again_at=review_again_at,
        )
        for version in versions
    ]


def wrote_any(tx: Session, version: ItemVersion, person: uuid.UUID) -> bool:
    """Tell whether somebody wrote a version, or one before it, and so may not approve it."""
    return version.id in written_by(tx, [version], person)


def written_by(tx: Session, versions: Sequence[ItemVersion], person: uuid.UUID) -> frozenset[uuid.UUID]:
    """Return which of the versions, or which of those before them, somebody wrote."""
    earlier = aliased(ItemVersion)
    written = (
        select(ItemVersion.id)
        .join(earlier, (earlier.item_id == ItemVersion.item_id) & (earlier.number <= ItemVersion.number))
        .where(ItemVersion.item_id.in_({version.item_id for version in versions}), earlier.author_id == person)
    )
    return frozenset(tx.scalars(written))
