"""The report: numbers that anybody can work out again from the items of the form."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from statistics import mean, pvariance

from exam_engine.assembly.report import form_report
from exam_engine.assembly.selection import select_items
from exam_engine.assembly.solver import solver_name
from kernel.canonical import canonical_json
from tests.builders.assembly import random_bank


def test_the_numbers_are_those_of_the_items() -> None:
    specification, pool = random_bank(1, areas=3, competences=2, items=10)
    selection = select_items(specification, pool, "seed")
    report = form_report(specification, selection, 1800)
    difficulties = [item.expected_difficulty for item in selection.items]
    assert report["items"] == 12
    assert report["difficulty"] == {
        "mean": str(mean(difficulties)),
        "target": str(specification.target),
        "tolerance": "3/100",
        "deviation": str(mean(difficulties) - specification.target),
        "hardest": str(min(difficulties)),
        "easiest": str(max(difficulties)),
        "variance": str(pvariance(difficulties)),
    }
    assert report["areas"] == [
        {
            "area": area,
            "items": 4,
            "difficulty": str(mean(item.expected_difficulty for item in selection.items if item.area == area)),
        }
        for area in ("A1", "A2", "A3")
    ]
    assert report["working_time"] == {"expected_seconds": 720, "limit_seconds": 1800}
    assert report["solver"] == {
        "name": solver_name(),
        "items_considered": 60,
        "deviation_is_least": True,
        "resolution": "1/10000",
    }


def test_it_names_no_item() -> None:
    specification, pool = random_bank(2)
    selection = select_items(specification, pool, "seed")
    written = canonical_json(form_report(specification, selection, 1800)).decode()
    assert not [item.code for item in pool.items if item.code in written or item.content_hash in written]


def test_a_form_off_its_target_says_by_how_much() -> None:
    specification, pool = random_bank(3, items=4)
    off = replace(specification, target=Fraction(99, 100), tolerance=Fraction(1))
    report = form_report(off, select_items(off, pool, "seed"), 1800)
    assert Fraction(report["difficulty"]["deviation"]) < 0
