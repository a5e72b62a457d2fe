"""What kinds share whose answer is chosen from options.

One rule: an item is marked as ECQA marks, where one wrong option chosen makes it worth 0, unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
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
    Response,
    credit,
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

OPTIONS_MIN = 2
OPTIONS_MAX = 20


class Scoring(StrEnum):
    """How chosen options become a fraction, where k of n right options and w wrong ones are chosen."""

    ECQA = "ecqa"
    """k/n without a wrong option, otherwise 0. A credit table of whole percents cuts k/n."""
    ALL_OR_NOTHING = "all_or_nothing"
    """1 for exactly the right options, otherwise 0. Every credit table says the same."""
    PLUS_MINUS = "plus_minus"
    """(k - w)/n, but never less than 0. A credit table of whole percents cuts it after the subtraction."""


class Choose(StrEnum):
    """How many may be chosen."""

    ONE = "one"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class ChoiceKind:
    """A kind of item answered by choosing; see :class:`ItemKind` for its verbs.

    Content: ``{"stem", "options": [{"id", "text", "feedback"?}], "key": [ids], "rationale", "source"}``, and
    ``"scoring"?`` where several may be chosen. Response: ``{"chosen": [ids]}``.
    """

    name: str
    choose: Choose

    def faults(self, content: Content) -> list[Fault]:
        """See :class:`ItemKind`."""
        return faults_of(
            content, ("options", "key", *(["scoring"] if self.choose is Choose.SEVERAL else [])), self._read
        )

    def arrange(self, content: Content, draw: Draw) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        return {"options": draw(ids_of(content["options"]))}

    def candidate_content(self, content: Content, arrangement: Arrangement) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        shown = {
            "kind": self.name,
            "stem": stem_of(content),
            "choose": self.choose.value,
            "options": texts_of(content["options"], arrangement["options"]),
        }
        return shown | ({"counts": scoring_of(content).value} if self.choose is Choose.SEVERAL else {})

    def read_response(self, arrangement: Arrangement, value: object) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        return read_answer(
            value, "chosen", lambda place: read_chosen(place, arrangement["options"], say("option"), self.choose)
        )

    def mark(self, content: Content, value: Response | None, table: CreditTable) -> Mark:
        """See :class:`ItemKind`."""
        return choice_mark(content, response_to(self, content, value).get("chosen", ()), table)

    def alternatives(self, content: Content, value: Response | None) -> list[Alternative]:
        """See :class:`ItemKind`."""
        return offered(content["options"], content["key"], response_to(self, content, value).get("chosen", ()))

    def _read(self, place: Place) -> None:
        ids = read_things(place.member("options"), OPTIONS_MIN, OPTIONS_MAX, "feedback")
        key = read_ids(place.member("key"), ids, say("option"), at_least=1)
        if self.choose is Choose.ONE and len(key) > 1:
            place.member("key").refuse(
                say("has %(count)s right options; %(kind)s has exactly one", count=len(key), kind=self.name)
            )
        read_one_of(place.member("scoring"), tuple(Scoring), say("way of scoring"))


def read_chosen(place: Place, ids: Sequence[str], noun: str, choose: str) -> list[str]:
    """Read the chosen ids of those that an item offers, sorted."""
    chosen = read_ids(place, ids, noun)
    if choose == Choose.ONE and len(chosen) > 1:
        place.refuse(
            say("has %(count)s %(things)s where one is to be chosen", count=len(chosen), things=say(f"{noun}s"))
        )
    return sorted(chosen)


def offered(
    things: Sequence[Content], key: Collection[str], chosen: Collection[str], place: str = ""
) -> list[Alternative]:
    """Return the things of one list as alternatives at one place."""
    return [
        Alternative(place, thing["id"], place, thing["id"] in key, thing["id"] in chosen, thing["text"])
        for thing in things
    ]


def scoring_of(content: Content) -> Scoring:
    """Return what an item says about its scoring."""
    return Scoring(content.get("scoring", Scoring.ECQA))


def choice_mark(content: Content, chosen: Collection[str], table: CreditTable) -> Mark:
    """Return the mark for what was chosen, by the item's key and scoring."""
    key, given, scoring = set(content["key"]), set(chosen), scoring_of(content)
    fraction = _fraction(key, given, scoring, table)
    proof = {
        "rule": scoring.value,
        "credit_table": table.value,
        "key": sorted(key),
        "chosen": sorted(given),
        "right_chosen": len(given & key),
        "wrong_chosen": len(given - key),
        "fraction": str(fraction),
    }
    return Mark(fraction, proof)


def _fraction(key: Collection[str], chosen: Collection[str], scoring: Scoring, table: CreditTable) -> Fraction:
    right = len([id_ for id_ in chosen if id_ in key])
    wrong = len(chosen) - right
    match scoring:
        case Scoring.ECQA:
            return credit(0 if wrong else right, len(key), table)
        case Scoring.ALL_OR_NOTHING:
            return Fraction(int(right == len(key) and not wrong))
        case Scoring.PLUS_MINUS:
            return credit(max(right - wrong, 0), len(key), table)
