"""Coverage: how many items stand behind each competence and level, against what published blueprints ask for.

One rule: a need is what a blueprint asks; the reserve beyond it is a wish of whoever reads the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from exam_engine.assembly.blueprints import Blueprint
from exam_engine.assembly.schemes import SchemeState, SchemeVersion
from question_bank.catalogue import Band, band_of
from question_bank.competences import Area, Competence, Framework, JobRole, RoleLevel, competence_ids
from question_bank.items import ItemState, ItemVersion, Standing

RESERVE = 4
"""Three to four times the items of one form is called the best case of a bank, twice a first goal (S. Gasperson,
"Are item banks your testing program's biggest asset?", PSI Services)."""
RESERVE_MAX = 20


class Sufficiency(StrEnum):
    """What a cell's items are enough for."""

    ENOUGH = "enough"
    """For forms and the reserve."""
    THIN = "thin"
    """For one form, not for the reserve."""
    SHORT = "short"
    """Not even for one form: nothing can be assembled."""
    UNASKED = "unasked"
    """No published blueprint asks for any."""


@dataclass(frozen=True, slots=True)
class Facets:
    """Which items count; None for all of a kind."""

    state: ItemState | None = ItemState.LIVE
    language: str | None = None
    """None counts what was written, and no translation of it."""
    band: Band | None = None


Key = tuple[str, int]
"""A competence by its code, and a level."""


class Count(NamedTuple):
    """So many item versions of one state, language and difficulty band."""

    state: str
    language: str
    band: Band
    items: int


@dataclass(frozen=True, slots=True)
class CoverageCell:
    """A competence at a level: what there is of the facets asked for, what one form needs, and how much is wished."""

    competence: str
    level: int
    have: int
    need: int
    wanted: int

    @property
    def shortfall(self) -> int:
        """How many items are missing to what is wished."""
        return max(0, self.wanted - self.have)

    @property
    def sufficiency(self) -> Sufficiency:
        """What the items are enough for."""
        if not self.need:
            return Sufficiency.UNASKED
        if self.have < self.need:
            return Sufficiency.SHORT
        return Sufficiency.THIN if self.have < self.wanted else Sufficiency.ENOUGH


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One competence in its area, with a cell for every level of the report, or None where nothing is and nobody asks."""

    area: str
    area_name: str
    competence: str
    name: str
    cells: tuple[CoverageCell | None, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The whole report: rows in the framework's order, levels ascending."""

    levels: tuple[int, ...]
    rows: tuple[CoverageRow, ...]

    @property
    def cells(self) -> list[CoverageCell]:
        """Every cell, row by row."""
        return [cell for row in self.rows for cell in row.cells if cell]

    @property
    def weakest(self) -> list[CoverageCell]:
        """The cells that fall short of what is wished, the most urgent first: short before thin, then by shortfall."""
        missing = [cell for cell in self.cells if cell.shortfall]
        return sorted(missing, key=lambda cell: (cell.sufficiency is not Sufficiency.SHORT, -cell.shortfall))


def coverage(tx: Session, framework: Framework, *, facets: Facets = Facets(), reserve: int = RESERVE) -> Coverage:
    """Report on the item versions of one framework version.

    Args:
        facets: which items count as had.
        reserve: how many forms' worth of items is wished for each cell.
    """
    counts = _counted(tx, framework, facets)
    needs = _needs(tx, framework)
    shown = counts.keys() | needs.keys() | _examined(tx, framework)
    levels = tuple(sorted({level for _, level in shown}))
    rows = [
        CoverageRow(
            *place,
            tuple(
                _cell((place[2], level), counts, needs, reserve) if (place[2], level) in shown else None
                for level in levels
            ),
        )
        for place in _places(tx, framework)
    ]
    return Coverage(levels, tuple(rows))


def languages_of(tx: Session, framework: Framework) -> list[str]:
    """Return the languages that any item version of a framework version is in."""
    return sorted(tx.scalars(select(ItemVersion.language).where(_hangs_on(framework)).distinct()))


def facet_counts(tx: Session, framework: Framework) -> dict[Key, list[Count]]:
    """Count item versions by competence and level, and there by state, language and difficulty band.

    Difficulties are exact fractions in the database, so bands are made of the groups that it counted.
    """
    rows = tx.execute(
        select(
            Competence.code,
            ItemVersion.level,
            Standing.state,
            ItemVersion.language,
            ItemVersion.expected_difficulty,
            func.count(),
        )
        .join(ItemVersion, ItemVersion.competence_id == Competence.id)
        .join(Standing, Standing.version_id == ItemVersion.id)
        .where(Competence.framework_id == framework.id)
        .group_by(
            Competence.code,
            ItemVersion.level,
            Standing.state,
            ItemVersion.language,
            ItemVersion.expected_difficulty,
        )
    )
    banded: dict[Key, dict[tuple[str, str, Band], int]] = {}
    for competence, level, state, language, difficulty, count in rows:
        cell = banded.setdefault((competence, level), {})
        facets = (state, language, band_of(difficulty))
        cell[facets] = cell.get(facets, 0) + count
    return {key: [Count(*facets, cell[facets]) for facets in sorted(cell)] for key, cell in banded.items()}


def _cell(key: Key, counts: Mapping[Key, int], needs: Mapping[Key, int], reserve: int) -> CoverageCell:
    need = needs.get(key, 0)
    return CoverageCell(*key, counts.get(key, 0), need, need * reserve)


def _counted(tx: Session, framework: Framework, facets: Facets) -> dict[Key, int]:
    """Count in one walk along the index of tags; the state is looked up on the way, and never led by."""
    counted = (
        func.count() if facets.state is None else func.sum(case((Standing.state == facets.state.value, 1), else_=0))
    )
    query = select(ItemVersion.competence_id, ItemVersion.level, counted).where(_hangs_on(framework))
    if facets.state is not None:
        query = query.join(Standing, Standing.version_id == ItemVersion.id)
    if facets.language is not None:
        query = query.where(ItemVersion.language == facets.language)
    else:
        query = query.where(ItemVersion.original_id.is_(None))
    if facets.band is not None:
        found = tx.scalars(select(ItemVersion.expected_difficulty).where(_hangs_on(framework)).distinct())
        query = query.where(ItemVersion.expected_difficulty.in_([d for d in found if band_of(d) is facets.band]))
    codes = {id_: code for code, id_ in competence_ids(tx, framework).items()}
    rows = tx.execute(query.group_by(ItemVersion.competence_id, ItemVersion.level))
    return {(codes[competence_id], level): count for competence_id, level, count in rows if count}


def _hangs_on(framework: Framework) -> ColumnElement[bool]:
    return ItemVersion.competence_id.in_(select(Competence.id).where(Competence.framework_id == framework.id))


def _needs(tx: Session, framework: Framework) -> dict[Key, int]:
    """Return the largest number that any blueprint of a published scheme version asks of each cell."""
    blueprints = tx.scalars(
        select(Blueprint.cells)
        .join(SchemeVersion, SchemeVersion.id == Blueprint.scheme_version_id)
        .where(SchemeVersion.framework_id == framework.id, SchemeVersion.state == SchemeState.PUBLISHED.value)
    )
    needs: dict[Key, int] = {}
    for cell in (cell for cells in blueprints for cell in cells):
        key = (cell["competence"], cell["level"])
        needs[key] = max(needs.get(key, 0), cell["count"])
    return needs


def _examined(tx: Session, framework: Framework) -> set[Key]:
    """Return the cells that any job role needs, whether a blueprint asks for items of them yet or not."""
    rows = tx.execute(
        select(Competence.code, RoleLevel.level)
        .join(RoleLevel, RoleLevel.competence_id == Competence.id)
        .join(JobRole, JobRole.id == RoleLevel.job_role_id)
        .where(JobRole.framework_id == framework.id)
    )
    return {(code, level) for code, level in rows}


def _places(tx: Session, framework: Framework) -> Iterable[tuple[str, str, str, str]]:
    rows = tx.execute(
        select(Area.code, Area.name, Competence.code, Competence.name)
        .join(Competence, Competence.area_id == Area.id)
        .where(Competence.framework_id == framework.id)
        .order_by(Area.position, Competence.position)
    )
    return [(area, area_name, code, name) for area, area_name, code, name in rows]
