"""The solver: runs a model through HiGHS, quietly, on one thread, with a fixed seed, so that equal models answer alike.

One rule: no clock limits a run, only a count of nodes; a time limit would make the answer depend on the machine.
Floats live in here only, and what comes out is rounded: HiGHS returns 0.9999999 by design.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import highspy
import numpy as np

from exam_engine.assembly.model import Model

NODES_MAX = 5_000
_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    # Costs more than it finds on these models (measured: facts of test assembly, a third of the time).
    "mip_heuristic_run_feasibility_jump": False,
    # Coefficients reach a million: at the usual 1e-6 a column could be off by a whole unit of the grid.
    "mip_feasibility_tolerance": 1e-9,
}


class Outcome(StrEnum):
    """What a run came to."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    """A solution, whose cost may not be the least: the node limit was reached."""
    INFEASIBLE = "infeasible"
    UNDECIDED = "undecided"
    """Neither a solution nor a proof that there is none within the node limit."""


@dataclass(frozen=True, slots=True)
class Solution:
    """The outcome and, where there is one, the value of every column; whole columns are rounded."""

    outcome: Outcome
    values: tuple[int, ...] = ()

    @property
    def is_found(self) -> bool:
        """Whether there are values."""
        return bool(self.values)


def solve(model: Model, *, gap: float = 0.0, slack: float = 0.0, nodes_max: int = NODES_MAX) -> Solution:
    """Minimise the cost of a model.

    Args:
        gap: a solution this share above the proven bound is good enough.
        slack: a solution this many units of cost above the proven bound is good enough.
    """
    highs = highspy.Highs()
    for name, value in _OPTIONS.items():
        highs.setOptionValue(name, value)
    highs.setOptionValue("mip_rel_gap", gap)
    highs.setOptionValue("mip_abs_gap", max(slack, 1e-6))
    highs.setOptionValue("mip_max_nodes", nodes_max)
    highs.passModel(_linear_program(model))
    highs.run()
    return _read(highs, len(model.columns))


def solver_name() -> str:
    """Return the solver and its version, for reports."""
    return f"HiGHS {highspy.Highs().version()}"


def _read(highs: highspy.Highs, columns: int) -> Solution:
    status = highs.getModelStatus()
    if status in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}:
        return Solution(Outcome.INFEASIBLE)
    if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Solution(Outcome.UNDECIDED)
    outcome = Outcome.OPTIMAL if status == highspy.HighsModelStatus.kOptimal else Outcome.FEASIBLE
    return Solution(outcome, tuple(round(value) for value in highs.getSolution().col_value[:columns]))


def _linear_program(model: Model) -> highspy.HighsLp:
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(model.columns), len(model.rows)
    program.col_cost_ = np.array([column.cost for column in model.columns], dtype=float)
    program.col_lower_ = np.array([float(column.least) for column in model.columns])
    program.col_upper_ = np.array([_bound(column.most, np.inf) for column in model.columns])
    kinds = highspy.HighsVarType
    program.integrality_ = [kinds.kInteger if column.whole else kinds.kContinuous for column in model.columns]
    program.row_lower_ = np.array([_bound(row.least, -np.inf) for row in model.rows])
    program.row_upper_ = np.array([_bound(row.most, np.inf) for row in model.rows])
    matrix = program.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.cumsum([0, *(len(row.terms) for row in model.rows)], dtype=np.int32)
    matrix.index_ = np.array([column for row in model.rows for column, _ in row.terms], dtype=np.int32)
    matrix.value_ = np.array([coefficient for row in model.rows for _, coefficient in row.terms], dtype=float)
    return program


def _bound(value: int | Fraction | None, unbounded: float) -> float:
    return unbounded if value is None else float(value)
