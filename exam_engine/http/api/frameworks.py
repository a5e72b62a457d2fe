"""Competence frameworks over the API: imported whole, or not at all."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel

from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import REQUEST_BODY, Now, ReadTx, Tx, WholeBody, requires
from kernel.permissions import Actor, Permission
from question_bank.competences import Framework, framework_by_code, frameworks_of
from question_bank.interchange.framework_json import import_framework

router = APIRouter(tags=["frameworks"], route_class=CreatingRoute)
Reader = Annotated[Actor, requires(Permission.FRAMEWORK_READ)]


class FrameworkSummary(BaseModel):
    """A framework without its document."""

    id: uuid.UUID
    code: str
    version: str
    title: str
    status: str
    notice: str
    document_hash: str
    imported_at: datetime


@router.post("/frameworks", operation_id="importFramework", status_code=201)
def import_framework_route(
    body: WholeBody, tx: Tx, now: Now, actor: Annotated[Actor, creates(Permission.FRAMEWORK_IMPORT)]
) -> FrameworkSummary:
    """Import a competence framework from its documented JSON file (docs/formats.md)."""
    framework = import_framework(tx, actor.organisation_id, body, file=REQUEST_BODY, actor=actor, now=now)
    return _framework_summary(framework)


@router.get("/frameworks", operation_id="listFrameworks")
def list_frameworks(tx: ReadTx, actor: Reader, after: After = None, limit: Limit = ROWS) -> Page[FrameworkSummary]:
    """List the framework versions of the organisation, by code, the newest first."""
    found = frameworks_of(tx, actor.organisation_id, after=after, limit=limit + 1)
    rows = [_framework_summary(framework) for framework in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/frameworks/{code}", operation_id="showFramework")
def show_framework(code: str, tx: ReadTx, actor: Reader) -> dict[str, Any]:
    """Return the newest version of a framework as the document it was imported from."""
    return framework_by_code(tx, actor.organisation_id, code).document


def _framework_summary(framework: Framework) -> FrameworkSummary:
    return FrameworkSummary.model_validate(framework, from_attributes=True)
