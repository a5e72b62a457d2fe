"""Coverage: what is counted, what is needed, and where the weak spots are."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from exam_engine.assembly.coverage import (
    Coverage,
    CoverageCell,
    Facets,
    Sufficiency,
    coverage,
    facet_counts,
    languages_of,
)
from exam_engine.assembly.schemes import withdraw_scheme
from question_bank.catalogue import Band, band_of
from question_bank.items import ItemState
from tests.builders.assembly import Bank, live_items, make_bank, make_plan, make_scheme
from tests.builders.kernel import NOW
from tests.builders.question_bank import framework_document, item_document, make_drafts, make_framework, make_live_items


@pytest.fixture
def bank(tx: Session) -> Bank:
    """Four live items per competence of DEV, at 0.50 to 0.70."""
    return make_bank(tx)


def reported(tx: Session, bank: Bank, **changes: Any) -> dict[tuple[str, int], CoverageCell]:
    report = coverage(tx, bank.framework, **changes)
    return {(cell.competence, cell.level): cell for cell in report.cells}


def test_without_a_published_blueprint_nothing_is_asked(tx: Session, bank: Bank) -> None:
    cells = reported(tx, bank)
    assert {cell.sufficiency for cell in cells.values()} == {Sufficiency.UNASKED}
    assert cells["A.1", 4].have == 4
    assert cells["A.1", 5].have == 0, "MAN needs A.1 at level 5, so the cell is shown"
    assert ("A.2", 4) not in cells


def test_the_need_is_the_largest_of_any_published_blueprint(tx: Session, bank: Bank) -> None:
    scheme = make_scheme(tx, bank)
    make_plan(tx, bank, scheme)
    cells = [
        {"area": "A", "competence": "A.1", "level": 4, "count": 3},
        {"area": "A", "competence": "A.2", "level": 5, "count": 1},
        {"area": "B", "competence": "B.1", "level": 6, "count": 6},
    ]
    make_plan(tx, bank, scheme, cells=cells)
    found = reported(tx, bank, reserve=2)
    assert {key: (cell.have, cell.need, cell.wanted, cell.shortfall) for key, cell in found.items() if cell.need} == {
        ("A.1", 4): (4, 3, 6, 2),
        ("A.2", 5): (4, 2, 4, 0),
        ("B.1", 6): (4, 6, 12, 8),
    }
    assert [found[key].sufficiency for key in (("A.1", 4), ("A.2", 5), ("B.1", 6))] == [
        Sufficiency.THIN,
        Sufficiency.ENOUGH,
        Sufficiency.SHORT,
    ]
    withdraw_scheme(tx, scheme, reason="Another one is coming.", actor=bank.staff.manager, now=NOW)
    assert not any(cell.need for cell in reported(tx, bank).values())


def test_the_weakest_cells_come_first(tx: Session) -> None:
    bank = make_bank(tx, [item for item in live_items(3) if item["competence"] != "A.2"])
    make_plan(tx, bank)
    report = coverage(tx, bank.framework, reserve=2)
    assert [(cell.competence, cell.sufficiency) for cell in report.weakest] == [
        ("A.2", Sufficiency.SHORT),
        ("A.1", Sufficiency.THIN),
        ("B.1", Sufficiency.THIN),
    ]


def test_only_the_facets_asked_for_are_had_and_the_others_are_told(tx: Session, bank: Bank) -> None:
    make_drafts(tx, bank.staff, bank.framework, [item_document("D-1", expected_difficulty="0.2")])
    have = {
        facets: reported(tx, bank, facets=facets)["A.1", 4].have
        for facets in (
            Facets(),
            Facets(ItemState.DRAFT),
            Facets(None),
            Facets(language="de"),
            Facets(language="en"),
            Facets(band=Band.EASY),
            Facets(None, band=Band.HARD),
        )
    }
    assert list(have.values()) == [4, 1, 5, 0, 4, 1, 1]
    assert sorted(facet_counts(tx, bank.framework)["A.1", 4]) == [
        ("draft", "en", "hard", 1),
        ("live", "en", "easy", 1),
        ("live", "en", "medium", 3),
    ]


def test_rows_stand_in_the_frameworks_order_with_a_place_for_every_level(tx: Session, bank: Bank) -> None:
    report: Coverage = coverage(tx, bank.framework)
    assert report.levels == (4, 5, 6)
    assert languages_of(tx, bank.framework) == ["en"]
    assert [(row.area_name, row.competence) for row in report.rows] == [
        ("Area A", "A.1"),
        ("Area A", "A.2"),
        ("Area B", "B.1"),
    ]
    assert [[cell is not None for cell in row.cells] for row in report.rows] == [
        [True, True, False],
        [False, True, False],
        [False, False, True],
    ]


def test_items_count_for_the_version_of_the_framework_they_hang_on(tx: Session, bank: Bank) -> None:
    later = make_framework(tx, bank.staff, framework_document(version="2"))
    make_live_items(tx, bank.staff, later, [item_document("A.1-4-00", stem="Reworded?")])
    assert {cell.have for cell in coverage(tx, later).cells} == {0, 1}
    assert reported(tx, bank)["A.1", 4].have == 3, "the older version of the item rests"


@given(st.fractions(0, 1))
def test_every_difficulty_has_its_band(difficulty: Fraction) -> None:
    bands = {Band.HARD: (0, "1/2"), Band.MEDIUM: ("1/2", "7/10"), Band.EASY: ("7/10", 2)}
    least, beyond = bands[band_of(difficulty)]
    assert Fraction(least) <= difficulty < Fraction(beyond)
