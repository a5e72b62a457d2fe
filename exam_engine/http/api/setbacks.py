"""Setbacks over the API: what could not be scored or issued, and trying again now."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.scoring.setbacks import Setback, Work, setback_for, try_again
from exam_engine.scoring.worklist import standstills_of
from kernel.permissions import Actor, Permission

router = APIRouter(tags=["results"])


class SetbackShown(BaseModel):
    """Work on an attempt that failed and is tried again; ``reason`` is the code of the refusal, or ``defect``."""

    id: uuid.UUID
    attempt_id: uuid.UUID
    work: Work
    reason: str
    places: list[str]
    since: datetime
    failed_at: datetime
    tries: int
    next_try_at: datetime


@router.get("/setbacks", operation_id="listSetbacks")
def list_setbacks(
    tx: ReadTx, actor: Annotated[Actor, requires(Permission.RESULT_READ)], after: After = None, limit: Limit = ROWS
) -> Page[SetbackShown]:
    """List what could not be done so far, the oldest failure first."""
    found = standstills_of(tx, actor, after=after, limit=limit + 1)
    rows = [_shown(standstill.setback) for standstill in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.post("/setbacks/{setback_id}/retry", operation_id="retrySetback")
def retry(
    setback_id: uuid.UUID, tx: Tx, now: Now, actor: Annotated[Actor, requires(Permission.RESULT_SCORE)]
) -> SetbackShown:
    """Have the worker try at its next round, instead of after the wait it has come to."""
    return _shown(try_again(tx, setback_for(tx, actor, setback_id), actor=actor, now=now))


def _shown(setback: Setback) -> SetbackShown:
    return SetbackShown.model_validate(setback, from_attributes=True)
