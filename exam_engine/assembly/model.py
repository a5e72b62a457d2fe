"""The mixed-integer model of a form: which items are in it, as readable named rows with whole coefficients.

One rule: every row is exact. Difficulties are counted on a common grid, so that what holds for the rows holds for the
fractions. Source: van der Linden, *Linear Models for Optimal Test Design* (2005).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction

from question_bank.pool import PoolItem

GRID_MAX = 10**6
"""Finest grid on which difficulties are counted; coefficients stay far inside what a solver represents exactly."""

CellKey = tuple[str, str, int]
"""Area, competence and level."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How many items of one competence at one level a form holds."""

    area: str
    competence: str
    level: int
    count: int

    @property
    def name(self) -> str:
        """What people call it: ``A3.4 level 6``."""
        return f"{self.competence} level {self.level}"

    @property
    def key(self) -> CellKey:
        """What its items have in common."""
        return self.area, self.competence, self.level


@dataclass(frozen=True, slots=True)
class Specification:
    """What a form must be: its cells in the framework's order, and its mean difficulty within a tolerance."""

    cells: tuple[Cell, ...]
    target: Fraction
    tolerance: Fraction

    @property
    def length(self) -> int:
        """The number of items of a form."""
        return sum(cell.count for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Column:
    """One unknown between two bounds, whole unless it measures, at a cost per unit; None is no bound."""

    name: str
    cost: int = 0
    least: int | Fraction = 0
    most: int | Fraction | None = 1
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: ``least <= sum of coefficient x column <= most``; None is no bound."""

    name: str
    terms: tuple[tuple[int, int], ...]
    least: int | Fraction | None
    most: int | Fraction | None


@dataclass(frozen=True, slots=True)
class Model:
    """Columns and rows; the first columns are the items, in the order given. The solver minimises the cost."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def key_of(item: PoolItem) -> CellKey:
    """Return the key of the cell an item belongs to."""
    return item.area, item.competence, item.level


def length_rows(items: Sequence[PoolItem], cells: Sequence[Cell], short: Sequence[int] = ()) -> list[Row]:
    """Return one row per cell: exactly its count.

    Args:
        short: for each cell a column that counts what it lacks, where falling short is to be measured.
    """
    members: dict[CellKey, list[int]] = {}
    for index, item in enumerate(items):
        members.setdefault(key_of(item), []).append(index)
    rows = []
    for position, cell in enumerate(cells):
        terms = [(index, 1) for index in members.get(cell.key, [])]
        if short:
            terms.append((short[position], 1))
        rows.append(Row(f"{cell.count} of {cell.name}", tuple(terms), cell.count, cell.count))
    return rows


def enemy_rows(items: Sequence[PoolItem], enemies: Iterable[frozenset[str]]) -> list[Row]:
    """Return rows that keep enemies apart: one per clique, which is far tighter than one per pair."""
    index = {item.code: position for position, item in enumerate(items)}
    return [
        Row(f"enemies: {', '.join(clique)}", tuple((index[code], 1) for code in clique), None, 1)
        for clique in cliques({item.code for item in items}, enemies)
    ]


def set_rows(items: Sequence[PoolItem]) -> list[Row]:
    """Return rows that keep the items of a set together: each is taken as its first is."""
    members: dict[str, list[int]] = {}
    for index, item in enumerate(items):
        if item.set_code is not None:
            members.setdefault(item.set_code, []).append(index)
    return [
        Row(f"set {code}: {items[first].code} with {items[other].code}", ((first, 1), (other, -1)), 0, 0)
        for code, (first, *others) in sorted(members.items())
        for other in others
    ]


def cliques(codes: AbstractSet[str], enemies: Iterable[frozenset[str]]) -> list[tuple[str, ...]]:
    """Return groups of mutual enemies among the codes that together cover every pair; greedy, in order of codes."""
    pairs = sorted(tuple(sorted(pair)) for pair in enemies if pair <= codes)
    foes: dict[str, set[str]] = {}
    for one, other in pairs:
        foes.setdefault(one, set()).add(other)
        foes.setdefault(other, set()).add(one)
    covered: set[tuple[str, ...]] = set()
    found = []
    for pair in pairs:
        if pair in covered:
            continue
        clique = list(pair)
        for candidate in sorted(set.intersection(*(foes[code] for code in pair))):
            if all(candidate in foes[member] for member in clique):
                clique.append(candidate)
        clique.sort()
        covered.update((one, other) for one in clique for other in clique if one < other)
        found.append(tuple(clique))
    return found


@dataclass(frozen=True, slots=True)
class DifficultyGrid:
    """Difficulties as whole steps above the hardest item, so that a form's sum can be bounded exactly.

    Steps are as wide as the ratings allow: a target between two steps is then seen at once to be out of reach, where
    a finer grid would set the solver searching. Ratings that need finer units than :data:`GRID_MAX` are bracketed by
    the two nearest: rows then promise the tolerance a millionth too strictly, never too loosely.
    """

    length: int
    step: Fraction
    """The difficulty that one step stands for."""
    target: Fraction
    """Where the sum of a form on target lies, in steps."""
    lower: tuple[int, ...]
    upper: tuple[int, ...]

    @classmethod
    def over(cls, items: Sequence[PoolItem], specification: Specification) -> DifficultyGrid:
        """Return the widest exact grid for these items, or the finest one allowed."""
        unit = min(math.lcm(*{item.expected_difficulty.denominator for item in items}), GRID_MAX)
        difficulties = [item.expected_difficulty * unit for item in items]
        floors, ceilings = [*map(math.floor, difficulties)], [*map(math.ceil, difficulties)]
        base = min(floors)
        width = math.gcd(*(floor - base for floor in floors), *(ceiling - base for ceiling in ceilings)) or 1
        length = specification.length
        return cls(
            length=length,
            step=Fraction(width, unit),
            target=(specification.target * unit - base) * length / width,
            lower=tuple((floor - base) // width for floor in floors),
            upper=tuple((ceiling - base) // width for ceiling in ceilings),
        )

    @property
    def least_deviation(self) -> Fraction:
        """The deviation of the step nearest to the target: no form can come closer."""
        return abs(self.target - round(self.target)) * self.step / self.length

    def steps(self, deviation: Fraction) -> Fraction:
        """Return what a deviation of the mean is in the sum, in steps."""
        return deviation * self.length / self.step

    def within(self, deviation: Fraction) -> list[Row]:
        """Return the rows that keep the mean difficulty within a deviation from the target."""
        most = self.steps(deviation)
        return [
            Row("difficulty: not too hard", tuple(enumerate(self.lower)), math.ceil(self.target - most), None),
            Row("difficulty: not too easy", tuple(enumerate(self.upper)), None, math.floor(self.target + most)),
        ]

    def measured(self, column: int) -> list[Row]:
        """Return the rows that make one column the deviation of the sum from the target, in steps."""
        return [
            Row("difficulty: below target", (*enumerate(self.lower), (column, 1)), self.target, None),
            Row("difficulty: above target", (*enumerate(self.upper), (column, -1)), None, self.target),
        ]

    def deviation(self, chosen: Iterable[int]) -> Fraction:
        """Return how far the mean of a form is from the target; where ratings are bracketed, at most so far."""
        indices = list(chosen)
        below = self.target - sum(self.lower[index] for index in indices)
        above = sum(self.upper[index] for index in indices) - self.target
        return max(below, above) * self.step / self.length


@dataclass(frozen=True, slots=True)
class FormProblem:
    """A specification and the items to meet it from, ready to be asked of a solver in three ways."""

    specification: Specification
    items: tuple[PoolItem, ...]
    grid: DifficultyGrid
    enemy_rows: tuple[Row, ...]
    set_rows: tuple[Row, ...]

    @classmethod
    def over(
        cls, specification: Specification, items: Iterable[PoolItem], enemies: Iterable[frozenset[str]]
    ) -> FormProblem:
        """Prepare a problem; the order of the items is the order of the columns."""
        chosen_from = tuple(items)
        apart, together = tuple(enemy_rows(chosen_from, enemies)), tuple(set_rows(chosen_from))
        return cls(specification, chosen_from, DifficultyGrid.over(chosen_from, specification), apart, together)

    @property
    def meeting_rows(self) -> tuple[Row, ...]:
        """Which items may not meet, and which must."""
        return (*self.enemy_rows, *self.set_rows)

    @property
    def rules(self) -> tuple[Row, ...]:
        """What a form must hold, but for its difficulty; the first rows are the cells in their order."""
        return (*length_rows(self.items, self.specification.cells), *self.meeting_rows)

    def draw(self, costs: Iterable[int], deviation: Fraction) -> Model:
        """Ask for the cheapest form whose mean difficulty is within a deviation from the target."""
        columns = tuple(Column(item.code, cost=cost) for item, cost in zip(self.items, costs, strict=True))
        return Model(columns, (*self.rules, *self.grid.within(deviation)))

    def nearest(self, deviation: Fraction | None) -> Model:
        """Ask for the form nearest to the target, and no farther than a deviation."""
        least = self.grid.steps(self.grid.least_deviation)
        measure = Column("deviation", cost=1, least=least, most=None, whole=False)
        bounds = [] if deviation is None else self.grid.within(deviation)
        rows = (*self.rules, *bounds, *self.grid.measured(column=len(self.items)))
        return Model((*self._items_for_nothing(), measure), rows)

    def missing(self) -> Model:
        """Ask for a form, of any difficulty, that lacks as few items as enemies and sets allow; one more column per cell."""
        cells, first = self.specification.cells, len(self.items)
        lacks = tuple(Column(f"{cell.name}: missing", cost=1, most=cell.count) for cell in cells)
        rows = (*length_rows(self.items, cells, range(first, first + len(cells))), *self.meeting_rows)
        return Model((*self._items_for_nothing(), *lacks), rows)

    def feasible(self, rows: Iterable[Row]) -> Model:
        """Ask whether these rows can hold together."""
        return Model(self._items_for_nothing(), tuple(rows))

    def _items_for_nothing(self) -> tuple[Column, ...]:
        return tuple(Column(item.code) for item in self.items)
