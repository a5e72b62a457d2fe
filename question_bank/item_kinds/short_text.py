"""Short text: a word or a few, typed; right where the author accepts one of its forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernel.errors import Fault
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
    part_mark,
    response_to,
)
from question_bank.item_kinds.reading import faults_of, read_answer, read_typed, stem_of


@dataclass(frozen=True, slots=True)
class ShortTextKind:
    """The kind of item answered by typing; see :class:`ItemKind` for its verbs.

    Content: ``{"stem", "accepted": [forms], "case"?, "accents"?, "rationale", "source"}``.
    Response: ``{"text": what was typed}``.
    """

    name: str = "short_text"

    def faults(self, content: Content) -> list[Fault]:
        """See :class:`ItemKind`."""

        def read(place: Place) -> None:
            wordings.read_accepted(place.member("accepted"), wordings.read_weights(place))

        return faults_of(content, ("accepted", *wordings.MEMBERS), read)

    def arrange(self, content: Content, draw: Draw) -> dict[str, Any]:
        """See :class:`ItemKind`; nothing is drawn."""
        del content, draw
        return {}

    def candidate_content(self, content: Content, arrangement: Arrangement) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        del arrangement
        return {"kind": self.name, "stem": stem_of(content)}

    def read_response(self, arrangement: Arrangement, value: object) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        del arrangement
        return read_answer(value, "text", read_typed)

    def mark(self, content: Content, value: Response | None, table: CreditTable) -> Mark:
        """See :class:`ItemKind`."""
        typed, weights = response_to(self, content, value).get("text", ""), wordings.weights_of(content)
        form = wordings.accepted_form(typed, content["accepted"], weights)
        facts = {**weights, "accepted": list(content["accepted"]), "text": typed, "accepted_as": form}
        return part_mark(int(form is not None), 1, PartCredit.ALL_OR_NOTHING, table, facts)

    def alternatives(self, content: Content, value: Response | None) -> list[Alternative]:
        """See :class:`ItemKind`; nothing is offered to choose from."""
        del content, value
        return []


KIND = ShortTextKind()
