"""Competence frameworks over the API: imported whole or not at all, exported as they are, items carried along."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import REQUEST_BODY, Now, ReadTx, Tx, WholeBody, requires
from kernel.canonical import iso
from kernel.organisations import organisation_name
from kernel.permissions import Actor, Permission
from question_bank.carrying import carry_items
from question_bank.competences import Framework, framework_by_code, frameworks_of
from question_bank.interchange.case_terms import CaseVersion
from question_bank.interchange.case_writing import CasePackage, write_case
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


class Carriage(BaseModel):
    """From which version of the framework items follow."""

    model_config = ConfigDict(extra="forbid")

    from_version: str


class LeftItem(BaseModel):
    """A live item that could not follow: its competence is not in the version followed to."""

    code: str
    competence: str


class CarriedShown(BaseModel):
    """The drafts that were made, and what stayed behind."""

    drafts: list[uuid.UUID]
    left: list[LeftItem]


@router.post("/frameworks", operation_id="importFramework", status_code=201)
def import_framework_route(
    actor: Annotated[Actor, creates(Permission.FRAMEWORK_IMPORT)], body: WholeBody, tx: Tx, now: Now
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


@router.get("/frameworks/{code}/versions/{version}", operation_id="exportFramework")
def export_framework(code: str, version: str, tx: ReadTx, actor: Reader) -> dict[str, Any]:
    """Return one version of a framework as a document whose import is the same framework."""
    return framework_by_code(tx, actor.organisation_id, code, version).document


@router.get("/frameworks/{code}/versions/{version}/case", operation_id="exportCase")
def export_case(
    code: str, version: str, tx: ReadTx, actor: Reader, case_version: CaseVersion = CaseVersion.V1_1
) -> dict[str, Any]:
    """Return one version of a framework as a CFPackage of 1EdTech CASE."""
    return _written(tx, actor, code, version, case_version).package


@router.get("/frameworks/{code}/versions/{version}/case/losses", operation_id="showCaseLosses")
def show_case_losses(
    code: str, version: str, tx: ReadTx, actor: Reader, case_version: CaseVersion = CaseVersion.V1_1
) -> dict[str, Any]:
    """Return what of a version its CASE package does not say, or says where only this product reads it."""
    return _written(tx, actor, code, version, case_version).report.as_json()


@router.post("/frameworks/{code}/versions/{version}/carried-items", operation_id="carryItems", status_code=201)
def carry_items_route(
    code: str,
    version: str,
    body: Carriage,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, creates(Permission.ITEM_WRITE)],
) -> CarriedShown:
    """Draft every item that is live on another version of the framework once more, on this one."""
    source = framework_by_code(tx, actor.organisation_id, code, body.from_version)
    target = framework_by_code(tx, actor.organisation_id, code, version)
    versions, left = carry_items(tx, source, target, actor=actor, now=now)
    return CarriedShown(
        drafts=[drafted.id for drafted in versions],
        left=[LeftItem(code=item, competence=competence) for item, competence in left],
    )


def _written(tx: Session, actor: Actor, code: str, version: str, case_version: CaseVersion) -> CasePackage:
    framework = framework_by_code(tx, actor.organisation_id, code, version)
    return write_case(
        framework.document,
        organisation_id=framework.organisation_id,
        creator=organisation_name(tx, framework.organisation_id),
        changed_at=iso(framework.imported_at),
        version=case_version,
    )


def _framework_summary(framework: Framework) -> FrameworkSummary:
    return FrameworkSummary.model_validate(framework, from_attributes=True)
