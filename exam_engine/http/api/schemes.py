"""Schemes over the API: drafted, revised, published, withdrawn."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from exam_engine.assembly.scheme_drafts import draft_scheme, revise_draft
from exam_engine.assembly.schemes import (
    SchemeState,
    SchemeVersion,
    lock_version,
    publish_scheme,
    scheme_version_for,
    scheme_versions_of,
    withdraw_scheme,
)
from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.preconditions import ETAG, IfMatch, etag_of, refuse_unseen
from kernel.permissions import Actor, Permission
from question_bank.competences import framework_by_code, job_role_by_code

router = APIRouter(tags=["schemes"], route_class=CreatingRoute)
Reader = Annotated[Actor, requires(Permission.SCHEME_READ)]
Manager = Annotated[Actor, requires(Permission.SCHEME_MANAGE)]


class SchemeContent(BaseModel):
    """The parts of a scheme in words and its rules in data (docs/formats.md); ``competences`` is not given."""

    model_config = ConfigDict(extra="forbid")

    parts: dict[str, Any]
    rules: dict[str, Any]


class SchemeDraft(SchemeContent):
    """A scheme version in the making."""

    code: Annotated[str, Field(min_length=1, max_length=64)]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    framework: str
    job_role: str


class Withdrawal(BaseModel):
    """Why a scheme version is withdrawn."""

    model_config = ConfigDict(extra="forbid")

    reason: str


class SchemeSummary(BaseModel):
    """A scheme version as it stands."""

    id: uuid.UUID
    code: str
    title: str
    number: int
    job_role: str
    state: SchemeState
    rules: dict[str, Any]
    parts: dict[str, Any]
    rules_hash: str


@router.post("/schemes", operation_id="draftScheme", status_code=201, responses={201: {"headers": ETAG}})
def draft_scheme_route(
    body: SchemeDraft,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, creates(Permission.SCHEME_MANAGE)],
    response: Response,
) -> SchemeSummary:
    """Draft a scheme, or the next version of one."""
    framework = framework_by_code(tx, actor.organisation_id, body.framework)
    version = draft_scheme(
        tx,
        actor.organisation_id,
        code=body.code,
        title=body.title,
        framework=framework,
        job_role=job_role_by_code(tx, framework, body.job_role),
        parts=body.parts,
        rules=body.rules,
        actor=actor,
        now=now,
    )
    return _tagged(version, response)


@router.get("/schemes", operation_id="listSchemes")
def list_schemes(tx: ReadTx, actor: Reader, after: After = None, limit: Limit = ROWS) -> Page[SchemeSummary]:
    """List the scheme versions of the organisation, by code, the newest first."""
    found = scheme_versions_of(tx, actor, after=after, limit=limit + 1)
    rows = [_summary(version) for version in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/scheme-versions/{version_id}", operation_id="showScheme", responses={200: {"headers": ETAG}})
def show_scheme(version_id: uuid.UUID, tx: ReadTx, actor: Reader, response: Response) -> SchemeSummary:
    """Return one scheme version."""
    return _tagged(scheme_version_for(tx, actor, version_id), response)


@router.put("/scheme-versions/{version_id}", operation_id="reviseScheme", responses={200: {"headers": ETAG}})
def revise_scheme(
    version_id: uuid.UUID,
    body: SchemeContent,
    tx: Tx,
    now: Now,
    actor: Manager,
    response: Response,
    if_match: IfMatch = None,
) -> SchemeSummary:
    """Replace the content of a draft that nobody has changed since it was read."""
    version = scheme_version_for(tx, actor, version_id)
    lock_version(tx, version)
    refuse_unseen(_summary(version), if_match, must_be_told=True)
    return _tagged(revise_draft(tx, version, parts=body.parts, rules=body.rules, actor=actor, now=now), response)


@router.post(
    "/scheme-versions/{version_id}/publication", operation_id="publishScheme", responses={200: {"headers": ETAG}}
)
def publish_scheme_route(
    version_id: uuid.UUID, tx: Tx, now: Now, actor: Manager, response: Response, if_match: IfMatch = None
) -> SchemeSummary:
    """Publish a complete draft; from then on it is never edited."""
    version = scheme_version_for(tx, actor, version_id)
    lock_version(tx, version)
    refuse_unseen(_summary(version), if_match, must_be_told=False)
    return _tagged(publish_scheme(tx, version, actor=actor, now=now), response)


@router.post("/scheme-versions/{version_id}/withdrawal", operation_id="withdrawScheme")
def withdraw_scheme_route(
    version_id: uuid.UUID, body: Withdrawal, tx: Tx, now: Now, actor: Manager, response: Response
) -> SchemeSummary:
    """Withdraw a scheme version: no further forms are made for it."""
    version = scheme_version_for(tx, actor, version_id)
    return _tagged(withdraw_scheme(tx, version, reason=body.reason, actor=actor, now=now), response)


def _tagged(version: SchemeVersion, response: Response) -> SchemeSummary:
    summary = _summary(version)
    response.headers["ETag"] = etag_of(summary)
    return summary


def _summary(version: SchemeVersion) -> SchemeSummary:
    return SchemeSummary(
        id=version.id,
        code=version.scheme.code,
        title=version.scheme.title,
        number=version.number,
        job_role=version.job_role.code,
        state=SchemeState(version.state),
        rules=version.rules,
        parts=version.parts,
        rules_hash=version.rules_hash,
    )
