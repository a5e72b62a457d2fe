"""A bank and constraints made by others (ATA.jl): our rows and solver meet all of them, by a plain count."""

from __future__ import annotations

import csv
from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest

from exam_engine.assembly.checking import broken_rules
from exam_engine.assembly.model import Cell, FormProblem, Row, Specification
from exam_engine.assembly.selection import select_items
from exam_engine.assembly.solver import solve
from question_bank.pool import Pool
from tests.builders.assembly import pool_item, pool_of

FOLDER = Path(__file__).parents[2] / "fixtures" / "ata"
BANK = list(csv.DictReader((FOLDER / "bank.csv").read_text().splitlines(), delimiter=";"))
BOUNDS = list(csv.DictReader((FOLDER / "Constraints.csv").read_text().splitlines(), delimiter=";"))
GROUPS = ("1", "2", "3")
LENGTH = 38
# The middle of the published bounds of each category, which sum to the length.
COUNTS = {"D_1": 8, "D_2": 7, "D_3": 17, "D_4": 6}


def published_pool() -> Pool:
    items = [pool_item(row["ITEM_ID"], difficulty=row["PROP_CORR"], competence=row["CAT_1"]) for row in BANK]
    sets: dict[str, list[str]] = {}
    for row in BANK:
        if row["ENEMY_SET"]:
            sets.setdefault(row["ENEMY_SET"], []).append(row["ITEM_ID"])
    return pool_of(items, *(pair for members in sets.values() for pair in combinations(members, 2)))


def bounds_of(group: str) -> list[dict[str, str]]:
    return [bound for bound in BOUNDS if bound["group"] == group]


def bound_rows(group: str) -> list[Row]:
    return [
        Row(
            f"{bound['var']} {bound['value']}",
            tuple((index, 1) for index, item in enumerate(BANK) if item[bound["var"]] == bound["value"]),
            int(bound["min"]) if bound["min"] else None,
            int(bound["max"]) if bound["max"] else None,
        )
        for bound in bounds_of(group)
    ]


def test_the_enemy_sets_become_one_row_each() -> None:
    pool = published_pool()
    problem = FormProblem.over(
        Specification((Cell("A1", "D_1", 5, 1),), Fraction(1, 2), Fraction(1)), pool.items, pool.enemies
    )
    sets = Counter(row["ENEMY_SET"] for row in BANK if row["ENEMY_SET"])
    assert sorted(len(row.terms) for row in problem.enemy_rows) == sorted(size for size in sets.values() if size > 1)


@pytest.mark.parametrize("group", GROUPS)
def test_every_published_bound_is_met(group: str) -> None:
    pool = published_pool()
    specification = Specification((Cell("A1", "any", 5, LENGTH),), Fraction(1, 2), Fraction(1, 100))
    problem = FormProblem.over(specification, pool.items, pool.enemies)
    length = Row("length", tuple((index, 1) for index in range(len(BANK))), LENGTH, LENGTH)
    rules = [length, *bound_rows(group), *problem.enemy_rows, *problem.grid.within(Fraction(1, 100))]
    values = solve(problem.feasible(rules)).values
    chosen = [row for row, value in zip(BANK, values, strict=True) if value]
    assert len(chosen) == LENGTH
    for bound in bounds_of(group):
        count = sum(row[bound["var"]] == bound["value"] for row in chosen)
        assert int(bound["min"] or 0) <= count <= int(bound["max"] or LENGTH)
    assert max(Counter(row["ENEMY_SET"] for row in chosen if row["ENEMY_SET"]).values()) == 1
    assert abs(sum(Fraction(row["PROP_CORR"]) for row in chosen) / LENGTH - Fraction(1, 2)) <= Fraction(1, 100)


@pytest.mark.parametrize("target", ["0.45", "0.50", "0.55"])
def test_forms_of_fixed_counts_hit_their_target(target: str) -> None:
    pool = published_pool()
    cells = tuple(Cell("A1", category, 5, count) for category, count in COUNTS.items())
    specification = Specification(cells, Fraction(target), Fraction(1, 1000))
    selection = select_items(specification, pool, "published")
    assert broken_rules(specification, pool, selection.items) == []
    counts = Counter(BANK[int(item.code) - 1]["CAT_1"] for item in selection.items)
    assert counts == COUNTS
