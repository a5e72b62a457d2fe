"""Intake: items from a document become drafts in the bank, all of them or none.

One rule: an item that says what its newest version says already makes no new one, so a bank can be taken in again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.permissions import Actor
from question_bank.competences import Framework, competence_ids, queue_imports
from question_bank.documents import Place
from question_bank.drafts import ItemDraft, read_drafts
from question_bank.items import (
    Edition,
    EnemyPair,
    Item,
    ItemState,
    ItemVersion,
    Standing,
    StandingChange,
    newest_editions,
)

Pair = tuple[uuid.UUID, uuid.UUID]


class Intake(NamedTuple):
    """What a document brought in: its new drafts in the document's order, and pairs of enemies not known before."""

    versions: list[ItemVersion]
    enemy_pairs: int


def take_in(
    tx: Session,
    framework: Framework,
    document: Place,
    places: Sequence[Place],
    *,
    language: str,
    actor: Actor,
    now: datetime,
) -> Intake:
    """Keep the items of a document as drafts by the actor; the caller records it.

    Enemies are only ever added: two items that gave each other away once stay apart.

    Raises:
        DocumentRefused: with every fault found, those noted before included.
        NotFound: the framework is another organisation's.
    """
    if framework.organisation_id != actor.organisation_id:
        message = f"there is no framework {framework.code!r}"
        raise NotFound(message)
    author = actor.person
    queue_imports(tx, framework.organisation_id)
    editions = newest_editions(tx, framework.organisation_id)
    drafts = read_drafts(
        places,
        language=language,
        framework_code=framework.code,
        competences=competence_ids(tx, framework),
        editions=editions,
    )
    document.settle()
    ids = {code: edition.item_id for code, edition in editions.items()}
    ids |= _add_items(tx, framework, [draft.code for draft in drafts if draft.code not in ids], now)
    versions = _add_versions(tx, drafts, ids=ids, editions=editions, author=author, now=now)
    pairs = {_pair(ids[draft.code], ids[enemy]) for draft in drafts for enemy in draft.enemies}
    return Intake(versions, _add_enemies(tx, framework.organisation_id, pairs))


def _add_items(tx: Session, framework: Framework, codes: Iterable[str], now: datetime) -> dict[str, uuid.UUID]:
    items = [
        Item(
            id=new_id(),
            organisation_id=framework.organisation_id,
            code=code,
            framework_id=framework.id,
            created_at=now,
        )
        for code in codes
    ]
    tx.add_all(items)
    tx.flush()
    return {item.code: item.id for item in items}


def _add_versions(
    tx: Session,
    drafts: Iterable[ItemDraft],
    *,
    ids: Mapping[str, uuid.UUID],
    editions: Mapping[str, Edition],
    author: uuid.UUID,
    now: datetime,
) -> list[ItemVersion]:
    versions = []
    for draft in drafts:
        newest = editions.get(draft.code)
        if newest is None or newest.tags != draft.tags:
            number = newest.number + 1 if newest else 1
            versions.append(_version(draft, ids[draft.code], number, author, now))
    tx.add_all(versions)
    tx.flush()
    for version in versions:
        tx.add_all(_beginning(version, now))
    tx.flush()
    return versions


def _version(draft: ItemDraft, item_id: uuid.UUID, number: int, author: uuid.UUID, now: datetime) -> ItemVersion:
    return ItemVersion(
        id=new_id(),
        item_id=item_id,
        number=number,
        kind=draft.kind,
        language=draft.language,
        competence_id=draft.competence_id,
        level=draft.level,
        cognitive=draft.cognitive,
        content=dict(draft.content),
        content_hash=draft.content_hash,
        expected_difficulty=draft.expected_difficulty,
        expected_seconds=draft.expected_seconds,
        author_id=author,
        created_at=now,
    )


def _beginning(version: ItemVersion, now: datetime) -> tuple[Standing, StandingChange]:
    state = ItemState.DRAFT.value
    return (
        Standing(version_id=version.id, item_id=version.item_id, state=state, since=now),
        StandingChange(
            version_id=version.id, from_state=None, to_state=state, actor_id=version.author_id, reason="", at=now
        ),
    )


def _add_enemies(tx: Session, organisation_id: uuid.UUID, pairs: set[Pair]) -> int:
    known = tx.execute(
        select(EnemyPair.item_id, EnemyPair.enemy_id)
        .join(Item, Item.id == EnemyPair.item_id)
        .where(Item.organisation_id == organisation_id)
    )
    fresh = pairs.difference(tuple(row) for row in known)
    tx.add_all(EnemyPair(item_id=first, enemy_id=second) for first, second in sorted(fresh))
    tx.flush()
    return len(fresh)


def _pair(one: uuid.UUID, other: uuid.UUID) -> Pair:
    return (one, other) if one < other else (other, one)
