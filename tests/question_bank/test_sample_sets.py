"""The scenario sets of the sample judged as data: whole, varied, and none of their items tells another's answer."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest

from question_bank.item_kinds.stimulus import MEMBER
from question_bank.sample import sample_framework
from tests.builders.sample_bank import ITEMS, Item, shown, words

SETS_MIN = 10
MEMBERS = range(2, 5)
SCENARIO_WORDS = range(80, 201)
KINDS_MIN = 7
# A form asks two items of each competence: a set that has three at one level could never be asked.
ITEMS_PER_COMPETENCE = 2

ROLES = [role["code"] for role in sample_framework()["roles"]]
SETS: dict[str, list[Item]] = {}
for one in ITEMS:
    if MEMBER in one:
        SETS.setdefault(one[MEMBER]["code"], []).append(one)
MEMBERS_OF_SETS = [item for members in SETS.values() for item in members]


def test_there_are_enough_and_none_is_of_one_item_or_of_many() -> None:
    assert len(SETS) >= SETS_MIN
    assert {code: len(members) for code, members in SETS.items() if len(members) not in MEMBERS} == {}


def test_the_items_of_a_set_are_about_one_scenario_of_a_page_at_most() -> None:
    assert [code for code, members in SETS.items() if any(item[MEMBER] != members[0][MEMBER] for item in members)] == []
    lengths = {code: len(words(members[0][MEMBER]["text"])) for code, members in SETS.items()}
    assert {code: length for code, length in lengths.items() if length not in SCENARIO_WORDS} == {}
    assert len({members[0][MEMBER]["title"] for members in SETS.values()}) == len(SETS)


def test_sets_are_of_every_area_level_and_of_most_kinds() -> None:
    assert {item["competence"].partition(".")[0] for item in MEMBERS_OF_SETS} == {f"A{area}" for area in range(1, 9)}
    assert min(Counter(item["level"] for item in MEMBERS_OF_SETS)[level] for level in (4, 5, 6)) >= 5
    assert len({item["kind"] for item in MEMBERS_OF_SETS}) >= KINDS_MIN


def test_every_set_can_be_asked_whole_for_some_role_and_every_role_has_whole_sets() -> None:
    levels = {found["code"]: found["eqf"] for found in sample_framework()["competences"]}
    roles = {
        code: {role for role in ROLES if all(levels[one["competence"]][role] == one["level"] for one in members)}
        for code, members in SETS.items()
    }
    assert [code for code, found in roles.items() if not found] == []
    assert min(sum(role in found for found in roles.values()) for role in ROLES) >= 2


def test_no_set_is_kept_from_forms_by_itself() -> None:
    for code, members in SETS.items():
        cells = Counter((item["competence"], item["level"]) for item in members)
        assert max(cells.values()) <= ITEMS_PER_COMPETENCE, code
        assert not any(other["code"] in item["enemies"] for item, other in permutations(members, 2)), code


def test_no_item_of_a_set_says_what_another_asks_for() -> None:
    told = []
    for members in SETS.values():
        for item, other in permutations(members, 2):
            text = f" {' '.join(words(shown(other)))} "
            forms = [*item.get("accepted", ()), *([item["answer"]] if "answer" in item else [])]
            told += [(item["code"], other["code"], form) for form in forms if f" {' '.join(words(form))} " in text]
    assert told == []


def test_no_question_of_a_set_repeats_the_scenario() -> None:
    """What a question needs is looked up in the scenario: no run of so many words stands in both."""
    run = 8
    repeated = []
    for item in MEMBERS_OF_SETS:
        scenario, question = words(item[MEMBER]["text"]), words(item["stem"])
        runs = {tuple(scenario[place : place + run]) for place in range(len(scenario) - run + 1)}
        if runs & {tuple(question[place : place + run]) for place in range(len(question) - run + 1)}:
            repeated.append(item["code"])
    assert repeated == []


def test_what_can_be_worked_out_from_a_scenario_is_its_key() -> None:
    """The arithmetic of every number that is asked for, from the figures of its scenario."""
    worked_out = {
        "A1.2-5-09": 25 * 20 / 100 + 40 * 40 / 100 + 35 * 90 / 100,
        "A2.2-6-09": 4 * 9.00 / 7.50,
        "A3.5-6-09": 100 * (480_000 * 10 - 2_520_000 - 120_000 * 10) / (480_000 * 5 - 120_000 * 5),
        "A4.2-4-10": 276_000 - 480 * 50_000 / 100,
        "A4.2-6-09": 4_140_000 * 2_600 / 2_300,
        "A8.3-6-09": ((8_400 - 7_800) - (8_400 - 8_160)) * 2_000 / 800,
    }
    numbers = {item["code"]: float(item["answer"]) for item in MEMBERS_OF_SETS if item["kind"] == "numeric"}
    assert numbers == pytest.approx(worked_out)
