"""The checker: one broken rule at a time, each seen and named."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from exam_engine.assembly.checking import broken_rules, mean_difficulty
from exam_engine.assembly.model import Cell, Specification
from tests.builders.assembly import pool_item, pool_of

SPECIFICATION = Specification((Cell("A1", "A1.1", 5, 2), Cell("A2", "A2.1", 4, 1)), Fraction(1, 2), Fraction(1, 10))
X, Y, W = (pool_item(code, difficulty=rating) for code, rating in (("x", "2/5"), ("y", "3/5"), ("w", "9/10")))
Z = pool_item("z", area="A2", competence="A2.1", level=4)
POOL = pool_of([W, X, Y, Z], ("w", "z"))


def test_a_selection_that_holds_breaks_nothing() -> None:
    assert broken_rules(SPECIFICATION, POOL, [X, Y, Z]) == []


def test_a_missing_item_is_named_by_its_cell() -> None:
    assert broken_rules(SPECIFICATION, POOL, [X, Y]) == ["A2.1 level 4 of A2 has 0 items instead of 1"]


def test_nothing_chosen_is_not_a_form() -> None:
    assert len(broken_rules(SPECIFICATION, POOL, [])) == 2


def test_an_item_of_no_cell_is_named() -> None:
    stray = pool_item("stray", level=6)
    pool = pool_of([*POOL.items, stray])
    assert broken_rules(SPECIFICATION, pool, [X, Y, Z, stray]) == ["A1.1 level 6 of A1 has 1 items instead of 0"]


def test_an_item_twice_is_seen() -> None:
    assert "an item stands in the form twice" in broken_rules(SPECIFICATION, POOL, [X, X, Z])


def test_a_foreign_or_altered_item_is_seen() -> None:
    altered = replace(X, expected_difficulty=Fraction(1, 2))
    assert broken_rules(SPECIFICATION, POOL, [altered, Y, Z]) == ["x is not in the pool"]
    assert broken_rules(SPECIFICATION, pool_of([Y, Z]), [X, Y, Z]) == ["x is not in the pool"]


def test_enemies_are_seen() -> None:
    loose = replace(SPECIFICATION, tolerance=Fraction(1))
    assert broken_rules(loose, POOL, [W, X, Z]) == ["w and z are enemies"]


def test_the_tolerance_is_exact() -> None:
    exact = replace(SPECIFICATION, target=Fraction(2, 5))
    assert broken_rules(exact, POOL, [X, Y, Z]) == []  # the mean is 1/2, and 1/10 is allowed
    a_hair_less = replace(exact, tolerance=Fraction(1, 10) - Fraction(1, 10**12))
    assert ["the mean difficulty is 1/10 off" in broken for broken in broken_rules(a_hair_less, POOL, [X, Y, Z])] == [
        True
    ]


def test_the_mean_is_exact() -> None:
    assert mean_difficulty([X, Y, W]) == Fraction(19, 30)
