"""The item bank over the API: items come in as drafts, are reviewed by somebody else, and are released.

Only authors, reviewers and managers come here: these replies hold keys.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from exam_engine.http.api.paging import Page
from exam_engine.http.api.searching import Wanted
from exam_engine.http.creating import CreatingRoute
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from kernel.permissions import Actor, Permission
from question_bank.authoring import (
    Verdict,
    confirm,
    item_version_for,
    move_item,
    pilot,
    release,
    review,
    submit_for_review,
)
from question_bank.finding import Line, find_items
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


class ItemFound(ItemSummary):
    """An item by its newest version, with the versions that stand before candidates and the moment of its last step."""

    language: str
    author_id: uuid.UUID
    live_version_id: uuid.UUID | None
    pilot_version_id: uuid.UUID | None
    changed_at: datetime


class ItemDetail(ItemSummary):
    """An item version with its content and key: for authors, reviewers and managers."""

    content: dict[str, Any]
    expected_difficulty: str
    expected_seconds: int


class Submitted(BaseModel):
    """When the verdict is due; without a date in two weeks."""

    model_config = ConfigDict(extra="forbid")

    due_at: AwareDatetime | None = None


class ReviewGiven(BaseModel):
    """A reviewer's verdict, with the reason an author can work with; ``confirmed`` finds an approved version still sound.

    ``review_again_at`` is when it is looked at again; without a date in two years.
    """

    verdict: Verdict
    reason: Annotated[str, Field(min_length=3, max_length=4000)]
    review_again_at: AwareDatetime | None = None


class Moved(BaseModel):
    """A later step in an item's life."""

    to: Literal["pilot", "resting", "live", "retired", "compromised"]
    reason: Annotated[str, Field(min_length=3, max_length=4000)]


@router.get("/items", operation_id="listItems")
def list_items(
    tx: ReadTx,
    actor: Annotated[Actor, requires(Permission.ITEM_READ)],
    search: Annotated[Wanted, Query()],
) -> Page[ItemFound]:
    """List items by their newest version: all, or those that match, in order of codes or the last changed first."""
    found = find_items(tx, actor, search.search(), order=search.order, after=search.after, limit=search.limit)
    return Page(items=[_item_found(line) for line in found.lines], next_after=found.after)


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
    version_id: uuid.UUID,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, requires(Permission.ITEM_WRITE)],
    body: Submitted | None = None,
) -> ItemSummary:
    """Hand a draft to review."""
    version = item_version_for(tx, actor, version_id)
    submit_for_review(tx, version, due_at=body.due_at if body else None, actor=actor, now=now)
    return _item_summary(version)


@router.post("/item-versions/{version_id}/reviews", operation_id="reviewItemVersion")
def review_item_version(
    version_id: uuid.UUID,
    body: ReviewGiven,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, requires(Permission.ITEM_REVIEW)],
) -> ItemSummary:
    """Approve a version in review, return it to its author, or find an approved one still sound."""
    version = item_version_for(tx, actor, version_id)
    found: dict[str, Any] = {"reason": body.reason, "review_again_at": body.review_again_at, "actor": actor, "now": now}
    if body.verdict is Verdict.CONFIRMED:
        confirm(tx, version, **found)
    else:
        review(tx, version, verdict=body.verdict, **found)
    return _item_summary(version)


@router.post("/item-versions/{version_id}/pilot", operation_id="pilotItemVersion")
def pilot_item_version(
    version_id: uuid.UUID, tx: Tx, now: Now, actor: Annotated[Actor, requires(Permission.ITEM_RELEASE)]
) -> ItemSummary:
    """Have an approved version administered without counting, beside the live version of its item."""
    version = item_version_for(tx, actor, version_id)
    pilot(tx, version, actor=actor, now=now)
    return _item_summary(version)


@router.post("/item-versions/{version_id}/release", operation_id="releaseItemVersion")
def release_item_version(
    version_id: uuid.UUID, tx: Tx, now: Now, actor: Annotated[Actor, requires(Permission.ITEM_RELEASE)]
) -> ItemSummary:
    """Make an approved or piloted version live; the version that was live before it rests."""
    version = item_version_for(tx, actor, version_id)
    release(tx, version, actor=actor, now=now)
    return _item_summary(version)


@router.post("/item-versions/{version_id}/moves", operation_id="moveItemVersion")
def move_item_version(
    version_id: uuid.UUID, body: Moved, tx: Tx, now: Now, actor: Annotated[Actor, requires(Permission.ITEM_RELEASE)]
) -> ItemSummary:
    """Rest, wake, pilot, retire or mark a version compromised."""
    version = item_version_for(tx, actor, version_id)
    move_item(tx, version, target=ItemState(body.to), reason=body.reason, actor=actor, now=now)
    return _item_summary(version)


def _item_found(line: Line) -> ItemFound:
    before_candidates = {version.standing.state: version.id for version in line.administered}
    return ItemFound(
        **_item_summary(line.newest).model_dump(),
        language=line.newest.language,
        author_id=line.newest.author_id,
        live_version_id=before_candidates.get(ItemState.LIVE),
        pilot_version_id=before_candidates.get(ItemState.PILOT),
        changed_at=line.changed_at,
    )


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
