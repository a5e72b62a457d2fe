"""Wrong answers: to a slot as its candidate sees it, a response of which no part is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Slot = Mapping[str, Any]
Response = dict[str, Any]


def wrong_response(slot: Slot, right: Response) -> Response:
    """Return an answer in the shape of the slot's kind that is worth 0, whatever of it counts.

    Args:
        right: the response that is worth everything.
    """
    return _WRONG[slot["kind"]](slot, right)


def _wrongly_filled(slot: Slot, right: Response) -> Response:
    options = {gap["id"]: gap["options"] for gap in slot["gaps"]}
    return {"filled": {gap: _other(options[gap], key) for gap, key in right["filled"].items()}}


def _other(things: list[dict[str, str]], *right: str) -> str:
    """Return the first id that is not right."""
    return next(thing["id"] for thing in things if thing["id"] not in right)


def _mismatched(slot: Slot, right: Mapping[str, str]) -> dict[str, str]:
    """Give each premise a counterpart that is not its own; where each may be given once, its neighbour's."""
    if slot["use"] == "often":
        return {premise: _other(slot["counterparts"], own) for premise, own in right.items()}
    own = list(right.values())
    return dict(zip(right, own[1:] + own[:1], strict=True))


_WRONG: dict[str, Callable[[Slot, Response], Response]] = {
    "single_choice": lambda slot, right: {"chosen": [_other(slot["options"], *right["chosen"])]},
    "multiple_choice": lambda slot, right: {"chosen": [_other(slot["options"], *right["chosen"])]},
    "matrix": lambda slot, right: {
        "marked": {row: _other(slot["columns"], column) for row, column in right["marked"].items()}
    },
    "matching": lambda slot, right: {"matched": _mismatched(slot, right["matched"])},
    "ordering": lambda _slot, right: {"ordered": right["ordered"][::-1]},
    "gap_select": _wrongly_filled,
    "gap_text": lambda _slot, right: {"filled": dict.fromkeys(right["filled"], "nothing of the sort")},
    "short_text": lambda _slot, _right: {"text": "nothing of the sort"},
    "numeric": lambda _slot, right: {"number": right["number"] | {"value": "-987654321"}},
    "hotspot": lambda slot, right: {"chosen": [_other(slot["spots"], *right["chosen"])]},
}
