"""Assembly over the API: schemes, blueprints and forms."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from exam_engine.assembly.blueprints import Blueprint, blueprint_for, make_blueprint
from exam_engine.assembly.forms import Form, assemble_form, form_for
from exam_engine.assembly.schemes import (
    SchemeState,
    SchemeVersion,
    draft_scheme,
    publish_scheme,
    scheme_version_for,
    scheme_versions_of,
    withdraw_scheme,
)
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from kernel.permissions import Actor, Permission
from question_bank.competences import framework_by_code, job_role_by_code

router = APIRouter(tags=["assembly"])


class SchemeDraft(BaseModel):
    """A scheme version in the making: its parts in words and its rules in data (docs/formats.md)."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=64)]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    framework: str
    job_role: str
    parts: dict[str, Any]
    rules: dict[str, Any]


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


class Cell(BaseModel):
    """One cell of a blueprint: so many items of one competence at one level."""

    model_config = ConfigDict(extra="forbid")

    area: str
    competence: str
    level: int
    count: int


class BlueprintDraft(BaseModel):
    """What a balanced test is made of; shares are text (``"29/50"`` or ``"0.58"``)."""

    model_config = ConfigDict(extra="forbid")

    cells: list[Cell]
    time_limit_seconds: int
    difficulty_target: str
    difficulty_tolerance: str


class BlueprintSummary(BaseModel):
    """A frozen blueprint."""

    id: uuid.UUID
    number: int
    cells: list[Cell]
    time_limit_seconds: int
    difficulty_target: str
    difficulty_tolerance: str
    blueprint_hash: str


class FormOrder(BaseModel):
    """The seed: the same bank, blueprint and seed give the same form."""

    model_config = ConfigDict(extra="forbid")

    seed: Annotated[str, Field(min_length=1, max_length=200)]


class FormSummary(BaseModel):
    """A form with the evidence of how it was made; never its items."""

    id: uuid.UUID
    blueprint_id: uuid.UUID
    seed: str
    pool_hash: str
    form_hash: str
    difficulty: str
    report: dict[str, Any]
    assembled_at: datetime


@router.post("/schemes", operation_id="draftScheme", status_code=201)
def draft_scheme_route(
    body: SchemeDraft, tx: Tx, now: Now, actor: Annotated[Actor, requires(Permission.SCHEME_MANAGE)]
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
    return _scheme_summary(version)


@router.get("/schemes", operation_id="listSchemes")
def list_schemes(tx: ReadTx, actor: Annotated[Actor, requires(Permission.SCHEME_READ)]) -> list[SchemeSummary]:
    """List every scheme version of the organisation."""
    return [_scheme_summary(version) for version in scheme_versions_of(tx, actor)]


@router.post("/scheme-versions/{version_id}/publication", operation_id="publishScheme")
def publish_scheme_route(
    version_id: uuid.UUID, tx: Tx, now: Now, actor: Annotated[Actor, requires(Permission.SCHEME_MANAGE)]
) -> SchemeSummary:
    """Publish a complete draft; from then on it is never edited."""
    version = scheme_version_for(tx, actor, version_id)
    publish_scheme(tx, version, actor=actor, now=now)
    return _scheme_summary(version)


@router.post("/scheme-versions/{version_id}/withdrawal", operation_id="withdrawScheme")
def withdraw_scheme_route(
    version_id: uuid.UUID,
    body: Withdrawal,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, requires(Permission.SCHEME_MANAGE)],
) -> SchemeSummary:
    """Withdraw a scheme version: no further forms are made for it."""
    version = scheme_version_for(tx, actor, version_id)
    withdraw_scheme(tx, version, reason=body.reason, actor=actor, now=now)
    return _scheme_summary(version)


@router.post("/scheme-versions/{version_id}/blueprints", operation_id="makeBlueprint", status_code=201)
def make_blueprint_route(
    version_id: uuid.UUID,
    body: BlueprintDraft,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, requires(Permission.SCHEME_MANAGE)],
) -> BlueprintSummary:
    """Specify a balanced test for a published scheme."""
    blueprint = make_blueprint(
        tx,
        scheme_version_for(tx, actor, version_id),
        cells=[cell.model_dump() for cell in body.cells],
        time_limit_seconds=body.time_limit_seconds,
        difficulty_target=body.difficulty_target,
        difficulty_tolerance=body.difficulty_tolerance,
        actor=actor,
        now=now,
    )
    return _blueprint_summary(blueprint)


@router.get("/blueprints/{blueprint_id}", operation_id="showBlueprint")
def show_blueprint(
    blueprint_id: uuid.UUID, tx: ReadTx, actor: Annotated[Actor, requires(Permission.SCHEME_READ)]
) -> BlueprintSummary:
    """Return a blueprint."""
    return _blueprint_summary(blueprint_for(tx, actor, blueprint_id))


@router.post("/blueprints/{blueprint_id}/forms", operation_id="assembleForm", status_code=201)
def assemble_form_route(
    blueprint_id: uuid.UUID,
    body: FormOrder,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, requires(Permission.FORM_ASSEMBLE)],
) -> FormSummary:
    """Assemble a form that meets every constraint, or say which cells fall short and by how many."""
    form = assemble_form(tx, blueprint_for(tx, actor, blueprint_id), seed=body.seed, actor=actor, now=now)
    return _form_summary(form)


@router.get("/forms/{form_id}", operation_id="showForm")
def show_form(form_id: uuid.UUID, tx: ReadTx, actor: Annotated[Actor, requires(Permission.SCHEME_READ)]) -> FormSummary:
    """Return the evidence of a form."""
    return _form_summary(form_for(tx, actor, form_id))


def _scheme_summary(version: SchemeVersion) -> SchemeSummary:
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


def _blueprint_summary(blueprint: Blueprint) -> BlueprintSummary:
    return BlueprintSummary(
        id=blueprint.id,
        number=blueprint.number,
        cells=[Cell.model_validate(cell) for cell in blueprint.cells],
        time_limit_seconds=blueprint.time_limit_seconds,
        difficulty_target=str(blueprint.difficulty_target),
        difficulty_tolerance=str(blueprint.difficulty_tolerance),
        blueprint_hash=blueprint.blueprint_hash,
    )


def _form_summary(form: Form) -> FormSummary:
    return FormSummary(
        id=form.id,
        blueprint_id=form.blueprint_id,
        seed=form.seed,
        pool_hash=form.pool_hash,
        form_hash=form.form_hash,
        difficulty=str(form.difficulty),
        report=form.report,
        assembled_at=form.assembled_at,
    )
