"""Naming: formats without ids get an item under plain ids, and a note of its own from which they come back.

One rule: an item under plain ids is what every reader would make of it; the note is empty where it is that already.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

from question_bank.interchange.entries import Item

_LISTS = {
    "single_choice": ("options",),
    "multiple_choice": ("options",),
    "matrix": ("rows", "columns"),
    "matching": ("premises", "counterparts"),
    "ordering": ("elements",),
    "gap_select": ("gaps",),
    "gap_text": ("gaps",),
}
Names = dict[str, list[tuple[str, str]]]
"""By list: ``(id, plain id)`` in the item's own order."""


def plain_ids(count: int) -> list[str]:
    """Return the ids ``a``, ``b``, ``c`` ... of so many things."""
    return list(string.ascii_lowercase[:count])


def plainly_named(item: Item) -> tuple[Item, str]:
    """Return an item under plain ids in the order in which formats list its things, and the note of its names."""
    names = {name: _order(item, name) for name in _LISTS.get(item["kind"], ())}
    plain: Names = {}
    for name, ordered in names.items():
        ids = [str(number) for number in range(1, len(ordered) + 1)] if name == "gaps" else plain_ids(len(ordered))
        renaming = dict(zip(ordered, ids, strict=True))
        plain[name] = [(thing["id"], renaming[thing["id"]]) for thing in item[name]]
    if item["kind"] == "gap_select":
        for gap in item["gaps"]:
            number = dict(plain["gaps"])[gap["id"]]
            ids = plain_ids(len(gap["options"]))
            plain[number] = [(option["id"], id_) for option, id_ in zip(gap["options"], ids, strict=True)]
    renamed = _renamed(item, plain, to_plain=True)
    for name in names:
        renamed[name] = sorted(renamed[name], key=lambda thing: (len(thing["id"]), thing["id"]))
    if isinstance(item.get("key"), list) and names and item["kind"] != "ordering":
        renamed["key"] = sorted(renamed["key"])
        plain["key"] = [(id_, "") for id_ in item["key"]]
    return renamed, _note(plain, renamed)


def properly_named(item: Item, note: str) -> Item:
    """Return an item under the names of its note, in their order.

    Raises:
        ValueError: the note does not fit the item.
    """
    names: Names = {}
    for part in note.split(";"):
        name, _, pairs = part.partition(":")
        names[name] = [(one, plain) for one, _, plain in (pair.partition("/") for pair in pairs.split(","))]
    key_order = [id_ for id_, _ in names.pop("key", [])]
    lists = _LISTS.get(item["kind"], ())
    known = {*lists, *(gap["id"] for gap in item.get("gaps", ()))} if lists else set()
    if not names.keys() <= known:
        message = "names what the item does not have"
        raise ValueError(message)
    for name in lists:
        if name in names and sorted(plain for _, plain in names[name]) != sorted(thing["id"] for thing in item[name]):
            message = f"does not name all {name}, each once"
            raise ValueError(message)
    back = {name: [(plain, id_) for id_, plain in pairs] for name, pairs in names.items()}
    named = _renamed(item, back, to_plain=False)
    for name in lists:
        if name in names:
            order = {id_: position for position, (id_, _) in enumerate(names[name])}
            named[name] = sorted(named[name], key=lambda thing: order[thing["id"]])
    if key_order and sorted(key_order) == sorted(named["key"]):
        named["key"] = key_order
    return named


def _order(item: Item, name: str) -> list[str]:
    """Return the ids of a list in the order in which formats list it."""
    match name:
        case "elements":
            return list(item["key"])
        case "counterparts" | "columns":
            left = item["premises" if name == "counterparts" else "rows"]
            used = dict.fromkeys(item["key"][thing["id"]] for thing in left)
            return [*used, *(thing["id"] for thing in item[name] if thing["id"] not in used)]
        case "gaps":
            written = item["passage"]
            return sorted((gap["id"] for gap in item["gaps"]), key=lambda id_: written.index(f"[[{id_}]]"))
        case _:
            return [thing["id"] for thing in item[name]]


def _renamed(item: Item, names: Mapping[str, Sequence[tuple[str, str]]], *, to_plain: bool) -> Item:
    renamed = dict(item)
    maps = {name: dict(pairs) for name, pairs in names.items()}
    for name in _LISTS.get(item["kind"], ()):
        map_ = maps.get(name, {})
        renamed[name] = [thing | {"id": map_.get(thing["id"], thing["id"])} for thing in item[name]]
    if "gaps" in item:
        gaps = maps.get("gaps", {})
        renamed["passage"] = _with_gaps(item["passage"], gaps)
        if item["kind"] == "gap_select":
            # Options are named under the plain number of their gap.
            numbers = [gap["id"] for gap in (renamed if to_plain else item)["gaps"]]
            told = zip(renamed["gaps"], numbers, strict=True)
            renamed["gaps"] = [_gap(gap, maps.get(number, {})) for gap, number in told]
    elif isinstance(item.get("key"), dict):
        left, right = (maps.get(name, {}) for name in _LISTS[item["kind"]])
        renamed["key"] = {left.get(one, one): right.get(other, other) for one, other in item["key"].items()}
    elif isinstance(item.get("key"), list) and item["kind"] in _LISTS:
        map_ = maps.get(_LISTS[item["kind"]][0], {})
        renamed["key"] = [map_.get(id_, id_) for id_ in item["key"]]
    return renamed


def _gap(gap: Item, names: Mapping[str, str]) -> Item:
    options = [option | {"id": names.get(option["id"], option["id"])} for option in gap["options"]]
    return gap | {"options": options, "key": names.get(gap["key"], gap["key"])}


def _with_gaps(passage: str, gaps: Mapping[str, str]) -> str:
    for id_ in gaps:
        passage = passage.replace(f"[[{id_}]]", f"[[\0{id_}]]")
    for id_, other in gaps.items():
        passage = passage.replace(f"[[\0{id_}]]", f"[[{other}]]")
    return passage


def _note(names: Names, renamed: Item) -> str:
    told = []
    for name, pairs in names.items():
        if name == "key":
            changed = [id_ for id_, _ in pairs] != _expected_key(names, renamed)
        else:
            ids = [plain for _, plain in pairs]
            changed = any(id_ != plain for id_, plain in pairs) or ids != sorted(ids, key=lambda id_: (len(id_), id_))
        if changed:
            told.append(f"{name}:{','.join(f'{id_}/{plain}'.rstrip('/') for id_, plain in pairs)}")
    return ";".join(told)


def _expected_key(names: Names, renamed: Item) -> list[str]:
    back = {plain: id_ for id_, plain in names[_LISTS[renamed["kind"]][0]]}
    return [back[id_] for id_ in renamed["key"]]
