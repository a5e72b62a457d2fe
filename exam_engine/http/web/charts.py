"""Charts: where bars, bands and cells stand, in the units of templates/charts.html. Drawing only: nothing is decided.

One rule: floats begin here and end on the page; whatever is compared was compared exactly before.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from question_bank.competences import RoleCell

WIDTH = 100.0
CELL_WIDTH, CELL_HEIGHT = 38, 29
MARGIN_LEFT, MARGIN_BELOW = 16, 16
ENOUGH_ITEMS = 4
"""A form takes two items of a competence, and the next form should not have to repeat them."""
AMPLE_ITEMS = 6
PLENTY_ITEMS = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A share of one as a bar of 100 units, with the line it is compared with and that line's standard error."""

    share: float
    is_reached: bool
    cut: float | None
    band_from: float
    band_width: float


@dataclass(frozen=True, slots=True)
class ProgressPart:
    """A stretch of a bar of 100 units, standing for so many people."""

    name: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Progress:
    """One bar whose parts together are everybody."""

    parts: tuple[ProgressPart, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """Live items of one competence at one level; ``heat`` is a class of the style sheet."""

    code: str
    name: str
    level: int
    count: int
    is_needed: bool
    heat: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A row or a column and where it stands."""

    label: str
    at: int


@dataclass(frozen=True, slots=True)
class AreaCoverage:
    """The grid of one area: levels upward, competences to the right."""

    name: str
    width: int
    height: int
    levels: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    cells: tuple[Cell, ...]


def bar(share: Fraction, cut: Fraction | None, item_count: int, *, is_reached: bool) -> Bar:
    """Draw a share with the band of one standard error, sqrt(c (1 - c) / n), to either side of its line."""
    if cut is None:
        return Bar(_unit(share), is_reached, None, 0.0, 0.0)
    error = math.sqrt(cut * (1 - cut) / item_count)
    band_from = max(0.0, float(cut) - error)
    band_to = min(1.0, float(cut) + error)
    return Bar(_unit(share), is_reached, _unit(cut), _unit(band_from), _unit(band_to - band_from))


def progress(counts: Mapping[str, int]) -> Progress:
    """Lay the parts side by side in the order given; an empty occasion has parts without width."""
    whole = sum(counts.values()) or 1
    parts, start = [], 0.0
    for name, count in counts.items():
        width = _unit(count / whole)
        parts.append(ProgressPart(name, count, round(start, 2), width))
        start += width
    return Progress(tuple(parts))


def coverage(needed: Iterable[RoleCell], live: Mapping[tuple[str, int], int]) -> tuple[AreaCoverage, ...]:
    """Draw one grid per area.

    Args:
        needed: the cells of every job role, in the framework's order.
        live: live items by competence code and level.
    """
    cells = list(needed)
    asked = {(cell.competence, cell.level) for cell in cells}
    levels = sorted({level for _, level in [*asked, *live]}, reverse=True)
    areas: dict[str, dict[str, RoleCell]] = {}
    for cell in cells:
        areas.setdefault(cell.area, {}).setdefault(cell.competence, cell)
    return tuple(_area(list(competences.values()), levels, asked, live) for competences in areas.values())


def _area(
    competences: list[RoleCell], levels: list[int], asked: set[tuple[str, int]], live: Mapping[tuple[str, int], int]
) -> AreaCoverage:
    cells = []
    for row, level in enumerate(levels):
        for column, competence in enumerate(competences):
            key = (competence.competence, level)
            count, is_needed = live.get(key, 0), key in asked
            place = (MARGIN_LEFT + column * CELL_WIDTH, row * CELL_HEIGHT)
            cells.append(
                Cell(key[0], competence.competence_name, level, count, is_needed, _heat(count, is_needed), *place)
            )
    return AreaCoverage(
        name=competences[0].area_name,
        width=MARGIN_LEFT + len(competences) * CELL_WIDTH,
        height=len(levels) * CELL_HEIGHT + MARGIN_BELOW,
        levels=tuple(Tick(str(level), row * CELL_HEIGHT) for row, level in enumerate(levels)),
        columns=tuple(
            Tick(competence.competence, MARGIN_LEFT + column * CELL_WIDTH)
            for column, competence in enumerate(competences)
        ),
        cells=tuple(cells),
    )


def _heat(count: int, is_needed: bool) -> str:
    if is_needed and count < ENOUGH_ITEMS:
        return "short"
    if count == 0:
        return "0"
    return str(1 + (count >= AMPLE_ITEMS) + (count >= PLENTY_ITEMS))


def _unit(share: Fraction | float) -> float:
    return round(float(share) * WIDTH, 2)
