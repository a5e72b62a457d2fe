"""The authoring form as tests fill it: the fields of an item of any kind, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Any

from tests.builders.kinds import CONTENTS

TAGS = {
    "/competence": "A1.1",
    "/level": "5",
    "/cognitive": "apply",
    "/expected_difficulty": "0.62",
    "/expected_seconds": "60",
    "/rationale": "It is so.",
    "/source": "A textbook",
}
_LISTS = (
    *(
        "options",
        "rows",
        "columns",
        "premises",
        "counterparts",
        "elements",
        "gaps",
        "units",
        "rubric",
        "levels",
        "spots",
    ),
)


def item_of(kind: str, code: str) -> dict[str, Any]:
    """An item of a kind as the API takes it: real sentences, and all of its tags."""
    tags = {name.removeprefix("/"): value for name, value in TAGS.items()}
    own = {"level": 5, "expected_seconds": 60, "enemies": []}
    return {"kind": kind, "code": code, **tags, **own, **CONTENTS[kind]}


def lettered(item: dict[str, Any]) -> dict[str, Any]:
    """The same item with the ids that the form gives: a, b, c in the order of its rows."""
    ordered = {**item, "elements": _in_order(item)} if "elements" in item else item
    rows = {name: _lettered(value) for name, value in ordered.items() if name in _LISTS and name != "units"}
    ids = {row["id"]: ascii_lowercase[index] for name in rows for index, row in enumerate(item[name])}
    if "elements" in item:
        ids = {row["id"]: ascii_lowercase[index] for index, row in enumerate(ordered["elements"])}
    passage = {"passage": re.sub(r"\[\[(\w+)\]\]", lambda gap: f"[[{ids[gap[1]]}]]", item.get("passage", ""))}
    return {**item, **rows, **(passage if "passage" in item else {}), **_key(item, ids)}


def _lettered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**row, "id": letter, **{name: _lettered(row[name]) for name in ("options", "levels") if name in row}}
        for letter, row in zip(ascii_lowercase, rows, strict=False)
    ]


def _key(item: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    match item.get("key"):
        case list() as key:
            return {"key": [ids[id_] for id_ in key]}
        case dict() as key:
            return {"key": {ids[left]: ids[right] for left, right in key.items()}}
        case _:
            return {}


def fields_of(item: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields that a browser posts for an item, in the order of the form."""
    ordered = {**item, "elements": _in_order(item)} if "elements" in item else item
    return [field for name, value in ordered.items() for field in _fields(f"/{name}", name, value, item["kind"])]


def _fields(place: str, name: str, value: Any, kind: str) -> list[tuple[str, str]]:
    if name == "shape" or (name == "key" and kind == "ordering"):
        return list(_numbers(place, value)) if name == "shape" else []  # the order of the lines says the key
    if name in _LISTS:
        return [
            field
            for index, row in enumerate(value)
            for member, said in row.items()
            for field in _fields(f"{place}/-{index}/{member}", member, said, kind)
        ]
    match value:
        case list() if name in {"key", "accepts"}:
            return [(f"{place}/-", id_) for id_ in value]
        case list():
            return [(f"{place}:lines", "\n".join(value))]
        case dict():
            return [
                field for member, said in value.items() for field in _fields(f"{place}/{member}", member, said, kind)
            ]
        case _:
            return [(place, str(value))]


def _numbers(place: str, shape: Any) -> Iterator[tuple[str, str]]:
    """The numbers of a shape, each in a field of its own."""
    match shape:
        case dict():
            for name, numbers in shape.items():
                yield from _numbers(f"{place}/{name}", numbers)
        case list():
            for index, number in enumerate(shape):
                yield from _numbers(f"{place}/-{index}", number)
        case _:
            yield place, str(shape)


def _in_order(item: dict[str, Any]) -> list[Any]:
    return sorted(item["elements"], key=lambda element: item["key"].index(element["id"]))
