"""Framework drafts over the API: begun from a version, from nothing or from a CASE package, saved, compared, published."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from exam_engine.http.api.frameworks import FrameworkSummary
from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import REQUEST_BODY, Now, ReadTx, Tx, WholeBody, requires
from exam_engine.http.preconditions import ETAG, IfMatch, etag_of, refuse_unseen
from kernel.permissions import Actor, Permission
from question_bank.competences import framework_by_code
from question_bank.documents import FAULTS_SHOWN_MAX
from question_bank.framework_comparison import Difference, compare_with_base
from question_bank.framework_drafts import (
    DraftState,
    FrameworkDraft,
    begin_draft,
    discard_draft,
    faults_of,
    framework_draft_for,
    framework_drafts_of,
    lock_draft,
    publish_draft,
    revise_draft,
)
from question_bank.interchange.case_reading import read_case

router = APIRouter(tags=["framework drafts"], route_class=CreatingRoute)
Reader = Annotated[Actor, requires(Permission.FRAMEWORK_READ)]
Editor = Annotated[Actor, requires(Permission.FRAMEWORK_EDIT)]
Publisher = Annotated[Actor, requires(Permission.FRAMEWORK_IMPORT)]
Beginner = Annotated[Actor, creates(Permission.FRAMEWORK_EDIT)]


class VersionNamed(BaseModel):
    """A version of a framework by its code and version."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    code: str
    version: str


class Beginning(BaseModel):
    """What a draft begins from; nothing for an empty one."""

    model_config = ConfigDict(extra="forbid")

    base: VersionNamed | None = None


class FaultShown(BaseModel):
    """What keeps a draft from being published, and where."""

    place: str
    message: str


class DraftSummary(BaseModel):
    """A framework draft without its document."""

    id: uuid.UUID
    state: DraftState
    base: VersionNamed | None
    begun_at: datetime
    changed_at: datetime


class DraftShown(DraftSummary):
    """A framework draft; the first hundred of its faults, and what an import of it lost."""

    document: dict[str, Any]
    fault_count: int
    faults: list[FaultShown]
    report: dict[str, Any]


class ChangeShown(BaseModel):
    """A competence that is not as it was, with the number of items that hang on it."""

    code: str
    differences: list[Difference]
    before: dict[str, Any]
    after: dict[str, Any]
    items: int
    live_items: int


class ComparisonShown(BaseModel):
    """What a draft does to the version it began from."""

    base: VersionNamed | None
    changes: list[ChangeShown]


@router.post(
    "/framework-drafts", operation_id="beginFrameworkDraft", status_code=201, responses={201: {"headers": ETAG}}
)
def begin_draft_route(body: Beginning, tx: Tx, now: Now, actor: Beginner, response: Response) -> DraftShown:
    """Begin a draft from a version of a framework, or an empty one."""
    named = body.base
    base = framework_by_code(tx, actor.organisation_id, named.code, named.version) if named else None
    return _tagged(begin_draft(tx, base=base, actor=actor, now=now), response)


@router.post("/framework-drafts/case", operation_id="importCase", status_code=201, responses={201: {"headers": ETAG}})
def import_case(body: WholeBody, tx: Tx, now: Now, actor: Beginner, response: Response) -> DraftShown:
    """Begin a draft from a 1EdTech CASE package; its report names what is open, changed or not taken."""
    reading = read_case(body, file=REQUEST_BODY)
    draft = begin_draft(tx, reading.document, report=reading.report, actor=actor, now=now)
    return _tagged(draft, response)


@router.get("/framework-drafts", operation_id="listFrameworkDrafts")
def list_drafts(tx: ReadTx, actor: Reader, after: After = None, limit: Limit = ROWS) -> Page[DraftSummary]:
    """List the framework drafts of the organisation, those begun last first."""
    found = framework_drafts_of(tx, actor, after=after, limit=limit + 1)
    rows = [DraftSummary.model_validate(draft, from_attributes=True) for draft in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/framework-drafts/{draft_id}", operation_id="showFrameworkDraft", responses={200: {"headers": ETAG}})
def show_draft(draft_id: uuid.UUID, tx: ReadTx, actor: Reader, response: Response) -> DraftShown:
    """Return one framework draft with its faults."""
    return _tagged(framework_draft_for(tx, actor, draft_id), response)


@router.put("/framework-drafts/{draft_id}", operation_id="reviseFrameworkDraft", responses={200: {"headers": ETAG}})
def revise_draft_route(
    draft_id: uuid.UUID,
    actor: Editor,
    body: WholeBody,
    tx: Tx,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> DraftShown:
    """Save the document of a draft that nobody has changed since it was read; it may have faults."""
    draft = _held(tx, actor, draft_id)
    refuse_unseen(_shown(draft), if_match, must_be_told=True)
    return _tagged(revise_draft(tx, draft, body, file=REQUEST_BODY, actor=actor, now=now), response)


@router.get("/framework-drafts/{draft_id}/comparison", operation_id="compareFrameworkDraft")
def compare_draft(draft_id: uuid.UUID, tx: ReadTx, actor: Reader) -> ComparisonShown:
    """Compare a draft with the version it began from: what vanished, is new or changed, and what hangs on it."""
    draft = framework_draft_for(tx, actor, draft_id)
    changes = [
        ChangeShown(
            code=change.code,
            differences=list(change.differences),
            before=dict(change.before),
            after=dict(change.after),
            items=change.hanging.items,
            live_items=change.hanging.live,
        )
        for change in compare_with_base(tx, draft)
    ]
    return ComparisonShown(base=_base(draft), changes=changes)


@router.post("/framework-drafts/{draft_id}/publication", operation_id="publishFrameworkDraft")
def publish_draft_route(
    draft_id: uuid.UUID, tx: Tx, now: Now, actor: Publisher, if_match: IfMatch = None
) -> FrameworkSummary:
    """Publish a draft without faults as a version of its framework."""
    draft = _held(tx, actor, draft_id)
    refuse_unseen(_shown(draft), if_match, must_be_told=False)
    framework = publish_draft(tx, draft, actor=actor, now=now)
    return FrameworkSummary.model_validate(framework, from_attributes=True)


@router.post("/framework-drafts/{draft_id}/discarding", operation_id="discardFrameworkDraft")
def discard_draft_route(draft_id: uuid.UUID, tx: Tx, now: Now, actor: Editor) -> DraftSummary:
    """Give a draft up; it stays to be read."""
    draft = discard_draft(tx, framework_draft_for(tx, actor, draft_id), actor=actor, now=now)
    return DraftSummary.model_validate(draft, from_attributes=True)


def _held(tx: Session, actor: Actor, draft_id: uuid.UUID) -> FrameworkDraft:
    draft = framework_draft_for(tx, actor, draft_id)
    lock_draft(tx, draft)
    return draft


def _tagged(draft: FrameworkDraft, response: Response) -> DraftShown:
    shown = _shown(draft)
    response.headers["ETag"] = etag_of(shown)
    return shown


def _shown(draft: FrameworkDraft) -> DraftShown:
    faults = faults_of(draft)
    return DraftShown(
        id=draft.id,
        state=DraftState(draft.state),
        base=_base(draft),
        begun_at=draft.begun_at,
        changed_at=draft.changed_at,
        document=draft.document,
        fault_count=len(faults),
        faults=[FaultShown(place=fault.place, message=fault.message) for fault in faults[:FAULTS_SHOWN_MAX]],
        report=draft.report,
    )


def _base(draft: FrameworkDraft) -> VersionNamed | None:
    return VersionNamed.model_validate(draft.base) if draft.base else None
