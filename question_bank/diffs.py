"""Diffs: what one version of an item says otherwise than another, place by place, in the order in which people read.

One rule: nothing is lost. Whoever applies the changes to one side has the other, to the last blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from kernel.canonical import canonical_json

_WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
_READ_FIRST = (
    *("kind", "language", "competence", "level", "cognitive", "expected_difficulty", "expected_seconds"),
    *("stem", "passage", "id", "text"),
)
_READ_LAST = ("key", "feedback", "guidance", "model_answer", "rationale", "source")


class How(StrEnum):
    """What happened at a place."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REORDERED = "reordered"
    """The same things stand in another order; ``before`` and ``after`` list their ids."""


class Side(StrEnum):
    """Where a piece of text stands: on both sides, only before, or only after."""

    BOTH = "both"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words of a text that was changed."""

    side: Side
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One place that is not as it was.

    The places are JSON pointers into either side (``/options/1/text``), None where there is no such place. ``thing``
    names what of a list it belongs to, by ids, because positions move (``options b``); empty outside of lists.
    """

    how: How
    place_before: str | None
    place_after: str | None
    thing: str
    before: Any
    after: Any
    pieces: tuple[Piece, ...] = ()
    """For a text that was changed: its words, in reading order. Those of one side, joined, are that side."""


@dataclass(frozen=True, slots=True)
class _At:
    """A place on both sides at once."""

    before: str = ""
    after: str = ""
    thing: str = ""

    def member(self, name: str) -> _At:
        step = "/" + name.replace("~", "~0").replace("/", "~1")
        return _At(self.before + step, self.after + step, self.thing)

    def element(self, before: int | None, after: int | None, named: str, thing_id: str) -> _At:
        return _At(f"{self.before}/{before}", f"{self.after}/{after}", f"{self.thing} {named} {thing_id}".strip())


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Compare two items as they are written down (:func:`question_bank.drafts.as_written`).

    Things with an id are compared with the thing of the same id, wherever it stands; a thing that was moved is not
    rewritten. Lists of anything else are one place each.
    """
    return list(_members(before, after, _At()))


def pieces_between(before: str, after: str) -> tuple[Piece, ...]:
    """Compare two texts word by word; a word keeps the blanks behind it.

    In long texts the words that repeat most are no anchors, which keeps the time near linear and loses nothing.
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    pieces: list[Piece] = []
    for _, start, end, new_start, new_end in SequenceMatcher(None, old, new).get_opcodes():
        gone, come = "".join(old[start:end]), "".join(new[new_start:new_end])
        if gone == come:
            pieces.append(Piece(Side.BOTH, gone))
            continue
        pieces += [Piece(side, text) for side, text in ((Side.BEFORE, gone), (Side.AFTER, come)) if text]
    return tuple(pieces)


def _members(before: Mapping[str, Any], after: Mapping[str, Any], at: _At) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys(), key=_reading_order):
        place = at.member(name)
        if name not in before:
            yield _added(place, after[name])
        elif name not in after:
            yield _removed(place, before[name])
        else:
            yield from _values(before[name], after[name], place, name)


def _values(before: object, after: object, at: _At, name: str) -> Iterator[Change]:
    match before, after:
        case dict(), dict():
            yield from _members(before, after, at)
        case list(), list() if _are_things(before) and _are_things(after):
            yield from _things(before, after, at, name)
        case str(), str() if before != after:
            yield Change(How.CHANGED, at.before, at.after, at.thing, before, after, pieces_between(before, after))
        case _ if canonical_json(before) != canonical_json(after):  # to Python, True is 1
            yield Change(How.CHANGED, at.before, at.after, at.thing, before, after)


def _things(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], at: _At, name: str
) -> Iterator[Change]:
    old, new = ([thing["id"] for thing in side] for side in (before, after))
    if [id_ for id_ in old if id_ in new] != [id_ for id_ in new if id_ in old]:
        yield Change(How.REORDERED, at.before, at.after, at.thing, old, new)
    for index, id_ in enumerate(old):
        if id_ not in new:
            yield _removed(at.element(index, None, name, id_), before[index])
    for index, id_ in enumerate(new):
        if id_ not in old:
            yield _added(at.element(None, index, name, id_), after[index])
        else:
            there = old.index(id_)
            yield from _members(before[there], after[index], at.element(there, index, name, id_))


def _added(at: _At, value: object) -> Change:
    return Change(How.ADDED, None, at.after, at.thing, None, value)


def _removed(at: _At, value: object) -> Change:
    return Change(How.REMOVED, at.before, None, at.thing, value, None)


def _are_things(values: Sequence[object]) -> bool:
    ids = [value.get("id") if isinstance(value, dict) else None for value in values]
    return all(isinstance(id_, str) for id_ in ids) and len(set(ids)) == len(ids)


def _reading_order(name: str) -> tuple[int, int, str]:
    if name in _READ_FIRST:
        return (0, _READ_FIRST.index(name), name)
    if name in _READ_LAST:
        return (2, _READ_LAST.index(name), name)
    return (1, 0, name)
