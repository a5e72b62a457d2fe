"""Gap select: words missing from a passage, each to be chosen from a list of its own; each gap counts alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernel.errors import Fault
from kernel.sentences import say
from question_bank.documents import Place
from question_bank.item_kinds.choices import offered
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
from question_bank.item_kinds.passages import passage_of, read_gaps
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
from question_bank.marked_text import Shape, has_marks

OPTIONS_MIN = 2
OPTIONS_MAX = 12


@dataclass(frozen=True, slots=True)
class GapSelectKind:
    """The kind of item answered by choosing within a passage; see :class:`ItemKind` for its verbs.

    Content: ``{"stem", "passage", "gaps": [{"id", "options": [{"id", "text"}], "key": option id}], "credit"?,
    "rationale", "source"}``. Response: ``{"filled": {gap id: option id}}``.
    """

    name: str = "gap_select"

    def faults(self, content: Content) -> list[Fault]:
        """See :class:`ItemKind`."""

        def read(place: Place) -> None:
            read_one_of(place.member("credit"), tuple(PartCredit), say("way of giving credit"))
            read_gaps(place, _read_gap)

        return faults_of(content, ("passage", "gaps", "credit"), read)

    def arrange(self, content: Content, draw: Draw) -> dict[str, Any]:
        """See :class:`ItemKind`; the options of each gap are drawn."""
        return {"gaps": {gap["id"]: draw(ids_of(gap["options"])) for gap in content["gaps"]}}

    def candidate_content(self, content: Content, arrangement: Arrangement) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        orders = arrangement["gaps"]
        options = {
            gap["id"]: {"options": texts_of(gap["options"], orders.get(gap["id"], ()))} for gap in content["gaps"]
        }
        counts = part_credit(content).value
        return {"kind": self.name, "stem": stem_of(content), **passage_of(content, options), "counts": counts}

    def read_response(self, arrangement: Arrangement, value: object) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        gaps = arrangement["gaps"]

        def read(place: Place) -> dict[str, str]:
            named = read_named(place, gaps, say("gap"))
            return {
                gap: read_id(named[gap], gaps.get(gap, ()), say("option of gap %(gap)s", gap=gap))
                for gap in sorted(named)
            }

        return read_answer(value, "filled", read)

    def mark(self, content: Content, value: Response | None, table: CreditTable) -> Mark:
        """See :class:`ItemKind`."""
        filled = response_to(self, content, value).get("filled", {})
        key = {gap["id"]: gap["key"] for gap in content["gaps"]}
        right = sum(filled.get(gap) == wanted for gap, wanted in key.items())
        return part_mark(right, len(key), part_credit(content), table, {"key": key, "filled": filled})

    def alternatives(self, content: Content, value: Response | None) -> list[Alternative]:
        """See :class:`ItemKind`."""
        filled = response_to(self, content, value).get("filled", {})
        return [
            alternative
            for gap in content["gaps"]
            for alternative in offered(gap["options"], [gap["key"]], [filled.get(gap["id"], "")], gap["id"])
        ]


KIND = GapSelectKind()


def _read_gap(gap: Place) -> None:
    gap.shape("id", "options", "key")
    options = gap.member("options")
    read_id(gap.member("key"), read_things(options, OPTIONS_MIN, OPTIONS_MAX), say("option of this gap"))
    for option in options.elements():
        text = option.member("text")
        if has_marks(text.text(), Shape.LINE):
            text.refuse(say("is shown in a list to choose from, which shows words alone; write it without marks"))
