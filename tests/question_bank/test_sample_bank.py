"""The sample bank judged as data: complete, of every kind, and worth asking."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from fractions import Fraction
from itertools import combinations

import pytest

from question_bank.item_kinds import KINDS, MARKED_BY_PEOPLE, CreditTable, kind_named
from question_bank.sample import sample_framework
from question_bank.sample.answers import right_response
from tests.builders.answers import wrong_response
from tests.builders.sample_bank import (
    BANK,
    ITEMS,
    JUDGED,
    Item,
    asked,
    codes,
    content,
    of_kind,
    right,
    shown,
    words,
    wrong,
)

ITEMS_PER_CELL_MIN = 8
KINDS_PER_CELL_MIN = 4
SCENARIO_WORDS_MIN = 40
STEM_LIKENESS_MAX = 0.5
# Share of runs of four letters that two stems have in common: what is left when words are exchanged one by one.
RUN = 4
RUN_LIKENESS_MAX = 0.45
# Shorter accepted forms are everyday words ("open", "owner") that say nothing where they stand elsewhere.
TELLING_LETTERS = 8
# Kinds in which more is read, weighed or worked out than in choosing one of four options.
LONGER_KINDS = ["matrix", "matching", "ordering", "gap_select", "numeric", "hotspot"]

SINGLE = of_kind("single_choice")
SEVERAL = of_kind("multiple_choice")
AREAS = sorted({item["competence"].partition(".")[0] for item in ITEMS})


# --- complete ---------------------------------------------------------------------------------------------------


def test_every_level_a_role_needs_has_eight_items() -> None:
    needed = {(c["code"], level) for c in sample_framework()["competences"] for level in c["eqf"].values()}
    there = Counter((item["competence"], item["level"]) for item in ITEMS)
    short = {cell: there[cell] for cell in sorted(needed) if there[cell] < ITEMS_PER_CELL_MIN}
    assert short == {}


def test_no_item_measures_what_no_role_needs() -> None:
    needed = {(c["code"], level) for c in sample_framework()["competences"] for level in c["eqf"].values()}
    assert codes(item for item in BANK if (item["competence"], item["level"]) not in needed) == []


def test_codes_are_unique_and_say_competence_and_level() -> None:
    assert [code for code, count in Counter(codes(BANK)).items() if count > 1] == []
    misnamed = [item for item in BANK if not re.fullmatch(rf"{item['competence']}-{item['level']}-\d\d", item["code"])]
    assert codes(misnamed) == []


def test_every_item_is_found_whole_by_its_kind() -> None:
    faults = {item["code"]: kind_named(item["kind"]).faults(content(item)) for item in ITEMS}
    assert {code: found for code, found in faults.items() if found} == {}


def test_every_item_can_be_answered_rightly_and_wrongly() -> None:
    worth = {}
    for item in ITEMS:
        kind, answer = kind_named(item["kind"]), right_response(item["kind"], item)
        slot = kind.candidate_content(content(item), kind.arrange(content(item), list))
        given = (answer, wrong_response(slot, answer))
        worth[item["code"]] = [kind.mark(content(item), one, CreditTable.EXACT).fraction for one in given]
    assert {code: marks for code, marks in worth.items() if marks != [1, 0]} == {}


def test_every_unit_of_a_numeric_item_leads_to_its_answer() -> None:
    for item in of_kind("numeric"):
        for unit in item.get("units", ()):
            value = Fraction(item["answer"]) / Fraction(unit["factor"])
            typed = str(value.numerator) if value.denominator == 1 else f"{float(value):.12f}".rstrip("0")
            assert Fraction(typed) == value, (item["code"], unit)
            number = {"number": {"value": typed, "unit": unit["unit"]}}
            assert kind_named("numeric").mark(content(item), number, CreditTable.EXACT).fraction == 1, item["code"]


def test_every_item_says_why_and_from_where_and_answers_every_option() -> None:
    silent = [
        item
        for item in ITEMS
        if len(words(item["rationale"])) < 5
        or len(words(item["source"])) < 2
        or not all(len(words(option.get("feedback", ""))) >= 3 for option in item.get("options", ()))
    ]
    assert codes(silent) == []


def test_a_rationale_never_names_an_option_by_its_place() -> None:
    by_place = re.compile(
        r"\b(option|answer|choice)s? ([a-h]|one|two|three|four|five|six|[1-6])\b(?! of)", re.IGNORECASE
    )
    assert codes(item for item in ITEMS if by_place.search(item["rationale"])) == []


def test_single_choice_has_one_right_option_of_four_or_more() -> None:
    assert codes(item for item in SINGLE if len(item["key"]) != 1 or len(item["options"]) < 4) == []


def test_multiple_choice_has_wrong_options_too_and_often_several_right_ones() -> None:
    assert codes(item for item in SEVERAL if not right(item) or not wrong(item) or len(item["options"]) < 5) == []
    assert sum(len(item["key"]) > 1 for item in SEVERAL) / len(SEVERAL) > 0.8


def test_every_cell_mixes_kinds() -> None:
    kinds: dict[tuple[str, int], set[str]] = {}
    for item in ITEMS:
        kinds.setdefault((item["competence"], item["level"]), set()).add(item["kind"])
    assert [cell for cell, found in kinds.items() if len(found) < KINDS_PER_CELL_MIN] == []
    assert [cell for cell, found in kinds.items() if not {"single_choice", "multiple_choice"} <= found] == []


@pytest.mark.parametrize("area", AREAS)
def test_every_area_has_every_kind_with_a_key(area: str) -> None:
    found = {item["kind"] for item in ITEMS if item["competence"].startswith(f"{area}.")}
    assert found == set(KINDS) - MARKED_BY_PEOPLE


def test_every_kind_that_people_mark_is_there_twice() -> None:
    assert Counter(item["kind"] for item in JUDGED) == dict.fromkeys(MARKED_BY_PEOPLE, 2)


def test_what_people_mark_tells_them_how_and_candidates_nothing_of_it() -> None:
    for item in JUDGED:
        kind = kind_named(item["kind"])
        assert kind.faults(content(item)) == []
        assert len(words(item["guidance"])) > 20
        told = str(kind.candidate_content(content(item), kind.arrange(content(item), list)))
        for criterion in item["rubric"]:
            assert not any(level["text"] in told for level in criterion["levels"]), item["code"]
        # A rubric in which one criterion decides by itself measures nothing else.
        most = [max(level["points"] for level in criterion["levels"]) for criterion in item["rubric"]]
        assert max(most) <= sum(most) / 2, item["code"]


def test_multiple_choice_is_scored_in_every_way() -> None:
    scorings = Counter(item.get("scoring", "ecqa") for item in SEVERAL)
    assert min(scorings[name] for name in ("ecqa", "all_or_nothing", "plus_minus")) >= 4


# --- worth asking -----------------------------------------------------------------------------------------------


def test_level_6_puts_a_scenario_before_the_candidate() -> None:
    assert codes(i for i in ITEMS if i["level"] == 6 and len(words(asked(i))) < SCENARIO_WORDS_MIN) == []


def test_level_6_asks_for_judgement_not_recall() -> None:
    assert codes(i for i in ITEMS if i["level"] == 6 and i["cognitive"] in {"remember", "understand"}) == []


def test_no_more_than_a_tenth_of_the_bank_asks_for_recall() -> None:
    assert sum(item["cognitive"] == "remember" for item in ITEMS) <= len(ITEMS) / 10


def test_no_stem_stands_twice_or_nearly() -> None:
    tokens = {item["code"]: frozenset(words(item["stem"])) for item in BANK}
    alike = {
        (one, other): round(len(tokens[one] & tokens[other]) / len(tokens[one] | tokens[other]), 2)
        for one, other in combinations(tokens, 2)
        if len(tokens[one] & tokens[other]) > STEM_LIKENESS_MAX * len(tokens[one] | tokens[other])
    }
    assert alike == {}


def test_no_stem_is_another_with_words_exchanged() -> None:
    runs = {item["code"]: _runs(item["stem"]) for item in BANK}
    alike = {
        (one, other): round(len(runs[one] & runs[other]) / len(runs[one] | runs[other]), 2)
        for one, other in combinations(runs, 2)
        if len(runs[one] & runs[other]) > RUN_LIKENESS_MAX * len(runs[one] | runs[other])
    }
    assert alike == {}


def _runs(text: str) -> frozenset[str]:
    plain = " ".join(words(text))
    return frozenset(plain[place : place + RUN] for place in range(len(plain) - RUN + 1))


def test_expected_difficulty_is_spread() -> None:
    shares = [Fraction(item["expected_difficulty"]) for item in ITEMS]
    assert Fraction("0.35") <= min(shares) < Fraction("0.45")
    assert Fraction("0.75") < max(shares) <= Fraction("0.9")
    assert statistics.pstdev(map(float, shares)) > 0.07
    assert len(set(shares)) > 25


def test_higher_levels_are_harder() -> None:
    def mean(level: int) -> Fraction:
        return statistics.mean(Fraction(i["expected_difficulty"]) for i in ITEMS if i["level"] == level)

    assert mean(4) > mean(5) > mean(6)


def test_time_follows_the_reading_load() -> None:
    assert all(30 <= item["expected_seconds"] <= 180 for item in ITEMS)
    choices = SINGLE + SEVERAL
    load = [len(words(shown(item))) for item in choices]
    assert statistics.correlation(load, [item["expected_seconds"] for item in choices]) > 0.5


@pytest.mark.parametrize("kind", LONGER_KINDS)
@pytest.mark.parametrize("level", [4, 5, 6])
def test_kinds_in_which_more_is_done_take_longer(kind: str, level: int) -> None:
    def mean(items: list[Item]) -> float:
        return statistics.mean(item["expected_seconds"] for item in items if item["level"] == level)

    assert mean(of_kind(kind)) > mean(SINGLE)


# --- enemies ----------------------------------------------------------------------------------------------------


def test_enemies_exist_and_are_few() -> None:
    known = set(codes(ITEMS))
    assert [item["code"] for item in ITEMS if not set(item["enemies"]) <= known - {item["code"]}] == []
    assert 0 < sum(bool(item["enemies"]) for item in ITEMS) < len(ITEMS) / 5


def test_a_form_of_two_items_per_competence_can_avoid_all_enemies() -> None:
    enemies = {frozenset({item["code"], enemy}) for item in ITEMS for enemy in item["enemies"]}
    cells: dict[tuple[str, int], list[str]] = {}
    for item in ITEMS:
        cells.setdefault((item["competence"], item["level"]), []).append(item["code"])
    stuck = [
        cell for cell, found in cells.items() if all(frozenset(pair) in enemies for pair in combinations(found, 2))
    ]
    assert stuck == []


def test_no_item_of_a_cell_says_what_another_asks_to_be_typed() -> None:
    """Two items of a cell may stand in one form; where one says a term the other asks for, they are enemies."""
    enemies = {frozenset({item["code"], enemy}) for item in ITEMS for enemy in item["enemies"]}
    told = []
    for item in of_kind("gap_text", "short_text"):
        forms = [form for gap in item.get("gaps", [item]) for form in gap["accepted"]]
        terms = {" ".join(words(form)) for form in forms if len(form) >= TELLING_LETTERS}
        for other in ITEMS:
            if (other["competence"], other["level"]) != (item["competence"], item["level"]) or other is item:
                continue
            text, pair = f" {' '.join(words(shown(other)))} ", frozenset({item["code"], other["code"]})
            if any(f" {term} " in text for term in terms) and pair not in enemies:
                told.append((item["code"], other["code"]))
    assert told == []
