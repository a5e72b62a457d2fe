"""Gap text: words missing from a passage, to be typed; each gap counts alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernel.errors import Fault
from kernel.sentences import say
from question_bank.documents import Place
from question_bank.item_kinds import wordings
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
    read_named,
    read_one_of,
    read_typed,
    stem_of,
)


@dataclass(frozen=True, slots=True)
class GapTextKind:
    """The kind of item answered by typing into a passage; see :class:`ItemKind` for its verbs.

    Content: ``{"stem", "passage", "gaps": [{"id", "accepted": [forms]}], "case"?, "accents"?, "credit"?,
    "rationale", "source"}``. Response: ``{"filled": {gap id: what was typed}}``.
    """

    name: str = "gap_text"

    def faults(self, content: Content) -> list[Fault]:
        """See :class:`ItemKind`."""

        def read(place: Place) -> None:
            read_one_of(place.member("credit"), tuple(PartCredit), say("way of giving credit"))
            weights = wordings.read_weights(place)

            def read_gap(gap: Place) -> None:
                gap.shape("id", "accepted")
                wordings.read_accepted(gap.member("accepted"), weights)

            read_gaps(place, read_gap)

        return faults_of(content, ("passage", "gaps", "credit", *wordings.MEMBERS), read)

    def arrange(self, content: Content, draw: Draw) -> dict[str, Any]:
        """See :class:`ItemKind`; a passage is read in its own order, so nothing is drawn."""
        del draw
        return {"gaps": ids_of(content["gaps"])}

    def candidate_content(self, content: Content, arrangement: Arrangement) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        del arrangement
        counts = part_credit(content).value
        return {"kind": self.name, "stem": stem_of(content), **passage_of(content, {}), "counts": counts}

    def read_response(self, arrangement: Arrangement, value: object) -> dict[str, Any]:
        """See :class:`ItemKind`."""

        def read(place: Place) -> dict[str, str]:
            named = read_named(place, arrangement["gaps"], say("gap"))
            return {gap: typed for gap in sorted(named) if (typed := read_typed(named[gap]))}

        return read_answer(value, "filled", read)

    def mark(self, content: Content, value: Response | None, table: CreditTable) -> Mark:
        """See :class:`ItemKind`."""
        filled, weights = response_to(self, content, value).get("filled", {}), wordings.weights_of(content)
        accepted = {gap["id"]: list(gap["accepted"]) for gap in content["gaps"]}
        accepted_as = {
            gap: wordings.accepted_form(filled.get(gap, ""), forms, weights) for gap, forms in accepted.items()
        }
        facts = {**weights, "accepted": accepted, "filled": filled, "accepted_as": accepted_as}
        right = sum(form is not None for form in accepted_as.values())
        return part_mark(right, len(accepted), part_credit(content), table, facts)

    def alternatives(self, content: Content, value: Response | None) -> list[Alternative]:
        """See :class:`ItemKind`; nothing is offered to choose from."""
        del content, value
        return []


KIND = GapTextKind()
