"""Numeric: a number, typed, with a unit where the item asks for one; right when it is near enough.

One rule: a value is compared exactly, in the unit of the answer, after the item's own factors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kernel.errors import Fault
from kernel.sentences import say
from question_bank.documents import Place, quoted, refuse_repeats
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
from question_bank.item_kinds.numbers import Nearness, is_near, read_exact, read_number
from question_bank.item_kinds.reading import faults_of, read_answer, read_id, read_named, stem_of

UNITS_MAX = 20
FIGURES = range(1, 16)
PLACES = range(16)
_MEANINGLESS_AT_ZERO = (Nearness.RELATIVE, Nearness.SIGNIFICANT_FIGURES)


@dataclass(frozen=True, slots=True)
class NumericKind:
    """The kind of item answered by a number; see :class:`ItemKind` for its verbs.

    Content: ``{"stem", "answer": "12.5", "within"?: {one Nearness: bound}, "units"?: [{"unit", "factor"}],
    "rationale", "source"}``. Without ``within`` the number must be exact. The answer is in the unit whose factor
    is 1; ``{"unit": "m", "factor": "1/1000"}`` says that a metre is a thousandth of it.
    Response: ``{"number": {"value": "12.5", "unit"?: "km"}}``; where there are units, a number without is not right.
    """

    name: str = "numeric"

    def faults(self, content: Content) -> list[Fault]:
        """See :class:`ItemKind`."""
        return faults_of(content, ("answer", "within", "units"), _read)

    def arrange(self, content: Content, draw: Draw) -> dict[str, Any]:
        """See :class:`ItemKind`; nothing is drawn, units stand in the author's order."""
        del draw
        return {"units": [unit["unit"] for unit in content.get("units", ())]}

    def candidate_content(self, content: Content, arrangement: Arrangement) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        return {"kind": self.name, "stem": stem_of(content), "units": list(arrangement["units"])}

    def read_response(self, arrangement: Arrangement, value: object) -> dict[str, Any]:
        """See :class:`ItemKind`."""
        return read_answer(value, "number", lambda place: _read_number(place, arrangement["units"]))

    def mark(self, content: Content, value: Response | None, table: CreditTable) -> Mark:
        """See :class:`ItemKind`."""
        number = response_to(self, content, value).get("number", {})
        answer, (nearness, bound) = Fraction(content["answer"]), _nearness(content)
        factors = {unit["unit"]: Fraction(unit["factor"]) for unit in content.get("units", ())}
        given = _in_the_unit_of_the_answer(number, factors)
        facts = {
            "answer": str(answer),
            "within": {nearness.value: str(bound)},
            "units": {unit: str(factor) for unit, factor in factors.items()},
            "number": number,
            "in_the_unit_of_the_answer": None if given is None else str(given),
        }
        right = given is not None and is_near(given, answer, nearness, bound)
        return part_mark(int(right), 1, PartCredit.ALL_OR_NOTHING, table, facts)

    def alternatives(self, content: Content, value: Response | None) -> list[Alternative]:
        """See :class:`ItemKind`; nothing is offered to choose from."""
        del content, value
        return []


KIND = NumericKind()


def _nearness(content: Content) -> tuple[Nearness, Fraction]:
    within: dict[str, Any] = content.get("within", {Nearness.ABSOLUTE: 0})
    ((name, bound),) = within.items()
    return Nearness(name), Fraction(bound)


def _in_the_unit_of_the_answer(number: Response, factors: Mapping[str, Fraction]) -> Fraction | None:
    """Return the value that was meant, None where none was given or its unit is missing."""
    if not number or (factors and "unit" not in number):
        return None
    return Fraction(number["value"]) * (factors[number["unit"]] if factors else 1)


def _read(place: Place) -> None:
    answer = _read_fraction(place.member("answer"))
    if place.member("within").is_given:
        _read_within(place.member("within"), answer)
    if place.member("units").is_given:
        _read_units(place.member("units"))


def _read_within(place: Place, answer: Fraction) -> None:
    place.shape(*Nearness)
    named = place.named()
    if len(named) != 1:
        place.refuse(say("says in one way how near is near enough"))
    for name, bound in named.items():
        match name:
            case Nearness.SIGNIFICANT_FIGURES:
                bound.whole(FIGURES)
            case Nearness.DECIMAL_PLACES:
                bound.whole(PLACES)
            case _ if _read_fraction(bound) < 0:
                bound.refuse(say("is negative"))
        if name in _MEANINGLESS_AT_ZERO and answer == 0:
            bound.refuse(say("has no meaning where the answer is 0"))


def _read_units(place: Place) -> None:
    units = place.elements(at_least=1, at_most=UNITS_MAX)
    factors = []
    for unit in units:
        unit.shape("unit", "factor")
        unit.member("unit").text()
        factors.append(_read_fraction(unit.member("factor")))
        if factors[-1] <= 0:
            unit.member("factor").refuse(say("must be more than 0"))
    refuse_repeats([unit.member("unit") for unit in units])
    if factors and 1 not in factors:
        place.refuse(say("has no unit with the factor 1, in which the answer is written"))


def _read_fraction(place: Place) -> Fraction:
    written = place.text()
    value = read_exact(written)
    if value is None:
        place.refuse(say('%(written)s is no number: write text such as "12.5" or "2/3"', written=quoted(written)))
    return value or Fraction(0)


def _read_number(place: Place, units: Sequence[str]) -> dict[str, str]:
    named = read_named(place, ("value", say("unit")), say("part of a number"))
    # A unit still to be chosen must not keep the number from being saved.
    unit = {"unit": read_id(named["unit"], units, say("unit"))} if "unit" in named else {}
    value = place.member("value")
    if isinstance(value.value, str) and not value.value.strip():
        return {}
    number = read_number(value.text())
    if number is None:
        value.refuse(
            say(
                "%(value)s is no number: write it like 12.5, and thousands without separators",
                value=quoted(value.value),
            )
        )
        return {}
    return {"value": number[0]} | unit
