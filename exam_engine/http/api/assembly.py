"""Assembly over the API: blueprints and forms."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from exam_engine.assembly.blueprints import Blueprint, blueprint_for, make_blueprint
from exam_engine.assembly.forms import Form, assemble_form, form_for, forms_of
from exam_engine.assembly.schemes import scheme_version_for
from exam_engine.http.api.paging import ROWS, After, Limit, Page
from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import Now, ReadTx, Tx, requires
from kernel.permissions import Actor, Permission

router = APIRouter(tags=["assembly"], route_class=CreatingRoute)


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


@router.post("/scheme-versions/{version_id}/blueprints", operation_id="makeBlueprint", status_code=201)
def make_blueprint_route(
    version_id: uuid.UUID,
    body: BlueprintDraft,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, creates(Permission.SCHEME_MANAGE)],
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
    actor: Annotated[Actor, creates(Permission.FORM_ASSEMBLE)],
) -> FormSummary:
    """Assemble a form that meets every constraint, or say which cells fall short and by how many."""
    form = assemble_form(tx, blueprint_for(tx, actor, blueprint_id), seed=body.seed, actor=actor, now=now)
    return _form_summary(form)


@router.get("/forms", operation_id="listForms")
def list_forms(
    tx: ReadTx,
    actor: Annotated[Actor, requires(Permission.SCHEME_READ)],
    after: After = None,
    limit: Limit = ROWS,
) -> Page[FormSummary]:
    """List the forms of the organisation, the newest first."""
    found = forms_of(tx, actor, after=after, limit=limit + 1)
    rows = [_form_summary(form) for form in found[:limit]]
    return Page(items=rows, next_after=str(rows[-1].id) if len(found) > limit else None)


@router.get("/forms/{form_id}", operation_id="showForm")
def show_form(form_id: uuid.UUID, tx: ReadTx, actor: Annotated[Actor, requires(Permission.SCHEME_READ)]) -> FormSummary:
    """Return the evidence of a form."""
    return _form_summary(form_for(tx, actor, form_id))


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
