"""Coverage over the API: what the bank of a framework has, against what blueprints need."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from exam_engine.assembly.coverage import RESERVE, RESERVE_MAX, Facets, Sufficiency, coverage, facet_counts
from exam_engine.http.deps import ReadTx, requires
from kernel.permissions import Actor, Permission
from question_bank.catalogue import Band
from question_bank.competences import framework_by_code
from question_bank.items import ItemState

router = APIRouter(tags=["coverage"])
Reader = Annotated[Actor, requires(Permission.ITEM_READ)]


class CountShown(BaseModel):
    """So many item versions at a competence and level, of one state, language and difficulty band."""

    competence: str
    level: int
    state: ItemState
    language: str
    band: Band
    items: int


class CountsShown(BaseModel):
    """All counts of a framework that are not 0, by competence and level."""

    framework: str
    version: str
    counts: list[CountShown]


class CellShown(BaseModel):
    """A competence at a level: what is had, what one form needs, what is wished with the reserve, what is missing."""

    model_config = ConfigDict(from_attributes=True)

    competence: str
    level: int
    have: int
    need: int
    wanted: int
    shortfall: int
    sufficiency: Sufficiency


class CoverageShown(BaseModel):
    """The report on one version of a framework; cells in the framework's order, then by level."""

    framework: str
    version: str
    reserve: int
    cells: list[CellShown]


@router.get("/frameworks/{code}/coverage", operation_id="showCoverage")
def show_coverage(
    code: str,
    tx: ReadTx,
    actor: Reader,
    version: str | None = None,
    state: ItemState | Literal["any"] = ItemState.LIVE,
    language: str | None = None,
    band: Band | None = None,
    reserve: Annotated[int, Query(ge=1, le=RESERVE_MAX, description="How many forms' worth is wished.")] = RESERVE,
) -> CoverageShown:
    """Report items per competence and level against the largest need of any published blueprint."""
    framework = framework_by_code(tx, actor.organisation_id, code, version)
    facets = Facets(None if state == "any" else state, language, band)
    found = coverage(tx, framework, facets=facets, reserve=reserve)
    cells = [CellShown.model_validate(cell) for cell in found.cells]
    return CoverageShown(framework=framework.code, version=framework.version, reserve=reserve, cells=cells)


@router.get("/frameworks/{code}/coverage/counts", operation_id="listCoverageCounts")
def list_counts(code: str, tx: ReadTx, actor: Reader, version: str | None = None) -> CountsShown:
    """Count the items of a framework by competence, level, state, language and difficulty band."""
    framework = framework_by_code(tx, actor.organisation_id, code, version)
    counts = [
        CountShown(competence=competence, level=level, **count._asdict())
        for (competence, level), found in sorted(facet_counts(tx, framework).items())
        for count in found
    ]
    return CountsShown(framework=framework.code, version=framework.version, counts=counts)
