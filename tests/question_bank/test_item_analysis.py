"""Item analysis against a published example, against the textbook's formula, and where it has to stay silent."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from statistics import correlation, mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.canonical import canonical_json
from question_bank.item_analysis import (
    WITHHELD_BELOW,
    MarkedPaper,
    Tally,
    as_document,
    figures_of,
    from_document,
    quartiles,
    tally_of,
)

LSAT6 = (
    "00000:3 00001:6 00010:2 00011:11 00100:1 00101:1 00110:3 00111:4 01000:1 01001:8 01011:16 01101:3 01110:2 01111:15"
    " 10000:10 10001:29 10010:14 10011:81 10100:3 10101:28 10110:15 10111:80 11000:16 11001:56 11010:21 11011:173"
    " 11100:11 11101:61 11110:28 11111:298"
)
"""Bock and Lieberman's example: 1,000 people and five questions, each pattern of answers with how many gave it."""
fractions = st.fractions(0, 1, max_denominator=12)
papers = st.builds(
    MarkedPaper,
    fraction=fractions,
    rest=fractions,
    is_answered=st.booleans(),
    choices=st.lists(st.sampled_from([("", "a"), ("", "b"), ("g1", "a")]), unique=True).map(tuple),
    seconds=st.none() | st.integers(0, 500),
)
sheets = st.lists(papers, min_size=WITHHELD_BELOW, max_size=40)


@pytest.mark.parametrize(
    ("item", "facility", "discrimination"),
    [
        (0, "0.924", "0.1128"),
        (1, "0.709", "0.1532"),
        (2, "0.553", "0.1728"),
        (3, "0.763", "0.1444"),
        (4, "0.870", "0.1216"),
    ],
)
def test_a_published_example(item: int, facility: str, discrimination: str) -> None:
    """Facilities and corrected item-total correlations as other programs print them."""
    people = [
        MarkedPaper(Fraction(pattern[item]), Fraction(sum(map(int, pattern)) - int(pattern[item]), 4), is_answered=True)
        for pattern, count in (entry.split(":") for entry in LSAT6.split())
        for _ in range(int(count))
    ]
    figures = figures_of([tally_of(people)])
    assert figures.marked == 1000
    assert (figures.facility, figures.discrimination) == (Fraction(facility), Decimal(discrimination))


@given(sheets)
def test_one_form_gives_the_means_and_the_correlation_of_the_textbook(known: list[MarkedPaper]) -> None:
    figures = figures_of([tally_of(known)])
    worth, rest = [paper.fraction for paper in known], [paper.rest for paper in known]
    assert figures.facility == mean(worth)
    assert figures.answered == sum(paper.is_answered for paper in known)
    if len(set(worth)) == 1 or len(set(rest)) == 1:
        assert figures.discrimination is None, "what does not vary does not correlate"
    else:
        expected = correlation([float(one) for one in worth], [float(one) for one in rest])
        assert float(figures.discrimination or 9) == pytest.approx(expected, abs=0.0001)
    for choice, figure in figures.choices.items():
        takers = [paper.rest for paper in known if choice in paper.choices]
        assert (figure.taken, figure.lead) == (len(takers), mean(takers) - mean(rest))


@given(sheets, sheets)
def test_sittings_of_one_form_add_up_as_if_they_had_been_one(one: list[MarkedPaper], other: list[MarkedPaper]) -> None:
    assert tally_of(one) + tally_of(other) == tally_of(one + other)
    assert Tally() + tally_of(one) == tally_of(one)


@given(sheets, fractions)
def test_how_hard_a_form_is_says_nothing_of_an_item(known: list[MarkedPaper], easier: Fraction) -> None:
    """The same people on a form whose other items are easier: pooled, it discriminates as it did."""
    eased = [MarkedPaper(p.fraction, p.rest + easier, p.is_answered, p.choices, p.seconds) for p in known]
    alone, pooled = figures_of([tally_of(known)]), figures_of([tally_of(known), tally_of(eased)])
    assert pooled.discrimination == alone.discrimination
    assert pooled.facility == alone.facility
    leads = {choice: figure.lead for choice, figure in alone.choices.items()}
    assert {choice: figure.lead for choice, figure in pooled.choices.items()} == leads


@given(sheets)
def test_a_tally_is_stored_and_read_back_exactly(known: list[MarkedPaper]) -> None:
    tally = tally_of(known)
    assert from_document(json.loads(canonical_json(as_document(tally)))) == tally


def test_of_few_papers_only_their_number_is_told() -> None:
    paper = MarkedPaper(Fraction(1), Fraction(1, 2), is_answered=True, choices=(("", "a"),), seconds=30)
    figures = figures_of([tally_of([paper] * (WITHHELD_BELOW - 1))])
    assert figures.is_withheld
    assert (figures.marked, figures.answered, figures.facility) == (9, None, None)
    assert (figures.choices, figures.seconds) == ({}, None)
    assert figures_of([tally_of([paper] * 5)] * 2).facility == 1, "all forms together count"


def test_quartiles_are_times_that_somebody_took() -> None:
    assert quartiles(range(1, 10)) is None
    assert quartiles(range(1, 11)) == (3, 5, 8)
    assert quartiles([7] * 12) == (7, 7, 7)
