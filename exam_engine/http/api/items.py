"""The item bank over the API: items come in as drafts, are reviewed by somebody else, and are released.

Only authors, reviewers and managers come here: these replies hold keys.
"""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from exam_engine.http.api.paging import ROWS, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import REQUEST_BODY, Now, ReadTx, Tx, WholeBody, requires
from kernel.permissions import Actor, Permission
from question_bank.authoring import (
    Verdict,
    item_version_for,
    items_page,
    move_item,
    release,
    review,
    submit_for_review,
)
from question_bank.competences import framework_by_code
from question_bank.interchange.bank_json import import_bank
from question_bank.items import ItemState, ItemVersion

router = APIRouter(tags=["items"], route_class=CreatingRoute)


class ItemSummary(BaseModel):
    """One item version by its tags."""

    version_id: uuid.UUID
    code: str
    number: int
    state: ItemState
    kind: str
    competence: str
    level: int
    content_hash: str


class ItemDetail(ItemSummary):
    """An item version with its content and key: for authors, reviewers and managers."""

    content: dict[str, Any]
    expected_difficulty: str
    expected_seconds: int


class Imported(BaseModel):
    """What an import brought in."""

    item_count: int
    version_ids: list[uuid.UUID]


class ReviewGiven(BaseModel):
    """A reviewer's verdict, with the reason an author can work with."""

    verdict: Verdict
    reason: Annotated[str, Field(min_length=3, max_length=4000)]


class Moved(BaseModel):
    """A later step in an item's life."""

    to: Literal["resting", "live", "retired", "compromised"]
    reason: Annotated[str, Field(min_length=3, max_length=4000)]


@router.post("/frameworks/{code}/items", operation_id="importItems", status_code=201)
def import_items(
    code: str, body: WholeBody, tx: Tx, now: Now, actor: Annotated[Actor, creates(Permission.ITEM_WRITE)]
) -> Imported:
    """Import items from the documented JSON file as drafts by the caller; all of them, or none."""
    framework = framework_by_code(tx, actor.organisation_id, code)
    versions = import_bank(tx, framework, body, file=REQUEST_BODY, actor=actor, now=now)
    return Imported(item_count=len(versions), version_ids=[version.id for version in versions])


@router.get("/items", operation_id="listItems")
def list_items(
    tx: ReadTx,
    actor: Annotated[Actor, requires(Permission.ITEM_READ)],
    after: Annotated[str, Query(description="The next_after of the page before; nothing for the first.")] = "",
    limit: Limit = ROWS,
) -> Page[ItemSummary]:
    """List the newest version of each item, in order of codes."""
    found = items_page(tx, actor, after=after, limit=limit + 1)
    rows = [_item_summary(version) for version in found[:limit]]
    return Page(items=rows, next_after=rows[-1].code if len(found) > limit else None)


@router.get("/item-versions/{version_id}", operation_id="showItemVersion")
def show_item_version(
    version_id: uuid.UUID, tx: ReadTx, actor: Annotated[Actor, requires(Permission.ITEM_READ)]
) -> ItemDetail:
    """Return one version with its content and key."""
    version = item_version_for(tx, actor, version_id)
    return ItemDetail(
        **_item_summary(version).model_dump(),
        content=version.content,
        expected_difficulty=str(version.expected_difficulty),
        expected_seconds=version.expected_seconds,
    )


@router.post("/item-versions/{version_id}/submission", operation_id="submitItemVersion")
def submit_item_version(
    version_id: uuid.UUID, tx: Tx, now: Now, actor: Annotated[Actor, requires(Permission.ITEM_WRITE)]
) -> ItemSummary:
    """Hand a draft to review."""
    version = item_version_for(tx, actor, version_id)
    submit_for_review(tx, version, actor=actor, now=now)
    return _item_summary(version)


@router.post("/item-versions/{version_id}/reviews", operation_id="reviewItemVersion")
def review_item_version(
    version_id: uuid.UUID,
    body: ReviewGiven,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, requires(Permission.ITEM_REVIEW)],
) -> ItemSummary:
    """Approve a version in review, or return it to its author."""
    version = item_version_for(tx, actor, version_id)
    review(tx, version, verdict=body.verdict, reason=body.reason, actor=actor, now=now)
    return _item_summary(version)


@router.post("/item-versions/{version_id}/release", operation_id="releaseItemVersion")
def release_item_version(
    version_id: uuid.UUID, tx: Tx, now: Now, actor: Annotated[Actor, requires(Permission.ITEM_RELEASE)]
) -> ItemSummary:
    """Make an approved version live; the version that was live before it rests."""
    version = item_version_for(tx, actor, version_id)
    release(tx, version, actor=actor, now=now)
    return _item_summary(version)


@router.post("/item-versions/{version_id}/moves", operation_id="moveItemVersion")
def move_item_version(
    version_id: uuid.UUID, body: Moved, tx: Tx, now: Now, actor: Annotated[Actor, requires(Permission.ITEM_RELEASE)]
) -> ItemSummary:
    """Rest, wake, retire or mark a version compromised."""
    version = item_version_for(tx, actor, version_id)
    move_item(tx, version, target=ItemState(body.to), reason=body.reason, actor=actor, now=now)
    return _item_summary(version)


def _item_summary(version: ItemVersion) -> ItemSummary:
    return ItemSummary(
        version_id=version.id,
        code=version.item.code,
        number=version.number,
        state=ItemState(version.standing.state),
        kind=version.kind,
        competence=version.competence.code,
        level=version.level,
        content_hash=version.content_hash,
    )
