"""What the kinds that people mark have in common: the rubric of an item, and what its author wrote for markers.

One rule: nobody but markers sees any of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, Protocol

from kernel.sentences import say
from question_bank.documents import Place
from question_bank.item_kinds.kind import (
    Alternative,
    Content,
    CreditTable,
    JudgedKind,
    Mark,
    MarkedByPeople,
    Response,
    response_to,
)
from question_bank.item_kinds.reading import read_text, read_things
from question_bank.item_kinds.rubrics import Criterion, Rubric
from question_bank.marked_text import Shape, shown

NOTES: Final = ("guidance", "model_answer")
"""What an author may write for markers, in blocks."""
MEMBERS: Final = ("rubric", *NOTES)
"""What such a kind's content has: ``{"rubric": [{"id", "text", "levels": [{"id", "points", "text"}]}], "guidance"?,
"model_answer"?}``."""
CRITERIA_MAX = 10
LEVELS_MAX = 10
POINTS = range(101)


class RubricKind(JudgedKind, Protocol):
    """A kind that people mark along the rubric of its content; see :class:`JudgedKind` for its verbs."""

    def mark(self, content: Content, value: Response | None, table: CreditTable) -> Mark:
        """See :class:`ItemKind`; only what was left open needs nobody."""
        if response_to(self, content, value):
            message = say("what is answered here is marked by people, along the rubric of its item")
            raise MarkedByPeople(message)
        return Mark(Fraction(0), {"rule": "unanswered", "credit_table": table.value, "fraction": "0"})

    def alternatives(self, content: Content, value: Response | None) -> list[Alternative]:
        """See :class:`ItemKind`; nothing is offered to choose from."""
        del content, value
        return []

    def rubric(self, content: Content) -> Rubric:
        """See :class:`JudgedKind`."""
        return Rubric(
            tuple(
                Criterion(criterion["id"], {level["id"]: level["points"] for level in criterion["levels"]})
                for criterion in content["rubric"]
            )
        )

    def marker_content(self, content: Content) -> dict[str, Any]:
        """See :class:`JudgedKind`."""
        notes = {name: shown(content[name], Shape.BLOCKS) for name in NOTES if name in content}
        return {"rubric": [_shown_criterion(criterion) for criterion in content["rubric"]], **notes}

    def marker_response(self, value: Response) -> dict[str, Any]:
        """See :class:`JudgedKind`; all of it."""
        return dict(value)


def read_for_markers(place: Place) -> None:
    """Read the members of a content that only markers see; every fault is noted at its place."""
    rubric = place.member("rubric")
    read_things(rubric, 1, CRITERIA_MAX, members=("levels",))
    for criterion in rubric.elements(at_most=CRITERIA_MAX):
        _read_levels(criterion.member("levels"))
    for name in NOTES:
        if place.member(name).is_given:
            read_text(place.member(name), Shape.BLOCKS)


def _read_levels(place: Place) -> None:
    read_things(place, 2, LEVELS_MAX, members=("points",))
    earned: dict[int, str] = {}
    for level in place.elements(at_most=LEVELS_MAX):
        points = level.member("points")
        earlier = earned.setdefault(points.whole(POINTS), points.pointer)
        if earlier != points.pointer:
            points.refuse(say("is what %(earlier)s earns already", earlier=earlier))
    if earned and 0 not in earned:
        place.refuse(say("has no level worth 0 points, so that nobody could find an answer worth nothing"))


def _shown_criterion(criterion: Mapping[str, Any]) -> dict[str, Any]:
    levels = [
        {"id": level["id"], "points": level["points"], "text": shown(level["text"], Shape.LINE)}
        for level in criterion["levels"]
    ]
    return {"id": criterion["id"], "text": shown(criterion["text"], Shape.LINE), "levels": levels}
