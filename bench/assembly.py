"""Forms per minute: our assembly against the two plain ways an engineer would write it.

*Plain model*: one HiGHS model over all items of the cells, written with highspy's own modelling calls, one row per
pair of enemies, random costs for variety, default options. *Random draw*: the items of each cell drawn at random, and
the whole form thrown away until no enemies meet and the difficulty is right.

Ours always comes as near to the target as the bank allows, so that forms are parallel. ``..._on_target`` asks the
references for the same; ``..._in_tolerance`` asks them only for what the blueprint demands, which is less than ours
gives: there a lucky draw is far quicker, as long as the target lies near the bank's mean and luck does not run out.

Two banks: 5,000 items (40 competences at three levels) and the size of the sample (five items per cell); forms of 80.
"""

from __future__ import annotations

import random
import statistics
import time
import uuid
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from hashlib import sha256
from typing import Any

import highspy

from exam_engine.assembly.checking import broken_rules
from exam_engine.assembly.model import Cell, Specification, key_of
from exam_engine.assembly.selection import RESOLUTION, select_items
from question_bank.pool import Pool, PoolItem

ROUNDS = 9
AREAS, COMPETENCES_PER_AREA, PER_COMPETENCE = 8, 5, 2
ENEMY_SHARE = 0.05
TARGET_SHIFT = Fraction(1, 50)
"""How much easier than the bank's mean the forms are to be: a target is rarely where the bank happens to lie."""
TOLERANCE = Fraction(1, 100)
TARGETS = {"plain_model_on_target": 3.0}
Assemble = Callable[[Specification, Pool, str], list[PoolItem]]


def rows() -> list[dict[str, Any]]:
    """Measure all in alternating rounds of one run; rates are medians per minute."""
    found = []
    for size, bank in (("5000", _bank(levels=(4, 5, 6), items=42)), ("sample", _bank(levels=(5,), items=5))):
        ways: dict[str, Assemble] = {"ours": _ours}
        for nearness, most in (("on_target", RESOLUTION), ("in_tolerance", TOLERANCE)):
            ways[f"plain_model_{nearness}"] = partial(_plain_model, most)
            ways[f"random_draw_{nearness}"] = partial(_random_draw, most)
        rates = _measure(*bank, ways)
        found += [
            {
                "name": f"forms_{size}_vs_{way}",
                "ours": round(rates["ours"], 1),
                "reference": round(rates[way], 1),
                "ratio": round(rates["ours"] / rates[way], 2),
                "target": TARGETS.get(way),
                "unit": "forms/min",
            }
            for way in ways
            if way != "ours"
        ]
    return found


def _measure(specification: Specification, pool: Pool, ways: dict[str, Assemble]) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, assemble in ways.items():
            started = time.perf_counter()
            form = assemble(specification, pool, f"seed {turn}")
            taken = time.perf_counter() - started
            broken = broken_rules(specification, pool, form)
            if broken:
                message = f"{name}: {broken}"
                raise AssertionError(message)
            if turn:  # the first turn warms up
                seconds[name].append(taken)
    return {name: 60 / statistics.median(taken) for name, taken in seconds.items()}


def _ours(specification: Specification, pool: Pool, seed: str) -> list[PoolItem]:
    return list(select_items(specification, pool, seed).items)


def _plain_model(deviation: Fraction, specification: Specification, pool: Pool, seed: str) -> list[PoolItem]:
    dice = random.Random(seed)
    keys = {cell.key for cell in specification.cells}
    items = [item for item in pool.items if key_of(item) in keys]
    difficulty = [float(item.expected_difficulty) for item in items]
    model = highspy.Highs()
    model.silent()
    chosen = model.addBinaries(len(items))
    columns = {item.code: chosen[index] for index, item in enumerate(items)}
    for cell in specification.cells:
        members = [columns[item.code] for item in items if key_of(item) == cell.key]
        model.addConstr(model.qsum(members) == cell.count)
    for one, other in (tuple(pair) for pair in pool.enemies):
        if one in columns and other in columns:
            model.addConstr(columns[one] + columns[other] <= 1)
    total = model.qsum(rating * chosen[index] for index, rating in enumerate(difficulty))
    middle, slack = float(specification.target) * specification.length, float(deviation) * specification.length
    model.addConstr(total >= middle - slack)
    model.addConstr(total <= middle + slack)
    model.minimize(model.qsum(dice.random() * chosen[index] for index in range(len(items))))
    return [item for item, value in zip(items, model.getSolution().col_value, strict=True) if value > 0.5]


def _random_draw(deviation: Fraction, specification: Specification, pool: Pool, seed: str) -> list[PoolItem]:
    dice = random.Random(seed)
    members: dict[Any, list[PoolItem]] = {}
    foes: dict[str, set[str]] = {}
    for item in pool.items:
        members.setdefault(key_of(item), []).append(item)
    for one, other in (tuple(pair) for pair in pool.enemies):
        foes.setdefault(one, set()).add(other)
        foes.setdefault(other, set()).add(one)
    ratings = {item.code: float(item.expected_difficulty) for item in pool.items}
    middle, slack = float(specification.target) * specification.length, float(deviation) * specification.length
    while True:
        form = [item for cell in specification.cells for item in dice.sample(members[cell.key], cell.count)]
        if abs(sum(ratings[item.code] for item in form) - middle) <= slack:
            codes = {item.code for item in form}
            if not any(foes.get(code, set()) & codes for code in codes):
                return form


def _bank(*, levels: tuple[int, ...], items: int) -> tuple[Specification, Pool]:
    dice = random.Random(1)
    competences = [(f"A{a + 1}", f"A{a + 1}.{c + 1}") for a in range(AREAS) for c in range(COMPETENCES_PER_AREA)]
    bank = [
        _item(f"{competence}-{level}-{number:03}", area, competence, level, dice)
        for area, competence in competences
        for level in levels
        for number in range(items)
    ]
    enemies = {frozenset(_pair(bank, dice)) for _ in range(int(len(bank) * ENEMY_SHARE))}
    cells = tuple(Cell(area, competence, dice.choice(levels), PER_COMPETENCE) for area, competence in competences)
    keys = {cell.key for cell in cells}
    ratings = [item.expected_difficulty for item in bank if key_of(item) in keys]
    target = Fraction(round(sum(ratings) / len(ratings) * 100), 100) + TARGET_SHIFT
    return Specification(cells, target, TOLERANCE), Pool(tuple(bank), frozenset(enemies), "")


def _item(code: str, area: str, competence: str, level: int, dice: random.Random) -> PoolItem:
    content = sha256(code.encode()).hexdigest()
    rating = Fraction(dice.randint(35, 90), 100)
    return PoolItem(uuid.uuid4(), code, content, area, competence, level, "single_choice", rating, 75)


def _pair(bank: list[PoolItem], dice: random.Random) -> tuple[str, str]:
    """Four of five enemies measure the same competence at the same level."""
    one = dice.choice(bank)
    near = [item for item in bank if key_of(item) == key_of(one) and item is not one]
    far = [item for item in bank if item is not one]
    return one.code, dice.choice(near if dice.random() < 0.8 else far).code


if __name__ == "__main__":
    for row in rows():
        print(row)
