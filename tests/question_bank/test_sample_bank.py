"""The sample bank judged as data: complete, and not to be answered by anybody who does not know the field."""

from __future__ import annotations

import json
import math
import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from importlib.resources import files
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy.orm import Session

from question_bank.item_kinds import CreditTable, kind_named
from question_bank.pool import live_pool
from question_bank.sample import load_sample, sample_framework
from tests.builders.kernel import NOW
from tests.builders.question_bank import make_staff

Item = dict[str, Any]
Option = dict[str, str]

ITEMS_PER_CELL_MIN = 4
SCENARIO_WORDS_MIN = 40
STEM_LIKENESS_MAX = 0.5
# Chance within which a rate counts as chance: three standard errors.
STANDARD_ERRORS = 3
# Upper one-percent points of chi-square by degrees of freedom (any statistical table).
CHI_SQUARE_1_PERCENT = {3: 11.345, 4: 13.277, 5: 15.086}

ITEMS: list[Item] = [
    item
    for document in sorted(files("question_bank.sample").joinpath("items").iterdir(), key=lambda path: path.name)
    for item in json.loads(document.read_bytes())["items"]
]
SINGLE = [item for item in ITEMS if item["kind"] == "single_choice"]
SEVERAL = [item for item in ITEMS if item["kind"] == "multiple_choice"]


def content(item: Item) -> Item:
    return {name: item[name] for name in ("stem", "options", "key", "rationale", "source")}


def codes(items: Iterable[Item]) -> list[str]:
    return [item["code"] for item in items]


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def right(item: Item) -> list[Option]:
    return [option for option in item["options"] if option["id"] in item["key"]]


def wrong(item: Item) -> list[Option]:
    return [option for option in item["options"] if option["id"] not in item["key"]]


def length(option: Option) -> int:
    return len(option["text"])


# --- complete ---------------------------------------------------------------------------------------------------


def test_every_level_a_role_needs_has_four_items() -> None:
    needed = {(c["code"], level) for c in sample_framework()["competences"] for level in c["eqf"].values()}
    there = Counter((item["competence"], item["level"]) for item in ITEMS)
    short = {cell: there[cell] for cell in sorted(needed) if there[cell] < ITEMS_PER_CELL_MIN}
    assert short == {}


def test_no_item_measures_what_no_role_needs() -> None:
    needed = {(c["code"], level) for c in sample_framework()["competences"] for level in c["eqf"].values()}
    assert codes(item for item in ITEMS if (item["competence"], item["level"]) not in needed) == []


def test_codes_are_unique_and_say_competence_and_level() -> None:
    assert [code for code, count in Counter(codes(ITEMS)).items() if count > 1] == []
    misnamed = [item for item in ITEMS if not re.fullmatch(rf"{item['competence']}-{item['level']}-\d\d", item["code"])]
    assert codes(misnamed) == []


def test_every_item_is_found_whole_by_its_kind() -> None:
    faults = {item["code"]: kind_named(item["kind"]).faults(content(item)) for item in ITEMS}
    assert {code: found for code, found in faults.items() if found} == {}


def test_every_item_says_why_and_from_where_and_answers_every_option() -> None:
    silent = [
        item
        for item in ITEMS
        if len(words(item["rationale"])) < 5
        or len(words(item["source"])) < 2
        or not all(len(words(option.get("feedback", ""))) >= 3 for option in item["options"])
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


def test_every_cell_has_both_kinds() -> None:
    kinds: dict[tuple[str, int], set[str]] = {}
    for item in ITEMS:
        kinds.setdefault((item["competence"], item["level"]), set()).add(item["kind"])
    assert [cell for cell, found in kinds.items() if len(found) < 2] == []


# --- worth asking -----------------------------------------------------------------------------------------------


def test_level_6_puts_a_scenario_before_the_candidate() -> None:
    assert codes(i for i in ITEMS if i["level"] == 6 and len(words(i["stem"])) < SCENARIO_WORDS_MIN) == []


def test_level_6_asks_for_judgement_not_recall() -> None:
    assert codes(i for i in ITEMS if i["level"] == 6 and i["cognitive"] in {"remember", "understand"}) == []


def test_no_more_than_a_tenth_of_the_bank_asks_for_recall() -> None:
    assert sum(item["cognitive"] == "remember" for item in ITEMS) <= len(ITEMS) / 10


def test_no_stem_stands_twice_or_nearly() -> None:
    tokens = {item["code"]: frozenset(words(item["stem"])) for item in ITEMS}
    alike = {
        (one, other): round(len(tokens[one] & tokens[other]) / len(tokens[one] | tokens[other]), 2)
        for one, other in combinations(tokens, 2)
        if len(tokens[one] & tokens[other]) > STEM_LIKENESS_MAX * len(tokens[one] | tokens[other])
    }
    assert alike == {}


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
    load = [len(words(item["stem"] + " ".join(option["text"] for option in item["options"]))) for item in ITEMS]
    assert statistics.correlation(load, [item["expected_seconds"] for item in ITEMS]) > 0.5


# --- not to be answered without knowing -------------------------------------------------------------------------


def test_no_option_is_all_or_none_of_the_above() -> None:
    bundle = re.compile(r"\b(all|none|both|neither|any)\s+(of\s+)?(the\s+)?(above|options|answers)\b", re.IGNORECASE)
    assert codes(i for i in ITEMS if any(bundle.search(option["text"]) for option in i["options"])) == []


def test_no_stem_asks_for_the_exception() -> None:
    assert codes(i for i in ITEMS if re.search(r"\b(NOT|EXCEPT)\b", i["stem"])) == []


def chi_square(observed: Sequence[float], expected: Sequence[float]) -> float:
    return sum((seen - due) ** 2 / due for seen, due in zip(observed, expected, strict=True) if due)


@pytest.mark.parametrize("items", [SINGLE, SEVERAL], ids=["single_choice", "multiple_choice"])
def test_right_options_stand_at_every_place_alike(items: list[Item]) -> None:
    places = range(max(len(item["options"]) for item in items))
    observed, expected = [0.0] * len(places), [0.0] * len(places)
    for item in items:
        for place, option in enumerate(item["options"]):
            observed[place] += option["id"] in item["key"]
            expected[place] += len(item["key"]) / len(item["options"])
    assert min(due for due in expected if due) >= 1
    assert chi_square(observed, expected) < CHI_SQUARE_1_PERCENT[max(len(places) - 1, 3)]


def rate_and_chance(items: Iterable[Item], extreme: Callable[[Iterable[int]], int]) -> tuple[float, float, float]:
    """How often the right option has the extreme length, what chance gives, and its standard error."""
    hits, chances = [], []
    for item in items:
        limit = extreme(map(length, item["options"]))
        at_limit = [option for option in item["options"] if length(option) == limit]
        hits.append(sum(option["id"] in item["key"] for option in at_limit) / len(at_limit))
        chances.append(len(item["key"]) / len(item["options"]))
    error = math.sqrt(sum(chance * (1 - chance) for chance in chances)) / len(chances)
    return statistics.mean(hits), statistics.mean(chances), error


@pytest.mark.parametrize("extreme", [max, min], ids=["longest", "shortest"])
@pytest.mark.parametrize("items", [SINGLE, SEVERAL], ids=["single_choice", "multiple_choice"])
def test_the_extreme_option_is_right_about_as_often_as_chance_has_it(
    items: list[Item], extreme: Callable[[Iterable[int]], int]
) -> None:
    rate, chance, error = rate_and_chance(items, extreme)
    assert abs(rate - chance) < STANDARD_ERRORS * error, f"{rate:.3f} against {chance:.3f} by chance"


@pytest.mark.parametrize("area", sorted({item["competence"].partition(".")[0] for item in ITEMS}))
@pytest.mark.parametrize("extreme", [max, min], ids=["longest", "shortest"])
def test_no_area_gives_itself_away_by_length(area: str, extreme: Callable[[Iterable[int]], int]) -> None:
    of_area = [item for item in SINGLE if item["competence"].startswith(f"{area}.")]
    rate, chance, error = rate_and_chance(of_area, extreme)
    assert abs(rate - chance) < STANDARD_ERRORS * error, f"{rate:.3f} against {chance:.3f} by chance"


def test_right_and_wrong_options_are_equally_long() -> None:
    ratios = [statistics.mean(map(length, right(item))) / statistics.mean(map(length, wrong(item))) for item in ITEMS]
    assert 0.95 < statistics.mean(ratios) < 1.05


def test_options_of_one_item_are_of_one_size() -> None:
    sizes = {item["code"]: (max(map(length, item["options"])), min(map(length, item["options"]))) for item in ITEMS}
    assert {code: size for code, size in sizes.items() if size[0] > 1.8 * size[1] and size[0] - size[1] > 25} == {}


ABSOLUTES = ["always", "never", "only", "all", "every", "must"]
# Words that open the clause with which writers lengthen a distractor.
PADDING = ["since", "so", "because", "until"]


@pytest.mark.parametrize("word", ABSOLUTES + PADDING)
def test_no_turn_of_phrase_marks_the_wrong_options(word: str) -> None:
    rights = [word in words(option["text"]) for item in ITEMS for option in right(item)]
    wrongs = [word in words(option["text"]) for item in ITEMS for option in wrong(item)]
    together = (sum(rights) + sum(wrongs)) / (len(rights) + len(wrongs))
    error = math.sqrt(together * (1 - together) * (1 / len(rights) + 1 / len(wrongs)))
    difference = abs(sum(rights) / len(rights) - sum(wrongs) / len(wrongs))
    assert difference <= STANDARD_ERRORS * error, f"{sum(rights)} right and {sum(wrongs)} wrong options say it"


def test_the_words_of_the_stem_do_not_point_at_the_key() -> None:
    """Choosing the option that repeats most of the stem's words must not beat chance by much."""

    def echo(item: Item, option: Option) -> float:
        long_words = {word for word in words(option["text"]) if len(word) > 3}
        return len(long_words & set(words(item["stem"]))) / max(len(long_words), 1)

    hits, chances = [], []
    for item in SINGLE:
        best = max(echo(item, option) for option in item["options"])
        loudest = [option for option in item["options"] if echo(item, option) == best]
        hits.append(sum(option["id"] in item["key"] for option in loudest) / len(loudest))
        chances.append(1 / len(item["options"]))
    error = math.sqrt(sum(chance * (1 - chance) for chance in chances)) / len(chances)
    assert statistics.mean(hits) - statistics.mean(chances) < STANDARD_ERRORS * error


@pytest.mark.parametrize("pick", [max, min], ids=["longest", "shortest"])
def test_a_candidate_who_measures_options_fails(pick: Callable[..., Option]) -> None:
    """One option per item by length alone scores far below the usual cut of two thirds."""
    marks = [
        kind_named(item["kind"])
        .mark(content(item), {"chosen": [pick(item["options"], key=length)["id"]]}, CreditTable.EXACT)
        .fraction
        for item in ITEMS
    ]
    assert statistics.mean(marks) < Fraction(1, 3)


# --- enemies ----------------------------------------------------------------------------------------------------


def test_enemies_exist_and_are_few() -> None:
    known = set(codes(ITEMS))
    assert [item["code"] for item in ITEMS if not set(item["enemies"]) <= known - {item["code"]}] == []
    assert 0 < sum(bool(item["enemies"]) for item in ITEMS) < len(ITEMS) / 5


def test_enemies_are_enemies_of_each_other_after_import(tx: Session) -> None:
    staff = make_staff(tx)
    people = {"author": staff.author, "reviewer": staff.reviewer, "manager": staff.manager}
    framework = load_sample(tx, staff.organisation.id, now=NOW, **people)
    pool = live_pool(tx, framework, staff.organisation.id)
    assert [item.code for item in pool.items] == sorted(codes(ITEMS))
    assert pool.enemies == {frozenset({item["code"], enemy}) for item in ITEMS for enemy in item["enemies"]}


def test_a_form_of_two_items_per_competence_can_avoid_all_enemies() -> None:
    enemies = {frozenset({item["code"], enemy}) for item in ITEMS for enemy in item["enemies"]}
    cells: dict[tuple[str, int], list[str]] = {}
    for item in ITEMS:
        cells.setdefault((item["competence"], item["level"]), []).append(item["code"])
    stuck = [
        cell for cell, found in cells.items() if all(frozenset(pair) in enemies for pair in combinations(found, 2))
    ]
    assert stuck == []
