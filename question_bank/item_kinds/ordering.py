"""Ordering: everything shown is to be brought into one right order.

One rule: an answer is a whole order; where part of it earns credit, the item says which parts are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from kernel.errors import Fault
from kernel.sentences import say
from question_bank.documents import Place
from question_bank.item_kinds.kind import (
    Alternative,
    Arrangement,
    Content,
    CreditTable,
    Draw,
    Mark,
    PartCredit,
    Response,
    part_mark,
    response_to,
)
from question_bank.item_kinds.reading import (
    faults_of,
    ids_of,
    read_answer,
    read_ids,
    read_one_of,
    read_things,
    stem_of,
    texts_of,
)

ELEMENTS_MIN = 3
ELEMENTS_MAX = 15


class Counted(StrEnum):
    """Which parts of an order are counted; an order given back whole is worth 1 in every way."""

    WHOLE = "whole"
    """The order is right or it is not."""
    PLACES = "places"
    """Each element that stands at its place: one that slips to the end moves all after it."""
    NEIGHBOURS = "neighbours"
    """Each element that is followed at once by its right successor: one slip does not cost everything after it."""


@dataclass(frozen=True, slots=True)
class OrderingKind:
    """The kind of item answered by an order; see :class:`ItemKind` for its verbs.

    Content: ``{"stem", "elements": [{"id", "text"}], "key": [ids in the right order], "counted"?, "rationale",
    "source"}``. Response: ``{"ordered": [all ids]}``.
    """

    name: str = "ordering"

    def faults(self, content: Content) -> list[Fault]:
        """See :class:`ItemKind`."""
        return faults_of(content, ("elements", "key", "counted"), _read)

    def arrange(self, content: Content, draw: Draw) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        return {"elements": draw(ids_of(content["elements"]))}

    def candidate_content(self, content: Content, arrangement: Arrangement) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        elements = texts_of(content["elements"], arrangement["elements"])
        return {"kind": self.name, "stem": stem_of(content), "elements": elements, "counts": _counted(content).value}

    def read_response(self, arrangement: Arrangement, value: object) -> dict[str, Any]:
        """See :class:`ItemKind`."""

        def read(place: Place) -> list[str]:
            return [] if place.value == [] else _read_order(place, arrangement["elements"])

        return read_answer(value, "ordered", read)

    def mark(self, content: Content, value: Response | None, table: CreditTable) -> Mark:
        """See :class:`ItemKind`."""
        ordered = response_to(self, content, value).get("ordered", [])
        key, counted = list(content["key"]), _counted(content)
        right, parts = _right_of(ordered, key, counted)
        facts = {"counted": counted.value, "key": key, "ordered": ordered}
        return part_mark(right, parts, PartCredit.PER_PART, table, facts)

    def alternatives(self, content: Content, value: Response | None) -> list[Alternative]:
        """See :class:`ItemKind`; nothing is offered to choose from: all of it is used."""
        del content, value
        return []


KIND = OrderingKind()


def _counted(content: Content) -> Counted:
    return Counted(content.get("counted", Counted.WHOLE))


def _right_of(ordered: Sequence[str], key: Sequence[str], counted: Counted) -> tuple[int, int]:
    """Return how many parts of an order are right, and of how many."""
    match counted:
        case Counted.WHOLE:
            return int(ordered == key), 1
        case Counted.PLACES:
            return sum(one == wanted for one, wanted in zip(ordered, key, strict=False)), len(key)
        case Counted.NEIGHBOURS:
            return len(set(pairwise(ordered)) & set(pairwise(key))), len(key) - 1


def _read(place: Place) -> None:
    ids = read_things(place.member("elements"), ELEMENTS_MIN, ELEMENTS_MAX)
    read_one_of(place.member("counted"), tuple(Counted), say("way of counting"))
    _read_order(place.member("key"), ids)


def _read_order(place: Place, ids: Sequence[str]) -> list[str]:
    ordered = read_ids(place, ids, say("element"))
    if len(ordered) != len(ids):
        place.refuse(
            say(
                "must name all %(count)s elements, each once; it names %(named)s",
                count=len(ids),
                named=len(ordered),
            )
        )
    return ordered
