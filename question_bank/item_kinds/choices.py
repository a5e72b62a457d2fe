"""What kinds share whose answer is chosen from options: their content, their responses and ECQA's marking rule.

One rule: one wrong option chosen makes the item worth 0; otherwise the right ones chosen count among the right ones.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from kernel.errors import Fault, Invalid
from question_bank.documents import Place, opened, quoted, refuse_repeats
from question_bank.item_kinds.kind import Arrangement, Content, CreditTable, Draw, Mark, Response, credit

RULE = "ecqa"
OPTIONS_MIN = 2
OPTIONS_MAX = 20
_MISFIT = "this response does not fit the item"
_TEXTS = ("stem", "rationale", "source")


class ForeignChoice(Invalid):
    """A response that this item cannot have: foreign, repeated or too many options."""

    code = "foreign_choice"


@dataclass(frozen=True, slots=True)
class ChoiceKind:
    """A kind of item answered by choosing; see :class:`ItemKind` for its verbs.

    Content: ``{"stem", "options": [{"id", "text", "feedback"?}], "key": [ids], "rationale", "source"}``.
    Response: ``{"chosen": [ids]}``.
    """

    name: str
    choose: Literal["one", "several"]

    def faults(self, content: Content) -> list[Fault]:
        """See :class:`ItemKind`."""
        place = opened(content, "")
        place.shape("stem", "options", "key", "rationale", "source")
        for name in _TEXTS:
            place.member(name).text()
        ids = _read_options(place.member("options"))
        self._read_key(place.member("key"), ids)
        return [Fault(*fault) for fault in place.faults.items()]

    def arrange(self, content: Content, draw: Draw) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        return {"options": draw([option["id"] for option in content["options"]])}

    def candidate_content(self, content: Content, arrangement: Arrangement) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        texts = {option["id"]: option["text"] for option in content["options"]}
        if sorted(arrangement["options"]) != sorted(texts):
            message = "the order of options must name each option of the item once"
            raise Invalid(message)
        return {
            "kind": self.name,
            "stem": content["stem"],
            "choose": self.choose,
            "options": [{"id": id_, "text": texts[id_]} for id_ in arrangement["options"]],
        }

    def read_response(self, arrangement: Arrangement, value: object) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        if value == {}:
            return {}
        if not isinstance(value, dict) or value.keys() != {"chosen"} or not isinstance(value["chosen"], list):
            _refuse("", 'a response is written {"chosen": [option ids]}')
        chosen = value["chosen"]
        for index, option in enumerate(chosen):
            if option not in arrangement["options"]:
                _refuse(f"/chosen/{index}", f"{quoted(option)} is no option of this item")
        if len(set(chosen)) < len(chosen):
            _refuse("/chosen", "names an option twice")
        if self.choose == "one" and len(chosen) > 1:
            _refuse("/chosen", f"has {len(chosen)} options where one is to be chosen")
        return {"chosen": sorted(chosen)} if chosen else {}

    def mark(self, content: Content, value: Response | None, table: CreditTable) -> Mark:
        """See :class:`ItemKind`."""
        response = self.read_response(self.arrange(content, list), {} if value is None else value)
        key, chosen = set(content["key"]), set(response.get("chosen", ()))
        wrong = len(chosen - key)
        fraction = credit(0 if wrong else len(chosen & key), len(key), table)
        proof = {
            "rule": RULE,
            "credit_table": table.value,
            "key": sorted(key),
            "chosen": sorted(chosen),
            "right_chosen": len(chosen & key),
            "wrong_chosen": wrong,
            "fraction": str(fraction),
        }
        return Mark(fraction, proof)

    def _read_key(self, place: Place, ids: Sequence[str]) -> None:
        places = place.elements(at_least=1)
        for option in places:
            if option.text() not in ids:
                option.refuse(f"{quoted(option.value)} is no option of this item")
        refuse_repeats(places)
        if self.choose == "one" and len(places) > 1:
            place.refuse(f"has {len(places)} right options; {self.name} has exactly one")


def _read_options(place: Place) -> list[str]:
    places = place.elements(at_least=OPTIONS_MIN, at_most=OPTIONS_MAX)
    said: dict[str, str] = {}
    for option in places:
        option.shape("id", "text", "feedback")
        if option.member("feedback").is_given:
            option.member("feedback").text()
        text = option.member("text")
        earlier = said.setdefault(_as_read(text.text()), text.pointer)
        if earlier != text.pointer:
            text.refuse(f"says the same as {earlier}")
    ids = [option.member("id") for option in places]
    refuse_repeats(ids)
    return [id_.code() for id_ in ids]


def _as_read(text: str) -> str:
    """Return a text as a reader takes it in: without case, spacing or the many spellings of one letter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _refuse(pointer: str, message: str) -> NoReturn:
    raise ForeignChoice(_MISFIT, faults=[Fault(pointer, message)])
