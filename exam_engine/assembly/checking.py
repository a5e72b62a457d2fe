"""The checker: tells whether a selection is what was asked for, in fractions, without knowing how it was found.

One rule: it shares nothing with the model or the solver; an error there must show here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from itertools import combinations

from exam_engine.assembly.model import Specification
from question_bank.pool import Pool, PoolItem


def broken_rules(specification: Specification, pool: Pool, chosen: Sequence[PoolItem]) -> list[str]:
    """Name every rule of the specification that a selection breaks; an empty list means that it holds exactly."""
    broken = []
    if len({item.code for item in chosen}) < len(chosen):
        broken.append("an item stands in the form twice")
    live = {item.code: item for item in pool.items}
    broken += [f"{item.code} is not in the pool" for item in chosen if live.get(item.code) != item]
    found = Counter((item.area, item.competence, item.level) for item in chosen)
    asked = Counter({(cell.area, cell.competence, cell.level): cell.count for cell in specification.cells})
    for area, competence, level in sorted(found.keys() | asked.keys()):
        key = (area, competence, level)
        if found[key] != asked[key]:
            broken.append(f"{competence} level {level} of {area} has {found[key]} items instead of {asked[key]}")
    broken += _meeting_enemies(pool.enemies, chosen)
    broken += _torn_sets([item for item in pool.items if (item.area, item.competence, item.level) in asked], chosen)
    if chosen:
        deviation = mean_difficulty(chosen) - specification.target
        if abs(deviation) > specification.tolerance:
            broken.append(f"the mean difficulty is {deviation} off its target; {specification.tolerance} is allowed")
    return broken


def _torn_sets(eligible: Iterable[PoolItem], chosen: Iterable[PoolItem]) -> list[str]:
    taken = {item.code for item in chosen}
    begun = {item.set_code for item in chosen if item.set_code is not None}
    missing = sorted((item.set_code or "", item.code) for item in eligible if item.set_code in begun)
    return [f"{code} of the begun set {set_code} is missing" for set_code, code in missing if code not in taken]


def mean_difficulty(chosen: Collection[PoolItem]) -> Fraction:
    """Return the exact mean of the expected difficulties (shares of right answers, 0 to 1)."""
    return sum((item.expected_difficulty for item in chosen), Fraction()) / len(chosen)


def _meeting_enemies(enemies: frozenset[frozenset[str]], chosen: Sequence[PoolItem]) -> list[str]:
    codes = sorted({item.code for item in chosen})
    return [
        f"{one} and {other} are enemies" for one, other in combinations(codes, 2) if frozenset((one, other)) in enemies
    ]
