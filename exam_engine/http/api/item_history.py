"""What became of an item over the API: its history, what its versions say otherwise, where it was used, what is due.

Only authors, reviewers and managers come here: these replies hold keys.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from exam_engine.delivery.schedule import SittingState
from exam_engine.delivery.uses import Use, uses_of_item
from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.deps import Now, ReadTx, requires
from kernel.permissions import Actor, Permission
from question_bank.authoring import Verdict, item_version_for, version_numbered
from question_bank.diffs import How, Side, changes_between
from question_bank.drafts import as_written
from question_bank.history import history_of
from question_bank.items import ItemState, ItemVersion, item_for
from question_bank.review_dates import reviews_due

router = APIRouter(tags=["items"])
Reader = Annotated[Actor, requires(Permission.ITEM_READ)]
DAYS_AHEAD_MAX = 3660


class EventShown(BaseModel):
    """A step (``to_state``) or a verdict on a version; ``due_at`` is when a verdict, or the next look, is due."""

    id: uuid.UUID
    at: datetime
    from_state: ItemState | None
    to_state: ItemState | None
    verdict: Verdict | None
    reason: str
    due_at: datetime | None
    who_id: uuid.UUID | None
    who: str | None


class PieceShown(BaseModel):
    """A run of words that stands on both sides, or on one."""

    side: Side
    text: str


class ChangeShown(BaseModel):
    """One place that is not as it was; places are JSON pointers into either side."""

    how: How
    place_before: str | None
    place_after: str | None
    thing: str
    before: Any
    after: Any
    pieces: list[PieceShown]


class Comparison(BaseModel):
    """What a version says otherwise than another one of its item, in reading order."""

    code: str
    before: int
    before_hash: str
    after: int
    after_hash: str
    changes: list[ChangeShown]


class UseShown(BaseModel):
    """A sitting of a form that holds the item; a form that was never scheduled has none."""

    id: uuid.UUID
    form_id: uuid.UUID
    form_hash: str
    assembled_at: datetime
    version_id: uuid.UUID
    number: int
    sitting_id: uuid.UUID | None
    sitting_title: str | None
    sitting_state: SittingState | None
    start_from: datetime | None
    attempts: int
    begun: int


class ReviewDue(BaseModel):
    """A version that waits for a verdict, or is in use and to be looked at again."""

    id: uuid.UUID
    code: str
    number: int
    state: ItemState
    author_id: uuid.UUID
    due_at: datetime
    overdue: bool


@router.get("/item-versions/{version_id}/history", operation_id="listItemHistory")
def list_history(
    version_id: uuid.UUID, tx: ReadTx, actor: Reader, after: After = None, limit: Limit = ROWS
) -> Page[EventShown]:
    """List what happened to a version: steps and verdicts, with reasons and names, the first thing first."""
    found = history_of(tx, item_version_for(tx, actor, version_id), after=after, limit=limit + 1)
    rows = [EventShown.model_validate(event, from_attributes=True) for event in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/item-versions/{version_id}/changes", operation_id="compareItemVersions")
def compare_versions(
    version_id: uuid.UUID,
    tx: ReadTx,
    actor: Reader,
    since: Annotated[
        int | None, Query(ge=1, description="The number of the version to compare with; by default the one before.")
    ] = None,
) -> Comparison:
    """Compare a version with another one of its item, place by place and word by word."""
    after = item_version_for(tx, actor, version_id)
    before = version_numbered(tx, actor, after.item, after.number - 1 if since is None else since)
    changes = changes_between(as_written(before), as_written(after))
    return Comparison(
        code=after.item.code,
        before=before.number,
        before_hash=before.content_hash,
        after=after.number,
        after_hash=after.content_hash,
        changes=[ChangeShown.model_validate(change, from_attributes=True) for change in changes],
    )


@router.get("/items/{code}/uses", operation_id="listItemUses")
def list_uses(
    code: str,
    tx: ReadTx,
    actor: Annotated[Actor, requires(Permission.ITEM_RELEASE)],
    after: After = None,
    limit: Limit = ROWS,
) -> Page[UseShown]:
    """List every form and sitting that used any version of an item, and how many candidates met it there."""
    found = uses_of_item(tx, actor, item_for(tx, actor, code), after=after, limit=limit + 1)
    rows = [_use_shown(use) for use in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/reviews-due", operation_id="listReviewsDue")
def list_reviews_due(
    tx: ReadTx,
    now: Now,
    actor: Reader,
    days_ahead: Annotated[int, Query(ge=0, le=DAYS_AHEAD_MAX, description="What falls due in so many days, too.")] = 0,
    after: After = None,
    limit: Limit = ROWS,
) -> Page[ReviewDue]:
    """List the versions that somebody must look at, the longest overdue first."""
    found = reviews_due(tx, actor, now=now, within=timedelta(days=days_ahead), after=after, limit=limit + 1)
    rows = [_review_due(version, now) for version in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


def _use_shown(use: Use) -> UseShown:
    sitting = use.sitting
    return UseShown(
        id=use.id,
        form_id=use.form.id,
        form_hash=use.form.form_hash,
        assembled_at=use.form.assembled_at,
        version_id=use.version.id,
        number=use.version.number,
        sitting_id=sitting.id if sitting else None,
        sitting_title=sitting.title if sitting else None,
        sitting_state=SittingState(sitting.state) if sitting else None,
        start_from=sitting.start_from if sitting else None,
        attempts=use.attempts,
        begun=use.begun,
    )


def _review_due(version: ItemVersion, now: datetime) -> ReviewDue:
    due_at = version.standing.due_at or now
    return ReviewDue(
        id=version.id,
        code=version.item.code,
        number=version.number,
        state=ItemState(version.standing.state),
        author_id=version.author_id,
        due_at=due_at,
        overdue=due_at < now,
    )
