"""The heat map of the bank: where items are short of what blueprints need, for managers, authors and reviewers."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from exam_engine.assembly.coverage import (
    RESERVE,
    RESERVE_MAX,
    CoverageCell,
    CoverageRow,
    Facets,
    Sufficiency,
    coverage,
    languages_of,
)
from exam_engine.http.deps import ReadTx, requires
from exam_engine.http.web.bank.words import ITEM_STATES
from exam_engine.http.web.frame import layout_for
from exam_engine.http.web.rendering import page
from exam_engine.http.web.words import BANDS, N_, SUFFICIENCIES
from kernel.permissions import Actor, Permission
from question_bank.catalogue import Band
from question_bank.competences import framework_for, frameworks_of
from question_bank.items import ItemState

router = APIRouter(prefix="/manage/coverage", include_in_schema=False)
Reader = Annotated[Actor, requires(Permission.ITEM_READ)]
Any = Literal["any"]
ANY = (("any", N_("any")),)
WEAKEST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One competence of an area, with its cells and where each of them leads."""

    code: str
    name: str
    cells: tuple[tuple[CoverageCell, str] | None, ...]


@router.get("")
def show_heat_map(
    request: Request,
    tx: ReadTx,
    actor: Reader,
    framework: uuid.UUID | None = None,
    state: ItemState | Any = ItemState.LIVE,
    language: Annotated[str, Query(max_length=35)] = "any",
    band: Band | Any = "any",
    reserve: Annotated[int, Query(ge=1, le=RESERVE_MAX)] = RESERVE,
) -> Response:
    """Show every competence and level of a framework: the items there are, beside those that are wished."""
    known = frameworks_of(tx, actor.organisation_id)
    layout = layout_for(actor)
    if not known:
        return page(request, "manager/coverage.html", layout=layout, framework=None)
    chosen = framework_for(tx, actor.organisation_id, framework) if framework else known[0]
    asked = {"state": state, "language": language, "band": band}
    facets = Facets(
        state=None if state == "any" else state,
        language=None if language == "any" else language,
        band=None if band == "any" else band,
    )
    report = coverage(tx, chosen, facets=facets, reserve=reserve)
    links = {name: str(value) for name, value in asked.items() if value != "any"}
    return page(
        request,
        "manager/coverage.html",
        layout=layout,
        framework=chosen,
        frameworks=[(str(one.id), f"{one.title}, {one.version}") for one in known],
        states=[*ANY, *((state.value, sign.words) for state, sign in ITEM_STATES.items())],
        item_languages=[(tag, tag) for tag in languages_of(tx, chosen)],
        bands=[*ANY, *BANDS.items()],
        reserves=[(str(number), str(number)) for number in range(1, RESERVE_MAX + 1)],
        asked={**{name: str(value) for name, value in asked.items()}, "reserve": str(reserve)},
        report=report,
        areas=[(name, [_row(row, links) for row in rows]) for name, rows in _by_area(report.rows)],
        weakest=[(cell, _href(cell, links)) for cell in report.weakest[:WEAKEST_SHOWN]],
        signs=SUFFICIENCIES,
        asks=any(cell.sufficiency is not Sufficiency.UNASKED for cell in report.cells),
    )


def _by_area(rows: Iterable[CoverageRow]) -> list[tuple[str, list[CoverageRow]]]:
    return [(found[0].area_name, found) for found in (list(group) for _, group in groupby(rows, lambda row: row.area))]


def _row(row: CoverageRow, links: dict[str, str]) -> HeatRow:
    return HeatRow(row.competence, row.name, tuple((cell, _href(cell, links)) if cell else None for cell in row.cells))


def _href(cell: CoverageCell, links: dict[str, str]) -> str:
    """Return the address of the list of the items that a cell counts."""
    return "/bank/items?" + urlencode({"competence": cell.competence, "level": cell.level, **links})
