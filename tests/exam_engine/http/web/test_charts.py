from __future__ import annotations

import itertools
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from exam_engine.http.web.charts import ENOUGH_ITEMS, WIDTH, bar, coverage, progress
from question_bank.competences import RoleCell

SHARES = st.fractions(min_value=0, max_value=1, max_denominator=400)
CUTS = st.fractions(min_value=Fraction(1, 100), max_value=1, max_denominator=100)


def test_a_bar_stands_where_the_facts_sheet_puts_the_standard_error() -> None:
    """Ten items near the cut: about 15 points (facts, domain 7)."""
    drawn = bar(Fraction(7, 10), Fraction(2, 3), 10, is_reached=True)
    assert (drawn.share, drawn.cut, drawn.is_reached) == (70.0, 66.67, True)
    assert (drawn.band_from, drawn.band_width) == (51.76, 29.81)


def test_without_a_line_there_is_no_band() -> None:
    assert bar(Fraction(1, 2), None, 10, is_reached=True).cut is None


@given(SHARES, CUTS, st.integers(1, 500))
def test_nothing_is_drawn_outside_the_bar(share: Fraction, cut: Fraction, items: int) -> None:
    drawn = bar(share, cut, items, is_reached=share >= cut)
    assert 0 <= drawn.share <= WIDTH
    assert 0 <= drawn.band_from <= (drawn.cut or 0)
    assert drawn.band_from + drawn.band_width <= WIDTH + 0.01


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 300), min_size=1))
def test_the_parts_of_progress_follow_each_other_and_are_everybody(counts: dict[str, int]) -> None:
    parts = progress(counts).parts
    assert [(part.name, part.count) for part in parts] == list(counts.items())
    for one, following in itertools.pairwise(parts):
        assert abs(one.start + one.width - following.start) < 0.1
    assert abs(sum(part.width for part in parts) - (WIDTH if sum(counts.values()) else 0)) < 0.1


def test_coverage_marks_what_is_short_and_what_nobody_asked_for() -> None:
    needed = [RoleCell("A", "First", "A.1", "One", 4), RoleCell("A", "First", "A.2", "Two", 5)]
    live = {("A.1", 4): ENOUGH_ITEMS, ("A.2", 5): ENOUGH_ITEMS - 1, ("A.1", 5): 9}
    (area,) = coverage(needed, live)
    cells = {(cell.code, cell.level): (cell.count, cell.is_needed, cell.heat) for cell in area.cells}
    assert cells == {
        ("A.1", 4): (ENOUGH_ITEMS, True, "1"),
        ("A.2", 5): (ENOUGH_ITEMS - 1, True, "short"),
        ("A.1", 5): (9, False, "3"),
        ("A.2", 4): (0, False, "0"),
    }
    assert [tick.label for tick in area.levels] == ["5", "4"]
    assert len({(cell.x, cell.y) for cell in area.cells}) == len(area.cells)


def test_an_area_is_drawn_as_wide_as_its_own_competences() -> None:
    needed = [RoleCell("A", "First", "A.1", "One", 4), *(RoleCell("B", "Second", f"B.{n}", "x", 4) for n in range(7))]
    first, second = coverage(needed, {})
    assert (len(first.columns), len(second.columns)) == (1, 7)
    assert second.width > first.width
