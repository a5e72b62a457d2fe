"""Adding up: every item weighs the same, nothing is rounded, nothing is lost."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_engine.scoring.scores import SlotMark, area_scores, competence_scores, total_score

MARKS = st.lists(
    st.builds(
        SlotMark,
        slot=st.integers(1, 200),
        area=st.sampled_from(["A1", "A2", "A3"]),
        competence=st.sampled_from(["c1", "c2"]),
        level=st.integers(4, 6),
        fraction=st.fractions(0, 1),
        proof=st.just({}),
    ),
    min_size=1,
)


@given(MARKS)
def test_areas_and_competences_add_up_to_the_whole(marks: list[SlotMark]) -> None:
    whole = total_score(marks)
    for parts in (area_scores(marks), competence_scores(marks)):
        assert sum((part.points for part in parts.values()), Fraction(0)) == whole.points
        assert sum(part.item_count for part in parts.values()) == whole.item_count
    assert 0 <= whole.share <= 1


@given(MARKS)
def test_order_does_not_matter(marks: list[SlotMark]) -> None:
    assert total_score(marks) == total_score(reversed(marks))


def test_nothing_has_no_score() -> None:
    with pytest.raises(ValueError, match="at least one item"):
        total_score([])
