"""Scripts in hand over the API: who takes an answer keeps a place for their marks for a while."""

from __future__ import annotations

import uuid
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from exam_engine.http.api.marking import CreatingMarker, Marker
from exam_engine.http.creating import CreatingRoute
from exam_engine.http.deps import Now, Tx
from exam_engine.scoring.taking import hand_back, take_next, take_script

router = APIRouter(tags=["marking"], route_class=CreatingRoute)


class HoldShown(BaseModel):
    """That the asking marker has a script in hand, by the server's clock."""

    model_config = ConfigDict(from_attributes=True)

    script_id: uuid.UUID
    held_until: datetime


@router.post("/script-holds", operation_id="takeNextScript", status_code=201)
def take_any(tx: Tx, now: Now, actor: CreatingMarker) -> HoldShown:
    """Take the answer in hand that waits longest, or keep the one that is in hand."""
    return HoldShown.model_validate(take_next(tx, actor=actor, now=now))


@router.post("/scripts/{script_id}/holds", operation_id="takeScript", status_code=201)
def take(script_id: uuid.UUID, tx: Tx, now: Now, actor: CreatingMarker) -> HoldShown:
    """Take an answer in hand, or keep it there while working on it; the one in hand before is handed back."""
    return HoldShown.model_validate(take_script(tx, script_id, actor=actor, now=now))


@router.delete("/scripts/{script_id}/holds", operation_id="handScriptBack", status_code=204)
def give_back(script_id: uuid.UUID, tx: Tx, now: Now, actor: Marker) -> None:
    """Hand an answer back before one's time is up. It stays with others where it was not in hand."""
    hand_back(tx, script_id, actor=actor, now=now)
