"""Right answers: the response to an item that is worth everything, built from its key.

One rule: an item whose key cannot be answered by a candidate is an error of the item, found by the tests of the bank.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from question_bank.item_kinds.kind import Content

Response = dict[str, Any]


def _number(content: Content) -> Response:
    unit = next((unit["unit"] for unit in content.get("units", ()) if unit["factor"] == "1"), None)
    return {"value": content["answer"]} | ({} if unit is None else {"unit": unit})


_RIGHT = MappingProxyType[str, Callable[[Content], Response]](
    {
        "single_choice": lambda content: {"chosen": list(content["key"])},
        "multiple_choice": lambda content: {"chosen": list(content["key"])},
        "matrix": lambda content: {"marked": dict(content["key"])},
        "matching": lambda content: {"matched": dict(content["key"])},
        "ordering": lambda content: {"ordered": list(content["key"])},
        "gap_select": lambda content: {"filled": {gap["id"]: gap["key"] for gap in content["gaps"]}},
        "gap_text": lambda content: {"filled": {gap["id"]: gap["accepted"][0] for gap in content["gaps"]}},
        "short_text": lambda content: {"text": content["accepted"][0]},
        "numeric": lambda content: {"number": _number(content)},
        "hotspot": lambda content: {"chosen": list(content["key"])},
    }
)


def right_response(kind: str, content: Content) -> Response:
    """Return a response that is worth 1; of several accepted forms the first, and the answer in its own unit.

    Raises:
        KeyError: there is no such kind.
    """
    return _RIGHT[kind](content)
