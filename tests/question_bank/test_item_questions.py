"""What figures ask: each question where it belongs, and none of too few papers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from question_bank.item_analysis import Choice, Figures, MarkedPaper, figures_of, tally_of
from question_bank.item_kinds import KINDS
from question_bank.item_kinds.kind import Alternative
from question_bank.item_questions import (
    Asked,
    Discrimination,
    Exposure,
    Facility,
    Query,
    discrimination_of,
    exposure_of,
    facility_of,
    questions_about,
)
from tests.builders.samples import SAMPLES

KEY = "a"
OPTIONS = [Alternative("", id_, "", id_ == KEY, is_taken=False) for id_ in "abc"]


def figures(*people: tuple[str, int, int]) -> Figures:
    """Figures of people who took an option and reached so many of ten other points, each so many times."""
    return figures_of(
        [
            tally_of(
                MarkedPaper(Fraction(int(option == KEY)), Fraction(rest, 10), is_answered=True, choices=(("", option),))
                for option, rest, count in people
                for _ in range(count)
            )
        ]
    )


def asked(*people: tuple[str, int, int]) -> list[Asked]:
    return questions_about(figures(*people), OPTIONS)


def test_a_sound_item_is_asked_nothing() -> None:
    assert asked(("a", 8, 18), ("b", 4, 6), ("c", 3, 6)) == []


def test_too_few_papers_are_asked_nothing_else() -> None:
    assert asked(("a", 2, 5), ("b", 9, 24)) == asked(("b", 9, 3)) == [Asked(Query.TOO_FEW)]


def test_weak_people_who_are_right_where_strong_ones_err() -> None:
    assert asked(("a", 3, 15), ("b", 6, 10), ("c", 2, 5)) == [
        Asked(Query.NEGATIVE),
        Asked(Query.STRONG_DISTRACTOR, ("", "b")),
    ]


def test_a_distractor_of_four_people_is_compared_with_nobody() -> None:
    assert asked(("a", 5, 22), ("b", 9, 4), ("c", 2, 10)) == []


@pytest.mark.parametrize(("right", "query"), [(7, Query.HARD), (8, None), (36, None), (37, Query.EASY)])
def test_a_fifth_and_nine_tenths_are_still_within(right: int, query: Query | None) -> None:
    wrong = 40 - right
    found = asked(("a", 9, right), ("b", 1, wrong // 2), ("c", 1, wrong - wrong // 2))
    assert [one.query for one in found] == ([query] if query else [])


def test_what_nobody_took_is_named() -> None:
    assert asked(("a", 8, 20), ("b", 2, 20)) == [Asked(Query.UNCHOSEN, ("", "c"))]


def test_of_a_list_that_places_share_a_wrong_pair_is_enough() -> None:
    """Nobody has to give every counterpart to every premise: a counterpart that misled anybody anywhere works."""
    rows = {"r1": "x", "r2": "y"}
    offers = [Alternative(row, id_, "", id_ == right, is_taken=False) for row, right in rows.items() for id_ in "xyz"]
    taken: dict[str, tuple[Choice, ...]] = {"wise": (("r1", "x"), ("r2", "y")), "not": (("r1", "y"), ("r2", "x"))}
    people = [MarkedPaper(Fraction(1), Fraction(1), True, taken["wise"])] * 20
    people += [MarkedPaper(Fraction(0), Fraction(0), True, taken["not"])] * 20
    assert questions_about(figures_of([tally_of(people)]), offers) == [Asked(Query.UNCHOSEN, ("r1", "z"))]


def test_bands_know_what_they_do_not_know() -> None:
    few, even = figures(("a", 5, 9), ("b", 5, 9)), figures(("a", 5, 20), ("b", 5, 20))
    assert (facility_of(None), facility_of(few), facility_of(even)) == (
        Facility.UNKNOWN,
        Facility.UNKNOWN,
        Facility.MEDIUM,
    )
    assert discrimination_of(even) is Discrimination.UNKNOWN, "nobody was stronger than anybody"
    assert discrimination_of(figures(("a", 9, 20), ("b", 1, 20))) is Discrimination.SOUND
    assert discrimination_of(figures(("a", 6, 10), ("a", 4, 9), ("b", 6, 9), ("b", 4, 10))) is Discrimination.WEAK
    assert discrimination_of(figures(("a", 1, 20), ("b", 9, 20))) is Discrimination.NEGATIVE


@pytest.mark.parametrize(
    ("right", "band"),
    [(19, Facility.VERY_LOW), (20, Facility.LOW), (50, Facility.MEDIUM), (70, Facility.HIGH), (90, Facility.HIGH)],
)
def test_bands_of_facility_begin_where_those_of_expectation_do(right: int, band: Facility) -> None:
    assert facility_of(figures(("a", 9, right), ("b", 1, 100 - right))) is band


def test_bands_of_exposure_begin_where_figures_can_be_judged_and_calibrated() -> None:
    assert [exposure_of(papers) for papers in (0, 1, 29, 30, 199, 200)] == [
        *(Exposure.NONE, Exposure.FEW, Exposure.FEW),
        *(Exposure.SOME, Exposure.SOME, Exposure.MANY),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_a_response_takes_of_what_it_offers(kind: str) -> None:
    sample = SAMPLES[kind]
    offer = KINDS[kind].alternatives(sample.content, None)
    taken = [one for one in KINDS[kind].alternatives(sample.content, sample.right) if one.is_taken]
    assert not any(one.is_taken for one in offer)
    assert len({(one.place, one.id) for one in offer}) == len(offer)
    assert all(one.is_right for one in taken), "who is right takes what is right"
    assert {(one.place, one.id) for one in taken} == {(one.place, one.id) for one in offer if one.is_right}
    wrong = KINDS[kind].alternatives(sample.content, sample.wrong)
    assert bool(offer) == any(one.is_taken and not one.is_right for one in wrong)
