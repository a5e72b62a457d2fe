"""Infeasibility: the right cells, the right numbers, and the rules that really contradict each other."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_engine.assembly.infeasibility import Infeasible, conflict
from exam_engine.assembly.model import Cell, FormProblem, Specification
from exam_engine.assembly.selection import select_items
from exam_engine.assembly.solver import Outcome, solve
from question_bank.pool import Pool, PoolItem
from tests.builders.assembly import pool_item, pool_of, random_bank

WIDE = Fraction(1)
HALF = Fraction(1, 2)


def faults(specification: Specification, pool: Pool) -> list[str]:
    with pytest.raises(Infeasible) as refusal:
        select_items(specification, pool, "seed")
    return [str(fault) for fault in refusal.value.faults]


def cell(competence: str, count: int, level: int = 5) -> Cell:
    return Cell(competence[:2], competence, level, count)


def items_of(competence: str, *names: str, difficulty: str = "1/2") -> list[PoolItem]:
    return [pool_item(name, difficulty=difficulty, area=competence[:2], competence=competence) for name in names]


def test_every_cell_short_of_items_is_named_with_its_numbers() -> None:
    specification = Specification((cell("A3.4", 2, 6), cell("A1.1", 1), cell("A1.2", 3)), HALF, WIDE)
    pool = pool_of(
        [
            pool_item("x", area="A3", competence="A3.4", level=6),
            pool_item("y", area="A3", competence="A3.4", level=5),
            *items_of("A1.1", "z"),
        ]
    )
    assert faults(specification, pool) == [
        "/cells/0: A3.4 level 6 needs 2 live items, the bank has 1: 1 short",
        "/cells/2: A1.2 level 5 needs 3 live items, the bank has 0: 3 short",
    ]


def test_one_item_is_spoken_of_as_one() -> None:
    assert faults(Specification((cell("A1.1", 1),), HALF, WIDE), pool_of([])) == [
        "/cells/0: A1.1 level 5 needs 1 live item, the bank has 0: 1 short"
    ]


def test_enemies_within_a_cell_are_named() -> None:
    specification = Specification((cell("A1.1", 2), cell("A1.2", 1)), HALF, WIDE)
    pool = pool_of([*items_of("A1.1", "x", "y", "z"), *items_of("A1.2", "w")], ("x", "y"), ("y", "z"), ("x", "z"))
    assert faults(specification, pool) == [
        "/cells/0: A1.1 level 5 needs 2 live items, but enemies leave it 1: 1 short. In conflict: 2 of A1.1 level 5; enemies: x, y, z"
    ]


def test_enemies_across_cells_are_named_and_bystanders_are_not() -> None:
    specification = Specification((cell("A1.1", 1), cell("A2.1", 1), cell("A2.2", 1)), HALF, WIDE)
    bystanders = items_of("A2.2", "v", "w")
    pool = pool_of([*items_of("A1.1", "x"), *items_of("A2.1", "y"), *bystanders], ("x", "y"), ("y", "w"), ("v", "w"))
    (fault,) = faults(specification, pool)
    assert "1 live item, but enemies leave it 0: 1 short" in fault
    assert fault.endswith("In conflict: 1 of A1.1 level 5; 1 of A2.1 level 5; enemies: x, y")


def test_each_short_cell_has_its_own_conflict() -> None:
    specification = Specification((cell("A1.1", 2), cell("A2.1", 2)), HALF, WIDE)
    pool = pool_of([*items_of("A1.1", "a", "b"), *items_of("A2.1", "c", "d")], ("a", "b"), ("c", "d"))
    first, second = faults(specification, pool)
    assert first.startswith("/cells/0: A1.1")
    assert first.endswith("enemies: a, b")
    assert second.startswith("/cells/1: A2.1")
    assert second.endswith("enemies: c, d")


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_a_conflict_is_a_contradiction_and_none_of_its_rules_can_be_spared(seed: int) -> None:
    # All items of every cell are asked for, so that any pair of enemies contradicts.
    specification, pool = random_bank(seed, areas=2, competences=2, items=3, count=3, enemies=4)
    problem = FormProblem.over(specification, pool.items, pool.enemies)
    enemies = {column for column, _ in problem.enemy_rows[0].terms}
    start = next(index for index, row in enumerate(problem.rules) if enemies & {column for column, _ in row.terms})
    core = conflict(problem, problem.rules, start)
    assert solve(problem.feasible(core)).outcome is Outcome.INFEASIBLE
    for spared in core:
        assert solve(problem.feasible([row for row in core if row is not spared])).outcome is Outcome.OPTIMAL


def test_an_unreachable_difficulty_names_the_nearest_that_can_be_reached() -> None:
    specification = Specification((cell("A1.1", 1), cell("A1.2", 1)), Fraction(3, 5), Fraction(1, 100))
    pool = pool_of([*items_of("A1.1", "x", difficulty="2/5"), *items_of("A1.2", "y", "z", difficulty="7/10")])
    assert faults(specification, pool) == [
        "/difficulty_target: the mean difficulty nearest to the target 0.6 that the live items of these cells reach is 0.55: 0.05 away, where the tolerance is 0.01"
    ]
    assert select_items(replace(specification, tolerance=Fraction(1, 20)), pool, "seed")


def test_a_gap_between_reachable_difficulties_is_seen() -> None:
    specification = Specification((cell("A1.1", 1),), HALF, Fraction(1, 10))
    pool = pool_of([*items_of("A1.1", "x", difficulty="1/4"), *items_of("A1.1", "y", difficulty="4/5")])
    (fault,) = faults(specification, pool)
    assert "reach is 0.25: 0.25 away, where the tolerance is 0.1" in fault


def test_the_nearest_difficulty_respects_enemies() -> None:
    specification = Specification((cell("A1.1", 1), cell("A1.2", 1)), Fraction(9, 10), Fraction(0))
    easy, hard = items_of("A1.1", "x", difficulty="9/10"), items_of("A1.1", "y", difficulty="1/2")
    pool = pool_of([*easy, *hard, *items_of("A1.2", "z", difficulty="9/10")], ("x", "z"))
    (fault,) = faults(specification, pool)
    assert "reach is 0.7:" in fault


def test_supply_is_named_before_anything_else() -> None:
    specification = Specification((cell("A1.1", 2), cell("A1.2", 2)), Fraction(1), Fraction(0))
    pool = pool_of([*items_of("A1.1", "x", "y"), *items_of("A1.2", "z")], ("x", "y"))
    assert faults(specification, pool) == ["/cells/1: A1.2 level 5 needs 2 live items, the bank has 1: 1 short"]
