"""Agreement of markers from stored marks: what is counted, what is kept back, and that nothing comes back by subtraction."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from exam_engine.scoring.marker_agreement import (
    MarkerAgreement,
    MarkerReport,
    MarksToo,
    VersionAgreement,
    marker_report,
    version_agreement,
)
from exam_engine.scoring.marking_pairs import Cell, Pairs
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.permissions import AccountRole, Actor
from question_bank.item_analysis import WITHHELD_BELOW
from tests.builders.kernel import make_actor, make_organisation
from tests.builders.scripts import (
    BEST,
    BETTER,
    TEXT,
    WORST,
    EssayHouse,
    lay_out,
    make_essay_house,
    make_handed_in,
    mark,
)
from tests.builders.scripts import make_pairs as pairs_in

ids = [new_id() for _ in range(5)]
cells = st.builds(
    Cell,
    st.sampled_from(ids[:3]),
    st.sampled_from(ids),
    st.sampled_from(ids),
    st.integers(0, 6),
    st.integers(0, 6),
    st.integers(1, 12),
).filter(lambda cell: cell.one != cell.other)


@pytest.fixture
def essays(tx: Session) -> EssayHouse:
    return make_essay_house(tx)


@pytest.fixture
def head(essays: EssayHouse) -> Actor:
    """A manager who does not mark."""
    return essays.bank.staff.manager


def of(report: MarkerReport, marker: Actor) -> MarkerAgreement:
    return next(one for one in report.markers if one.marker.id == marker.person)


def told(report: MarkerReport) -> list[VersionAgreement]:
    return [one for one in report.versions if one.figures]


def test_two_who_marked_the_same_answers(tx: Session, essays: EssayHouse, head: Actor) -> None:
    lenient, strict = essays.marker(tx), essays.marker(tx)
    pairs_in(tx, essays, [(lenient, BEST, strict, BEST)] * 6 + [(strict, BETTER, lenient, BEST)] * 6)
    report = marker_report(tx, head)
    (version,) = told(report)
    assert version.figures == report.whole
    assert version.figures
    assert (version.answers, version.figures.exact, version.figures.adjacent) == (12, Fraction(1, 2), Fraction(1, 2))
    assert version.is_one_pair
    assert version.intraclass == 0, "one of them gave everybody the same"
    differences = [(of(report, one).difference, of(report, one).thirds) for one in (lenient, strict)]
    assert [(difference and difference.value, thirds) for difference, thirds in differences] == [
        (Fraction(1, 4), ()),
        (-Fraction(1, 4), ()),
    ]
    assert not version.figures.is_telling


def test_each_criterion_has_its_figures(tx: Session, essays: EssayHouse, head: Actor) -> None:
    one, other = essays.marker(tx), essays.marker(tx)
    pairs_in(tx, essays, [(one, BEST, other, BETTER), (other, WORST, one, WORST)] * 6)
    (version,) = told(marker_report(tx, head))
    found, criteria = version_agreement(tx, head, version.version.id)
    assert found == version
    facts, style = criteria
    assert (facts.criterion_id, style.criterion_id) == ("facts", "style")
    assert (facts.figures.exact, facts.figures.adjacent) == (Fraction(1, 2), Fraction(1))
    assert style.figures.exact == 1
    assert style.figures.kappa
    assert style.figures.kappa.value == 1


def test_severity_is_told_over_time_from_thirty_answers_on(tx: Session, essays: EssayHouse, head: Actor) -> None:
    drifting, steady = essays.marker(tx), essays.marker(tx)
    early, late = (drifting, BEST, steady, BEST), (drifting, BETTER, steady, BEST)
    pairs_in(tx, essays, [early] * 20 + [late] * 10)
    thirds = of(marker_report(tx, head), drifting).thirds
    assert [third.difference and third.difference.value for third in thirds] == [0, 0, -Fraction(1, 2)]
    assert [third.answers for third in thirds] == [10, 10, 10]
    assert thirds[0].since < thirds[2].until


def test_whoever_marked_little_is_in_no_figure_of_anybody(tx: Session, essays: EssayHouse, head: Actor) -> None:
    one, other, newcomer = (essays.marker(tx) for _ in range(3))
    pairs_in(tx, essays, [(one, BEST, other, BETTER)] * 12)
    before = marker_report(tx, head)
    pairs_in(tx, essays, [(one, WORST, newcomer, BEST)] * (WITHHELD_BELOW - 1))
    after = marker_report(tx, head)
    assert (of(after, newcomer).answers, of(after, newcomer).figures) == (9, None)
    assert [of(after, marker) for marker in (one, other)] == [of(before, marker) for marker in (one, other)]
    assert (after.whole, told(after)) == (before.whole, told(before))
    assert (after.answers, after.compared) == (21, 12)


def test_a_version_that_was_marked_rarely_is_in_no_figure_either(tx: Session, essays: EssayHouse, head: Actor) -> None:
    one, other = essays.marker(tx), essays.marker(tx)
    pairs_in(tx, essays, [(one, BEST, other, BETTER)] * 12)
    before = marker_report(tx, head)
    pairs_in(tx, essays, [(one, WORST, other, BEST)] * 9, version=1)
    after = marker_report(tx, head)
    rare = next(version for version in after.versions if version.figures is None)
    assert rare.answers == 9
    assert version_agreement(tx, head, rare.version.id) == (rare, [])
    assert (after.whole, after.markers, told(after)) == (before.whole, before.markers, told(before))


@given(st.lists(cells, max_size=20))
def test_what_is_compared_leaves_nothing_small(some: list[Cell]) -> None:
    pairs = Pairs(some).comparable()
    assert min([*pairs.by_version.values(), *pairs.by_marker.values()], default=WITHHELD_BELOW) >= WITHHELD_BELOW
    assert pairs.comparable().cells == pairs.cells
    assert {*pairs.cells} <= {*some}


def test_marks_count_when_both_are_in_whatever_comes_of_them(tx: Session, essays: EssayHouse, head: Actor) -> None:
    scripts = lay_out(tx, make_handed_in(tx, essays, TEXT, TEXT))[:2]
    one, other, third = (essays.marker(tx) for _ in range(3))
    mark(tx, scripts[0], one, WORST)
    mark(tx, scripts[1], one, WORST)
    assert marker_report(tx, head).answers == 0
    mark(tx, scripts[0], other, BEST)
    assert scripts[0].state == "disputed"
    assert marker_report(tx, head).answers == 1
    mark(tx, scripts[0], third, BEST)
    report = marker_report(tx, head)
    assert (report.answers, len(report.markers)) == (1, 2), "who settles a difference has seen both marks"


def test_who_may_see_it(tx: Session, essays: EssayHouse, head: Actor) -> None:
    one, other = essays.marker(tx), essays.marker(tx)
    pairs_in(tx, essays, [(one, BEST, other, BEST)] * 12)
    version = marker_report(tx, head).versions[0].version
    both = Actor(head.account_id, head.organisation_id, head.roles | {AccountRole.MARKER})
    stranger = make_actor(tx, make_organisation(tx, "elsewhere"), AccountRole.MANAGER)
    for asked in (lambda: marker_report(tx, both), lambda: version_agreement(tx, both, version.id)):
        with pytest.raises(MarksToo):
            asked()
    assert marker_report(tx, stranger) == MarkerReport(0, 0, None, (), ())
    for actor, id_ in ((stranger, version.id), (head, new_id())):
        with pytest.raises(NotFound):
            version_agreement(tx, actor, id_)


def test_figures_are_those_of_every_pair_counted_by_hand(tx: Session, essays: EssayHouse, head: Actor) -> None:
    markers = [essays.marker(tx) for _ in range(3)]
    levels = [WORST, BETTER, BEST]
    points = {id(WORST): 0, id(BETTER): 3, id(BEST): 6}
    pairs = [
        (one, first, other, second)
        for one, other in itertools.permutations(markers, 2)
        for first, second in itertools.product(levels, levels)
        if (first, second) != (WORST, BEST)
    ]
    pairs_in(tx, essays, pairs[:24])
    pairs_in(tx, essays, pairs[24:], version=2)
    report = marker_report(tx, head)
    assert report.compared == len(pairs) == 48
    for marker in markers:
        differences = [Fraction(points[id(a)] - points[id(b)], 6) for one, a, _, b in pairs if one == marker]
        differences += [Fraction(points[id(b)] - points[id(a)], 6) for _, a, other, b in pairs if other == marker]
        difference = of(report, marker).difference
        assert difference
        assert difference.value == sum(differences) / len(differences)
        assert len(of(report, marker).thirds) == 3
