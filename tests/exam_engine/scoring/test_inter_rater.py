"""Agreement of raters against published worked examples, against definitions, and where it has to stay silent."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_engine.scoring.inter_rater import (
    SQUARED,
    UNLIKE,
    Disagreement,
    PairTable,
    adjacent_agreement,
    exact_agreement,
    intraclass,
    kappa,
    mean_difference,
    moments_of,
)

LINEAR = Disagreement(lambda one, other: abs(one - other), 1)
COHEN_1968 = ((0, 1, 3), (1, 0, 6), (3, 6, 0))
"""How grave each confusion of three diagnoses is: Cohen's example of weights (1968, *Psychological Bulletin* 70, 213-220)."""
SHROUT_AND_FLEISS = ((9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7))
"""Six targets, four judges (1979, *Psychological Bulletin* 86, 420-428, table 2)."""
ANXIETY = ("36462424332333221334", "21443216111233113322")


def table(*rows: tuple[int, ...]) -> PairTable:
    counts = {(one, other): n for one, row in enumerate(rows) for other, n in enumerate(row) if n}
    return PairTable(counts, tuple(range(len(rows))))


SAS = table((0, 4, 1), (0, 8, 0), (0, 1, 5))
DIAGNOSES = table((88, 14, 18), (10, 40, 10), (2, 6, 12))
pairs = st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(1, 5), min_size=1, max_size=8)
tables = pairs.map(lambda counts: PairTable(counts, tuple(range(5))))


@pytest.mark.parametrize(
    ("disagreement", "value", "error", "interval"),
    [(UNLIKE, 0.4842, 0.1380, (0.2137, 0.7547)), (LINEAR, 0.4701, 0.1457, (0.1845, 0.7558))],
)
def test_kappa_and_its_error_as_sas_prints_them(
    disagreement: Disagreement, value: float, error: float, interval: tuple[float, float]
) -> None:
    """PROC FREQ's simple and weighted kappa with their asymptotic standard errors, to the printed digit."""
    estimate = kappa([SAS], disagreement)
    assert estimate is not None
    assert (round(float(estimate.value), 4), round(estimate.error, 4)) == (value, error)
    assert tuple(round(bound, 4) for bound in estimate.interval) == interval


def test_cohens_own_examples() -> None:
    """Cohen's 200 diagnoses: .492 unweighted; .348 with weights of his own (1968)."""
    weighted = Disagreement(lambda one, other: COHEN_1968[one][other], 0)
    estimates = [kappa([DIAGNOSES], disagreement) for disagreement in (UNLIKE, weighted)]
    assert [round(float(one.value), 3) for one in estimates if one] == [0.492, 0.348]


@pytest.mark.parametrize(("disagreement", "value"), [(UNLIKE, -0.006289308), (LINEAR, 0.1459075), (SQUARED, 0.2520325)])
def test_weights_as_r_has_them(disagreement: Disagreement, value: float) -> None:
    """Raters 2 and 3 of ``anxiety`` in R's package irr: ``kappa2`` unweighted, with "equal" and with "squared" weights.

    Neither of them gave 5, so that the categories are numbered as they come.
    """
    numbered = {"1": 0, "2": 1, "3": 2, "4": 3, "6": 4}
    counts = Counter((numbered[one], numbered[other]) for one, other in zip(*ANXIETY, strict=True))
    estimate = kappa([PairTable(counts, tuple(range(5)))], disagreement)
    assert estimate is not None
    assert float(estimate.value) == pytest.approx(value, abs=5e-8)


def test_intraclass_correlations_as_shrout_and_fleiss_print_them() -> None:
    found = intraclass(Counter(SHROUT_AND_FLEISS))
    assert [round(float(value or 0), 2) for value in found] == [0.17, 0.29, 0.71]


def test_agreement_of_neighbours_goes_by_the_steps_that_can_be_given() -> None:
    given_points = PairTable({(0, 0): 2, (0, 3): 1, (3, 0): 1, (0, 5): 1}, (0, 3, 5))
    assert (exact_agreement([given_points]), adjacent_agreement([given_points])) == (Fraction(2, 5), Fraction(4, 5))


def test_a_mean_difference_is_that_of_the_textbook() -> None:
    two = [PairTable({(4, 2): 2, (1, 3): 1}, (0, 4)), PairTable({(10, 5): 1, (5, 5): 2}, (0, 10))]
    differences = [0.5, 0.5, -0.5, 0.5, 0, 0]
    estimate = mean_difference(moments_of(one) for one in two)
    assert estimate is not None
    assert float(estimate.value) == pytest.approx(mean(differences))
    assert estimate.error == pytest.approx(stdev(differences) / math.sqrt(6))


@given(tables)
def test_what_holds_for_all_tables(one: PairTable) -> None:
    turned = PairTable({(y, x): n for (x, y), n in one.counts.items()}, one.steps)
    assert 0 <= exact_agreement([one]) <= adjacent_agreement([one]) <= 1
    assert exact_agreement([one]) == exact_agreement([turned])
    for disagreement in (UNLIKE, SQUARED):
        estimate, back = kappa([one], disagreement), kappa([turned], disagreement)
        assert estimate == back or (estimate and back and estimate.value == back.value)
        if estimate:
            assert -1 <= estimate.value <= 1
            assert estimate.error >= 0
            assert (estimate.value == 1) == (exact_agreement([one]) == 1)
    forth, back_ = mean_difference([moments_of(one)]), mean_difference([moments_of(turned)])
    assert (forth is None) == (back_ is None) == (one.size < 2)
    if forth and back_:
        assert (forth.value, forth.error) == (-back_.value, back_.error)


@given(tables)
def test_quadratic_kappa_is_nearly_an_intraclass_correlation(one: PairTable) -> None:
    """Fleiss and Cohen (1973): ICC(2,1) differs from it by a term of 1/n only; over many copies they meet."""
    many = PairTable({pair: n * 100_000 for pair, n in one.counts.items()}, one.steps)
    estimate, two_way = kappa([many], SQUARED), intraclass(many.counts).two_way
    assert (estimate is None) == (two_way is None)
    if estimate and two_way is not None:
        assert float(estimate.value) == pytest.approx(float(two_way), abs=1e-4)


@given(tables, tables)
def test_tables_are_compared_within_and_never_across(one: PairTable, other: PairTable) -> None:
    """Together people agree no better than on the one question and no worse than on the other."""
    apart = [estimate.value for table in (one, other) if (estimate := kappa([table]))]
    together = kappa([one, other])
    if together and len(apart) == 2:
        assert min(apart) <= together.value <= max(apart)


@pytest.mark.parametrize("counts", [{}, {(2, 2): 40}])
def test_what_does_not_vary_has_no_coefficient(counts: dict[tuple[int, int], int]) -> None:
    constant = PairTable(counts, (0, 1, 2))
    assert kappa([constant]) is None
    assert kappa([constant], SQUARED) is None
    assert set(intraclass(counts)) == {None}
    assert mean_difference([]) is None
