"""The items of the sample bank as its files give them, and ways of looking at them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from question_bank.item_kinds import MARKED_BY_PEOPLE

Item = dict[str, Any]
Thing = dict[str, str]

TAGS = frozenset(
    {"code", "kind", "competence", "level", "cognitive", "expected_difficulty", "expected_seconds", "enemies"}
)
LISTS = ("options", "rows", "columns", "premises", "counterparts", "elements", "spots")

BANK: list[Item] = [
    item
    for document in sorted(files("question_bank.sample").joinpath("items").iterdir(), key=lambda path: path.name)
    for item in json.loads(document.read_bytes())["items"]
]
ITEMS = [item for item in BANK if item["kind"] not in MARKED_BY_PEOPLE]
"""Those with a key, which most of the tests are about."""
JUDGED = [item for item in BANK if item["kind"] in MARKED_BY_PEOPLE]


def of_kind(*kinds: str) -> list[Item]:
    return [item for item in ITEMS if item["kind"] in kinds]


def content(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in TAGS}


def codes(items: Iterable[Item]) -> list[str]:
    return [item["code"] for item in items]


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def length(thing: Thing) -> int:
    return len(thing["text"])


def right(item: Item) -> list[Thing]:
    return [option for option in item["options"] if option["id"] in item["key"]]


def wrong(item: Item) -> list[Thing]:
    return [option for option in item["options"] if option["id"] not in item["key"]]


def asked(item: Item) -> str:
    """What an item asks, after the scenario it asks about where that is of a set."""
    stimulus = item.get("stimulus", {})
    return "\n".join([*(stimulus[name] for name in ("title", "text") if stimulus), item["stem"]])


def shown(item: Item) -> str:
    """Everything a candidate reads of an item, as one text."""
    things = [thing for name in LISTS for thing in item.get(name, ())]
    things += [option for gap in item.get("gaps", ()) for option in gap.get("options", ())]
    units = [unit["unit"] for unit in item.get("units", ())]
    described = item.get("picture", {}).get("description", "")
    return "\n".join([asked(item), described, item.get("passage", ""), *(thing["text"] for thing in things), *units])
