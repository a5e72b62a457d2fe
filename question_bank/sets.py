"""Sets: items about one stimulus, which go live together and are asked together.

One rule: all that is live of a set has the same stimulus, in each language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, joinedload

from kernel.canonical import digest
from kernel.errors import Conflict, Fault
from kernel.sentences import say
from question_bank.item_kinds.stimulus import MEMBER
from question_bank.items import Item, ItemState, ItemVersion, Standing


class TornSet(Conflict):
    """Items of one set would be live with different stimuli."""

    code = "torn_set"


@dataclass(frozen=True, slots=True)
class Sister:
    """Another item of a set, as it was last written in the same language."""

    version: ItemVersion
    is_about_the_same: bool
    """Whether it has the same stimulus: only then can both be live."""


def refuse_torn_sets(tx: Session, versions: Sequence[ItemVersion]) -> None:
    """Raise TornSet unless all that is live of a set, these versions among it, has one stimulus in a language."""
    told: dict[tuple[str, str], ItemVersion] = {}
    faults = []
    for version in (*_live_sisters(tx, versions), *(version for version in versions if version.set_code)):
        first = told.setdefault((str(version.set_code), version.language), version)
        if digest(first.content[MEMBER]) != digest(version.content[MEMBER]):
            message = say(
                "has another stimulus than %(code)s, which is of the same set, %(set_code)s",
                code=first.item.code,
                set_code=version.set_code,
            )
            faults.append(Fault(f"items/{version.item.code}", message))
    if faults:
        message = say("the items of a set go live with one stimulus; release all of them together")
        raise TornSet(message, faults=faults)


def _live_sisters(tx: Session, versions: Sequence[ItemVersion]) -> list[ItemVersion]:
    """Return what is live of the sets of these versions, but for the items that are being released."""
    codes = {version.set_code for version in versions if version.set_code}
    if not codes:
        return []
    organisation_id = versions[0].item.organisation_id
    moving = {(version.item_id, version.language) for version in versions}
    rows = (
        select(ItemVersion)
        .join(ItemVersion.item)
        .join(Standing, Standing.version_id == ItemVersion.id)
        .where(
            Item.organisation_id == organisation_id,
            ItemVersion.set_code.in_(codes),
            Standing.state == ItemState.LIVE.value,
        )
        .options(joinedload(ItemVersion.item))
        .order_by(Item.code)
    )
    return [version for version in tx.scalars(rows) if (version.item_id, version.language) not in moving]


def sisters_of(tx: Session, version: ItemVersion) -> list[Sister]:
    """Return the other items of a version's set in the order of their codes; none where it belongs to no set."""
    if version.set_code is None:
        return []
    later = aliased(ItemVersion)
    overtaken = select(later.id).where(
        later.item_id == ItemVersion.item_id,
        later.language == ItemVersion.language,
        later.number > ItemVersion.number,
    )
    rows = (
        select(ItemVersion)
        .join(ItemVersion.item)
        .where(
            Item.organisation_id == version.item.organisation_id,
            ItemVersion.set_code == version.set_code,
            ItemVersion.language == version.language,
            ItemVersion.item_id != version.item_id,
            ~overtaken.exists(),
        )
        .options(joinedload(ItemVersion.item), joinedload(ItemVersion.standing))
        .order_by(Item.code)
    )
    name = digest(version.content[MEMBER])
    return [Sister(found, digest(found.content[MEMBER]) == name) for found in tx.scalars(rows)]
