"""How long answers took and how people did on the rest, for any attempt that can have happened."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from exam_engine.scoring.item_use import SavedAt, rest_scores, seconds_to_answers
from tests.builders.kernel import NOW

saves = st.lists(
    st.tuples(st.integers(0, 9000), st.integers(1, 5), st.integers(1, 9)), max_size=20, unique_by=lambda save: save[1:]
)
marks = st.dictionaries(st.integers(1, 9), st.fractions(0, 1, max_denominator=6), max_size=9)


def after(*moments: tuple[int, int, int]) -> list[SavedAt]:
    """Saves after so many seconds, of a slot, the n-th of it."""
    return [SavedAt(NOW + timedelta(seconds=seconds), slot, revision) for seconds, slot, revision in moments]


def test_an_answer_took_the_time_since_the_save_before_it() -> None:
    assert seconds_to_answers(NOW, after((30, 1, 1), (50, 3, 1), (90, 2, 1))) == {1: 30, 3: 20, 2: 40}


def test_who_comes_back_to_a_slot_spends_more_time_on_it() -> None:
    assert seconds_to_answers(NOW, after((30, 1, 1), (50, 2, 1), (65, 1, 2), (70, 1, 3))) == {1: 50, 2: 20}


@given(saves)
def test_parts_add_up_to_the_time_of_the_last_save_and_none_is_less_than_nothing(
    moments: list[tuple[int, int, int]],
) -> None:
    spent = seconds_to_answers(NOW, reversed(after(*moments)))
    assert sum(spent.values()) == max((seconds for seconds, _, _ in moments), default=0)
    assert spent.keys() == {slot for _, slot, _ in moments}
    assert all(seconds >= 0 for seconds in spent.values())


@given(marks, st.integers(1, 9))
def test_the_rest_is_every_scored_slot_but_this_one(scored: dict[int, Fraction], slot: int) -> None:
    others = [fraction for other, fraction in scored.items() if other != slot]
    expected = sum(others, Fraction(0)) / len(others) if others else 0
    assert rest_scores(scored, [slot]) == {slot: expected}
