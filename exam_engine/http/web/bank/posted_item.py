"""Posted items: the fields of an authoring form become the document of a draft, whatever its kind.

One rule: a field is named by the place it fills (``/options/-0/text``). A step that begins with a hyphen is an element of
a list, and elements stand in the order in which they were posted, so that rows can be moved without being renamed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Any, Final

from exam_engine.http.web.bank.spot_fields import new_corner, new_spot

STEPS_MAX = 6
LINES = ":lines"
"""The end of a field's name of which each line is an element of a list."""
WHOLE: Final = frozenset(
    {
        *("level", "expected_seconds", "significant_figures", "decimal_places", "points", "min", "max"),
        *("width", "height", "count_max", "bytes_max"),
    }
)
_WHOLE = re.compile("[0-9]{1,9}")
_WITHOUT_ID: Final = frozenset({"units", "criteria", "tasks", "prerequisites", "sources"})
_SHAPE: Final = "/shape/"
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class _Leaf:
    field: str
    text: str


@dataclass(slots=True)
class _Branch:
    is_list: bool = False
    members: dict[str, _Leaf | _Branch] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Posted:
    """The document that was posted, and the name of the field behind each of its places."""

    document: dict[str, Any]
    fields: Mapping[str, str]

    def field_at(self, place: str) -> str:
        """Return the field that a fault belongs to: the one at its place, or the nearest before it."""
        while place and place not in self.fields:
            place = place.rpartition("/")[0]
        return self.fields.get(place, "")


def read_posted(fields: Iterable[tuple[str, str]]) -> Posted:
    """Read the fields of an authoring form. A field that is left empty is a member that is not given."""
    root = _Branch()
    for name, text in fields:
        steps = name.removesuffix(LINES).split("/")[1:]
        if name.startswith("/") and 0 < len(steps) <= STEPS_MAX:
            _put(root, steps, _Leaf(name, text.replace("\r\n", "\n")))
    found: dict[str, str] = {}
    document = _read(root, "", found)
    posted = document if isinstance(document, dict) else {}
    _tell_order(posted)
    return Posted(posted, found)


def change_rows(document: dict[str, Any], change: str) -> None:
    """Change the rows of a document as a button of the form says: ``add /options``, ``remove /options/-1``, ``up ...``.

    A place on a picture is added with its shape: ``add-circle /spots``.
    """
    verb, _, name = change.partition(" ")
    steps = [step.removeprefix("-") for step in name.split("/")[1:]]
    adds, _, shape = verb.partition("-")
    rows = _rows(document, steps if adds == "add" else steps[:-1], make=adds == "add")
    if rows is None:
        return
    if adds == "add":
        rows.append(_fresh_row(document, steps[-1], rows, shape))
        _tell_order(document)
        return
    index = int(steps[-1]) if _WHOLE.fullmatch(steps[-1]) else -1
    if not 0 <= index < len(rows):
        return
    row = rows.pop(index)
    if verb != "remove":
        rows.insert(max(0, index + (-1 if verb == "up" else 1)), row)
    _tell_order(document)


def fresh_id(rows: Iterable[Any]) -> str:
    """Return an id that no row has: a letter, and a number when the letters are used up."""
    rows = list(rows)
    used = {row.get("id") for row in rows if isinstance(row, dict)}
    names = (*ascii_lowercase, *(f"r{number}" for number in range(len(rows) + 1)))
    return str(next(name for name in names if name not in used))


def _fresh_row(document: Mapping[str, Any], name: str, rows: list[Any], shape: str) -> Any:  # noqa: ANN401
    if name == "polygon":
        return new_corner(rows)
    if name == "spots":
        return {"id": fresh_id(rows), "shape": new_spot(document, shape, len(rows))}
    return {} if name in _WITHOUT_ID else {"id": fresh_id(rows)}


def _rows(document: Any, steps: list[str], *, make: bool) -> list[Any] | None:  # noqa: ANN401 - any part of a document
    for step in steps[:-1]:
        if isinstance(document, list):
            document = document[int(step)] if _WHOLE.fullmatch(step) and int(step) < len(document) else None
        else:
            document = document.get(step) if isinstance(document, dict) else None
    if not isinstance(document, dict) or not steps:
        return None
    if make:
        document.setdefault(steps[-1], [])
    rows = document.get(steps[-1])
    return rows if isinstance(rows, list) else None


def _put(branch: _Branch, steps: list[str], leaf: _Leaf) -> None:
    for step in steps[:-1]:
        branch.is_list = branch.is_list or step.startswith("-")
        below = branch.members.setdefault(step, _Branch())
        if isinstance(below, _Leaf):
            return  # no form of ours posts a value and members of it
        branch = below
    branch.is_list = branch.is_list or steps[-1].startswith("-")
    if steps[-1] == "-":
        branch.members[f"-{len(branch.members)}"] = leaf
    else:
        branch.members.setdefault(steps[-1], leaf)


def _read(node: _Leaf | _Branch, place: str, found: dict[str, str]) -> Any:  # noqa: ANN401 - any part of a document
    if isinstance(node, _Leaf):
        found[place] = node.field
        if _SHAPE in place:
            found.setdefault(_up_to_shape(place), _up_to_shape(node.field))
        return _value(node, place)
    if node.is_list:
        elements: list[Any] = []
        for member in node.members.values():
            value = _read(member, f"{place}/{len(elements)}", found)
            if value is not _ABSENT:
                elements.append(value)
            elif isinstance(member, _Branch):
                elements.append({})  # a row in which nothing is written yet is still a row
            elif _SHAPE in place:
                elements.append(None)  # the numbers after an open one keep their meaning
        return elements
    members = {name: _read(member, f"{place}/{name}", found) for name, member in node.members.items()}
    given = {name: value for name, value in members.items() if value is not _ABSENT}
    return given or _ABSENT


def _value(leaf: _Leaf, place: str) -> Any:  # noqa: ANN401
    if leaf.field.endswith(LINES):
        return [line.strip() for line in leaf.text.split("\n") if line.strip()]
    if not leaf.text.strip():
        return _ABSENT
    name = place.rpartition("/")[2]
    is_number = name in WHOLE or _SHAPE in place
    return int(leaf.text) if is_number and _WHOLE.fullmatch(leaf.text.strip()) else leaf.text


def _up_to_shape(place: str) -> str:
    return place[: place.index(_SHAPE) + len(_SHAPE) - 1]


def _tell_order(document: dict[str, Any]) -> None:
    """Rows of an order are written in the right order, so that nobody has to write the order down a second time."""
    if document.get("kind") == "ordering":
        document["key"] = [element.get("id", "") for element in _listed(document.get("elements"))]


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
