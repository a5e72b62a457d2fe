"""Selection: the items of one form, drawn from a pool by a seed so that every rule of the specification holds exactly.

One rule: the same contents, specification and seed give the same items in the same order, whatever their rows are
called and however they are sorted in the database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from exam_engine.assembly.checking import broken_rules
from exam_engine.assembly.infeasibility import Infeasible, Undecided, explain, lacking_supply
from exam_engine.assembly.model import CellKey, FormProblem, Model, Specification, key_of
from exam_engine.assembly.solver import NODES_MAX, Outcome, solve
from question_bank.pool import Pool, PoolItem

RESOLUTION = Fraction(1, 10_000)
"""Mean difficulties this close to each other count as equal: no panel rates finer."""
CANDIDATES_PER_PLACE = 4
CANDIDATES_MORE = 2
# The costs are random, so any form that is not dear is as good a draw as the cheapest, and ten times as quick.
_DRAW_GAP = 0.5
_COST_MAX = 1000
_FIRST_TRY_NODES = 200
_NO_FORM = "no form of the live items can be what the blueprint asks"


class UnsoundForm(RuntimeError):
    """The independent check contradicts the solver: a defect of this product, never of the input."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The items in the order of the form, and how they were found."""

    items: tuple[PoolItem, ...]
    considered: int
    """How many items the solver chose from."""
    is_nearest: bool
    """Whether no form of those items has a mean difficulty nearer to the target (by RESOLUTION)."""


def select_items(specification: Specification, pool: Pool, seed: str) -> Selection:
    """Draw the items of a form.

    A few items per place, drawn by the seed, are tried first: that is quick at any size of the bank and spreads use
    over it. Only when they allow no form are all items of the cells considered.

    Raises:
        Infeasible: there is no such form; the faults name cells, numbers and rules.
        Undecided: the solver gave up.
    """
    keys = {cell.key for cell in specification.cells}
    # Sorted by content, since the order of columns may tip the solver between equal forms.
    eligible = sorted(
        (item for item in pool.items if key_of(item) in keys), key=lambda item: (item.content_hash, item.code)
    )
    short = lacking_supply(specification, eligible)
    if short:
        raise Infeasible(_NO_FORM, faults=short)
    sample = _sample(specification, eligible, seed)
    for candidates in (sample, eligible) if len(sample) < len(eligible) else (eligible,):
        problem = FormProblem.over(specification, candidates, pool.enemies)
        found = _draw(problem, seed)
        if found is not None:
            return _in_order(found, specification, pool, seed)
    faults = explain(problem)
    if faults:
        raise Infeasible(_NO_FORM, faults=faults)
    message = "the solver found neither a form nor a proof that there is none; widen the tolerance or add items"
    raise Undecided(message)


def _sample(specification: Specification, eligible: Sequence[PoolItem], seed: str) -> list[PoolItem]:
    """Return a few items per cell, drawn by the seed, in the order given."""
    members: dict[CellKey, list[PoolItem]] = {}
    for item in sorted(eligible, key=lambda item: _lot(seed, "sample", item)):
        members.setdefault(key_of(item), []).append(item)
    taken = {
        item.code
        for cell in specification.cells
        for item in members[cell.key][: cell.count * CANDIDATES_PER_PLACE + CANDIDATES_MORE]
    }
    begun = {item.set_code for item in eligible if item.code in taken and item.set_code is not None}
    return [item for item in eligible if item.code in taken or item.set_code in begun]


def _draw(problem: FormProblem, seed: str) -> Selection | None:
    """Return a random form whose deviation from the target is the least, or None where none is within tolerance."""
    grid, tolerance = problem.grid, problem.specification.tolerance
    costs = [_lot(seed, "cost", item) % _COST_MAX for item in problem.items]
    # Most pools can hit the target itself. To try that first saves looking for the least deviation.
    closest = min(max(RESOLUTION, grid.least_deviation), tolerance)
    chosen = _solved(problem, problem.draw(costs, closest), _FIRST_TRY_NODES)
    if chosen:
        return Selection(chosen, len(problem.items), is_nearest=True)
    nearest = solve(problem.nearest(tolerance), slack=float(grid.steps(RESOLUTION)))
    if not nearest.is_found:
        return None
    indices = [index for index, value in enumerate(nearest.values[: len(problem.items)]) if value]
    chosen = _solved(problem, problem.draw(costs, grid.deviation(indices)), NODES_MAX)
    chosen = chosen or tuple(problem.items[index] for index in indices)
    return Selection(chosen, len(problem.items), is_nearest=nearest.outcome is Outcome.OPTIMAL)


def _solved(problem: FormProblem, model: Model, nodes_max: int) -> tuple[PoolItem, ...]:
    values = solve(model, gap=_DRAW_GAP, nodes_max=nodes_max).values
    return tuple(item for item, value in zip(problem.items, values, strict=False) if value)


def _in_order(found: Selection, specification: Specification, pool: Pool, seed: str) -> Selection:
    """Return the form area by area in the framework's order, shuffled within each, after an independent check."""
    broken = broken_rules(specification, pool, found.items)
    if broken:
        message = f"the solver's form breaks rules: {'; '.join(broken)}"
        raise UnsoundForm(message)
    areas = list(dict.fromkeys(cell.area for cell in specification.cells))
    in_order = sorted(found.items, key=lambda item: (areas.index(item.area), _lot(seed, "order", item)))
    # A set stands where the first of its items would, in the order of its items' codes.
    leaders: dict[str, int] = {}
    for place, item in enumerate(in_order):
        leaders.setdefault(item.set_code or item.code, place)
    ordered = sorted(in_order, key=lambda item: (leaders[item.set_code or item.code], item.code))
    return Selection(tuple(ordered), found.considered, found.is_nearest)


def _lot(seed: str, purpose: str, item: PoolItem) -> int:
    """Draw an item's lot: a number that depends on the seed and the item's content, and on nothing else."""
    drawn = hashlib.sha256(f"{purpose}\0{item.content_hash}\0{seed}".encode()).digest()
    return int.from_bytes(drawn[:8])
