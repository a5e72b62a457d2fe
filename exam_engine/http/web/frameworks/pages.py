"""Frameworks and their versions: read, exported, imported as drafts, and items carried from one version to the next.

One rule: a version is never edited here; whoever wants another one begins a draft.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_engine.http.deps import Now, ReadTx, Tx, requires
from exam_engine.http.web.frame import layout_for
from exam_engine.http.web.frameworks.view import view_of
from exam_engine.http.web.frameworks.words import DRAFT_STATES, LOSSES, STATUSES
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.words import N_
from kernel.canonical import iso
from kernel.errors import DomainError
from kernel.organisations import organisation_name
from kernel.permissions import Actor, Permission
from question_bank.carrying import carry_items, prospect_of
from question_bank.competences import Framework, framework_by_code, frameworks_of
from question_bank.framework_drafts import begin_draft, framework_drafts_of
from question_bank.interchange.case_terms import CaseVersion
from question_bank.interchange.case_writing import CasePackage, write_case

router = APIRouter(prefix="/bank", include_in_schema=False)
Reader = Annotated[Actor, requires(Permission.FRAMEWORK_READ)]
Editor = Annotated[Actor, requires(Permission.FRAMEWORK_EDIT)]
Writer = Annotated[Actor, requires(Permission.ITEM_WRITE)]
DRAFTS_SHOWN = 50
ADDRESS = "/frameworks/{code}/versions/{version}"
STAYED = N_("These items stay behind, because their competence is not in this version:")


@router.get("/frameworks")
def show_frameworks(request: Request, tx: ReadTx, actor: Reader) -> Response:
    """Show the versions of every framework, and the drafts of new ones."""
    return page(
        request,
        "bank/frameworks.html",
        layout=layout_for(actor),
        frameworks=frameworks_of(tx, actor.organisation_id),
        drafts=framework_drafts_of(tx, actor, limit=DRAFTS_SHOWN),
        statuses=STATUSES,
        signs=DRAFT_STATES,
        edits=actor.may(Permission.FRAMEWORK_EDIT),
    )


@router.get(ADDRESS)
def show_framework(request: Request, code: str, version: str, tx: ReadTx, actor: Reader) -> Response:
    """Show one version as people read it."""
    return _framework(request, tx, actor, framework_by_code(tx, actor.organisation_id, code, version))


@router.post(ADDRESS + "/drafts")
def begin(code: str, version: str, tx: Tx, now: Now, actor: Editor) -> Response:
    """Begin a draft of the next version."""
    base = framework_by_code(tx, actor.organisation_id, code, version)
    return redirect(f"/bank/framework-drafts/{begin_draft(tx, base=base, actor=actor, now=now).id}")


@router.post(ADDRESS + "/carried-items")
def carry(
    request: Request,
    *,
    code: str,
    version: str,
    tx: Tx,
    now: Now,
    actor: Writer,
    source: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Draft the items that are live on another version once more, on this one."""
    target = framework_by_code(tx, actor.organisation_id, code, version)
    try:
        with tx.begin_nested():
            carry_items(tx, framework_by_code(tx, actor.organisation_id, code, source), target, actor=actor, now=now)
    except DomainError as refusal:
        return _framework(request, tx, actor, target, refusal=refusal)
    return redirect(_address(target))


@router.get(ADDRESS + "/export")
def show_export(
    request: Request,
    *,
    code: str,
    version: str,
    tx: ReadTx,
    actor: Reader,
    case_version: CaseVersion = CaseVersion.V1_1,
) -> Response:
    """Show how a version can be taken away, and what a CASE package does not say of it."""
    framework = framework_by_code(tx, actor.organisation_id, code, version)
    return page(
        request,
        "bank/framework_export.html",
        layout=layout_for(actor),
        framework=framework,
        address=_address(framework),
        case_version=case_version.value,
        case_versions=[known.value for known in CaseVersion],
        report=_package(tx, framework, case_version).report.as_json(),
        losses=LOSSES,
    )


@router.get(ADDRESS + "/document")
def download_document(code: str, version: str, tx: ReadTx, actor: Reader) -> Response:
    """Download a version as the document it was published from."""
    framework = framework_by_code(tx, actor.organisation_id, code, version)
    return _download(framework.document, f"{framework.code}-{framework.version}.json")


@router.get(ADDRESS + "/case")
def download_case(
    code: str, version: str, tx: ReadTx, actor: Reader, case_version: CaseVersion = CaseVersion.V1_1
) -> Response:
    """Download a version as a CFPackage of 1EdTech CASE."""
    framework = framework_by_code(tx, actor.organisation_id, code, version)
    package = _package(tx, framework, case_version).package
    return _download(package, f"{framework.code}-{framework.version}-case.json")


def _framework(
    request: Request, tx: Session, actor: Actor, framework: Framework, *, refusal: DomainError | None = None
) -> Response:
    known = frameworks_of(tx, actor.organisation_id)
    others = [one for one in known if one.code == framework.code and one.id != framework.id]
    carries = actor.may(Permission.ITEM_WRITE)
    older = [one for one in others if one.imported_at <= framework.imported_at] if carries else []
    prospects = [(one, prospect_of(tx, one, framework)) for one in older]
    return page(
        request,
        "bank/framework.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        layout=layout_for(actor),
        framework=framework,
        address=_address(framework),
        status_words=STATUSES,
        drawn=view_of(framework.document),
        others=others,
        prospects=[(one, prospect) for one, prospect in prospects if any(prospect)],
        stayed=STAYED,
        edits=actor.may(Permission.FRAMEWORK_EDIT),
        refusal=refusal,
    )


def _package(tx: Session, framework: Framework, version: CaseVersion) -> CasePackage:
    return write_case(
        framework.document,
        organisation_id=framework.organisation_id,
        creator=organisation_name(tx, framework.organisation_id),
        changed_at=iso(framework.imported_at),
        version=version,
    )


def _download(document: dict[str, Any], file: str) -> Response:
    # Codes and versions are letters, digits, dots, hyphens and underscores: a file name as they stand, in any alphabet.
    named = f"attachment; filename*=UTF-8''{quote(file)}"
    content = json.dumps(document, ensure_ascii=False, indent=2)
    return Response(content, media_type="application/json", headers={"content-disposition": named})


def _address(framework: Framework) -> str:
    return f"/bank/frameworks/{quote(framework.code)}/versions/{quote(framework.version)}"
