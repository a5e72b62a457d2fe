"""Selection: every rule holds by the independent checker, the least deviation by trying all forms, and seeds decide."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import chain, combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_engine.assembly.checking import broken_rules, mean_difficulty
from exam_engine.assembly.infeasibility import Infeasible, Undecided
from exam_engine.assembly.model import Cell, Specification
from exam_engine.assembly.selection import RESOLUTION, select_items
from question_bank.pool import Pool, PoolItem
from tests.builders.assembly import pool_item, pool_of, random_bank

quick = settings(deadline=None, max_examples=40)
seeds = st.integers(0, 10**6)


def codes(specification: Specification, pool: Pool, seed: str) -> list[str]:
    return [item.code for item in select_items(specification, pool, seed).items]


def every_form(specification: Specification, pool: Pool) -> Iterator[tuple[PoolItem, ...]]:
    """All selections with the right counts and no enemies, whatever their difficulty."""
    cells = [
        combinations(
            [item for item in pool.items if (item.competence, item.level) == (cell.competence, cell.level)], cell.count
        )
        for cell in specification.cells
    ]
    for groups in product(*cells):
        form = tuple(chain.from_iterable(groups))
        if not any(frozenset(pair) in pool.enemies for pair in combinations((item.code for item in form), 2)):
            yield form


@quick
@given(seeds, st.integers(1, 3), st.integers(1, 3), st.integers(3, 30), st.integers(0, 25))
def test_every_rule_holds_on_random_banks(seed: int, areas: int, competences: int, items: int, enemies: int) -> None:
    specification, pool = random_bank(seed, areas=areas, competences=competences, items=items, enemies=enemies)
    with suppress(Infeasible):
        chosen = select_items(specification, pool, str(seed)).items
        assert broken_rules(specification, pool, chosen) == []
        assert len(chosen) == areas * competences * 2


@quick
@given(seeds, st.integers(0, 12), st.integers(0, 40), st.sampled_from([0, 5, 20]))
def test_it_finds_a_form_exactly_when_there_is_one_and_the_nearest(
    seed: int, enemies: int, off_target: int, tolerance: int
) -> None:
    specification, pool = random_bank(seed, areas=1, competences=3, items=4, enemies=enemies)
    target = min(specification.target + Fraction(off_target, 100), Fraction(1))
    specification = replace(specification, target=target, tolerance=Fraction(tolerance, 100))
    deviations = [abs(mean_difficulty(form) - target) for form in every_form(specification, pool)]
    nearest = min(deviations, default=Fraction(2))
    if nearest > specification.tolerance:
        with pytest.raises(Infeasible):
            select_items(specification, pool, "seed")
    else:
        selection = select_items(specification, pool, "seed")
        assert selection.is_nearest
        assert abs(mean_difficulty(selection.items) - target) <= nearest + RESOLUTION


@quick
@given(seeds)
def test_row_ids_and_the_order_of_the_pool_change_nothing(seed: int) -> None:
    specification, pool = random_bank(seed, areas=2, competences=3, items=20, enemies=15)
    elsewhere = [replace(item, version_id=uuid.uuid4()) for item in pool.items]
    random.Random(seed).shuffle(elsewhere)
    moved = Pool(tuple(elsewhere), pool.enemies, pool.pool_hash)
    assert codes(specification, moved, "seed") == codes(specification, pool, "seed")


def test_items_of_other_cells_change_nothing() -> None:
    specification, pool = random_bank(1, items=20)
    strangers = [replace(item, code=f"other-{item.code}", level=8) for item in pool.items]
    wider = Pool((*pool.items, *strangers), pool.enemies, "1" * 64)
    assert codes(specification, wider, "seed") == codes(specification, pool, "seed")


def test_seeds_give_different_forms() -> None:
    specification, pool = random_bank(2, areas=4, competences=4, items=30, enemies=40)
    forms = [frozenset(codes(specification, pool, f"seed {number}")) for number in range(12)]
    assert len(set(forms)) == len(forms)
    overlaps = [len(one & other) for one, other in combinations(forms, 2)]
    # Two random draws of 2 from 30 share 2/15 of an item per cell: 2.1 items of 32.
    assert sum(overlaps) / len(overlaps) < 5


def test_enemies_never_meet_however_often_they_are_drawn() -> None:
    specification, pool = random_bank(3, areas=2, competences=2, items=5, enemies=8)
    for number in range(25):
        chosen = set(codes(specification, pool, str(number)))
        assert not any(pair <= chosen for pair in pool.enemies)


@pytest.mark.parametrize("hundredths", range(-4, 5))
def test_the_tolerance_is_met_exactly_and_the_target_where_it_can_be(hundredths: int) -> None:
    specification, pool = random_bank(4, areas=4, competences=4, items=12, enemies=10)
    target = specification.target + Fraction(hundredths, 100)
    exact = replace(specification, target=target, tolerance=Fraction(0))
    # 32 items rated in hundredths hit any target in hundredths.
    assert mean_difficulty(select_items(exact, pool, "seed").items) == target


def test_ratings_without_a_common_unit_keep_the_tolerance_exactly() -> None:
    specification, pool = random_bank(5, areas=3, competences=3, items=15, enemies=10)
    dice = random.Random(5)
    items = tuple(
        replace(item, expected_difficulty=Fraction(dice.randint(400, 900), dice.choice((1009, 1013, 1019))))
        for item in pool.items
    )
    uneven = Pool(items, pool.enemies, pool.pool_hash)
    narrow = replace(specification, target=Fraction(13, 20), tolerance=Fraction(1, 5000))
    assert broken_rules(narrow, uneven, select_items(narrow, uneven, "seed").items) == []


def test_a_large_bank_is_sampled_and_the_whole_of_it_tried_before_giving_up() -> None:
    specification, pool = random_bank(6, areas=2, competences=2, items=200, enemies=30)
    assert select_items(specification, pool, "seed").considered == 4 * (2 * 4 + 2)
    hardest = sorted(pool.items, key=lambda item: item.expected_difficulty)
    extreme = {
        cell.key: [item for item in hardest if (item.area, item.competence, item.level) == cell.key][: cell.count]
        for cell in specification.cells
    }
    form = tuple(chain.from_iterable(extreme.values()))
    rare = replace(specification, target=mean_difficulty(form), tolerance=Fraction(0))
    selection = select_items(rare, Pool(pool.items, frozenset(), "2" * 64), "seed")
    assert selection.considered == len(pool.items)
    assert mean_difficulty(selection.items) == mean_difficulty(form)


def test_areas_follow_the_framework_and_are_shuffled_within() -> None:
    specification, pool = random_bank(7, areas=3, competences=4, items=10)
    backwards = replace(specification, cells=specification.cells[::-1])
    for shape, expected in ((specification, ["A1", "A2", "A3"]), (backwards, ["A3", "A2", "A1"])):
        chosen = select_items(shape, pool, "seed").items
        assert list(dict.fromkeys(item.area for item in chosen)) == expected
        assert [item.area for item in chosen] == [area for area in expected for _ in range(8)]
    first_area = [item.competence for item in select_items(specification, pool, "seed").items[:8]]
    assert first_area != sorted(first_area)


def test_a_question_too_hard_for_the_solver_is_not_answered_with_a_guess() -> None:
    # One item of two in each of 20 cells, rated in millionths, to hit a sum exactly: a subset-sum problem.
    dice = random.Random(20)
    cells = tuple(Cell("A1", f"A1.{number}", 5, 1) for number in range(20))
    pool = pool_of(
        pool_item(
            f"{cell.competence}-{half}",
            competence=cell.competence,
            difficulty=f"{dice.randint(10**5, 9 * 10**5)}/1000000",
        )
        for cell in cells
        for half in range(2)
    )
    target = Fraction(round(mean_difficulty(pool.items) * 20 * 10**6), 20 * 10**6)
    with pytest.raises(Undecided, match="neither a form nor a proof"):
        select_items(Specification(cells, target, Fraction(0)), pool, "seed")


def in_sets(pool: Pool, chance: random.Random, size: int) -> Pool:
    """The same bank with some of its items in sets of a few, wherever they belong."""
    drawn = chance.sample(pool.items, k=min(len(pool.items), 3 * size))
    sets = {item.code: f"S{place // size}" for place, item in enumerate(drawn)}
    items = tuple(replace(item, set_code=sets.get(item.code)) for item in pool.items)
    return Pool(items, pool.enemies, pool.pool_hash)


@quick
@given(seeds, st.integers(2, 4), st.integers(0, 10))
def test_sets_are_asked_whole_and_stand_together(seed: int, size: int, enemies: int) -> None:
    specification, pool = random_bank(seed, areas=2, competences=2, items=8, enemies=enemies)
    pool = in_sets(pool, random.Random(seed), size)
    with suppress(Infeasible):
        chosen = select_items(specification, pool, str(seed)).items
        assert broken_rules(specification, pool, chosen) == []
        places: dict[str, list[int]] = {}
        for place, item in enumerate(chosen):
            places.setdefault(item.set_code or item.code, []).append(place)
        assert all(found == list(range(found[0], found[0] + len(found))) for found in places.values())


def test_a_set_that_does_not_fit_is_left_out_and_one_that_must_be_torn_is_named() -> None:
    one, two = Cell("A1", "A1.1", 5, 1), Cell("A1", "A1.2", 5, 1)
    specification = Specification((one, two), Fraction(1, 2), Fraction(1, 2))
    scenario = [
        pool_item("s1", set_code="S"),
        pool_item("s2", set_code="S"),
        pool_item("s3", competence="A1.2", set_code="S"),
    ]
    alone = [pool_item("a1"), pool_item("a2", competence="A1.2")]
    for seed in map(str, range(20)):
        assert set(codes(specification, pool_of([*scenario, *alone]), seed)) == {"a1", "a2"}
    with pytest.raises(Infeasible) as refusal:
        select_items(specification, pool_of([*scenario, alone[0]]), "x")
    [fault] = refusal.value.faults
    assert fault.place == "/cells/1"
    assert "enemies and sets leave it 0: 1 short" in fault.message
    assert "set S: s" in fault.message


def test_the_checker_names_what_is_missing_of_a_begun_set() -> None:
    specification = Specification((Cell("A1", "A1.1", 5, 1),), Fraction(1, 2), Fraction(1, 2))
    pool = pool_of(
        [pool_item("s1", set_code="S"), pool_item("s2", set_code="S"), pool_item("s3", level=6, set_code="S")]
    )
    assert broken_rules(specification, pool, pool.items[:1]) == ["s2 of the begun set S is missing"]
