"""Carrying: live items follow to another version of their framework as drafts, to be reviewed on the new ground.

One rule: nothing counts for a competence that nobody has looked at it for. A code that stayed is a reason to propose,
not to conclude.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager

from kernel.audit import record
from kernel.errors import Invalid, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.competences import Competence, Framework, competence_ids, queue_imports
from question_bank.drafts import ItemDraft
from question_bank.intake import add_versions, versions_named
from question_bank.items import Item, ItemState, ItemVersion, Standing, newest_editions


class Action(StrEnum):
    """What carrying leaves in the audit log: one entry, naming every draft it made."""

    CARRIED = "item_bank.carry"


class Carried(NamedTuple):
    """The drafts that were made, and the live items that could not follow, each with the code of its competence."""

    versions: list[ItemVersion]
    left: list[tuple[str, str]]


class Prospect(NamedTuple):
    """What carrying would draft and leave behind, by codes of items and competences, and how many have followed."""

    able: list[tuple[str, str]]
    left: list[tuple[str, str]]
    followed: int


def prospect_of(tx: Session, source: Framework, target: Framework) -> Prospect:
    """Return which items that are live on one framework version would follow to another; nothing is changed."""
    followed, competences = _items_on(tx, target), competence_ids(tx, target)
    rows = tx.execute(_live(Item.id, Item.code, Competence.code).where(Competence.framework_id == source.id))
    found = [(item, competence, item_id in followed) for item_id, item, competence in rows]
    live = [(item, competence) for item, competence, has_followed in found if not has_followed]
    return Prospect(
        [(item, competence) for item, competence in live if competence in competences],
        [(item, competence) for item, competence in live if competence not in competences],
        len(found) - len(live),
    )


def carry_items(tx: Session, source: Framework, target: Framework, *, actor: Actor, now: datetime) -> Carried:
    """Draft the next version of every item that is live on one framework version, saying the same on another.

    Items that have a version on the target are passed over, so carrying twice changes nothing. The old versions stay
    live until the new ones are released; translations are made anew from these.

    Raises:
        NotFound: either framework is another organisation's.
        Invalid: they are not two versions of one framework.
    """
    if {source.organisation_id, target.organisation_id} != {actor.organisation_id}:
        message = say("there is no such framework")
        raise NotFound(message)
    if source.code != target.code or source.id == target.id:
        message = say("items follow from one version of a framework to another one of the same code")
        raise Invalid(message)
    author = actor.person
    queue_imports(tx, actor.organisation_id)
    competences = competence_ids(tx, target)
    followed = _items_on(tx, target)
    live = [version for version in _live_on(tx, source) if version.item_id not in followed]
    drafts = [_draft_of(version, competences) for version in live if version.competence.code in competences]
    editions = newest_editions(tx, actor.organisation_id, [draft.code for draft in drafts])
    ids = {version.item.code: version.item_id for version in live}
    made = add_versions(
        tx, drafts, organisation_id=actor.organisation_id, ids=ids, editions=editions, author=author, now=now
    )
    if made:
        named = [str(version_id) for version_id in made]
        record(tx, actor, Action.CARRIED, f"framework:{target.id}", now, source=str(source.id), versions=named)
    left = [(v.item.code, v.competence.code) for v in live if v.competence.code not in competences]
    return Carried(versions_named(tx, made), left)


def _live_on(tx: Session, framework: Framework) -> list[ItemVersion]:
    return list(
        tx.scalars(
            _live(ItemVersion)
            .where(Competence.framework_id == framework.id)
            .options(contains_eager(ItemVersion.item), contains_eager(ItemVersion.competence))
        )
    )


def _live(*what: Any) -> Select[Any]:  # noqa: ANN401 - columns or a model
    return (
        select(*what)
        .select_from(ItemVersion)
        .join(ItemVersion.competence)
        .join(ItemVersion.item)
        .join(Standing, Standing.version_id == ItemVersion.id)
        .where(Standing.state == ItemState.LIVE.value, ItemVersion.original_id.is_(None))
        .order_by(Item.code)
    )


def _items_on(tx: Session, framework: Framework) -> set[uuid.UUID]:
    return set(
        tx.scalars(
            select(ItemVersion.item_id)
            .join(Competence, Competence.id == ItemVersion.competence_id)
            .where(Competence.framework_id == framework.id)
        )
    )


def _draft_of(version: ItemVersion, competences: dict[str, uuid.UUID]) -> ItemDraft:
    return ItemDraft(
        code=version.item.code,
        kind=version.kind,
        language=version.language,
        competence_id=competences[version.competence.code],
        level=version.level,
        cognitive=version.cognitive,
        expected_difficulty=version.expected_difficulty,
        expected_seconds=version.expected_seconds,
        enemies=(),
        content=version.content,
    )
