"""Intake: items from a document become drafts in the bank, all of them or none.

One rule: an item that says what its newest version says already makes no new one, so a bank can be taken in again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.db import add_rows, portions
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.catalogue import enter
from question_bank.competences import Framework, competence_ids, queue_imports
from question_bank.documents import Place
from question_bank.drafts import ItemDraft, codes_named, read_drafts
from question_bank.item_kinds.stimulus import set_code_of
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
from question_bank.media import Medium, Reference, StoredFile, fault_of, link_media, media_named, references_in
from question_bank.sketches import sketch_all

Pair = tuple[uuid.UUID, uuid.UUID]
VersionRow = dict[str, Any]
"""The columns of an :class:`~question_bank.items.ItemVersion`."""


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
        message = say("there is no framework %(code)r", code=framework.code)
        raise NotFound(message)
    author = actor.person
    queue_imports(tx, framework.organisation_id)
    editions = newest_editions(tx, framework.organisation_id, codes_named(place.value for place in places))
    drafts = read_drafts(
        places,
        language=language,
        framework_code=framework.code,
        competences=competence_ids(tx, framework),
        editions=editions,
    )
    references = [list(references_in(draft.content)) for draft in drafts]
    read_media(tx, framework.organisation_id, places, references)
    document.settle()
    made = keep_drafts(tx, framework, drafts, editions=editions, author=author, now=now)
    pairs = add_enemies(tx, framework.organisation_id, {draft.code: draft.enemies for draft in drafts})
    return Intake(versions_named(tx, made), pairs)


def keep_drafts(
    tx: Session,
    framework: Framework,
    drafts: Sequence[ItemDraft],
    *,
    editions: Mapping[str, Edition],
    author: uuid.UUID,
    now: datetime,
) -> list[uuid.UUID]:
    """Keep drafts without faults, those of new items too; their enemies follow (:func:`add_enemies`).

    Args:
        editions: of those that are items already.

    Returns:
        The identifiers of the new versions; nothing of them stays in memory.
    """
    ids = {code: edition.item_id for code, edition in editions.items()}
    ids |= _add_items(tx, framework, [draft.code for draft in drafts if draft.code not in ids], now)
    return add_versions(
        tx, drafts, organisation_id=framework.organisation_id, ids=ids, editions=editions, author=author, now=now
    )


def read_media(
    tx: Session,
    organisation_id: uuid.UUID,
    places: Sequence[Place],
    references: Sequence[Sequence[Reference]],
    coming: Mapping[str, StoredFile] = MappingProxyType({}),
) -> None:
    """Note a fault wherever an item names a medium that it cannot name like this.

    Args:
        coming: files that come with the items, by hash.
    """
    there = media_named(tx, organisation_id, {found.sha256 for named in references for found in named})
    media: dict[str, Medium | StoredFile] = {**coming, **there}
    for place, named in zip(places, references, strict=True):
        for reference in named:
            if (fault := fault_of(reference, media)) is not None:
                place.refuse(fault, below=reference.pointer)


def _add_items(tx: Session, framework: Framework, codes: Iterable[str], now: datetime) -> dict[str, uuid.UUID]:
    facts = {"organisation_id": framework.organisation_id, "framework_id": framework.id, "created_at": now}
    ids = {code: new_id() for code in codes}
    add_rows(tx, Item, [{"id": id_, "code": code, **facts} for code, id_ in ids.items()])
    return ids


def add_versions(
    tx: Session,
    drafts: Iterable[ItemDraft],
    *,
    organisation_id: uuid.UUID,
    ids: Mapping[str, uuid.UUID],
    editions: Mapping[str, Edition],
    author: uuid.UUID,
    now: datetime,
) -> list[uuid.UUID]:
    """Keep drafts as the next versions of their items, where they say what the newest version does not."""
    versions = []
    for draft in drafts:
        newest = editions.get(draft.code)
        if newest is None or newest.tags != draft.tags:
            number = newest.number + 1 if newest else 1
            versions.append(_version(draft, ids[draft.code], number, author, now))
    for some in portions(versions):
        begin(tx, some, organisation_id=organisation_id)
    return [version["id"] for version in versions]


def versions_named(tx: Session, ids: Sequence[uuid.UUID]) -> list[ItemVersion]:
    """Return versions by their identifiers, in this order."""
    found = select(ItemVersion).where
    versions = {
        version.id: version for some in portions(ids) for version in tx.scalars(found(ItemVersion.id.in_(some)))
    }
    return [versions[id_] for id_ in ids]


def begin(tx: Session, versions: Sequence[VersionRow], *, organisation_id: uuid.UUID) -> None:
    """Add new versions and let them begin their life, as drafts that name their media and can be found."""
    contents = {version["id"]: version["content"] for version in versions}
    add_rows(tx, ItemVersion, versions)
    add_rows(tx, Standing, [_standing(version) for version in versions])
    add_rows(tx, StandingChange, [_first_step(version) for version in versions])
    link_media(tx, organisation_id, contents)
    sketch_all(tx, contents)
    enter(tx, (version["item_id"] for version in versions))


def _version(draft: ItemDraft, item_id: uuid.UUID, number: int, author: uuid.UUID, now: datetime) -> VersionRow:
    return {
        "id": new_id(),
        "item_id": item_id,
        "number": number,
        "original_id": None,
        "kind": draft.kind,
        "language": draft.language,
        "competence_id": draft.competence_id,
        "level": draft.level,
        "cognitive": draft.cognitive,
        "content": dict(draft.content),
        "set_code": set_code_of(draft.content),
        "content_hash": draft.content_hash,
        "expected_difficulty": draft.expected_difficulty,
        "expected_seconds": draft.expected_seconds,
        "author_id": author,
        "created_at": now,
    }


def _standing(version: VersionRow) -> dict[str, Any]:
    return {
        "version_id": version["id"],
        "item_id": version["item_id"],
        "language": version["language"],
        "state": ItemState.DRAFT.value,
        "since": version["created_at"],
        "due_at": None,
    }


def _first_step(version: VersionRow) -> dict[str, Any]:
    return {
        "version_id": version["id"],
        "from_state": None,
        "to_state": ItemState.DRAFT.value,
        "actor_id": version["author_id"],
        "reason": "",
        "at": version["created_at"],
        "due_at": None,
    }


def add_enemies(tx: Session, organisation_id: uuid.UUID, enemies: Mapping[str, Iterable[str]]) -> int:
    """Keep which items give each other away, by their codes, and return how many pairs were not known before."""
    codes = {code for one, others in enemies.items() for code in (one, *others) if others}
    items = select(Item.code, Item.id).where(Item.organisation_id == organisation_id)
    ids = {row.code: row.id for some in portions(codes) for row in tx.execute(items.where(Item.code.in_(some)))}
    pairs = {_pair(ids[one], ids[other]) for one, others in enemies.items() for other in others}
    known = select(EnemyPair.item_id, EnemyPair.enemy_id)
    for some in portions({one for one, _ in pairs}):
        pairs.difference_update((row[0], row[1]) for row in tx.execute(known.where(EnemyPair.item_id.in_(some))))
    add_rows(tx, EnemyPair, [{"item_id": one, "enemy_id": other} for one, other in sorted(pairs)])
    return len(pairs)


def _pair(one: uuid.UUID, other: uuid.UUID) -> Pair:
    return (one, other) if one < other else (other, one)
