"""What people's marks come to: the exact mean of two who agree, or the mark of a third, each with its proof."""

from __future__ import annotations

import json
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from exam_engine.scoring.settling import Given, MarkingPart, agree, settled
from kernel.canonical import canonical_json
from question_bank.item_kinds.rubrics import Criterion, Rubric
from tests.proofs import worked_again

FIRST, SECOND, THIRD = MarkingPart
shares = st.fractions(0, 1, max_denominator=60)


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    criteria = []
    for number in range(draw(st.integers(1, 4))):
        points = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))
        criteria.append(Criterion(f"c{number}", {f"l{point}": point for point in (0, *points)}))
    return Rubric(tuple(criteria))


@st.composite
def given_marks(draw: st.DrawFn, rubric: Rubric, part: MarkingPart) -> Given:
    levels = {criterion.id: draw(st.sampled_from(sorted(criterion.points))) for criterion in rubric.criteria}
    return Given(part, f"row-{part}", levels)


@given(shares, shares, shares)
def test_whether_two_agree_has_no_order_and_grows_with_the_tolerance(
    one: Fraction, other: Fraction, tolerance: Fraction
) -> None:
    assert agree(one, other, tolerance) == agree(other, one, tolerance)
    assert agree(one, one, Fraction(0))
    assert agree(one, other, abs(one - other))
    assert not agree(one, other, tolerance) or agree(one, other, tolerance + Fraction(1, 100))


@given(rubrics(), shares, st.data())
def test_a_mark_is_the_mean_of_two_who_agree_and_that_of_the_third_otherwise(
    rubric: Rubric, tolerance: Fraction, data: st.DataObject
) -> None:
    one, other, third = (data.draw(given_marks(rubric, part)) for part in (FIRST, SECOND, THIRD))
    first, second = rubric.fraction(one.levels), rubric.fraction(other.levels)
    assert settled(rubric, [], tolerance) is None
    assert settled(rubric, [one], tolerance) is None
    alone, with_third = settled(rubric, [other, one], tolerance), settled(rubric, [third, other, one], tolerance)
    assert with_third is not None
    if abs(first - second) <= tolerance:
        assert alone is not None
        assert alone.fraction == with_third.fraction == (first + second) / 2
        assert min(first, second) <= alone.fraction <= max(first, second)
    else:
        assert alone is None
        assert with_third.fraction == rubric.fraction(third.levels)


@given(rubrics(), shares, st.data())
def test_the_proof_needs_nothing_else(rubric: Rubric, tolerance: Fraction, data: st.DataObject) -> None:
    mark = settled(rubric, [data.draw(given_marks(rubric, part)) for part in (FIRST, SECOND, THIRD)], tolerance)
    assert mark is not None
    stored = json.loads(canonical_json(mark.proof))
    assert stored == mark.proof
    assert worked_again(stored) == mark.fraction == Fraction(stored["fraction"])
    assert [marks["part"] for marks in stored["given"]] == ["first", "second", "adjudication"]
