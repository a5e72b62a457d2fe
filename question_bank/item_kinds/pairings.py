"""What kinds share in which each thing of one list is given one of another: tables of statements, and matching.

One rule: each pair counts alike; a wrong pair takes nothing away, since leaving it open would be worth no less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kernel.errors import Fault
from kernel.sentences import say
from question_bank.documents import Place, listed, quoted
from question_bank.item_kinds.kind import (
    Alternative,
    Arrangement,
    Content,
    CreditTable,
    Draw,
    Mark,
    PartCredit,
    Response,
    part_credit,
    part_mark,
    response_to,
)
from question_bank.item_kinds.reading import (
    faults_of,
    ids_of,
    read_answer,
    read_id,
    read_named,
    read_one_of,
    read_things,
    stem_of,
    texts_of,
)

THINGS_MIN = 2
THINGS_MAX = 20


class Use(StrEnum):
    """How many pairs may share a thing of the right side."""

    ONCE = "once"
    OFTEN = "often"


@dataclass(frozen=True, slots=True)
class PairingKind:
    """A kind of item answered by pairs; see :class:`ItemKind` for its verbs.

    Content: ``{"stem", left: [{"id", "text"}], right: [{"id", "text"}], "key": {left id: right id}, "credit"?,
    "rationale", "source"}``, ``left`` and ``right`` under the kind's own names, and ``"use"?`` where it is limited.
    Response: ``{answer: {left id: right id}}``; what is left open is not named.

    Attributes:
        left: the plural under which things stand that are to be given a counterpart; ``right``, their counterparts.
        draws_right: whether the right side may be shown in any order; the columns of a table keep theirs.
        limits_use: whether each thing of the right side is given once at most, unless the item's ``use`` is ``often``.
    """

    name: str
    left: str
    right: str
    answer: str
    draws_right: bool
    limits_use: bool

    def faults(self, content: Content) -> list[Fault]:
        """See :class:`ItemKind`."""
        own = (self.left, self.right, "key", "credit", *(["use"] if self.limits_use else []))
        return faults_of(content, own, self._read)

    def arrange(self, content: Content, draw: Draw) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        left, right = ids_of(content[self.left]), ids_of(content[self.right])
        sides = {self.left: draw(left), self.right: draw(right) if self.draws_right else right}
        return sides | ({"use": content.get("use", Use.ONCE.value)} if self.limits_use else {})

    def candidate_content(self, content: Content, arrangement: Arrangement) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        shown = {
            "kind": self.name,
            "stem": stem_of(content),
            self.left: texts_of(content[self.left], arrangement[self.left]),
            self.right: texts_of(content[self.right], arrangement[self.right]),
            "counts": part_credit(content).value,
        }
        return shown | ({"use": arrangement["use"]} if self.limits_use else {})

    def read_response(self, arrangement: Arrangement, value: object) -> dict[str, Any]:
        """See :class:`ItemKind`."""

        def read(place: Place) -> dict[str, str]:
            return self._read_pairs(place, arrangement[self.left], arrangement[self.right], arrangement.get("use"))

        return read_answer(value, self.answer, read)

    def mark(self, content: Content, value: Response | None, table: CreditTable) -> Mark:
        """See :class:`ItemKind`."""
        pairs = response_to(self, content, value).get(self.answer, {})
        key = dict(sorted(content["key"].items()))
        right = sum(pairs.get(left) == wanted for left, wanted in key.items())
        return part_mark(right, len(key), part_credit(content), table, {"key": key, self.answer: pairs})

    def alternatives(self, content: Content, value: Response | None) -> list[Alternative]:
        """See :class:`ItemKind`; the right side is one list for all of the left."""
        pairs, key = response_to(self, content, value).get(self.answer, {}), content["key"]
        return [
            Alternative(
                *(left["id"], right["id"], ""),
                is_right=key[left["id"]] == right["id"],
                is_taken=pairs.get(left["id"]) == right["id"],
                text=f"{left['text']} → {right['text']}",
            )
            for left in content[self.left]
            for right in content[self.right]
        ]

    def _read(self, place: Place) -> None:
        left = read_things(place.member(self.left), THINGS_MIN, THINGS_MAX)
        right = read_things(place.member(self.right), THINGS_MIN, THINGS_MAX)
        read_one_of(place.member("credit"), tuple(PartCredit), say("way of giving credit"))
        use = read_one_of(place.member("use"), tuple(Use), say("way of using them")) if self.limits_use else None
        key = place.member("key")
        pairs = self._read_pairs(key, left, right, use)
        missing = [quoted(id_) for id_ in left if id_ not in pairs]
        if missing:
            key.refuse(say("says nothing of %(names)s", names=listed(missing)))

    def _read_pairs(self, place: Place, left: list[str], right: list[str], use: str | None) -> dict[str, str]:
        """Read pairs, sorted by their left side."""
        named = read_named(place, left, say(self.left.removesuffix("s")))
        pairs = {id_: read_id(named[id_], right, say(self.right.removesuffix("s"))) for id_ in sorted(named)}
        if use == Use.ONCE:
            _refuse_reuse(place, pairs)
        return pairs


def _refuse_reuse(place: Place, pairs: Mapping[str, str]) -> None:
    for right, count in Counter(pairs.values()).items():
        if count > 1:
            place.refuse(
                say(
                    "gives %(right)s %(count)s times, where each is given once at most",
                    right=quoted(right),
                    count=count,
                )
            )
