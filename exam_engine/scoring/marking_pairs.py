"""Marking pairs: the two marks that every answer was given alone, counted in the database by who gave which points.

One rule: what is compared leaves out whoever marked too little, and whatever was marked too rarely, until nothing small
is left; so no difference between any two figures tells what was left out.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, union_all
from sqlalchemy.orm import Session, aliased

from exam_engine.scoring.scripts import Marking, Script
from exam_engine.scoring.settling import MarkingPart
from kernel.permissions import Actor
from question_bank.item_analysis import WITHHELD_BELOW

_FIRST, _SECOND = aliased(Marking), aliased(Marking)
THIRDS = 3


class Cell(NamedTuple):
    """How many answers to a version two people gave these points, one after the other."""

    version_id: uuid.UUID
    one: uuid.UUID
    other: uuid.UUID
    one_points: int
    other_points: int
    answers: int

    def turned(self) -> Cell:
        """The same, told of the other first."""
        return Cell(self.version_id, self.other, self.one, self.other_points, self.one_points, self.answers)


@dataclass(frozen=True)
class Pairs:
    """Cells, and how many answers they hold of each version and by each marker."""

    cells: Sequence[Cell]

    @cached_property
    def by_version(self) -> Counter[uuid.UUID]:
        """How many answers of each version have both marks."""
        return _added((cell.version_id, cell.answers) for cell in self.cells)

    @cached_property
    def by_marker(self) -> Counter[uuid.UUID]:
        """How many answers each marker marked, as one of two."""
        return _added((marker, cell.answers) for cell in self.cells for marker in (cell.one, cell.other))

    @cached_property
    def of_version(self) -> Mapping[uuid.UUID, list[Cell]]:
        """The cells of each version."""
        found: defaultdict[uuid.UUID, list[Cell]] = defaultdict(list)
        for cell in self.cells:
            found[cell.version_id].append(cell)
        return found

    @property
    def size(self) -> int:
        """How many answers there are."""
        return self.by_version.total()

    def comparable(self) -> Pairs:
        """Return what is left when no version and no marker has fewer answers than are told of."""
        kept = [cell for cell in self.cells if self._is_told(cell)]
        return self if len(kept) == len(self.cells) else Pairs(kept).comparable()

    def _is_told(self, cell: Cell) -> bool:
        sizes = (self.by_version[cell.version_id], self.by_marker[cell.one], self.by_marker[cell.other])
        return min(sizes) >= WITHHELD_BELOW


class Stretch(NamedTuple):
    """Sums over one third of what a marker marked of a version, in its order: their points less those of the others."""

    marker_id: uuid.UUID
    third: int
    version_id: uuid.UUID
    answers: int
    differences: int
    squares: int
    since: datetime
    until: datetime


class LevelCell(NamedTuple):
    """How many answers two people gave these levels of the criteria, ``{criterion: level}``, one after the other."""

    one: uuid.UUID
    levels: dict[str, str]
    other_levels: dict[str, str]
    answers: int


def pairs_of(tx: Session, actor: Actor) -> Pairs:
    """Count every answer of the actor's organisation that two people marked alone, whatever came of it."""
    what: tuple[Any, ...] = (Script.version_id, _FIRST.marker_id, _SECOND.marker_id, _FIRST.points, _SECOND.points)
    counted = _both_marks(select(*what, func.count()), actor).group_by(*what)
    return Pairs([Cell(*row) for row in tx.execute(counted)])


def stretches_of(tx: Session, actor: Actor, pairs: Pairs) -> list[Stretch]:
    """Count, of these pairs alone, how each marker's points differed in every third of what they marked."""
    sides = union_all(*(_side(actor, pairs, own, other) for own, other in ((_FIRST, _SECOND), (_SECOND, _FIRST))))
    row = sides.subquery().c
    third = func.ntile(THIRDS).over(partition_by=row.marker_id, order_by=(row.marked_at, row.script_id))
    told = select(row.marker_id, third.label("third"), row.version_id, row.difference, row.marked_at).subquery().c
    sums = (func.count(), func.sum(told.difference), func.sum(told.difference * told.difference))
    counted = select(told.marker_id, told.third, told.version_id, *sums, *_ends(told.marked_at))
    return [Stretch(*row) for row in tx.execute(counted.group_by(told.marker_id, told.third, told.version_id))]


def levels_given(tx: Session, actor: Actor, pairs: Pairs, version_id: uuid.UUID) -> list[LevelCell]:
    """Count, of these pairs alone, which levels two people gave the answers to a version."""
    what: tuple[Any, ...] = (_FIRST.marker_id, _FIRST.levels, _SECOND.levels)
    counted = _both_marks(select(*what, func.count()), actor).where(_among(pairs), Script.version_id == version_id)
    return [LevelCell(*row) for row in tx.execute(counted.group_by(*what))]


def _both_marks(chosen: Select[Any], actor: Actor) -> Select[Any]:
    return (
        chosen.select_from(Script)
        .join(_FIRST, (_FIRST.script_id == Script.id) & (_FIRST.part == MarkingPart.FIRST))
        .join(_SECOND, (_SECOND.script_id == Script.id) & (_SECOND.part == MarkingPart.SECOND))
        .where(Script.organisation_id == actor.organisation_id)
    )


def _among(pairs: Pairs) -> ColumnElement[bool]:
    markers = _FIRST.marker_id.in_(pairs.by_marker) & _SECOND.marker_id.in_(pairs.by_marker)
    return markers & Script.version_id.in_(pairs.by_version)


def _side(actor: Actor, pairs: Pairs, own: type[Marking], other: type[Marking]) -> Select[Any]:
    difference = (own.points - other.points).label("difference")
    what: tuple[Any, ...] = (own.marker_id, own.marked_at, Script.id.label("script_id"), Script.version_id, difference)
    return _both_marks(select(*what), actor).where(_among(pairs))


def _ends(moment: ColumnElement[datetime]) -> Collection[ColumnElement[datetime]]:
    return func.min(moment), func.max(moment)


def _added(counts: Iterator[tuple[uuid.UUID, int]]) -> Counter[uuid.UUID]:
    sums: Counter[uuid.UUID] = Counter()
    for key, count in counts:
        sums[key] += count
    return sums
