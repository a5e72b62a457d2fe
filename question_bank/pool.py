"""The pool: what a form may be assembled from now, read in two queries and named by a hash.

One rule: equal pools hash alike wherever they stand, because the hash knows codes and content, never row ids.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kernel.canonical import digest
from question_bank.competences import Area, Competence, Framework
from question_bank.item_kinds import MARKED_BY_PEOPLE
from question_bank.items import EnemyPair, Item, ItemState, ItemVersion, Standing

Enemies = frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class PoolItem:
    """An item version by its tags; the content stays in the bank."""

    version_id: uuid.UUID
    code: str
    content_hash: str
    area: str
    competence: str
    level: int
    kind: str
    expected_difficulty: Fraction
    expected_seconds: int
    set_code: str | None = None
    """Items of one set are asked together or not at all."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Items in the order of their codes, the pairs of item codes that must not meet, and the hash of both."""

    items: tuple[PoolItem, ...]
    enemies: Enemies
    pool_hash: str


def live_pool(
    tx: Session, framework: Framework, organisation_id: uuid.UUID, *, admits_marked_by_people: bool = False
) -> Pool:
    """Return the live items of an organisation that measure competences of a framework: all that is scored.

    Args:
        admits_marked_by_people: whether somebody will mark; otherwise items that people mark are not in the pool, nor
            are the others of their sets, which are asked whole.
    """
    items = _items(tx, framework, organisation_id)
    if not admits_marked_by_people:
        items = _marked_without_people(items)
    codes = frozenset(item.code for item in items)
    return _pool(items, frozenset(pair for pair in _enemies(tx, organisation_id) if pair <= codes))


def _items(tx: Session, framework: Framework, organisation_id: uuid.UUID) -> tuple[PoolItem, ...]:
    rows = tx.execute(
        select(
            ItemVersion.id,
            Item.code,
            ItemVersion.content_hash,
            Area.code,
            Competence.code,
            ItemVersion.level,
            ItemVersion.kind,
            ItemVersion.expected_difficulty,
            ItemVersion.expected_seconds,
            ItemVersion.set_code,
        )
        .join(Standing, Standing.version_id == ItemVersion.id)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Competence, Competence.id == ItemVersion.competence_id)
        .join(Area, Area.id == Competence.area_id)
        .where(
            Standing.state == ItemState.LIVE.value,
            ItemVersion.original_id.is_(None),
            ItemVersion.language == framework.language,
            Competence.framework_id == framework.id,
            Item.organisation_id == organisation_id,
        )
    )
    return tuple(sorted((PoolItem(*tuple[Any, ...](row)) for row in rows), key=lambda item: item.code))


def _marked_without_people(items: tuple[PoolItem, ...]) -> tuple[PoolItem, ...]:
    left_out = {item.set_code for item in items if item.kind in MARKED_BY_PEOPLE} - {None}
    return tuple(item for item in items if item.kind not in MARKED_BY_PEOPLE and item.set_code not in left_out)


def _enemies(tx: Session, organisation_id: uuid.UUID) -> Enemies:
    one, other = aliased(Item), aliased(Item)
    rows = tx.execute(
        select(one.code, other.code)
        .join(EnemyPair, EnemyPair.item_id == one.id)
        .join(other, other.id == EnemyPair.enemy_id)
        .where(one.organisation_id == organisation_id)
    )
    return frozenset(map(frozenset, rows))


def _pool(items: tuple[PoolItem, ...], enemies: Enemies) -> Pool:
    pool_hash = digest(
        {
            "items": [
                [
                    item.code,
                    item.content_hash,
                    item.area,
                    item.competence,
                    item.level,
                    item.kind,
                    item.expected_difficulty,
                    item.expected_seconds,
                    *([item.set_code] if item.set_code else []),
                ]
                for item in items
            ],
            "enemies": sorted(sorted(pair) for pair in enemies),
        }
    )
    return Pool(items, enemies, pool_hash)
