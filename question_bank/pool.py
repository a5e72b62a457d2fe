"""The pool: what a form may be assembled from now, read in two queries and named by a hash.

One rule: equal pools hash alike wherever they stand, because the hash knows codes and content, never row ids.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kernel.canonical import digest
from question_bank.competences import Area, Competence, Framework
from question_bank.items import EnemyPair, Item, ItemState, ItemVersion, Standing

Enemies = frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class PoolItem:
    """A live item version by its tags; the content stays in the bank."""

    version_id: uuid.UUID
    code: str
    content_hash: str
    area: str
    competence: str
    level: int
    kind: str
    expected_difficulty: Fraction
    expected_seconds: int


@dataclass(frozen=True, slots=True)
class Pool:
    """Live items in the order of their codes, the pairs of item codes that must not meet, and the hash of both."""

    items: tuple[PoolItem, ...]
    enemies: Enemies
    pool_hash: str


def live_pool(tx: Session, framework: Framework, organisation_id: uuid.UUID) -> Pool:
    """Return the live items of an organisation that measure competences of a framework."""
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
        )
        .join(Standing, Standing.version_id == ItemVersion.id)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Competence, Competence.id == ItemVersion.competence_id)
        .join(Area, Area.id == Competence.area_id)
        .where(
            Standing.state == ItemState.LIVE.value,
            Competence.framework_id == framework.id,
            Item.organisation_id == organisation_id,
        )
    )
    items = tuple(sorted((PoolItem(*row) for row in rows), key=lambda item: item.code))
    enemies = _enemies_among(tx, organisation_id, frozenset(item.code for item in items))
    return Pool(items, enemies, _pool_hash(items, enemies))


def _enemies_among(tx: Session, organisation_id: uuid.UUID, codes: frozenset[str]) -> Enemies:
    one, other = aliased(Item), aliased(Item)
    rows = tx.execute(
        select(one.code, other.code)
        .join(EnemyPair, EnemyPair.item_id == one.id)
        .join(other, other.id == EnemyPair.enemy_id)
        .where(one.organisation_id == organisation_id)
    )
    return frozenset(pair for pair in map(frozenset, rows) if pair <= codes)


def _pool_hash(items: tuple[PoolItem, ...], enemies: Enemies) -> str:
    return digest(
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
                ]
                for item in items
            ],
            "enemies": sorted(sorted(pair) for pair in enemies),
        }
    )
