"""The model: named rows with whole coefficients that say exactly what the specification says."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_engine.assembly.model import (
    GRID_MAX,
    Cell,
    DifficultyGrid,
    FormProblem,
    Row,
    Specification,
    cliques,
    enemy_rows,
    length_rows,
)
from tests.builders.assembly import pool_item, random_bank

CELLS = (Cell("A1", "A1.1", 5, 2), Cell("A1", "A1.2", 4, 1))
ITEMS = [pool_item("x"), pool_item("y"), pool_item("z", competence="A1.2", level=4)]
codes = st.integers(0, 7).map("item-{}".format)
pairs = st.frozensets(codes, min_size=2, max_size=2)


def holds(row: Row, values: list[int]) -> bool:
    total = sum(coefficient * values[column] for column, coefficient in row.terms)
    return (row.least is None or total >= row.least) and (row.most is None or total <= row.most)


def test_every_cell_is_a_row_of_its_name_with_its_count() -> None:
    assert length_rows(ITEMS, CELLS) == [
        Row("2 of A1.1 level 5", ((0, 1), (1, 1)), 2, 2),
        Row("1 of A1.2 level 4", ((2, 1),), 1, 1),
    ]


def test_a_row_can_count_what_its_cell_lacks() -> None:
    assert length_rows(ITEMS, CELLS, short=[3, 4])[1].terms == ((2, 1), (4, 1))


def test_enemies_share_one_row_per_clique() -> None:
    triangle = [frozenset(pair) for pair in combinations("xyz", 2)]
    assert enemy_rows(ITEMS, triangle) == [Row("enemies: x, y, z", ((0, 1), (1, 1), (2, 1)), None, 1)]
    assert [row.name for row in enemy_rows(ITEMS, triangle[:2])] == ["enemies: x, y", "enemies: x, z"]


def test_enemies_outside_the_items_need_no_row() -> None:
    assert enemy_rows(ITEMS, [frozenset(("x", "elsewhere"))]) == []


@given(st.sets(pairs))
def test_cliques_cover_exactly_the_pairs(enemies: set[frozenset[str]]) -> None:
    found = cliques({f"item-{number}" for number in range(8)}, enemies)
    assert {frozenset(pair) for clique in found for pair in combinations(clique, 2)} == enemies


@settings(deadline=None)
@given(
    st.lists(st.fractions(0, 1, max_denominator=50), min_size=4, max_size=4),
    st.fractions(0, 1, max_denominator=50),
    st.fractions(0, 1, max_denominator=50),
)
def test_difficulty_rows_hold_exactly_when_the_fractions_do(
    difficulties: list[Fraction], target: Fraction, deviation: Fraction
) -> None:
    items = [pool_item(str(number), difficulty=str(rating)) for number, rating in enumerate(difficulties)]
    grid = DifficultyGrid.over(items, Specification((Cell("A1", "A1.1", 5, 2),), target, deviation))
    for chosen in combinations(range(4), 2):
        values = [int(number in chosen) for number in range(4)]
        true = abs((difficulties[chosen[0]] + difficulties[chosen[1]]) / 2 - target)
        within, measured = all(holds(row, values) for row in grid.within(deviation)), grid.deviation(chosen)
        if grid.lower == grid.upper:
            assert within == (true <= deviation)
            assert grid.least_deviation <= measured == true
        else:
            assert not within or true <= deviation
            assert true <= measured <= true + Fraction(1, GRID_MAX)


def test_difficulties_are_counted_in_the_widest_steps_that_hold_them() -> None:
    items = [pool_item(code, difficulty=rating) for code, rating in (("x", "0.62"), ("y", "0.70"), ("z", "0.74"))]
    grid = DifficultyGrid.over(items, Specification((Cell("A1", "A1.1", 5, 2),), Fraction(67, 100), Fraction(1, 100)))
    assert (grid.step, grid.lower) == (Fraction(4, 100), (0, 2, 3))
    # The sum on target, 1.34, lies 0.10 above twice 0.62: two steps and a half.
    assert grid.target == Fraction(5, 2)
    assert grid.least_deviation == Fraction(1, 100)
    assert [(row.least, row.most) for row in grid.within(Fraction(1, 100))] == [(2, None), (None, 3)]


def test_equal_difficulties_need_no_steps() -> None:
    items = [pool_item("x"), pool_item("y")]
    grid = DifficultyGrid.over(items, Specification((Cell("A1", "A1.1", 5, 1),), Fraction(1, 2), Fraction(0)))
    assert (grid.lower, grid.target) == ((0, 0), 0)


def test_ratings_without_a_common_unit_are_bracketed() -> None:
    items = [pool_item(str(prime), difficulty=f"1/{prime}") for prime in (9973, 9967, 9949)]
    grid = DifficultyGrid.over(items, Specification((Cell("A1", "A1.1", 5, 1),), Fraction(1, 2), Fraction(1, 2)))
    assert grid.step == Fraction(1, GRID_MAX)
    assert [upper - lower for lower, upper in zip(grid.lower, grid.upper, strict=True)] == [1, 1, 1]


@pytest.mark.parametrize("seed", range(3))
def test_columns_are_the_items_in_the_order_given(seed: int) -> None:
    specification, pool = random_bank(seed)
    items = list(pool.items)
    random.Random(seed).shuffle(items)
    problem = FormProblem.over(specification, items, pool.enemies)
    for model in (problem.draw([0] * len(items), Fraction(1)), problem.nearest(None), problem.missing()):
        assert [column.name for column in model.columns[: len(items)]] == [item.code for item in items]
        assert len({row.name for row in model.rows}) == len(model.rows)
