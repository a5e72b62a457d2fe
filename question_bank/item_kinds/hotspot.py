"""Hotspot: one or several of the places marked on a picture are to be chosen, on it or from a list of their names.

One rule: what can be pointed at can be named, so nobody needs to see or to point in order to answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from kernel.errors import Fault
from kernel.sentences import say
from question_bank.documents import Place
from question_bank.item_kinds.choices import (
    OPTIONS_MAX,
    OPTIONS_MIN,
    Choose,
    Scoring,
    choice_mark,
    offered,
    read_chosen,
    scoring_of,
)
from question_bank.item_kinds.kind import (
    Alternative,
    Arrangement,
    Content,
    CreditTable,
    Draw,
    Mark,
    Response,
    response_to,
)
from question_bank.item_kinds.pictures import read_picture, shown_picture
from question_bank.item_kinds.reading import (
    faults_of,
    read_answer,
    read_ids,
    read_one_of,
    read_things,
    stem_of,
    texts_of,
)
from question_bank.item_kinds.shapes import Piece, overlap, place_of, read_shape, shown_shape


@dataclass(frozen=True, slots=True)
class HotspotKind:
    """The kind of item answered by places on a picture; see :class:`ItemKind` for its verbs.

    Content: ``{"stem", "picture": {"media", "description", "width", "height"}, "spots": [{"id", "text", "shape"}],
    "choose"?, "key": [ids], "scoring"?, "rationale", "source"}``, a shape as in
    :mod:`question_bank.item_kinds.shapes`. Response: ``{"chosen": [ids]}``.
    """

    name: str = "hotspot"

    def faults(self, content: Content) -> list[Fault]:
        """See :class:`ItemKind`."""
        return faults_of(content, ("picture", "spots", "choose", "key", "scoring"), _read)

    def arrange(self, content: Content, draw: Draw) -> dict[str, Any]:  # noqa: ARG002
        """See :class:`ItemKind`; nothing is drawn, since the places stand where the picture has them."""
        spots = sorted(content["spots"], key=lambda spot: (*place_of(spot["shape"]), spot["id"]))
        return {"spots": [spot["id"] for spot in spots], "choose": _choose(content).value}

    def candidate_content(self, content: Content, arrangement: Arrangement) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        shapes = {spot["id"]: shown_shape(spot["shape"]) for spot in content["spots"]}
        named = texts_of(content["spots"], arrangement["spots"])
        shown = {
            "kind": self.name,
            "stem": stem_of(content),
            "choose": arrangement["choose"],
            "picture": shown_picture(content["picture"]),
            "spots": [spot | {"shape": shapes[spot["id"]]} for spot in named],
        }
        return shown | ({"counts": scoring_of(content).value} if _choose(content) is Choose.SEVERAL else {})

    def read_response(self, arrangement: Arrangement, value: object) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        return read_answer(
            value, "chosen", lambda place: read_chosen(place, arrangement["spots"], say("spot"), arrangement["choose"])
        )

    def mark(self, content: Content, value: Response | None, table: CreditTable) -> Mark:
        """See :class:`ItemKind`."""
        return choice_mark(content, response_to(self, content, value).get("chosen", ()), table)

    def alternatives(self, content: Content, value: Response | None) -> list[Alternative]:
        """See :class:`ItemKind`."""
        return offered(content["spots"], content["key"], response_to(self, content, value).get("chosen", ()))


KIND = HotspotKind()


def _choose(content: Content) -> Choose:
    return Choose(content.get("choose", Choose.ONE))


def _read(place: Place) -> None:
    width, height = read_picture(place.member("picture"))
    spots = place.member("spots")
    ids = read_things(spots, OPTIONS_MIN, OPTIONS_MAX, members=("shape",))
    if width and height:
        _refuse_overlaps(
            [
                (spot.member("shape"), read_shape(spot.member("shape"), width, height))
                for spot in spots.elements(at_most=OPTIONS_MAX)
            ]
        )
    key = read_ids(place.member("key"), ids, say("spot"), at_least=1)
    choose = read_one_of(place.member("choose"), tuple(Choose), say("way of choosing"))
    if choose == Choose.ONE and len(key) > 1:
        place.member("key").refuse(
            say('has %(count)s right spots; where one is to be chosen, "choose" is "several"', count=len(key))
        )
    scoring = place.member("scoring")
    read_one_of(scoring, tuple(Scoring), say("way of scoring"))
    if choose == Choose.ONE and scoring.is_given:
        scoring.refuse(say("says how several choices are scored, where one is to be chosen"))


def _refuse_overlaps(spots: Sequence[tuple[Place, Sequence[Piece]]]) -> None:
    """Refuse spots that share pixels: a candidate who points there could mean either."""
    for (_, one), (place, other) in combinations(spots, 2):
        if overlap(one, other):
            earlier = next(found.pointer for found, pieces in spots if pieces is one)
            place.refuse(say("overlaps with %(earlier)s; spots may touch and no more", earlier=earlier))
