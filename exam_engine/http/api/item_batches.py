"""Batches over the API: a step of many item versions seen beforehand, taken by all or none, and undone.

Only authors, reviewers and managers come here; which steps are theirs, the step itself says.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from exam_engine.http.api.searching import Facets
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from kernel.permissions import Actor, Permission
from question_bank.batches import (
    VERSIONS_MAX,
    Batch,
    Obstacle,
    Prospect,
    batch_for,
    preview,
    take_batch,
    undone_by,
    versions_for,
    versions_named,
)
from question_bank.finding import matching_items
from question_bank.items import ItemState
from question_bank.next_steps import Step
from question_bank.undoing import undo_batch, undo_preview

router = APIRouter(tags=["items"], route_class=CreatingRoute)
Reader = Annotated[Actor, requires(Permission.ITEM_READ)]
Taker = Annotated[Actor, creates(Permission.ITEM_READ)]
Versions = Annotated[list[uuid.UUID], Field(min_length=1, max_length=VERSIONS_MAX)]


class Wish(BaseModel):
    """A step, and who is to take it: named versions, or of each item that matches the version that can."""

    model_config = ConfigDict(extra="forbid")

    step: Step
    version_ids: Versions | None = None
    matching: Facets | None = None


class Order(BaseModel):
    """A step that all named versions take, or none."""

    model_config = ConfigDict(extra="forbid")

    step: Step
    version_ids: Versions
    reason: Annotated[str, Field(max_length=4000)] = ""


class Undoing(BaseModel):
    """Why a batch is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=4000)]


class Seen(BaseModel):
    """What a step would do to one version."""

    version_id: uuid.UUID
    code: str
    number: int
    state: ItemState
    obstacle: Obstacle | None
    can_be_undone: bool


class Preview(BaseModel):
    """What a step would do, version by version; ``is_cut`` where more match than can go together."""

    versions: list[Seen]
    is_cut: bool


class Member(BaseModel):
    """One move of one version."""

    version_id: uuid.UUID
    from_state: ItemState
    to_state: ItemState


class BatchShown(BaseModel):
    """A step that was taken together, by whom and when, and whether it was undone."""

    id: uuid.UUID
    step: str
    reason: str
    taken_by: uuid.UUID
    at: datetime
    undoes_id: uuid.UUID | None
    undone_by_id: uuid.UUID | None
    moves: list[Member]


@router.post("/item-batches/previews", operation_id="previewItemBatch")
def preview_batch(body: Wish, tx: ReadTx, actor: Reader) -> Preview:
    """Tell what a step would do to each version; nothing is changed, and nothing is kept."""
    if body.matching is not None:
        item_ids = matching_items(tx, actor, body.matching.search(), limit=VERSIONS_MAX + 1)
        versions = versions_for(tx, actor, body.step, item_ids[:VERSIONS_MAX])
        is_cut = len(item_ids) > VERSIONS_MAX
    else:
        versions, is_cut = versions_named(tx, actor, body.version_ids or []), False
    return Preview(versions=_seen(preview(tx, body.step, versions, actor=actor)), is_cut=is_cut)


@router.post("/item-batches", operation_id="takeItemBatch", status_code=201)
def take(body: Order, tx: Tx, now: Now, actor: Taker) -> BatchShown:
    """Have versions take a step together; what is in the way of one of them refuses all."""
    versions = versions_named(tx, actor, body.version_ids)
    return _shown(tx, take_batch(tx, body.step, versions, reason=body.reason, actor=actor, now=now))


@router.get("/item-batches/{batch_id}", operation_id="showItemBatch")
def show_batch(batch_id: uuid.UUID, tx: ReadTx, actor: Reader) -> BatchShown:
    """Return a step that was taken together."""
    return _shown(tx, batch_for(tx, actor, batch_id))


@router.get("/item-batches/{batch_id}/undoing", operation_id="previewUndoing")
def preview_undoing(batch_id: uuid.UUID, tx: ReadTx, actor: Reader) -> Preview:
    """Tell which versions could be led back to where they stood."""
    return Preview(versions=_seen(undo_preview(tx, batch_for(tx, actor, batch_id))), is_cut=False)


@router.post("/item-batches/{batch_id}/undoing", operation_id="undoItemBatch", status_code=201)
def undo(batch_id: uuid.UUID, body: Undoing, tx: Tx, now: Now, actor: Taker) -> BatchShown:
    """Lead those versions back that can be, as a step of its own."""
    return _shown(tx, undo_batch(tx, batch_for(tx, actor, batch_id), reason=body.reason, actor=actor, now=now))


def _seen(prospects: Iterable[Prospect]) -> list[Seen]:
    return [
        Seen(
            version_id=prospect.version.id,
            code=prospect.version.item.code,
            number=prospect.version.number,
            state=prospect.state,
            obstacle=prospect.obstacle,
            can_be_undone=prospect.can_be_undone,
        )
        for prospect in prospects
    ]


def _shown(tx: Session, batch: Batch) -> BatchShown:
    undoing = undone_by(tx, batch)
    return BatchShown(
        id=batch.id,
        step=batch.step,
        reason=batch.reason,
        taken_by=batch.taken_by,
        at=batch.at,
        undoes_id=batch.undoes_id,
        undone_by_id=undoing.id if undoing else None,
        moves=[
            Member(version_id=row.version_id, from_state=ItemState(row.from_state), to_state=ItemState(row.to_state))
            for row in batch.members
        ],
    )
