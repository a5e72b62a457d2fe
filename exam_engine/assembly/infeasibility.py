"""Infeasibility: why no form can be what a blueprint asks, in words an author can act on.

One rule: nothing is relaxed quietly. Supply is counted first, since most blueprints fail there; then enemies are
weighed by elastic rows and named by a deletion filter; what is left is the difficulty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from exam_engine.assembly.checking import mean_difficulty
from exam_engine.assembly.model import FormProblem, Row, Specification, key_of, length_rows
from exam_engine.assembly.rules import decimal_text
from exam_engine.assembly.solver import Outcome, solve
from kernel.errors import Conflict, Fault
from question_bank.pool import PoolItem


class Infeasible(Conflict):
    """No form of the live items meets the blueprint; the faults say which cells fall short and by how many."""

    code = "infeasible_blueprint"
    title = "No form can be assembled"


class Undecided(Conflict):
    """The solver reached its limit without a form and without a proof that there is none."""

    code = "undecided_blueprint"
    title = "No form was found"


def lacking_supply(specification: Specification, items: Iterable[PoolItem]) -> list[Fault]:
    """Name every cell that asks for more items than there are, and by how many it falls short."""
    supply = Counter(key_of(item) for item in items)
    return [
        Fault(
            f"/cells/{index}",
            f"{cell.name} needs {_items(cell.count)}, the bank has {supply[cell.key]}:"
            f" {cell.count - supply[cell.key]} short",
        )
        for index, cell in enumerate(specification.cells)
        if supply[cell.key] < cell.count
    ]


def explain(problem: FormProblem) -> list[Fault]:
    """Name what keeps every form of these items from the specification, where each cell has enough of them.

    Returns:
        Faults whose places point into the blueprint; empty when there is a form, or when the solver cannot tell.
    """
    return _lacking_peace(problem) or _unreachable_difficulty(problem)


def _lacking_peace(problem: FormProblem) -> list[Fault]:
    """Name the cells that enemies or sets leave short, by the fewest items in all, and the rules that do it."""
    cells = problem.specification.cells
    # Whole items are missing: what is less than one above the bound is the least.
    solution = solve(problem.missing(), slack=0.5)
    lacks = solution.values[len(problem.items) :] if solution.outcome is Outcome.OPTIMAL else ()
    causes = "enemies and sets leave" if problem.set_rows else "enemies leave"
    faults = []
    for index, (cell, lack) in enumerate(zip(cells, lacks, strict=False)):
        if lack:
            # The other cells make do with what they can have, so whatever contradicts now does so because of this one.
            eased = [replace(other, count=other.count - less) for other, less in zip(cells, lacks, strict=True)]
            eased[index] = cell
            core = conflict(problem, [*length_rows(problem.items, eased), *problem.meeting_rows], start=index)
            message = (
                f"{cell.name} needs {_items(cell.count)}, but {causes} it {cell.count - lack}: {lack} short."
                f" In conflict: {'; '.join(row.name for row in core)}"
            )
            faults.append(Fault(f"/cells/{index}", message))
    return faults


def conflict(problem: FormProblem, rows: Sequence[Row], start: int) -> list[Row]:
    """Return rows that contradict each other and of which none can be spared (a deletion filter).

    Args:
        start: the index of a row that is part of every contradiction; only rows linked to it by items are tried.
    """
    kept = _linked(rows, start)
    for row in list(kept):
        others = [other for other in kept if other is not row]
        if solve(problem.feasible(others)).outcome is Outcome.INFEASIBLE:
            kept = others
    return kept


def _linked(rows: Sequence[Row], start: int) -> list[Row]:
    reached, waiting = {start}, [start]
    rows_of: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        for column, _ in row.terms:
            rows_of.setdefault(column, []).append(index)
    while waiting:
        neighbours = {index for column, _ in rows[waiting.pop()].terms for index in rows_of[column]}
        waiting.extend(neighbours - reached)
        reached |= neighbours
    return [rows[index] for index in sorted(reached)]


def _unreachable_difficulty(problem: FormProblem) -> list[Fault]:
    """Name the mean difficulty nearest to the target that the cells can reach at all."""
    target, tolerance = problem.specification.target, problem.specification.tolerance
    solution = solve(problem.nearest(None))
    if solution.outcome is not Outcome.OPTIMAL:
        return []
    nearest = mean_difficulty([item for item, value in zip(problem.items, solution.values, strict=False) if value])
    distance = abs(nearest - target)
    if distance <= tolerance:
        return []
    message = (
        f"the mean difficulty nearest to the target {decimal_text(target, nearest)} that the live items of these cells"
        f" reach is {decimal_text(nearest, target)}: {decimal_text(distance, tolerance, Fraction())} away, where the"
        f" tolerance is {decimal_text(tolerance, distance)}"
    )
    return [Fault("/difficulty_target", message)]


def _items(count: int) -> str:
    return f"{count} live item{'' if count == 1 else 's'}"
