"""Levels and the verdict, against the published vectors and tables of the field."""

from __future__ import annotations

import random
from collections.abc import Collection
from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_engine.assembly.rules import AreasAt, SchemeRules, threshold
from exam_engine.scoring.levels import Cut, Verdict, attained_level, judge
from exam_engine.scoring.scores import Score
from question_bank.item_kinds import kind_named
from question_bank.item_kinds.kind import CreditTable

CUTS = {4: Fraction(1, 2), 5: Fraction(3, 5), 6: Fraction(2, 3)}
LETTERS = "abcdefgh"
MANDATORY = st.frozensets(st.sampled_from([f"A{number}" for number in range(1, 9)]), max_size=6)

# Published ECQA rules, worked in the field's fact sheet: answers, table, score in percent or as a fraction, and
# whether it passes at 66, 66.66, 66.7 and 2/3. "1x2of3" is one question with two of its three right options.
VECTORS = [
    ("6x1 1x2of3 3x0", "exact", "2/3", "PPFP"),
    ("6x1 1x2of3 3x0", "table_cut", "66.6", "PFFF"),
    ("10x2of3", "exact", "2/3", "PPFP"),
    ("10x2of3", "table_cut", "66", "PFFF"),
    ("5x1 5x1of3", "exact", "2/3", "PPFP"),
    ("5x1 5x1of3", "table_cut", "66.5", "PFFF"),
    ("10x1 5x0", "exact", "2/3", "PPFP"),
    ("10x1 5x0", "table_cut", "2/3", "PPFP"),
    ("33x1 17x0", "exact", "66", "PFFF"),
    ("33x1 17x0", "table_cut", "66", "PFFF"),
    ("7x1 9x2of3 1x1of4 3x0", "exact", "66.25", "PFFF"),
    ("7x1 9x2of3 1x1of4 3x0", "table_cut", "65.95", "FFFF"),
    ("6x1 1x1of2 3x0", "exact", "65", "FFFF"),
    ("6x1 1x1of2 3x0", "table_cut", "65", "FFFF"),
    ("6x1 1x3of4 3x0", "exact", "67.5", "PPPP"),
    ("6x1 1x3of4 3x0", "table_cut", "67.5", "PPPP"),
    ("7x1 3x0", "exact", "70", "PPPP"),
    ("7x1 3x0", "table_cut", "70", "PPPP"),
]
# Probability of passing, computed in the field's fact sheet for ten items per area and equal mastery everywhere.
DEFAULT_RULE = {0.90: 1.00, 0.80: 0.93, 0.70: 0.41, 0.60: 0.03}


def worked(answers: str, table: CreditTable) -> Score:
    """The score of answers in the sheet's notation, marked by the item kind itself."""
    kind = kind_named("multiple_choice")
    fractions = []
    for group in answers.split():
        count, _, what = group.partition("x")
        chosen, _, right = what.partition("of")
        of = int(right or 1)
        content = _content(of)
        value = {"chosen": sorted(content["key"])[: int(chosen)]}
        fractions += [kind.mark(content, value, table).fraction] * int(count)
    return Score(sum(fractions, Fraction(0)), len(fractions))


def _content(right: int) -> dict[str, object]:
    options = [{"id": letter, "text": f"option {letter}", "feedback": "why"} for letter in LETTERS]
    return {"stem": "Which apply?", "options": options, "key": list(LETTERS[:right]), "rationale": "r", "source": "s"}


def rules(**changes: object) -> SchemeRules:
    facts: dict[str, object] = {
        "credit_table": CreditTable.EXACT,
        "overall": Fraction(53, 80),
        "areas_at": AreasAt(Fraction(2, 3), 6),
        "area_floor": Fraction(2, 5),
        "level_cuts": CUTS,
        "indicative_below_items": 10,
    }
    return SchemeRules(**{**facts, **changes})  # type: ignore[arg-type]


def verdict(*points: int, **changes: object) -> Verdict:
    areas = {f"A{number}": Score(Fraction(value), 10) for number, value in enumerate(points, 1)}
    return judge(rules(**changes), Score(Fraction(sum(points)), 10 * len(points)), areas)


@pytest.mark.parametrize(("answers", "table", "score", "verdicts"), VECTORS)
def test_the_two_thirds_trap(answers: str, table: str, score: str, verdicts: str) -> None:
    worked_score = worked(answers, CreditTable(table))
    assert worked_score.share == threshold(score)
    for text, expected in zip(("66", "66.66", "66.7", "2/3"), verdicts, strict=True):
        cut = Cut("overall", "", threshold(text), worked_score)
        assert cut.is_reached == (expected == "P"), text


def test_binary_floats_would_fail_vector_three() -> None:
    assert sum([1.0] * 5 + [1 / 3] * 5) / 10 < 2 / 3
    assert worked("5x1 5x1of3", CreditTable.EXACT).share == Fraction(2, 3)


UNITS = [f"U{number}" for number in range(1, 12)]


def units(passed: Collection[str], others: str, **changes: object) -> Verdict:
    """Eleven units of ten items: some at 67 percent, the others as said; 8 of them at 66.7 pass, and nothing else."""
    areas = {unit: Score(Fraction(67, 10) if unit in passed else threshold(others) * 10, 10) for unit in UNITS}
    points = sum((score.points for score in areas.values()), Fraction(0))
    bare: dict[str, object] = {"overall": None, "area_floor": None, "areas_at": AreasAt(threshold("66.7"), 8)}
    return judge(rules(**(bare | changes)), Score(points, 110), areas)


def test_eight_of_eleven_units_pass() -> None:
    assert units(UNITS[:8], "0/1").passed


def test_seven_units_and_four_near_misses_fail() -> None:
    """66.66 against 66.7: near misses do not add up to an eighth unit."""
    assert not units(UNITS[:7], "66.66").passed


@pytest.mark.parametrize(
    ("mandatory", "missed"), [(["U1"], ()), (["U1", "U8"], ()), (["U9"], ("U9",)), (["U1", "U11", "U9"], ("U11", "U9"))]
)
def test_eight_units_without_a_mandatory_one_fail(mandatory: list[str], missed: tuple[str, ...]) -> None:
    told = units(UNITS[:8], "0/1", areas_at=AreasAt(threshold("66.7"), 8, frozenset(mandatory)))
    (outcome,) = told.rules
    assert told.passed == outcome.is_met == (not missed)
    assert len(outcome.reached_areas) == outcome.needed_areas == 8
    assert outcome.mandatory_areas == tuple(sorted(mandatory))
    assert outcome.missed_mandatory_areas == missed


def test_a_mandatory_unit_alone_is_not_enough() -> None:
    assert not units(UNITS[:7], "0/1", areas_at=AreasAt(threshold("66.7"), 8, frozenset({"U1"}))).passed


def test_a_mandatory_unit_that_was_not_examined_is_missed() -> None:
    told = units(UNITS, "0/1", areas_at=AreasAt(threshold("66.7"), 8, frozenset({"U12"})))
    assert not told.passed
    assert told.rules[0].missed_mandatory_areas == ("U12",)


@pytest.mark.parametrize(("floor", "passes"), [(None, True), ("40", False), ("35", True)])
def test_a_unit_below_the_floor_fails_only_where_there_is_a_floor(floor: str | None, passes: bool) -> None:
    assert units(UNITS[:8], "35", area_floor=threshold(floor) if floor else None).passed is passes


def test_every_rule_must_be_met() -> None:
    assert verdict(10, 10, 10, 10, 10, 10, 4, 4).passed
    overall_only = verdict(8, 8, 8, 8, 8, 8, 3, 8)
    assert not overall_only.passed
    assert {rule.rule: rule.is_met for rule in overall_only.rules} == {
        "overall": True,
        "areas_at": True,
        "area_floor": False,
    }
    assert overall_only.rules[2].missed_areas == ("A7",)
    assert not verdict(10, 10, 10, 10, 10, 6, 6, 6).passed  # five areas of six
    assert not verdict(7, 7, 7, 7, 7, 7, 5, 5).passed  # 52 of 80


def test_equal_is_enough() -> None:
    assert verdict(7, 7, 7, 7, 7, 7, 7, 4).passed  # 53 of 80 exactly, one area exactly on the floor


def test_a_mandatory_area_near_the_line_decides_alone() -> None:
    """Eight areas of six reached, so no other area decides; the mandatory one does, reached or missed."""
    mandatory = {"areas_at": AreasAt(Fraction(2, 3), 6, frozenset({"A8"}))}
    reached, missed = verdict(9, 9, 9, 9, 9, 9, 9, 7, **mandatory), verdict(9, 9, 9, 9, 9, 9, 9, 6, **mandatory)
    assert (reached.passed, missed.passed) == (True, False)
    for told in (reached, missed):
        assert [(cut.rule, cut.area) for cut in told.deciding_cuts] == [("areas_at", "A8")]
    assert verdict(9, 9, 9, 9, 9, 9, 9, 6).deciding_cuts == ()


def test_a_clear_pass_and_a_clear_fail_are_not_borderline() -> None:
    assert not verdict(9, 9, 9, 9, 9, 9, 9, 9).borderline
    assert not verdict(3, 3, 3, 3, 3, 3, 3, 3).borderline


def test_within_one_standard_error_of_the_overall_cut_is_borderline() -> None:
    # The error of a proportion of 53/80 on 80 items is 5.29 points: 57 of 80 is inside, 58 outside.
    assert [cut.rule for cut in verdict(8, 7, 7, 7, 7, 7, 7, 7).deciding_cuts] == ["overall"]
    assert verdict(8, 8, 7, 7, 7, 7, 7, 7).deciding_cuts == ()


def test_only_the_cut_that_decides_makes_it_borderline() -> None:
    sixth = verdict(9, 9, 9, 9, 9, 7, 6, 6)  # exactly six areas: the one at 7 decides alone
    assert [(cut.rule, cut.area) for cut in sixth.deciding_cuts] == [("areas_at", "A6")]
    spare = verdict(9, 9, 9, 9, 9, 7, 7, 6)  # seven areas: no single one decides
    assert spare.deciding_cuts == ()
    floored = verdict(10, 10, 10, 10, 10, 10, 10, 3)
    assert [(cut.rule, cut.area) for cut in floored.deciding_cuts] == [("area_floor", "A8")]
    assert not floored.passed
    assert floored.borderline


@given(st.fractions(0, 1), st.integers(1, 200), st.fractions(Fraction(1, 20), Fraction(19, 20)))
def test_near_means_one_standard_error(share: Fraction, items: int, at: Fraction) -> None:
    cut = Cut("overall", "", at, Score(share * items, items))
    error = sqrt(at * (1 - at) / items)
    distance = abs(float(share - at))
    if abs(distance - error) > 1e-9:
        assert cut.is_near == (distance < error)


@given(st.lists(st.integers(0, 10), min_size=8, max_size=8), st.integers(0, 7), MANDATORY)
def test_one_more_right_answer_never_loses_a_pass(points: list[int], area: int, mandatory: frozenset[str]) -> None:
    better = [min(10, value + (index == area)) for index, value in enumerate(points)]
    asked = {"areas_at": AreasAt(Fraction(2, 3), 6, mandatory)}
    assert verdict(*points, **asked).passed <= verdict(*better, **asked).passed


@given(st.lists(st.integers(0, 10), min_size=8, max_size=8), MANDATORY)
def test_a_mandatory_area_only_ever_takes_a_pass_away(points: list[int], mandatory: frozenset[str]) -> None:
    asked, bare = verdict(*points, areas_at=AreasAt(Fraction(2, 3), 6, mandatory)), verdict(*points)
    assert asked.passed <= bare.passed
    if asked.passed != bare.passed:
        assert asked.rules[1].missed_mandatory_areas


@pytest.mark.parametrize(("mastery", "published"), DEFAULT_RULE.items())
def test_the_default_rule_passes_whom_it_should(mastery: float, published: float) -> None:
    chance = random.Random(7)
    people = 2000
    passed = sum(
        verdict(
            *(sum(chance.random() < mastery for _ in range(10)) for _ in range(8)), areas_at=AreasAt(Fraction(7, 10), 6)
        ).passed
        for _ in range(people)
    )
    assert passed / people == pytest.approx(published, abs=0.03)


def by_level(**shares: str) -> dict[int, Score]:
    """Scores by level from ``l5="3/5"``."""
    return {int(name[1:]): Score(Fraction(share) * 5, 5) for name, share in shares.items()}


@pytest.mark.parametrize(
    ("scores", "level"),
    [
        (by_level(l4="1/2", l5="3/5", l6="2/3"), 6),
        (by_level(l4="1/2", l5="3/5", l6="3333/5000"), 5),
        (by_level(l4="1", l5="0"), 4),
        (by_level(l4="1", l5="0", l6="1"), 4),
        (by_level(l5="3/5"), 5),
        (by_level(l5="29/50", l6="1"), None),
        (by_level(l4="0"), None),
        (by_level(l7="1"), None),
        ({}, None),
    ],
)
def test_the_highest_level_whose_cut_and_all_lower_cuts_are_reached(
    scores: dict[int, Score], level: int | None
) -> None:
    assert attained_level(scores, CUTS) == level


@given(st.dictionaries(st.sampled_from([4, 5, 6]), st.tuples(st.fractions(0, 1), st.fractions(0, 1)), min_size=1))
def test_a_higher_score_never_lowers_the_level(pairs: dict[int, tuple[Fraction, Fraction]]) -> None:
    low = {level: Score(min(pair), 1) for level, pair in pairs.items()}
    high = {level: Score(max(pair), 1) for level, pair in pairs.items()}
    assert (attained_level(low, CUTS) or 0) <= (attained_level(high, CUTS) or 0)


@given(st.lists(st.integers(0, 10), min_size=8, max_size=8), st.integers(0, 7), st.sampled_from([-1, 1]), MANDATORY)
def test_whoever_passes_or_fails_by_one_answer_is_borderline(
    points: list[int], area: int, step: int, mandatory: frozenset[str]
) -> None:
    """One answer moves an area and the whole at once; a person always looks where that would have turned it."""
    other = [min(10, max(0, value + step * (index == area))) for index, value in enumerate(points)]
    asked = {"areas_at": AreasAt(Fraction(2, 3), 6, mandatory)}
    one, two = verdict(*points, **asked), verdict(*other, **asked)
    if one.passed != two.passed:
        assert one.borderline
        assert two.borderline


def test_a_fail_that_two_rules_make_together_is_seen() -> None:
    """52 of 80 with two areas at 6: neither cut alone decides, one more answer in such an area would."""
    near = verdict(7, 7, 7, 7, 7, 6, 6, 5)
    assert not near.passed
    assert {(cut.rule, cut.area) for cut in near.deciding_cuts} == {
        ("overall", ""),
        ("areas_at", "A6"),
        ("areas_at", "A7"),
    }
