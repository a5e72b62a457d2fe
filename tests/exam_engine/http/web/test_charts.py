from __future__ import annotations

import itertools
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from exam_engine.http.web.charts import WIDTH, bar, lean, progress

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


def test_a_difference_stands_to_its_side_of_nothing_and_stays_on_the_line() -> None:
    drawn = lean(0.1, (-0.1, 0.3), [0.2, 0, -0.9], reach=0.4)
    assert (drawn.at, drawn.start, drawn.width) == (62.5, 37.5, 50.0)
    assert drawn.way == (75.0, 50.0, 0.0)
