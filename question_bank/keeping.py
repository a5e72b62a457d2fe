"""Keeping: what an author has written becomes a draft, unless somebody was faster.

One rule: a draft is kept on the version its author has seen. Where there is a newer one, the author decides, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, contains_eager

from kernel.errors import Conflict
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.authoring import draft_item
from question_bank.competences import Framework, queue_imports
from question_bank.items import Item, ItemState, ItemVersion, Standing


class NewerVersion(Conflict):
    """Somebody has written a version of this item that the author has not seen."""

    code = "newer_version"


def keep_draft(
    tx: Session,
    framework: Framework,
    item: object,
    *,
    language: str,
    based_on: int | None,
    actor: Actor,
    now: datetime,
) -> ItemVersion:
    """Keep an item, or the next version of one, as a draft; see :func:`question_bank.authoring.draft_item`.

    Args:
        based_on: the number of the version it was written from; None for a new item.

    Raises:
        NewerVersion: there is another newest version, translations aside, or a new item's code is taken; ``newest`` is its number.
        DocumentRefused: with a pointer such as ``item#/key/0`` for every fault.
        NothingNew: the newest version says the same.
    """
    queue_imports(tx, actor.organisation_id)
    code = item.get("code") if isinstance(item, dict) else None
    newest = _newest_number(tx, actor, code) if isinstance(code, str) else None
    if newest is not None and newest != based_on:
        seen = "a new item" if based_on is None else f"version {based_on}"
        message = say(
            "%(code)s has a version %(newest)s, and this was written as %(seen)s; look at both and decide",
            code=code,
            newest=newest,
            seen=seen,
        )
        raise NewerVersion(message, item=code, newest=newest)
    return draft_item(tx, framework, item, language=language, actor=actor, now=now)


def own_drafts(tx: Session, actor: Actor, *, limit: int) -> Sequence[ItemVersion]:
    """Return the drafts that the actor wrote and nobody has written on since, the newest first."""
    later = aliased(ItemVersion)
    alike = (later.item_id == ItemVersion.item_id) & (later.language == ItemVersion.language)
    newest = select(func.max(later.number)).where(alike).scalar_subquery()
    found = (
        select(ItemVersion)
        .join(ItemVersion.item)
        .join(ItemVersion.standing)
        .where(
            Item.organisation_id == actor.organisation_id,
            ItemVersion.author_id == actor.person,
            ItemVersion.number == newest,
            Standing.state == ItemState.DRAFT,
        )
        .options(contains_eager(ItemVersion.item), contains_eager(ItemVersion.standing))
    )
    return tx.scalars(
        found.order_by(ItemVersion.created_at.desc(), ItemVersion.number.desc(), ItemVersion.id).limit(limit)
    ).all()


def framework_of_item(tx: Session, item: Item) -> Framework:
    """Return the framework version that an item was first written for."""
    return tx.get_one(Framework, item.framework_id)


def _newest_number(tx: Session, actor: Actor, code: str) -> int | None:
    return tx.scalar(
        select(func.max(ItemVersion.number))
        .join(ItemVersion.item)
        .where(Item.organisation_id == actor.organisation_id, Item.code == code, ItemVersion.original_id.is_(None))
    )
