"""The German of the sample judged as data: words alone differ, and they tell no more than the English ones do."""

from __future__ import annotations

import json
import statistics
from importlib.resources import files

from question_bank.item_kinds import CreditTable, kind_named
from question_bank.sample.answers import right_response
from question_bank.translations import misfits
from tests.builders.answers import wrong_response
from tests.builders.sample_bank import ITEMS, Item, codes, content, length, right, shown, words, wrong

ORIGINALS = {item["code"]: item for item in ITEMS}
GERMAN: list[Item] = [
    {"kind": ORIGINALS[item["code"]]["kind"]} | item
    for document in sorted(files("question_bank.sample").joinpath("translations", "de").iterdir(), key=str)
    for item in json.loads(document.read_bytes())["items"]
]
# A right option is not to stand out by its length: the mean of the wrong ones, give or take.
LENGTH_RATIO = (0.95, 1.05)
# German words are longer, and so are its texts; beyond this something was added or left out.
LONGER = (0.8, 1.6)


def bare(item: Item) -> Item:
    return {name: value for name, value in content(item).items() if name not in {"code", "kind"}}


def test_every_translation_differs_in_words_alone_and_is_found_whole_by_its_kind() -> None:
    faults = {}
    for item in GERMAN:
        fits = misfits(bare(ORIGINALS[item["code"]]), bare(item))
        faults[item["code"]] = [*fits, *kind_named(item["kind"]).faults(bare(item))]
    assert {code: found for code, found in faults.items() if found} == {}
    assert len(set(codes(GERMAN))) == len(GERMAN) == 98


def test_every_translation_can_be_answered_rightly_and_wrongly() -> None:
    for item in GERMAN:
        kind, answer = kind_named(item["kind"]), right_response(item["kind"], item)
        slot = kind.candidate_content(bare(item), kind.arrange(bare(item), list))
        for given, worth in ((answer, 1), (wrong_response(slot, answer), 0)):
            assert kind.mark(bare(item), given, CreditTable.EXACT).fraction == worth, item["code"]


def test_every_text_is_translated() -> None:
    same = [
        code for code, item in ORIGINALS.items() for one in GERMAN if one["code"] == code and said(one) & said(item)
    ]
    assert same == []


def said(item: Item) -> set[str]:
    """Everything of a sentence's length that is in a language."""
    options = [option.get("feedback", "") for option in item.get("options", ())]
    return {
        text for text in [item["stem"], item["rationale"], item.get("passage", ""), *options] if len(words(text)) > 2
    }


def test_a_translation_is_about_as_long_as_its_original() -> None:
    ratios = {item["code"]: len(shown(item)) / len(shown(ORIGINALS[item["code"]])) for item in GERMAN}
    assert {code: ratio for code, ratio in ratios.items() if not LONGER[0] < ratio < LONGER[1]} == {}


def test_right_and_wrong_options_are_equally_long() -> None:
    choices = [item for item in GERMAN if "options" in item]
    ratios = [statistics.mean(map(length, right(item))) / statistics.mean(map(length, wrong(item))) for item in choices]
    assert LENGTH_RATIO[0] < statistics.mean(ratios) < LENGTH_RATIO[1]


def test_options_of_one_item_are_of_one_size() -> None:
    sizes = {item["code"]: [length(option) for option in item["options"]] for item in GERMAN if "options" in item}
    assert {code: found for code, found in sizes.items() if max(found) > 1.5 * min(found)} == {}


def test_no_item_says_what_it_asks_to_be_typed() -> None:
    told = []
    for item in GERMAN:
        text = f" {' '.join(words(shown(item)))} "
        forms = [form for asked in item.get("gaps", [item]) for form in asked.get("accepted", ())]
        told += [(item["code"], form) for form in forms if f" {' '.join(words(form))} " in text]
    assert told == []
