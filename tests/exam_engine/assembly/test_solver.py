"""The solver: exact answers to small models, whole numbers out, and the same answer every time."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_engine.assembly.model import Column, Model, Row
from exam_engine.assembly.solver import Outcome, solve, solver_name

WEIGHTS = st.lists(st.integers(-9, 9), min_size=5, max_size=5)


def best(model: Model) -> int | None:
    """The least cost by trying everything."""
    costs = [
        sum(column.cost * value for column, value in zip(model.columns, values, strict=True))
        for values in product((0, 1), repeat=len(model.columns))
        if all(_holds(row, values) for row in model.rows)
    ]
    return min(costs, default=None)


def _holds(row: Row, values: tuple[int, ...]) -> bool:
    total = sum(coefficient * values[column] for column, coefficient in row.terms)
    return (row.least is None or total >= row.least) and (row.most is None or total <= row.most)


@settings(deadline=None, max_examples=60)
@given(WEIGHTS, WEIGHTS, WEIGHTS, st.integers(-9, 9), st.integers(-9, 9))
def test_it_agrees_with_trying_everything(
    costs: list[int], first: list[int], second: list[int], least: int, most: int
) -> None:
    columns = tuple(Column(str(number), cost=cost) for number, cost in enumerate(costs))
    rows = (Row("first", tuple(enumerate(first)), least, None), Row("second", tuple(enumerate(second)), None, most))
    model = Model(columns, rows)
    solution, expected = solve(model), best(model)
    if expected is None:
        assert solution.outcome is Outcome.INFEASIBLE
        assert not solution.is_found
    else:
        assert solution.outcome is Outcome.OPTIMAL
        assert all(_holds(row, solution.values) for row in rows)
        assert sum(cost * value for cost, value in zip(costs, solution.values, strict=True)) == expected


@pytest.mark.parametrize("rows", [(), (Row("nothing", (), None, 1),)])
def test_a_model_without_rules_is_solved_too(rows: tuple[Row, ...]) -> None:
    assert solve(Model((Column("x", cost=1), Column("y", cost=-1)), rows)).values == (0, 1)


def test_a_contradiction_without_columns_is_seen() -> None:
    assert solve(Model((Column("x"),), (Row("empty cell", (), 1, 1),))).outcome is Outcome.INFEASIBLE


def test_it_says_so_when_the_limit_comes_before_the_answer() -> None:
    # A subset-sum of even numbers with an odd target: no bound shows that it cannot be, only trying does.
    columns = tuple(Column(str(number)) for number in range(40))
    weights = tuple((number, 2 * (10_000 + 37 * number * number)) for number in range(40))
    odd = sum(weight for _, weight in weights[:20]) // 2 * 2 + 1
    pinned = (Row("twenty", tuple((number, 1) for number in range(40)), 20, 20), Row("odd", weights, odd, odd))
    assert solve(Model(columns, pinned), nodes_max=1).outcome in {Outcome.UNDECIDED, Outcome.INFEASIBLE}


def test_it_names_itself_with_its_version() -> None:
    assert solver_name().startswith("HiGHS 1.")
