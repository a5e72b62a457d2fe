"""Sketches: what each version asks, in numbers that an index finds, so that a question asked twice is noticed.

One rule: every version has its sketch from the moment it is written; a text without words has none.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Uuid, func, insert, select, union_all
from sqlalchemy.orm import Session, contains_eager

from kernel.db import Base, table_facts
from kernel.permissions import Actor
from question_bank.items import Item, ItemState, ItemVersion, Standing
from question_bank.likeness import BANDS, asked_in, bands_of, likeness, shingles_of

ALIKE: Final = Fraction(3, 5)
"""From here on two questions are called nearly the same."""
CANDIDATES_MAX: Final = 60
OF_A_BAND_MAX: Final = 200
SHOWN_MAX: Final = 5


SKETCHES: Final = Table(
    "item_sketches",
    Base.metadata,
    Column("version_id", Uuid(), ForeignKey("item_versions.id"), primary_key=True),
    *(Column(f"band_{number}", BigInteger, nullable=False, index=True) for number in range(BANDS)),
    info=table_facts(pii={}, unowned="it is part of an item, which carries the organisation")["info"],
)
"""The sketch of each version, a number for each band. It follows from the content and can be worked out again."""
_BANDS: Final = [SKETCHES.c[f"band_{number}"] for number in range(BANDS)]


@dataclass(frozen=True, slots=True)
class Like:
    """A version that asks nearly the same, and how nearly (0 to 1)."""

    version: ItemVersion
    share: Fraction


def sketch_all(tx: Session, contents: Mapping[uuid.UUID, Mapping[str, Any]]) -> None:
    """Keep the sketches of new versions, given their contents by their identifiers."""
    sketches = ((version_id, bands_of(shingles_of(asked_in(content)))) for version_id, content in contents.items())
    rows = [{"version_id": id_} | _by_column(bands) for id_, bands in sketches if bands]
    if rows:
        tx.execute(insert(SKETCHES), rows)


def like_in_bank(tx: Session, actor: Actor, content: Mapping[str, Any], *, besides: str) -> list[Like]:
    """Return the items of the actor's organisation that ask nearly the same, the likest first.

    Items out of use are passed over; of each other item the likest version is named.

    Args:
        content: of an item, finished or not.
        besides: the code of the item itself.
    """
    shingles = shingles_of(asked_in(content))
    bands = bands_of(shingles)
    if not bands:
        return []
    likest: dict[uuid.UUID, Like] = {}
    for version in _met(tx, bands, actor, besides):
        share = likeness(shingles, shingles_of(asked_in(version.content)))
        known = likest.get(version.item_id)
        if share >= ALIKE and (known is None or share > known.share):
            likest[version.item_id] = Like(version, share)
    return sorted(likest.values(), key=lambda like: (-like.share, like.version.item.code))[:SHOWN_MAX]


def _met(tx: Session, bands: list[int], actor: Actor, besides: str) -> list[ItemVersion]:
    # Of each band so many are looked at, whatever a bank repeats: who asks the same meets in all of them, and in one
    # that is not crowded.
    meeting = [
        select(select(SKETCHES.c.version_id).where(column == band).limit(OF_A_BAND_MAX).subquery().c.version_id)
        for column, band in zip(_BANDS, bands, strict=True)
    ]
    each = union_all(*meeting).subquery()
    met = select(each.c.version_id, func.count().label("shared")).group_by(each.c.version_id).subquery()
    found = (
        select(ItemVersion)
        .join(met, met.c.version_id == ItemVersion.id)
        .join(ItemVersion.item)
        .join(Standing, Standing.version_id == ItemVersion.id)
        .where(
            Item.organisation_id == actor.organisation_id,
            Item.code != besides,
            Standing.state.not_in((ItemState.RETIRED, ItemState.COMPROMISED)),
        )
        .options(contains_eager(ItemVersion.item))
        .order_by(met.c.shared.desc(), ItemVersion.id)
        .limit(CANDIDATES_MAX)
    )
    return list(tx.scalars(found))


def _by_column(bands: list[int]) -> dict[str, int]:
    return {f"band_{number}": band for number, band in enumerate(bands)}
