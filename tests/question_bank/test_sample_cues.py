"""The sample bank is not to be answered by anybody who does not know the field: no length, place or word tells."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import combinations

import pytest

from question_bank.item_kinds import CreditTable, kind_named
from tests.builders.sample_bank import (
    ITEMS,
    LISTS,
    Item,
    Thing,
    asked,
    codes,
    content,
    length,
    of_kind,
    right,
    shown,
    words,
    wrong,
)

# Chance within which a rate counts as chance: three standard errors.
STANDARD_ERRORS = 3
# Upper one-percent points of chi-square by degrees of freedom (any statistical table).
CHI_SQUARE_1_PERCENT = {2: 9.210, 3: 11.345, 4: 13.277, 5: 15.086}

SINGLE = of_kind("single_choice")
SEVERAL = of_kind("multiple_choice")
CHOICES = SINGLE + SEVERAL
AREAS = sorted({item["competence"].partition(".")[0] for item in ITEMS})


def test_no_option_is_all_or_none_of_the_above() -> None:
    bundle = re.compile(r"\b(all|none|both|neither|any)\s+(of\s+)?(the\s+)?(above|options|answers)\b", re.IGNORECASE)
    assert codes(i for i in CHOICES if any(bundle.search(option["text"]) for option in i["options"])) == []


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


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("extreme", [max, min], ids=["longest", "shortest"])
def test_no_area_gives_itself_away_by_length(area: str, extreme: Callable[[Iterable[int]], int]) -> None:
    of_area = [item for item in SINGLE if item["competence"].startswith(f"{area}.")]
    rate, chance, error = rate_and_chance(of_area, extreme)
    assert abs(rate - chance) < STANDARD_ERRORS * error, f"{rate:.3f} against {chance:.3f} by chance"


def test_right_and_wrong_options_are_equally_long() -> None:
    ratios = [statistics.mean(map(length, right(item))) / statistics.mean(map(length, wrong(item))) for item in CHOICES]
    assert 0.95 < statistics.mean(ratios) < 1.05


def test_options_of_one_item_are_of_one_size() -> None:
    sizes = {item["code"]: (max(map(length, item["options"])), min(map(length, item["options"]))) for item in CHOICES}
    assert {code: size for code, size in sizes.items() if size[0] > 1.8 * size[1] and size[0] - size[1] > 25} == {}


ABSOLUTES = ["always", "never", "only", "all", "every", "must"]
# Words that open the clause with which writers lengthen a distractor.
PADDING = ["since", "so", "because", "until"]


@pytest.mark.parametrize("word", ABSOLUTES + PADDING)
def test_no_turn_of_phrase_marks_the_wrong_options(word: str) -> None:
    rights = [word in words(option["text"]) for item in CHOICES for option in right(item)]
    wrongs = [word in words(option["text"]) for item in CHOICES for option in wrong(item)]
    together = (sum(rights) + sum(wrongs)) / (len(rights) + len(wrongs))
    error = math.sqrt(together * (1 - together) * (1 / len(rights) + 1 / len(wrongs)))
    difference = abs(sum(rights) / len(rights) - sum(wrongs) / len(wrongs))
    assert difference <= STANDARD_ERRORS * error, f"{sum(rights)} right and {sum(wrongs)} wrong options say it"


def test_the_words_of_the_stem_do_not_point_at_the_key() -> None:
    """Choosing the option that repeats most of the stem's words must not beat chance by much."""

    def echo(item: Item, option: Thing) -> float:
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
def test_a_candidate_who_measures_options_fails(pick: Callable[..., Thing]) -> None:
    """One option per item by length alone scores far below the usual cut of two thirds."""
    marks = [
        kind_named(item["kind"])
        .mark(content(item), {"chosen": [pick(item["options"], key=length)["id"]]}, CreditTable.EXACT)
        .fraction
        for item in CHOICES
    ]
    assert statistics.mean(marks) < Fraction(1, 3)


# --- where there are no options -----------------------------------------------------------------------------------


def test_ids_say_nothing_but_the_place_in_the_file() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    lists = [(item["code"], item[name]) for item in ITEMS for name in LISTS if name in item and name != "columns"]
    lists += [(item["code"], gap["options"]) for item in of_kind("gap_select") for gap in item["gaps"]]
    telling = [code for code, things in lists if "".join(thing["id"] for thing in things) != letters[: len(things)]]
    assert telling == []


def test_no_column_of_a_table_is_right_more_often_than_another() -> None:
    for count in (2, 3):
        tables = [item for item in of_kind("matrix") if len(item["columns"]) == count]
        marked = [list(item["key"].values()) for item in tables]
        observed = [sum(keys.count(column["id"]) for keys in marked) for column in tables[0]["columns"]]
        expected = [sum(observed) / count] * count
        assert chi_square(observed, expected) < CHI_SQUARE_1_PERCENT[max(count - 1, 2)], observed
        assert all(len(set(keys)) == count for keys in marked), "each column is right at least once"


def test_a_table_cannot_be_completed_by_counting() -> None:
    """Where every column were right equally often, whoever knows some rows would be given the rest."""
    tables = [[list(item["key"].values()).count(one["id"]) for one in item["columns"]] for item in of_kind("matrix")]
    assert 1 / 5 < sum(len(set(counts)) > 1 for counts in tables) / len(tables) < 4 / 5 + 1 / 10


def test_the_order_in_the_file_says_nothing_of_the_right_one() -> None:
    ascending = [one < other for item in of_kind("ordering") for one, other in combinations(item["key"], 2)]
    error = math.sqrt(1 / 4 / len(ascending))
    assert abs(statistics.mean(ascending) - 1 / 2) < STANDARD_ERRORS * error
    assert codes(i for i in of_kind("ordering") if i["key"] in (sorted(i["key"]), sorted(i["key"])[::-1])) == []


def test_matching_leaves_something_over_and_no_pair_at_its_place() -> None:
    items = of_kind("matching")
    spare = [item for item in items if len(item["counterparts"]) > len(set(item["key"].values()))]
    assert codes(items) == codes(spare)
    same = [left == item["key"][left] for item in items for left in item["key"]]
    chance = statistics.mean(1 / len(item["counterparts"]) for item in items)
    assert abs(statistics.mean(same) - chance) < STANDARD_ERRORS * math.sqrt(chance * (1 - chance) / len(same))


GAPS = [{"options": gap["options"], "key": [gap["key"]]} for item in of_kind("gap_select") for gap in item["gaps"]]


@pytest.mark.parametrize("extreme", [max, min], ids=["longest", "shortest"])
def test_what_fills_a_gap_is_not_told_by_its_length(extreme: Callable[[Iterable[int]], int]) -> None:
    rate, chance, error = rate_and_chance(GAPS, extreme)
    assert abs(rate - chance) < STANDARD_ERRORS * error, f"{rate:.3f} against {chance:.3f} by chance"


def test_what_fills_a_gap_stands_at_every_place_alike() -> None:
    observed = [sum(gap["options"][place]["id"] in gap["key"] for gap in GAPS) for place in range(3)]
    assert chi_square(observed, [len(GAPS) / 3] * 3) < CHI_SQUARE_1_PERCENT[2]


def test_no_item_says_what_it_asks_to_be_typed() -> None:
    said = []
    for item in of_kind("gap_text", "short_text"):
        text = f" {' '.join(words(shown(item)))} "
        forms = [form for gap in item.get("gaps", [item]) for form in gap["accepted"]]
        said += [(item["code"], form) for form in forms if f" {' '.join(words(form))} " in text]
    assert said == []


def test_no_answer_of_a_numeric_item_stands_where_it_is_asked() -> None:
    """A candidate who copies a number from the stem or the scenario is wrong."""
    copied = [
        (item["code"], number)
        for item in of_kind("numeric")
        for number in re.findall(r"\d+(?:\.\d+)?", asked(item).replace(",", ""))
        if kind_named("numeric").mark(content(item), _typed(item, number), CreditTable.EXACT).fraction
    ]
    assert copied == []


def _typed(item: Item, number: str) -> dict[str, dict[str, str]]:
    unit = next((unit["unit"] for unit in item.get("units", ()) if unit["factor"] == "1"), None)
    return {"number": {"value": number} | ({} if unit is None else {"unit": unit})}
